# SPDX-License-Identifier: Apache-2.0
"""Models on the PC: the board's class on NumPy arrays."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import numpy as np

from . import onpc  # noqa: F401  (gives the classes below their native functions)
from .mote import model as board

TensorInfo = board.TensorInfo


class Model(board.Model):
    """A .tflite model run by the core that boards run, with the same bits.

    source: a path, or a buffer that holds the file. arena: as on the board.
    Raises ValueError for a refused file, TypeError for a source or an arena that is none, MemoryError for too small an
    arena, OSError where it cannot be read.
    """

    inputs: list[TensorInfo]
    outputs: list[TensorInfo]
    arena_bytes: int

    def __init__(
        self, source: str | os.PathLike | bytes | bytearray | memoryview, arena: Any = None
    ):
        if isinstance(source, os.PathLike):
            source = os.fspath(source)
        if isinstance(arena, np.ndarray):
            arena = arena.reshape(-1)
        super().__init__(source, arena)

    def load(self, *inputs: Any) -> None:
        super().load(*(self._array(i, x) for i, x in enumerate(inputs)))

    def _array(self, index: int, data: Any) -> Any:
        """The input as contiguous items of the model's type; a float array is not quantized silently."""
        if index >= len(self.inputs):
            return data
        want = self.inputs[index]
        what = f"input {index} ({want.name}) is {want.dtype} of shape {want.shape}"
        whole = data.obj if isinstance(data, memoryview) else data
        if isinstance(whole, (bytes, bytearray)):
            return data
        try:
            data = np.asarray(memoryview(data))
        except TypeError:
            kind = type(data).__name__
            raise ValueError(f"{what}, got {kind}: pass a NumPy array, or bytes") from None
        if data.dtype != want.dtype:
            hint = ": quantize() it first" if data.dtype.kind == "f" else ""
            raise ValueError(f"{what}, got {data.dtype}{hint}")
        if data.ndim > 1 and _squeezed(data.shape) != _squeezed(want.shape):
            raise ValueError(f"{what}, got shape {data.shape}")
        flat = np.ascontiguousarray(data).reshape(-1)
        return flat.view(np.uint8) if flat.dtype == np.bool_ else flat

    def results(self) -> list[np.ndarray]:
        """The outputs of the last run as new arrays of the model's shapes."""
        return [
            np.array(result, dtype=info.dtype).reshape(info.shape)
            for result, info in zip(super().results(), self.outputs, strict=True)
        ]

    def quantize(self, values: Iterable[float] | np.ndarray, index: int = 0) -> np.ndarray:
        """Floats of any shape to the integers of input `index`, in single precision as on the board; those of a float32
        input unchanged. ValueError for NaN and infinities, and for an input that is not quantized."""
        info = self.inputs[index]
        with np.errstate(over="ignore"):
            values = np.array(values, np.float32)
        if board.is_float("input", index, info):
            return values
        low, high = board.limits(info.dtype)
        strange = values[~np.isfinite(values)]
        if strange.size:
            raise ValueError(board.NOT_FINITE % strange.flat[0])
        with np.errstate(over="ignore"):
            scaled = values / np.float32(info.scale)
        rounded = np.where(
            scaled >= 0, np.floor(scaled + np.float32(0.5)), -np.floor(np.float32(0.5) - scaled)
        )
        steps = np.clip(rounded.astype(np.float64), -(2**31), 2**31)
        return np.clip(steps + info.zero_point, low, high).astype(info.dtype)

    def dequantize(self, values: np.ndarray, index: int = 0) -> np.ndarray:
        """Integers of output `index` to float32 of the same shape; the values of a float32 output unchanged. ValueError
        for an output without a scale."""
        info = self.outputs[index]
        if board.is_float("output", index, info):
            return np.array(values, np.float32)
        return (np.asarray(values).astype(np.float32) - info.zero_point) * np.float32(info.scale)


def _squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape without its dimensions of 1."""
    return tuple(n for n in shape if n != 1)
