# SPDX-License-Identifier: Apache-2.0
"""Chains of spectral stages, signals that are hard on them, and float64 models of what they compute."""

from __future__ import annotations

import numpy as np
from frontend_support import Native
from mote.frontend import Frontend

SIZES = (32, 64, 128, 256, 512, 1024, 2048)
RATE = 16000
ENERGY, LOG = {"type": "energy"}, {"type": "log", "outputScale": 1024}


def fft(size: int, scaling: str = "block") -> dict:
    return {"type": "fft", "size": size, "scaling": scaling}


def bank(channels: int, fraction_bits: int, scale: str = "mel", low=125, high=7500) -> dict:
    keys = {"scale": scale, "channels": channels, "lowHz": low, "highHz": high}
    return {"type": "filterbank", **keys, "fractionBits": fraction_bits}


def chain_of(window: int, stages: list[dict], hop: int | None = None) -> dict:
    return {
        "format": 1,
        "sampleRate": RATE,
        "windowSize": window,
        "hopLength": hop or window,
        "bufferSize": 4096,
        "stages": stages,
    }


def run(window: int, stages: list[dict], samples: np.ndarray, hop: int | None = None) -> np.ndarray:
    """Frames of a chain, one a row."""
    front = Frontend(chain_of(window, stages, hop), native=Native())
    return np.array(front.push(samples.astype(np.int16).reshape(-1)))


def complex_bins(frames: np.ndarray) -> np.ndarray:
    """Spectra as the chain writes them, as complex numbers."""
    pairs = frames.astype(float).reshape(len(frames), -1, 2)
    return pairs[..., 0] + 1j * pairs[..., 1]


def waves(size: int) -> dict[str, np.ndarray]:
    """Windows of `size` samples, a row each: what a transform of 16 bits finds hard."""
    rng, time = np.random.default_rng(size), np.arange(size)
    turns = 2 * np.pi * time / size
    between = rng.uniform(0.3, size / 2 - 0.3, (60, 1)) * turns + rng.uniform(0, 7, (60, 1))
    levels = 2.0 ** rng.uniform(3, 15, (60, 1))
    return {
        "noise": rng.integers(-32768, 32768, (20, size)),
        "normal": np.clip(np.round(rng.normal(0, 8000, (20, size))), -32768, 32767),
        "on bins": np.round(32767 * np.cos(turns * np.array([[1], [3], [size // 8], [size // 4]]))),
        "between bins": np.round(32767 * np.sin(between)),
        "sines of all levels": np.round(levels * np.sin(between)),
        "squares": np.where(np.sin(between) >= 0, 32767, -32768),
        "constant": np.repeat([[-32768], [32767], [1], [-1], [300]], size, 1),
        "alternating": np.where(time % 2, 32767, -32768)[None],
        "impulses": (time == np.array([[5], [0], [7], [8]]))
        * np.array([[-32768], [32767], [1], [-1]]),
        "quiet": rng.integers(-3, 4, (20, size)),
    }


def signals_of(size: int) -> np.ndarray:
    """All of them, and silence."""
    return np.concatenate([*waves(size).values(), np.zeros((1, size))])
