# SPDX-License-Identifier: Apache-2.0
"""TFLM's audio preprocessor, run as the model it is: 22 operators from samples to int8 features, with state."""

from __future__ import annotations

import numpy as np
import pytest
from frontend_support import Tflm, recording, signals
from moteforge import Model
from public import model_bytes

NAME = "micro-speech/audio_preprocessor_int8.tflite"
WINDOW, HOP = 480, 320


def windows(samples: np.ndarray) -> list[np.ndarray]:
    starts = range(0, len(samples) - WINDOW + 1, HOP)
    return [samples[start : start + WINDOW].reshape(1, WINDOW) for start in starts]


def frames(model: Model, samples: np.ndarray) -> np.ndarray:
    return np.array([model.run(window)[0] for window in windows(samples)])


@pytest.mark.parametrize("word", ["yes", "no"])
def test_recordings_equal_tflm(word):
    samples = recording(word)
    ours, theirs = frames(Model(model_bytes(NAME)), samples), Tflm().frames(samples)
    assert ours.shape == (49, 40)
    assert np.array_equal(ours, theirs)
    assert len(np.unique(ours)) > 100


def test_hard_streams_one_after_the_other_equal_tflm():
    """State is kept from stream to stream."""
    model, tflm = Model(model_bytes(NAME)), Tflm()
    for name, samples in signals().items():
        assert np.array_equal(frames(model, samples), tflm.frames(samples)), name


def test_reset_forgets_the_stream():
    model, samples = Model(model_bytes(NAME)), recording("yes")
    first = frames(model, samples)
    assert not np.array_equal(frames(model, samples), first)
    model.reset()
    assert np.array_equal(frames(model, samples), first)


def test_memory():
    """Bytes of the arena, state included; TFLM's takes 8,448."""
    assert Model(model_bytes(NAME)).arena_bytes <= 4500
