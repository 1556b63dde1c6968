# SPDX-License-Identifier: Apache-2.0
"""Log-mel features for a model in int8 against a float64 model of the same formula.

Channels are compared down to 60 dB below the largest bin of their frame: a spectrum of 16 bits says no more of what is
quieter, only that it is. A step is 1/16 of a natural unit, so that int8 holds magnitudes from 1 to 2^23, all that there
are.
"""

from __future__ import annotations

import numpy as np
import pytest
from frontend_support import recording
from spectrum_support import ENERGY, LOG, RATE, bank, fft, run

WINDOW, HOP, SIZE, CHANNELS = 480, 320, 512, 40
STEPS = 16  # of int8 in a natural unit
RANGE = 1000  # 60 dB
STAGES = [
    {"type": "window", "scaling": "block"},
    fft(SIZE),
    ENERGY,
    bank(CHANNELS, 8),
    LOG,
    {"type": "quantize", "multiplier": 1, "divisor": 64, "zeroPoint": -128},
]


def mel(hz):
    return 1127 * np.log1p(np.asarray(hz) / 700)


def magnitudes(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Channels of every frame, and the frame's largest bin."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(WINDOW) + 0.5) / WINDOW)
    starts = range(0, len(samples) - WINDOW + 1, HOP)
    frames = np.array([samples[start : start + WINDOW] for start in starts]) * window
    power = np.abs(np.fft.rfft(frames, SIZE)) ** 2
    frequency = np.arange(SIZE // 2 + 1) * RATE / SIZE
    point = (mel(frequency) - mel(125)) / (mel(7500) - mel(125)) * (CHANNELS + 1)
    used = (np.arange(SIZE // 2 + 1) >= round(1 + 125 * SIZE / RATE)) & (frequency <= 7500)
    weight = np.clip(1 - np.abs(point - np.arange(1, CHANNELS + 1)[:, None]), 0, None) * used
    return np.sqrt(power @ weight.T), np.sqrt(power.max(1, keepdims=True))


def quantized(magnitude: np.ndarray) -> np.ndarray:
    feature = STEPS * np.log(np.maximum(magnitude, 1e-9))
    return np.clip(np.floor(feature + 0.5) - 128, -128, 127)


def streams() -> dict[str, np.ndarray]:
    rng, time = np.random.default_rng(9), np.arange(2 * RATE)
    out = {f"noise {level}": rng.normal(0, level, 2 * RATE) for level in (1, 3, 30, 1000, 8000)}
    for hz in (200, 440, 1000, 3333, 6010):
        out[f"sine {hz}"] = 32767 * np.sin(2 * np.pi * hz * time / RATE)
        out[f"square {hz}"] = np.where(np.sin(2 * np.pi * hz * time / RATE) >= 0, 32767, -32768)
    out["silence"] = np.zeros(2 * RATE)
    return {name: np.clip(np.round(x), -32768, 32767) for name, x in out.items()}


def steps(samples: np.ndarray) -> np.ndarray:
    """Differences in steps of int8."""
    magnitude, largest = magnitudes(samples)
    floor = quantized(largest / RANGE)
    ours = run(WINDOW, STAGES, samples, HOP)
    assert ours.shape == magnitude.shape
    return np.abs(np.maximum(ours, floor) - np.maximum(quantized(magnitude), floor))


@pytest.mark.parametrize("decibels", [0, -6, -12, -20, -30, -40, -50])
@pytest.mark.parametrize("word", ["yes", "no"])
def test_recordings_at_many_gains(word, decibels):
    difference = steps(np.round(recording(word) * 10 ** (decibels / 20)))
    assert np.mean(difference > 1) <= 0.01
    assert difference.max() <= 2


@pytest.mark.parametrize("name", list(streams()))
def test_streams(name):
    difference = steps(streams()[name])
    assert np.mean(difference > 1) <= 0.01
    assert difference.max() <= 2


def test_features_are_spread_over_the_range():
    loud = run(WINDOW, STAGES, streams()["noise 8000"], HOP)
    quiet = run(WINDOW, STAGES, streams()["noise 1"], HOP)
    assert loud.min() > quiet.max()
    assert run(WINDOW, STAGES, streams()["silence"], HOP).max() == -128
