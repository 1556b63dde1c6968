# SPDX-License-Identifier: Apache-2.0
"""The pipeline class with a scripted model, and with the real one on the recordings."""

from __future__ import annotations

from collections import namedtuple

import numpy as np
import pytest
from frontend_support import PIPELINE, Native, config, recording, shared_file
from mote.pipeline import Decision, Pipeline, load
from mote.ring import Ring

Info = namedtuple("Info", "name shape dtype scale zero_point")


class Scripted:
    """A model that says "yes" when any feature of the newest frame is above a bound."""

    def __init__(self, frames=49, labels=4):
        self.inputs = [Info("in", (1, frames * 40), "int8", 1.0, 0)]
        self.outputs = [Info("out", (1, labels), "int8", 1 / 256, -128)]
        self.seen = []

    def run(self, history):
        self.seen.append(np.frombuffer(history, np.int8).copy())
        loud = self.seen[-1][-40:].max() > 0
        return [np.array([-128, -128, 126 if loud else -128, -128], np.int8)]


def pipeline(model=None, **decision):
    settings = config()
    settings["decision"].update(decision)
    return Pipeline(settings, model or Scripted(decision.get("frames", 49)), Native())


def test_model_sees_the_last_frames_in_order():
    it = pipeline(frames=3)
    samples = recording("yes")
    frames = [frame[:] for frame in pipeline().frontend.push(samples)]
    it.push(samples)
    assert len(it.model.seen) == 49 - 2
    for number, seen in enumerate(it.model.seen):
        assert np.array_equal(seen, np.concatenate(frames[number : number + 3]))


def test_stride():
    it = pipeline(frames=5, stride=4)
    it.push(recording("yes"))
    assert len(it.model.seen) == 1 + (49 - 5) // 4


@pytest.mark.parametrize("block", [1, 160, 333, 16000])
def test_decisions_do_not_depend_on_the_cuts(block):
    it, decisions = pipeline(frames=1, debounceMs=200), []
    samples = recording("yes")
    for at in range(0, len(samples), block):
        decisions += it.push(samples[at : at + block])
    assert decisions
    assert decisions == pipeline(frames=1, debounceMs=200).push(samples)
    assert all(d.label == "yes" and d.score == 992187 for d in decisions)
    assert (decisions[0].time_ms - 30) % 20 == 0


def test_poll_after_an_interrupt_has_pushed():
    it = pipeline(frames=1)
    samples = recording("yes")
    decisions = []
    for at in range(0, len(samples), 500):
        it.ring.push(samples[at : at + 500])
        decisions += it.poll()
    assert decisions == pipeline(frames=1).push(samples)


def test_lost_samples_count_as_time():
    it = pipeline(frames=1)
    it.ring.push(np.zeros(2048 + 1600, np.int16))
    it.poll()
    assert it.ring.lost == 1600
    assert it.time_ms == (1600 + 480 + 4 * 320) // 16


def test_reset_starts_anew():
    it = pipeline(frames=1)
    first = it.push(recording("yes"))
    it.reset()
    assert it.count == 0
    assert it.push(recording("yes")) == first


def test_latency_is_measured_apart():
    it = pipeline(frames=1)
    it.push(recording("yes")[:640])
    features, inference = it.latency_us
    assert features >= 0
    assert inference >= 0


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Scripted(frames=48), "frames x values is 1960, but the model has 1920"),
        (Scripted(labels=3), "labels is 4, but the model has 3"),
    ],
)
def test_models_that_do_not_fit(model, message):
    with pytest.raises(ValueError, match=message):
        Pipeline(config(), model, Native())


def test_chains_that_are_not_int8():
    settings = config(7)
    with pytest.raises(ValueError, match="all must be int8"):
        Pipeline(settings, Scripted(), Native())


def test_no_model_is_named():
    settings = config()
    del settings["model"]
    with pytest.raises(ValueError, match="model is None, must be a path"):
        Pipeline(settings, None, Native())


def test_load_makes_the_model_relative_to_the_file(tmp_path):
    assert load(str(PIPELINE))["model"] == f"{PIPELINE.parent}/{config()['model']}"
    broken = tmp_path / "a b.json"
    broken.write_text("{")
    with pytest.raises(ValueError, match=r"a b.json: not JSON"):
        load(str(broken))
    broken.write_text("[]")
    with pytest.raises(ValueError, match="must be an object"):
        load(str(broken))


@pytest.mark.parametrize("word", ["yes", "no"])
def test_recordings_are_recognised(word):
    """The micro_speech model of TFLM on the features of our chain, in our arithmetic."""
    moteforge = pytest.importorskip("moteforge", reason="moteforge is not installed")
    model = shared_file("models/micro-speech/micro_speech_quantized.tflite")
    decisions = moteforge.Pipeline(str(PIPELINE), model).push(recording(word))
    assert [(d.time_ms, d.label) for d in decisions] == [(990, word)]
    assert 600000 <= decisions[0].score <= 996094
    assert isinstance(decisions[0], tuple)
    assert Decision._fields == ("time_ms", "label", "score")


@pytest.mark.parametrize("size", [0, 3, 1000, -4, 2**21, "8"])
def test_ring_sizes(size):
    with pytest.raises(ValueError, match="must be a power of two"):
        Ring(size, native=Native())


def test_ring_window_and_counts():
    ring = Ring(8, native=Native())
    assert ring.window(4) is None
    ring.push(np.arange(6, dtype=np.int16))
    assert list(ring.window(4, 2)) == [0, 1, 2, 3]
    assert list(ring.window(4)) == [2, 3, 4, 5]
    assert ring.available == 0
    ring.push(np.arange(6, 17, dtype=np.int16))
    assert list(ring.window(2)) == [9, 10]
    assert (ring.written, ring.lost, ring.overruns) == (17, 3, 1)
    assert ring.feed(np.zeros(9, np.int16), 1) == 2
