# SPDX-License-Identifier: Apache-2.0
"""Audio to features, by the code that computes them on the board."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import numpy as np
from moteforge import Frontend

PIPELINE = Path(__file__).resolve().parents[1] / "keyword.pipeline.json"
FRAMES, CHANNELS, HOP, WINDOW = 49, 40, 320, 480


@functools.cache
def config() -> dict:
    """The example's pipeline file."""
    return json.loads(PIPELINE.read_text())


@functools.cache
def _frontend() -> Frontend:
    return Frontend(config())


def frames(samples: np.ndarray) -> np.ndarray:
    """All frames of one int16 recording, shape (n, 40) int8, from a freshly reset front end."""
    frontend = _frontend()
    frontend.reset()
    return frontend.push(samples)
