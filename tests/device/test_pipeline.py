# SPDX-License-Identifier: Apache-2.0
"""The pipeline class with a scripted model, and with the real one on the recordings."""

from __future__ import annotations

from collections import namedtuple

import numpy as np
import pytest
from frontend_support import PIPELINE, Native, config, recording, shared_file
from hypothesis import given, settings
from hypothesis import strategies as st
from mote.frontend import Frontend
from mote.pipeline import Decision, Pipeline, Spent, load
from mote.ring import Ring

Info = namedtuple("Info", "name shape dtype scale zero_point")


class Scripted:
    """A model that says "yes" when any feature of the newest frame is above a bound."""

    def __init__(self, frames=49, labels=4, values=40):
        self.inputs = [Info("in", (1, frames * values), "int8", 1.0, 0)]
        self.outputs = [Info("out", (1, labels), "int8", 1 / 256, -128)]
        self.arena = bytearray(frames * values)
        self.values = values
        self.seen = []
        self.resets = 0

    def input(self, index=0):
        return memoryview(self.arena)

    def reset(self):
        self.resets += 1

    def execute(self):
        self.seen.append(np.frombuffer(bytes(self.arena), np.int8))
        self.arena[:] = bytes(len(self.arena))  # as a model uses its input's bytes again
        loud = self.seen[-1][-self.values :].max() > 0
        return [np.array([-128, -128, 126 if loud else -128, -128], np.int8)]


def pipeline(model=None, **decision):
    chosen = config()
    chosen["decision"].update(decision)
    return Pipeline(chosen, model or Scripted(decision.get("frames", 49)), Native())


def test_model_sees_the_last_frames_in_order():
    it = pipeline(frames=3)
    samples = recording("yes")
    frames = pipeline().frontend.push(samples)
    it.push(samples)
    assert len(it.model.seen) == 49 - 2
    for number, seen in enumerate(it.model.seen):
        assert np.array_equal(seen, np.concatenate(frames[number : number + 3]))


def test_stride():
    it = pipeline(frames=5, stride=4)
    it.push(recording("yes"))
    assert len(it.model.seen) == 1 + (49 - 5) // 4


def test_a_single_frame_is_made_in_the_models_input():
    it = pipeline(frames=1)
    assert it.spectrogram.circle.obj is it.model.arena
    samples = recording("yes")
    it.push(samples)
    frames = pipeline().frontend.push(samples)
    assert [seen.tolist() for seen in it.model.seen] == [list(frame) for frame in frames]


@pytest.mark.parametrize("block", [1, 160, 333, 16000])
def test_decisions_do_not_depend_on_the_cuts(block):
    it, decisions = pipeline(frames=1, debounceMs=200), ()
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
    decisions = ()
    for at in range(0, len(samples), 500):
        it.ring.push(samples[at : at + 500])
        decisions += it.poll()
    assert decisions == pipeline(frames=1).push(samples)


def test_lost_samples_count_as_time():
    it = pipeline(frames=1)
    it.ring.push(np.zeros(2048 + 1600, np.int16))
    it.poll()
    assert (it.lost, it.overruns, it.missing) == (1600, 1, 0)
    assert it.time_ms == (1600 + 480 + 4 * 320) // 16


def test_reset_starts_anew():
    it = pipeline(frames=1)
    first = it.push(recording("yes"))
    it.reset()
    assert it.count == 0
    assert it.push(recording("yes")) == first


def test_samples_behind_those_that_an_interrupt_pushed_are_kept():
    it, samples = pipeline(frames=1), recording("yes")
    it.ring.push(samples[:2048])
    assert it.ring.available == it.ring.size
    it.push(samples[2048:])
    assert it.lost == 0
    assert it.count == 49


class Ticking:
    """A clock that goes on by one more each time it is read: 1, 3, 6, 10 ..."""

    def __init__(self):
        self.reads = self.now = 0

    def __call__(self):
        self.reads += 1
        self.now += self.reads
        return self.now


def test_features_and_inference_are_profiled_apart(monkeypatch):
    it = pipeline(frames=2)
    nothing = {"mean": None, "max": None}
    assert it.profile() == {"features": nothing, "inference": nothing}
    monkeypatch.setattr("mote.pipeline._now", Ticking())
    it.push(
        np.zeros(480, np.int16)
    )  # looks for a frame at reads 1 and 2, 3 and 4 (it is there), 5 and 6
    assert it.profile() == {"features": {"mean": 2 + 4, "max": 2 + 4}, "inference": nothing}
    it.push(np.zeros(320, np.int16))  # 7 and 8, 9 and 10 (there); 11 and 12: the model
    assert it.latency_us == (6 + 8 + 10, 12)
    assert it.profile() == {
        "features": {"mean": 15, "max": 24},
        "inference": {"mean": 12, "max": 12},
    }
    it.reset()
    assert it.profile() == {"features": nothing, "inference": nothing}


def test_a_profile_never_needs_a_large_integer():
    spent = Spent()
    for _ in range(3000):
        spent.add(1 << 20)
        assert spent._sum < 1 << 30
    assert spent.report() == {"mean": 1 << 20, "max": 1 << 20}


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
    with pytest.raises(ValueError, match=r"stage 7 \(log\): .* let toModel or quantize follow"):
        Pipeline(config(7), Scripted(), Native())


@pytest.mark.parametrize("tensors", ["inputs", "outputs"])
def test_models_that_are_not_int8(tensors):
    model = Scripted()
    getattr(model, tensors)[0] = getattr(model, tensors)[0]._replace(dtype="float32")
    with pytest.raises(ValueError, match=r"takes .*float32.* must be int8: convert it"):
        Pipeline(config(), model, Native())


# ---- gaps

# A chain without a noise estimate, which a gap would leave: its frames depend on their windows alone.
PLAIN = {
    **config(),
    "bufferSize": 256,
    "windowSize": 96,
    "hopLength": 64,
    "stages": [
        {"type": "window"},
        {"type": "fft", "size": 128},
        {"type": "energy"},
        {"type": "filterbank", "channels": 8, "lowHz": 200, "highHz": 7000},
        {"type": "log"},
        {"type": "quantize"},
    ],
}


def plain(frames=3, stride=1, **decision):
    chosen = {**PLAIN, "decision": {"frames": frames, "stride": stride, **decision}}
    return Pipeline(chosen, Scripted(frames, values=8), Native())


def noise(count, seed=1):
    return np.random.default_rng(seed).integers(-9000, 9000, count).astype(np.int16)


def seen(it):
    return [row.tolist() for row in it.model.seen]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.integers(0, 700), min_size=1, max_size=6),
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(1, 400),
)
def test_no_score_spans_a_gap(parts, frames, stride, block):
    """What the model sees is what pipelines see that each get one continuous part alone."""
    it, expected, at = plain(frames, stride), [], 0
    samples = noise(sum(parts))
    for number, count in enumerate(parts):
        part = samples[at : at + count]
        at += count
        if number:
            it.gap(number)
        for start in range(0, count, block):
            it.push(part[start : start + block])
        alone = plain(frames, stride)
        alone.push(part)
        expected += seen(alone)
    assert seen(it) == expected


def test_gaps_in_the_ring_are_seen_by_poll():
    """As a source in an interrupt marks them: before anything was worked on."""
    it = plain(frames=1)
    it.ring.push(noise(120))
    it.gap(7)
    it.ring.push(noise(100, 2))
    it.poll()
    first, second = plain(frames=1), plain(frames=1)
    first.push(noise(120))
    second.push(noise(100, 2))
    assert seen(it) == seen(first) + seen(second)
    assert len(it.model.seen) == 2


def test_an_overrun_starts_the_spectrogram_anew():
    it = plain(frames=2)
    it.push(noise(160))
    assert len(it.model.seen) == 1
    it.ring.push(noise(400, 2))  # of 256 that fit
    it.poll()
    assert (it.overruns, it.lost > 0) == (1, True)
    alone = plain(frames=2)
    alone.push(noise(400, 2)[-256:])
    assert seen(it)[1:] == seen(alone)


def test_missing_samples_count_as_time():
    it, whole = plain(frames=1), plain(frames=1)
    it.push(noise(96))
    it.gap(1600)
    it.push(noise(96, 2))
    whole.push(noise(96 + 1600 + 96))
    assert it.missing == 1600
    assert it.time_ms == (96 + 1600 + 96) // 16
    assert whole.time_ms <= it.time_ms


def test_a_models_own_memory_starts_anew_at_a_gap():
    it = plain(frames=1)
    before = it.model.resets
    it.push(noise(300))
    assert it.model.resets == before
    it.gap()
    it.push(noise(50))
    assert it.model.resets == before  # nothing has been made of it yet
    it.push(noise(50))
    assert it.model.resets == before + 1


def test_time_of_long_streams_stays_exact():
    front = Frontend({**PLAIN, "sampleRate": 16001}, native=Native())
    rng, total = np.random.default_rng(3), 0
    for missing in rng.integers(0, 2**31, 40).tolist():
        front.ring.gap(missing)
        front.push(noise(96))
        total += missing + 96
        assert front.end == total
        assert front.time_ms == total * 1000 // 16001


def test_no_model_is_named():
    chosen = config()
    del chosen["model"]
    with pytest.raises(ValueError, match="model is None, must be a path"):
        Pipeline(chosen, None, Native())


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
