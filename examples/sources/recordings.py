#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the recordings that stand in for sensors: walk_shake.wav (three axes) and knocks.wav (a contact microphone)."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from train_motion import RATE, direction, motion

HERE = Path(__file__).resolve().parent
KNOCKS_HZ = 1000


def write(path: Path, samples: np.ndarray, rate: int) -> None:
    """int16 of shape (instants,) or (instants, channels) as a WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())


def walk_shake() -> np.ndarray:
    """Rest, a walk, rest, shaking, rest: 22 s at 100 Hz, gravity always in one direction."""
    rng = np.random.default_rng(11)
    down = direction(rng)
    parts = (("rest", 4), ("walk", 6), ("rest", 4), ("shake", 5), ("rest", 3))
    return np.concatenate([motion(label, seconds, rng, down) for label, seconds in parts])


def knocks() -> np.ndarray:
    """Noise and a steady hum of 50 Hz, with four knocks: 4 s at 1 kHz, around the middle of the ADC's range."""
    rng = np.random.default_rng(12)
    time = np.arange(4 * KNOCKS_HZ) / KNOCKS_HZ
    signal = rng.normal(0, 60, len(time)) + 150 * np.sin(2 * np.pi * 50 * time) + 400
    for at in (0.9, 1.7, 2.0, 3.2):
        since = np.maximum(time - at, 0)
        ringing = 9000 * np.exp(-since / 0.012) * np.sin(2 * np.pi * 180 * since)
        signal += np.where(time >= at, ringing, 0)
    return np.clip(np.round(signal), -32768, 32767).astype(np.int16)


if __name__ == "__main__":
    write(HERE / "walk_shake.wav", walk_shake(), RATE)
    write(HERE / "knocks.wav", knocks(), KNOCKS_HZ)
