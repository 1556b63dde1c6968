# SPDX-License-Identifier: Apache-2.0
"""The committed motion model, its pipeline and recordings: what the scripts make, and how well it tells motions."""

from __future__ import annotations

import json
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from moteforge import Model, Pipeline

HERE = Path(__file__).resolve().parent
PIPELINE = HERE / "accelerometer.pipeline.json"


@pytest.fixture(scope="module")
def training():
    """The modules of this folder."""
    sys.path.insert(0, str(HERE))
    try:
        import recordings
        import train_motion
    finally:
        sys.path.remove(str(HERE))
    train_motion.recordings = recordings
    return train_motion


def read(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return samples.reshape(-1, file.getnchannels()).squeeze()


def right(training, model: Model, config: dict) -> list[int]:
    """Of 40 recordings of each motion, those whose last score is highest for it. None was trained."""
    rng, counts = np.random.default_rng(99), []
    for kind, label in enumerate(training.LABELS):
        found = 0
        for _ in range(40):
            line = Pipeline(config, model)
            line.push(training.motion(label, 6, rng).reshape(-1))
            found += int(line.scores.argmax()) == kind
        counts.append(found)
    return counts


def test_it_tells_motions_that_it_was_not_trained_on(training):
    counts = right(training, Model(HERE / "motion.tflite"), json.loads(PIPELINE.read_text()))
    assert min(counts) >= 38, counts
    assert sum(counts) >= 118, counts


def test_training_makes_the_committed_files(training):
    pytest.importorskip("tflite_micro", reason="tflite-micro is not there")
    config, model = training.make()
    committed = json.loads(PIPELINE.read_text())
    assert {**config, "stages": None} == {**committed, "stages": None}
    for ours, theirs in zip(config["stages"], committed["stages"], strict=True):
        assert ours.keys() == theirs.keys()
        for key in ours.keys() & {
            "mean",
            "std",
        }:  # sums of floats, which processors order differently
            assert theirs[key] == pytest.approx(ours[key], rel=1e-3)
    assert len(model) == (HERE / "motion.tflite").stat().st_size
    assert min(right(training, Model(model), config)) >= 38


def test_every_score_equals_tflm(training):
    runtime = pytest.importorskip("tflite_micro").runtime
    content = (HERE / "motion.tflite").read_bytes()
    reference, model = runtime.Interpreter.from_bytes(content), Model(content)
    for features in np.random.default_rng(7).integers(-128, 128, (300, 1, 3)).astype(np.int8):
        reference.set_input(features, 0)
        reference.invoke()
        np.testing.assert_array_equal(model.run(features)[0], reference.get_output(0))


def test_recordings_are_those_of_the_script(training):
    for name in ("walk_shake", "knocks"):
        made, kept = getattr(training.recordings, name)(), read(HERE / f"{name}.wav")
        assert made.shape == kept.shape
        assert np.abs(made.astype(int) - kept).max() <= 1


def test_the_recording_is_recognised():
    decisions = Pipeline(PIPELINE).push(read(HERE / "walk_shake.wav").reshape(-1))
    assert [decision.label for decision in decisions] == ["walk", "shake"]
    walked, shaken = (decision.time_ms for decision in decisions)
    assert 4000 < walked < 10000 < 14000 < shaken < 19000
