# SPDX-License-Identifier: Apache-2.0
"""Chains that have every stage between them, and the samples that they are tried with, for tests of all processors."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

DATA = Path(__file__).parents[1] / "data"
MOTION = {
    "channels": 3,
    "sampleRate": 100,
    "windowSize": 64,
    "hopLength": 48,
    "bufferSize": 256,
}
SPEECH = {"sampleRate": 16000, "windowSize": 512, "hopLength": 256, "bufferSize": 1024}
# Lowpass 20 Hz at 100 samples a second, two sections.
LOWPASS = [
    [49366251, 98732501, 49366251, -88309034, 17338580],
    [67995621, 135991243, 67995621, -121634265, 125181294],
]
MEASURES = [
    "mean", "rms", "std", "peakToPeak", "crest", "skewness", "kurtosis", "zeroCrossings",
]  # fmt: skip


def stage(kind: str, **parameters: Any) -> dict[str, Any]:
    return {"type": kind, **parameters}


def chain(head: dict[str, Any], *stages: dict[str, Any]) -> dict[str, Any]:
    return {"format": 1, **head, "stages": list(stages)}


CHAINS = {
    "speech": json.loads((DATA / "micro_speech.pipeline.json").read_text("utf-8")),
    "motion": chain(
        MOTION,
        stage("calibration", offset=[120, -80, 3], gain=[1.02, -0.97, 1.5]),
        stage("dcRemoval", cutoffHz=0.5),
        stage("biquad", sections=LOWPASS),
        stage("statistics", values=MEASURES),
        stage("window", shape="hann"),
        stage("fft", size=64, scaling="block"),
        stage("energy"),
        stage("spectralStatistics", bands=8, centroid=True, rolloff=0.85, flatness=True, dominant=2),
        stage("normalize", outputScale=4096, mean=300, std=2500),
    ),
    "cepstra": chain(
        SPEECH,
        stage("decimate", factor=2, taps=6),
        stage("window", shape="hamming"),
        stage("fft", size=256),
        stage("energy"),
        stage("filterbank", scale="mel", channels=16, lowHz=150, highHz=3800, fractionBits=2),
        stage("log", outputScale=256),
        stage("dct", coefficients=10),
        stage("deltas", width=2, order=2),
    ),
    "tilt": chain(
        {**MOTION, "windowSize": 50, "hopLength": 20},  # the transform is longer than the window
        stage("tiltFree", cutoffHz=0.3),
        stage("window", shape="rectangular"),
        stage("fft", size=64, scaling="none"),
        stage("magnitude", fractionBits=2),
        stage("log", outputScale=128),
    ),
    "vector": chain(
        {**MOTION, "bufferSize": 1024, "windowSize": 128, "hopLength": 128},
        stage("vectorMagnitude", halve=True),
        stage("dcRemoval", cutoffHz=1),
        stage("statistics", values=["rms", "kurtosis"]),
        stage("window"),
        stage("fft", size=128, scaling="block"),
        stage("energy"),
        stage("spectralStatistics", bands=8, logBands=True),
        stage("deltas", width=1),
    ),
    "model": chain(
        {**SPEECH, "windowSize": 300, "hopLength": 100},
        stage("window", weightBits=14),
        stage("fft", size=512, scaling="window"),
        stage("energy"),
        stage("filterbank", scale="linear", channels=12, lowHz=100, highHz=7900),
        stage("noiseReduction"),
        stage("pcan"),
        stage("log"),
        stage("toModel"),
    ),
    "spectrum": chain(
        {**SPEECH, "windowSize": 100, "hopLength": 100},
        stage("window", shape="hamming"),
        stage("fft", size=128, scaling="block"),
    ),
    "stereo": chain({**SPEECH, "channels": 2, "windowSize": 40, "hopLength": 9}, stage("window")),
}  # fmt: skip

SCALE, ZERO_POINT = 0.1372549086809158, -11  # of the input of MODEL; a single-precision number
MODEL = SimpleNamespace(inputs=[SimpleNamespace(scale=SCALE, zero_point=ZERO_POINT)])
# The same on a board.
MODEL_SOURCE = f"""
class Input:
    scale, zero_point = {SCALE!r}, {ZERO_POINT}
class Model:
    inputs = [Input]
"""


def of_type(kinds: tuple[str, ...]) -> list[str]:
    """The chains that have a stage of these types."""
    return [
        name
        for name, config in CHAINS.items()
        if any(entry["type"] in kinds for entry in config["stages"])
    ]


def samples(config: dict[str, Any], frames: int, seed: int = 1) -> np.ndarray:
    """Interleaved samples for that many frames and a few more: noise, full scale, impulses, silence, swelling tones."""
    channels = config.get("channels", 1)
    count = config["windowSize"] + (frames - 1) * config["hopLength"] + 7
    rng, time = np.random.default_rng(seed), np.arange(count)
    made = np.empty((count, channels))
    for lane in range(channels):
        tone = np.sin(0.37 * (lane + 1) * time) * np.linspace(0, 40000, count)
        noise = rng.integers(-32768, 32768, count)
        full = np.where(time // 5 % 2, 32767, -32768)
        impulses = np.where(rng.integers(0, 23, count), 0, -32768)
        kinds = [tone, noise, full, impulses, np.zeros(count), tone + noise / 50]
        parts = np.array_split(time, 2 * len(kinds))
        for part, kind in zip(parts, rng.permutation(2 * len(kinds)), strict=True):
            made[part, lane] = kinds[kind % len(kinds)][part]
    return np.clip(made, -32768, 32767).astype(np.int16).reshape(-1)
