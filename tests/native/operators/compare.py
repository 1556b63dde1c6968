# SPDX-License-Identifier: Apache-2.0
"""Comparisons, logic of BOOL, and the choice between two inputs."""

from __future__ import annotations

from functools import partial

import numpy as np
from single_op import (
    BOOL,
    FLOAT32,
    INT8,
    INT16,
    INT32,
    INT64,
    Case,
    Graph,
    Spec,
    random_scale,
    random_zero,
    tfl,
)

from operators.binary import random_inputs, random_shapes

_ORDERS = ("LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL")
_EQUALITIES = ("EQUAL", "NOT_EQUAL")


def _values(rng, spec: Spec) -> np.ndarray:
    """Equal ones among them; int64 also differ in either word alone."""
    if spec.type == BOOL:
        return rng.integers(0, 2, spec.shape).astype(bool)
    if spec.type == FLOAT32:
        return rng.normal(0, 3, spec.shape).astype(np.float32)
    if spec.type in (INT8, INT16):
        return rng.integers(-128, 128, spec.shape).astype(
            np.int8 if spec.type == INT8 else np.int16
        )
    small = rng.integers(-3, 4, spec.shape)
    if spec.type == INT32:
        edges = rng.choice([-(2**31), 2**31 - 1, 0], spec.shape)
        return np.where(rng.random(spec.shape) < 0.7, small, edges).astype(np.int32)
    return small * rng.choice([1, 2**32, 2**31, 2**61], spec.shape) + rng.integers(
        -1, 2, spec.shape
    )


def _case(rng, name: str, specs: list[Spec], output: Spec) -> Case:
    graph = Graph()
    inputs, open_inputs = random_inputs(rng, graph, specs, _values)
    result = graph.tensor(output)
    graph.operator(getattr(tfl.BuiltinOperator, name), inputs, [result])
    data = graph.pack(open_inputs, [result])
    return Case(data, lambda rng: [_values(rng, spec) for spec in specs if spec.data is None])


def quantized(name: str, rng: np.random.Generator) -> Case:
    """Scales below 1, which TFLM wants; half of the time one scale, where equal values occur."""
    shapes, shape = random_shapes(rng)
    first = Spec(shapes[0], scale=random_scale(rng, -12, -0.001), zero=random_zero(rng))
    second = Spec(shapes[1], scale=first.scale, zero=first.zero)
    if rng.random() < 0.5:
        second.scale = float(np.float32(min(first.scale * 2.0 ** rng.uniform(-2, 2), 0.99)))
        second.zero = random_zero(rng)
    return _case(rng, name, [first, second], Spec(shape, BOOL))


def plain(name: str, kind: int, rng: np.random.Generator) -> Case:
    shapes, shape = random_shapes(rng)
    return _case(rng, name, [Spec(s, kind) for s in shapes], Spec(shape, BOOL))


def select(kind: int, rng: np.random.Generator) -> Case:
    shapes, shape = random_shapes(rng, 3)
    scale = random_scale(rng) if kind != FLOAT32 else None
    specs = [Spec(shapes[0], BOOL), *(Spec(s, kind, scale) for s in shapes[1:])]
    return _case(rng, "SELECT_V2", specs, Spec(shape, kind, scale))


OPERATORS = {
    **{f"{name} int8": partial(quantized, name) for name in _ORDERS + _EQUALITIES},
    **{f"{name} int32": partial(plain, name, INT32) for name in _ORDERS + _EQUALITIES},
    **{f"{name} int64": partial(plain, name, INT64) for name in _ORDERS + _EQUALITIES},
    **{f"{name} bool": partial(plain, name, BOOL) for name in _EQUALITIES},
    **{f"{name} bool": partial(plain, name, BOOL) for name in ("LOGICAL_AND", "LOGICAL_OR")},
    "SELECT_V2 int8": partial(select, INT8),
    "SELECT_V2 int16": partial(select, INT16),
    "SELECT_V2 float32": partial(select, FLOAT32),
}
