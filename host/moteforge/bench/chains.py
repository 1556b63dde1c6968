# SPDX-License-Identifier: Apache-2.0
"""Signal chains that `make bench` measures beside micro_speech's, and what they are fed."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Case(NamedTuple):
    """A chain: title, configuration, samples (int16, interleaved) and what it may cost a frame."""

    title: str
    config: dict
    samples: Callable[[], np.ndarray]
    cycles: int  # at most, mean of a frame
    state_bytes: int | None  # at most


# That of tests/native/test_logmel.py, which holds it to float64.
LOG_MEL = {
    "format": 1, "name": "log-mel", "sampleRate": 16000, "windowSize": 480, "hopLength": 320,
    "bufferSize": 1024,
    "stages": [
        {"type": "window", "scaling": "block"}, {"type": "fft", "size": 512, "scaling": "block"},
        {"type": "energy"},
        {"type": "filterbank", "channels": 40, "lowHz": 125, "highHz": 7500, "fractionBits": 8},
        {"type": "log", "outputScale": 1024},
        {"type": "quantize", "multiplier": 1, "divisor": 64, "zeroPoint": -128},
    ],
}  # fmt: skip
FFT = {
    "format": 1, "name": "fft", "sampleRate": 16000, "windowSize": 256, "hopLength": 256,
    "bufferSize": 512, "stages": [{"type": "fft", "size": 256, "scaling": "block"}],
}  # fmt: skip
MOTION = {
    "format": 1, "name": "motion", "sampleRate": 100, "channels": 3, "windowSize": 128,
    "hopLength": 64, "bufferSize": 512,
    "stages": [
        {"type": "statistics", "values": ["rms", "kurtosis"]}, {"type": "window"},
        {"type": "fft", "size": 128, "scaling": "block"}, {"type": "energy"},
        {"type": "spectralStatistics", "bands": 8},
    ],
}  # fmt: skip


def speech_like() -> np.ndarray:
    """A second at 16 kHz: a gliding tone with harmonics that swells, over noise."""
    rng, time = np.random.default_rng(2), np.arange(16000) / 16000
    phase = 2 * np.pi * np.cumsum(120 + 80 * np.sin(5 * time)) / 16000
    voice = sum(np.sin(k * phase) / k for k in range(1, 20))
    wave = 5000 * np.sin(np.pi * time) ** 2 * voice + rng.normal(0, 120, len(time))
    return np.clip(np.round(wave), -32768, 32767).astype(np.int16)


def shaking() -> np.ndarray:
    """Twelve seconds of three axes at 100 Hz: gravity, a vibration on each, noise and a knock."""
    rng, time = np.random.default_rng(3), np.arange(1200) / 100
    axes = [
        offset + size * np.sin(2 * np.pi * hertz * time) + rng.normal(0, 60, len(time))
        for offset, size, hertz in ((300, 800, 7), (-900, 2500, 13), (16000, 1200, 31))
    ]
    axes[2][600] += 12000
    return np.clip(np.round(np.stack(axes, 1)), -32768, 32767).astype(np.int16).reshape(-1)


CHAINS = {
    "log_mel": Case("log-mel of 16 kHz speech, 30 ms, 40 channels, int8", LOG_MEL, speech_like,
                    150_000, 4096),
    "fft": Case("256-point real FFT alone, block floating point", FFT, speech_like, 45_000, None),
    "motion": Case("3 axes at 100 Hz: RMS, kurtosis, 8 bands of 128 samples", MOTION, shaking,
                   200_000, None),
}  # fmt: skip
