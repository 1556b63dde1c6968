# SPDX-License-Identifier: Apache-2.0
"""Conversion between types."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from single_op import (
    BOOL,
    FLOAT32,
    INT8,
    INT16,
    INT32,
    TYPE_NAMES,
    UINT8,
    Case,
    Graph,
    Spec,
    random_scale,
    tfl,
)

UINT32 = tfl.TensorType.UINT32
_QUANTIZE = {
    FLOAT32: (INT8, INT16),
    INT32: (INT8, INT16),
    INT16: (INT8, INT16, INT32),
    INT8: (INT8, INT16, INT32, UINT8),
    UINT8: (INT8,),
}
_CAST = (INT8, INT16, INT32, UINT32, FLOAT32, BOOL)


def _shape(rng: np.random.Generator) -> tuple[int, ...]:
    """Now and then more than 256 elements, which int8 computes in another way."""
    if rng.random() < 0.1:
        return (int(rng.integers(200, 800)),)
    return tuple(int(n) for n in rng.integers(1, 8, int(rng.integers(0, 5))))


def _zero(rng: np.random.Generator, kind: int) -> int:
    limits = np.iinfo(TYPE_NAMES[kind])
    low, high = max(limits.min, -32768), min(limits.max, 32767)
    return int(rng.choice([low, high, 0, rng.integers(low, high + 1)]))


def _one(code: int, source: Spec, result: Spec, options, kind: int, inputs=None) -> Case:
    graph = Graph()
    tensors = [graph.tensor(source), graph.tensor(result)]
    graph.operator(code, tensors[:1], tensors[1:], options, kind)
    return Case(graph.pack(tensors[:1], tensors[1:]), inputs)


def _floats(shape: tuple[int, ...], scale: float, steps: float) -> Callable:
    """Up to some steps from 0; half of them at or next to the middle between two steps."""

    def inputs(rng: np.random.Generator) -> list[np.ndarray]:
        x = rng.uniform(-steps, steps, shape)
        middle = np.float32((np.round(x) + 0.5) * scale)
        near = np.nextafter(middle, np.float32(rng.choice([-1e30, 1e30])))
        kind = rng.integers(0, 4, shape)
        return [np.select([kind == 0, kind == 1], [middle, near], x * scale).astype(np.float32)]

    return inputs


def quantize(source: int, result: int, rng: np.random.Generator) -> Case:
    shape, scale = _shape(rng), random_scale(rng, -20, 10)
    output = Spec(shape, result, scale, _zero(rng, result))
    options = tfl.QuantizeOptionsT()
    if source == FLOAT32:
        steps = float(rng.choice([3, 200, 40000, 1e9]))
        feed = _floats(shape, scale, steps)
        return _one(114, Spec(shape, source), output, options, 89, feed)
    ratio = rng.choice(
        [1.0, rng.uniform(0, 2), 2.0 ** rng.integers(-9, 9), 2.0 ** rng.uniform(-40, 29)]
    )
    spec = Spec(shape, source, float(np.float32(scale * ratio)), _zero(rng, source))
    return _one(114, spec, output, options, 89)


def dequantize(source: int, rng: np.random.Generator) -> Case:
    shape = _shape(rng)
    scale = random_scale(rng, *((-149, 110) if rng.random() < 0.3 else (-12, 3)))
    spec = Spec(shape, source, scale, _zero(rng, source))
    return _one(6, spec, Spec(shape, FLOAT32), tfl.DequantizeOptionsT(), 38)


def _any_floats(shape: tuple[int, ...]) -> Callable:
    special = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 2**31, -(2**31), 2**32, 0.99, -0.99])

    def inputs(rng: np.random.Generator) -> list[np.ndarray]:
        x = rng.uniform(-1, 1, shape) * rng.choice([1, 1.5, 300, 1e5, 2**31, 1e12], shape)
        return [np.where(rng.random(shape) < 0.2, rng.choice(special, shape), x).astype(np.float32)]

    return inputs


def cast(source: int, rng: np.random.Generator) -> Case:
    shape, result = _shape(rng), int(rng.choice(_CAST))
    options = tfl.CastOptionsT()
    options.inDataType, options.outDataType = source, result
    feed = _any_floats(shape) if source == FLOAT32 else None
    return _one(53, Spec(shape, source), Spec(shape, result), options, 37, feed)


OPERATORS = {
    **{
        f"QUANTIZE {TYPE_NAMES[source]} to {TYPE_NAMES[result]}": partial(quantize, source, result)
        for source, results in _QUANTIZE.items()
        for result in results
    },
    **{
        f"DEQUANTIZE {TYPE_NAMES[kind]}": partial(dequantize, kind) for kind in (INT8, UINT8, INT16)
    },
    **{f"CAST {TYPE_NAMES[kind]}": partial(cast, kind) for kind in _CAST},
}
