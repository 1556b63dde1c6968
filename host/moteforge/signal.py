# SPDX-License-Identifier: Apache-2.0
"""Ring, Frontend and Pipeline on the PC: the board's classes on NumPy arrays."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from . import onpc  # noqa: F401  (gives the classes below their native functions)
from .model import Model
from .mote import frontend as board_frontend
from .mote import pipeline as board_pipeline
from .mote.ring import Ring

__all__ = ["Frontend", "Pipeline", "Ring"]

Decision = board_pipeline.Decision


class Frontend(board_frontend.Frontend):
    """Signal chain from a configuration: a dict, or the path of a pipeline file."""

    def __init__(self, config: dict | str | os.PathLike, native: Any = None):
        if not isinstance(config, dict):
            config = board_pipeline.load(os.fspath(config))
        super().__init__(config, native)

    def push(self, samples: Any, each: Callable | None = None) -> Any:
        """Feeds int16 samples; returns the new frames as an array of shape (frames, values)."""
        frames = super().push(int16(samples), each)
        if each:
            return frames
        return np.array(frames, dtype=self.typecode).reshape(len(frames), self.values)


class Pipeline(board_pipeline.Pipeline):
    """Samples in, decisions out. config: a dict or the path of a pipeline file; model: a Model or a path instead."""

    def __init__(self, config: dict | str | os.PathLike, model: Any = None, native: Any = None):
        if not isinstance(config, dict):
            config = os.fspath(config)
        if isinstance(model, (str, os.PathLike)):
            model = Model(model)
        super().__init__(config, model, native)

    def _open(self, config: dict) -> Model:
        if not isinstance(config.get("model"), str):
            raise ValueError(f"pipeline: model is {config.get('model')!r}, must be a path")
        return Model(config["model"])

    def push(self, samples: Any) -> list[Decision]:
        return super().push(int16(samples))


def int16(samples: Any) -> np.ndarray:
    """Samples as a contiguous int16 array; ValueError for any other type, which would have to be scaled first."""
    if isinstance(samples, (bytes, bytearray, memoryview)):
        return np.frombuffer(samples, np.int16)
    array = np.asarray(samples)
    if array.dtype != np.int16:
        raise ValueError(f"samples are {array.dtype}, must be int16 (32767 is full scale)")
    return np.ascontiguousarray(array).reshape(-1)
