# SPDX-License-Identifier: Apache-2.0
"""Rooms, microphones and noises, on float arrays at 16 kHz; a generator makes every choice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

RATE = 16000
NOISES = ("white", "pink", "brown", "fan", "hum", "babble", "taps", "tones", "crackle")


def _spectrum_shaped(rng: np.random.Generator, length: int, gain) -> np.ndarray:
    """Gaussian noise whose amplitude spectrum is gain(frequency in Hz)."""
    spectrum = np.fft.rfft(rng.standard_normal(length))
    frequency = np.fft.rfftfreq(length, 1 / RATE)
    return np.fft.irfft(spectrum * gain(np.maximum(frequency, 20.0)), length)


def _swell(rng: np.random.Generator, length: int, depth: float) -> np.ndarray:
    """A slow random loudness between 1 - depth and 1, one support point every half second."""
    points = 1 - depth * rng.random(length // (RATE // 2) + 2)
    return np.interp(np.arange(length), np.arange(len(points)) * (RATE // 2), points)


def _fan(rng: np.random.Generator, length: int) -> np.ndarray:
    centre, width = rng.uniform(150, 3000), rng.uniform(0.3, 1.2)
    noise = _spectrum_shaped(rng, length, lambda f: np.exp(-np.square(np.log(f / centre) / width)))
    return noise * _swell(rng, length, rng.uniform(0, 0.7))


def _hum(rng: np.random.Generator, length: int) -> np.ndarray:
    time = np.arange(length) / RATE
    base = rng.choice([50.0, 60.0, rng.uniform(80, 400)])
    partials = [
        rng.random() / order * np.sin(2 * np.pi * base * order * time + rng.uniform(0, 6.28))
        for order in range(1, 12)
    ]
    return np.sum(partials, axis=0)


def _babble(rng: np.random.Generator, length: int, speech: Sequence[np.ndarray]) -> np.ndarray:
    """Several people at once; with fewer than four the words could be made out."""
    mixed = np.zeros(length)
    for _ in range(int(rng.integers(4, 8))):
        at = int(rng.integers(0, RATE))
        while at < length:
            word = speech[int(rng.integers(len(speech)))][: length - at].astype(np.float64)
            mixed[at : at + len(word)] += word / (np.abs(word).max() + 1.0)
            at += len(word) + int(rng.integers(0, RATE // 5))
    return mixed


def _taps(rng: np.random.Generator, length: int) -> np.ndarray:
    """Knocks, keys and clatter: short decaying bursts of coloured noise."""
    made = 0.01 * rng.standard_normal(length)
    for _ in range(max(1, int(length / RATE * rng.uniform(0.5, 6)))):
        size = min(length, int(RATE * rng.uniform(0.01, 0.15)))
        at = int(rng.integers(0, length - size + 1))
        centre = rng.uniform(200, 5000)
        burst = _spectrum_shaped(rng, size, lambda f, c=centre: np.exp(-np.square(np.log(f / c))))
        made[at : at + size] += rng.random() * 4 * burst * np.exp(-np.arange(size) * 6.0 / size)
    return made


def _tones(rng: np.random.Generator, length: int) -> np.ndarray:
    """Melody-like tones with harmonics: radios, beepers, instruments."""
    made, at = np.zeros(length), 0
    while at < length:
        size = min(length - at, int(RATE * rng.uniform(0.1, 0.8)))
        time = np.arange(size) / RATE
        pitch = 110 * 2 ** (rng.integers(0, 48) / 12)
        for order in range(1, int(rng.integers(2, 6))):
            made[at : at + size] += np.sin(2 * np.pi * pitch * order * time) / order
        made[at : at + size] *= np.exp(-time * rng.uniform(0, 6)) * (rng.random() < 0.8)
        at += size
    return made


def noise(
    rng: np.random.Generator, length: int, speech: Sequence[np.ndarray], kind: str | None = None
) -> np.ndarray:
    """`length` samples of background at an RMS of 1; `speech` feeds the babble."""
    kind = kind or str(rng.choice(NOISES))
    if kind in ("white", "pink", "brown"):
        slope = {"white": 0.0, "pink": 0.5, "brown": 1.0}[kind]
        made = _spectrum_shaped(rng, length, lambda f: f**-slope)
        made *= _swell(rng, length, rng.uniform(0, 0.5))
    elif kind == "crackle":
        made = np.where(rng.random(length) < 0.002, rng.standard_normal(length), 0.0)
        made += 0.005 * rng.standard_normal(length)
    elif kind == "babble":
        made = _babble(rng, length, speech)
    else:
        made = {"fan": _fan, "hum": _hum, "taps": _taps, "tones": _tones}[kind](rng, length)
    return made / (np.sqrt(np.mean(np.square(made))) + 1e-9)


def room(rng: np.random.Generator, signal: np.ndarray) -> np.ndarray:
    """The signal in a room: direct sound and a tail that decays by 60 dB in 0.1 to 0.6 s."""
    decay = rng.uniform(0.1, 0.6)
    size = int(RATE * decay)
    response = rng.standard_normal(size) * 10 ** (-3 * np.arange(size) / size)
    response *= rng.uniform(0.05, 0.7) / np.sqrt(np.sum(np.square(response)))
    response[0] = 1.0
    total = 1 << (len(signal) + size - 1).bit_length()
    wet = np.fft.irfft(np.fft.rfft(signal, total) * np.fft.rfft(response, total), total)
    return wet[: len(signal)]


def microphone(rng: np.random.Generator, signal: np.ndarray) -> np.ndarray:
    """A microphone's and a case's colour: tilt, two broad resonances, roll-off at both ends."""
    total = 1 << (len(signal) + 1023).bit_length()
    frequency = np.maximum(np.fft.rfftfreq(total, 1 / RATE), 20.0)
    octaves = np.log2(frequency / 1000.0)
    decibels = rng.uniform(-3, 3) * octaves
    for _ in range(2):
        centre, width = rng.uniform(-3, 2.7), rng.uniform(0.3, 1.0)
        decibels += rng.uniform(-9, 9) * np.exp(-np.square((octaves - centre) / width))
    low, high = rng.uniform(30, 300), rng.uniform(3500, 12000)
    gain = 10 ** (decibels / 20) / (1 + (low / frequency) ** 4) / (1 + (frequency / high) ** 6)
    return np.fft.irfft(np.fft.rfft(signal, total) * gain, total)[: len(signal)]


def to_int16(signal: np.ndarray) -> np.ndarray:
    """Rounds and clips, as a converter driven too hard would."""
    return np.clip(np.rint(signal), -32768, 32767).astype(np.int16)
