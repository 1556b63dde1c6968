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
from .mote import ring as board_ring

__all__ = ["Frontend", "Pipeline", "Ring"]

Decision = board_pipeline.Decision


class Ring(board_ring.Ring):
    """Ring buffer of int16 samples."""

    def push(self, samples: Any) -> None:
        super().push(int16(samples))

    def feed(self, samples: Any, start: int = 0) -> int:
        return super().feed(int16(samples), start)


class Frontend(board_frontend.Frontend):
    """Signal chain from a configuration: a dict, or the path of a pipeline file."""

    def __init__(self, config: dict | str | os.PathLike, model: Any = None, native: Any = None):
        if not isinstance(config, dict):
            config = os.fspath(config)
        super().__init__(config, model, native)

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
    """Samples as a contiguous int16 array; ValueError for another type, which would have to be scaled, and for shapes.

    Plain bytes are taken as little-endian samples.
    """
    if isinstance(samples, (bytes, bytearray)) or memoryview_of_bytes(samples):
        if len(samples) % 2:
            raise ValueError(f"samples are {len(samples)} bytes, must be an even number of them")
        return np.frombuffer(samples, np.int16)
    array = np.asarray(samples)
    if array.dtype != np.int16 and array.size:
        raise ValueError(f"samples are {array.dtype}, must be int16 (32767 is full scale)")
    if array.ndim > 1:
        raise ValueError(f"samples have shape {array.shape}, must be one channel in one dimension")
    return np.ascontiguousarray(array, np.int16)


def memoryview_of_bytes(samples: Any) -> bool:
    return isinstance(samples, memoryview) and samples.format == "B"
