# SPDX-License-Identifier: Apache-2.0
"""Ring, Frontend and Pipeline on the PC: the board's classes on NumPy arrays."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from . import _native, onpc  # noqa: F401  (onpc gives the classes below their native functions)
from .model import Model
from .mote import chain
from .mote import frontend as board_frontend
from .mote import pipeline as board_pipeline
from .mote import ring as board_ring

__all__ = ["Frontend", "Pipeline", "Ring"]

Decision = board_pipeline.Decision
BLOCK_BYTES = 1 << 22  # of frames that are computed in one call
FEATURES, VALUES = 5, 7  # mote_flow_kind, of which 1.0 is known


class Ring(board_ring.Ring):
    """Ring buffer of int16 samples."""

    def push(self, samples: Any) -> None:
        super().push(int16(samples, self.channels))

    def feed(self, samples: Any, start: int = 0) -> int:
        return super().feed(int16(samples, self.channels), start)


class Frontend(board_frontend.Frontend):
    """Signal chain from a configuration: a dict, or the path of a pipeline file."""

    def __init__(self, config: dict | str | os.PathLike, model: Any = None, native: Any = None):
        self.config = config_of(config)
        super().__init__(self.config, model, native)

    def push(self, samples: Any, each: Callable | None = None) -> Any:
        """Feeds int16 samples; returns the new frames as an array of shape (frames, values).

        samples: one after another, channels interleaved, or of shape (instants, channels); a piece of a stream or a
        whole recording.
        """
        data = int16(samples, self.channels)
        if each:
            return super().push(data, each)
        most = max(1, BLOCK_BYTES // self.frame.itemsize // max(1, self.values))
        blocks, fed, taken = [], 0, most
        while taken == most:
            block = np.empty((min(most, len(data) // self.hop + 2), self.values), self.typecode)
            taken, fed = _native.chain_run(self.state, self.ring.buffer, data, fed, block)
            blocks.append(block[:taken])
            most = len(block)
        return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)

    def dequantize(self, frames: Any) -> np.ndarray:
        """Frames as float32, 1.0 being 1; ValueError where the last stage gives what has no such unit."""
        if self.kind not in (FEATURES, VALUES) or not self.unit:
            raise ValueError(
                f"Frontend.dequantize: frames of type {self.typecode!r} have no unit that is known; "
                "leave out the stages behind log, dct, deltas, normalize or the statistics"
            )
        raw = np.asarray(frames)
        if raw.dtype != np.dtype(self.typecode) or raw.shape[-1:] != (self.values,):
            raise ValueError(
                f"Frontend.dequantize: frames are {raw.dtype} of shape {raw.shape}, must be "
                f"{np.dtype(self.typecode)} of shape (..., {self.values}), as push gives them"
            )
        return (raw.astype(np.float64) / self.unit).astype(np.float32)


class Pipeline(board_pipeline.Pipeline):
    """Samples in, decisions out. config: a dict or the path of a pipeline file; model: a Model or a path instead."""

    def __init__(self, config: dict | str | os.PathLike, model: Any = None, native: Any = None):
        if isinstance(model, (str, os.PathLike)):
            model = Model(model)
        super().__init__(config_of(config), model, native)

    def _open(self, config: dict) -> Model:
        if not isinstance(config.get("model"), str):
            raise ValueError(f"pipeline: model is {config.get('model')!r}, must be a path")
        return Model(config["model"])

    def push(self, samples: Any) -> tuple[Decision, ...]:
        return super().push(int16(samples, self.frontend.channels))

    def _decide(self, scores: np.ndarray) -> None:
        super()._decide(scores.ravel())


def config_of(config: dict | str | os.PathLike) -> dict:
    """A configuration, read if need be, in which every filter has its coefficients."""
    loaded = config if isinstance(config, dict) else chain.load(os.fspath(config))
    stages = loaded.get("stages")
    if not isinstance(stages, list) or not any(needs_design(stage) for stage in stages):
        return loaded
    from .design import resolve

    return resolve(loaded)


def needs_design(stage: Any) -> bool:
    """Whether a stage is a filter that is given by what it shall do, or in real numbers."""
    return isinstance(stage, dict) and ("design" in stage or "sos" in stage)


def int16(samples: Any, channels: int = 1) -> np.ndarray:
    """Samples in one dimension, contiguous; ValueError for another type, which would have to be scaled, and for shapes
    other than (samples,) and (instants, channels).

    Plain bytes are taken as little-endian samples.
    """
    if isinstance(samples, (bytes, bytearray)) or memoryview_of_bytes(samples):
        if len(samples) % 2:
            raise ValueError(f"samples are {len(samples)} bytes, must be an even number of them")
        return np.frombuffer(samples, np.int16)
    array = np.asarray(samples)
    if array.dtype != np.int16 and array.size:
        raise ValueError(f"samples are {array.dtype}, must be int16 (32767 is full scale)")
    if array.ndim != 1 and (array.ndim != 2 or array.shape[1] != channels):
        raise ValueError(
            f"samples have shape {array.shape}, must be (samples,) or (instants, {channels})"
        )
    return np.ascontiguousarray(array, np.int16).reshape(-1)


def memoryview_of_bytes(samples: Any) -> bool:
    return isinstance(samples, memoryview) and samples.format == "B"
