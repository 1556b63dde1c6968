# SPDX-License-Identifier: Apache-2.0
"""Chains by chance, most of them such that a board takes them."""

from __future__ import annotations

import random
from typing import Any

ONE = 1 << 28
MEASURES = ("mean", "rms", "std", "peakToPeak", "crest", "skewness", "kurtosis", "zeroCrossings")


def digits(value: float) -> float:
    """Four digits, as a file may have six; at least a thousandth."""
    return max(float(f"{value:.4g}"), 0.001)


def stream(rng: random.Random, rate: float, channels: int) -> list[dict[str, Any]]:
    """Stages of the stream."""
    made: list[dict[str, Any]] = []
    if rng.random() < 0.3:
        made.append({"type": "calibration", "offset": rng.randint(-99, 99), "gain": 1.5})
    if rng.random() < 0.4:
        made.append({"type": "dcRemoval", "cutoffHz": digits(rate / rng.choice([20, 5000]))})
    if rng.random() < 0.5:
        corner = rate / rng.choice([3, 20, 300])
        made.append(
            {"type": "biquad", "design": f"{rng.choice(['low', 'high'])}pass {corner:.6f} Hz"}
        )
    if rng.random() < 0.2:
        rows = [[rng.randint(-ONE, ONE) for _ in range(3)] + [0, rng.randint(0, ONE // 2)]]
        made.append({"type": "biquad", "sections": rng.choice([rows, [[0, 0, 0, 0, 0]]])})
    if channels == 3 and rng.random() < 0.6:
        kinds = ({"type": "vectorMagnitude"}, {"type": "tiltFree", "cutoffHz": digits(rate / 50)})
        made.append(rng.choice(kinds))
    return made


def lanes(rng: random.Random, rate: float, window: int) -> list[dict[str, Any]]:
    """Stages of a window."""
    made: list[dict[str, Any]] = []
    if rng.random() < 0.5:
        made.append({"type": "statistics", "values": rng.sample(MEASURES, rng.randint(1, 8))})
    if rng.random() < 0.2 or window > 2048:
        return made
    size = max(32, 1 << (window - 1).bit_length())
    shape = rng.choice(["hann", "hamming", "rectangular"])
    made.append({"type": "window", "shape": shape, "scaling": rng.choice(["none", "block"])})
    made.append({"type": "fft", "size": size})
    if rng.random() < 0.2:
        return made
    made.append({"type": rng.choice(["energy", "energy", "magnitude"])})
    if made[-1]["type"] == "energy" and rng.random() < 0.4:
        made.append({"type": "spectralStatistics", "bands": 4, "centroid": True})
    elif made[-1]["type"] == "energy":
        high = digits(rate / 2.2)
        made.append({"type": "filterbank", "scale": rng.choice(["mel", "linear"]),
                     "channels": rng.randint(1, 40), "lowHz": digits(high / 20), "highHz": high})  # fmt: skip
        made.append({"type": "log"})
        if rng.random() < 0.5:
            made.append({"type": "dct", "coefficients": 1})
    return made


def chain(seed: int) -> dict[str, Any]:
    """A configuration."""
    rng = random.Random(seed)
    rate, channels = (
        rng.choice([1, 50, 100, 400, 16000, 48000, 768000]),
        rng.choice([1, 1, 2, 3, 8]),
    )
    window = rng.choice([1, 2, 31, 64, 128, 480, 500, 2048, 4096, 16384])
    hop = rng.choice([window, max(1, window // 2), 1 if window < 200 else window // 3])
    stages = stream(rng, rate, channels)
    factor = rng.choice([1, 1, 2, 4])
    if factor > 1 and window % factor == 0 and hop % factor == 0 and rate % factor == 0:
        stages.append({"type": "decimate", "factor": factor, "taps": rng.choice([2, 8, 32])})
        rate_in, window_in = rate / factor, window // factor
    else:
        rate_in, window_in = rate, window
    stages += lanes(rng, rate_in, window_in)
    if rng.random() < 0.4:
        stages.append({"type": rng.choice(["deltas", "normalize", "toModel"])})
    size = 1 << max(1, (window * channels - 1).bit_length())
    return {"format": 1, "sampleRate": rate, "channels": channels, "bufferSize": size,
            "windowSize": window, "hopLength": hop, "stages": stages}  # fmt: skip
