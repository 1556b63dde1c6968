# SPDX-License-Identifier: Apache-2.0
"""Two inputs, element by element."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from single_op import (
    INT8,
    INT16,
    INT32,
    Case,
    Graph,
    Spec,
    random_activation,
    random_scale,
    random_zero,
    tfl,
)

_OPTIONS = {
    "ADD": (tfl.AddOptionsT, 11),
    "MUL": (tfl.MulOptionsT, 21),
    "SUB": (tfl.SubOptionsT, 28),
    "DIV": (tfl.DivOptionsT, 29),
}


def random_shapes(rng, inputs: int = 2) -> tuple[list[tuple[int, ...]], tuple[int, ...]]:
    """Shapes of the inputs, equal or broadcast against each other, and the output's."""
    rank = int(rng.choice([0, 1, 2, 3, 4, 4, 5]))
    shape = tuple(int(n) for n in rng.integers(1, 7 if rank < 5 else 4, rank))
    shapes = [shape] * inputs
    if rank and rng.random() < 0.6:
        repeated = rng.random((inputs, rank)) < rng.choice([0.2, 0.5, 1.0])
        repeated[rng.integers(inputs, size=rank), range(rank)] = False
        shapes = [tuple(np.where(row, 1, shape).tolist()) for row in repeated]
        short = int(rng.integers(inputs))
        leading = [*shapes[short], 0].index(next((n for n in shapes[short] if n != 1), 0))
        others_keep_rank = any(len(s) == rank for i, s in enumerate(shapes) if i != short)
        if others_keep_rank and leading:
            shapes[short] = shapes[short][int(rng.integers(0, leading + 1)) :]
    return shapes, shape


def random_inputs(rng, graph: Graph, specs: list[Spec], values: Callable) -> tuple[list, list]:
    """Indices of the inputs, now and then one of them constant, and of those that are not."""
    constant = int(rng.choice([-1, -1, *range(len(specs))])) if len(specs) > 1 else -1
    for index, spec in enumerate(specs):
        spec.data = values(rng, spec) if index == constant else None
    inputs = [graph.tensor(spec) for spec in specs]
    return inputs, [tensor for index, tensor in enumerate(inputs) if index != constant]


def _bytes(rng, spec: Spec) -> np.ndarray:
    return rng.integers(-128, 128, spec.shape, dtype=np.int8)


def _pack(rng, name: str, graph: Graph, specs, output: Spec, values, activation: int) -> bytes:
    inputs, open_inputs = random_inputs(rng, graph, specs, values)
    result = graph.tensor(output)
    make, kind = _OPTIONS.get(name, (None, 0))
    options = make() if make else None
    if options:
        options.fusedActivationFunction = activation
    code = getattr(tfl.BuiltinOperator, name)
    graph.operator(code, inputs, [result], options, kind, 2)
    return graph.pack(open_inputs, [result])


def _output_scale(rng, name: str, scales: list[float]) -> float:
    """About what calibration would give, now and then far from it: all saturates or vanishes."""
    reach = {"MUL": scales[0] * scales[1] * 64, "SQUARED_DIFFERENCE": max(scales) ** 2 * 64}
    reach["PRELU"] = max(scales[0], scales[0] * scales[1] * 64)
    typical = reach.get(name, max(scales))
    factor = rng.choice([rng.uniform(-1, 3)] * 7 + [rng.uniform(-9, 14)])
    return float(np.float32(typical * 2.0**factor))


def quantized(name: str, rng: np.random.Generator) -> Case:
    shapes, shape = random_shapes(rng)
    reach = (-20, 8) if rng.random() < 0.15 else (-6, 0)
    scales = [random_scale(rng, *reach), random_scale(rng, *reach)]
    if rng.random() < 0.2:
        scales[1] = scales[0]
    specs = [Spec(s, scale=c, zero=random_zero(rng)) for s, c in zip(shapes, scales, strict=True)]
    output = Spec(shape, scale=_output_scale(rng, name, scales), zero=random_zero(rng))
    return Case(_pack(rng, name, Graph(), specs, output, _bytes, random_activation(rng)))


def _halves(rng, spec: Spec) -> np.ndarray:
    return rng.integers(-32768, 32768, spec.shape, dtype=np.int16)


def quantized16(name: str, rng: np.random.Generator) -> Case:
    """Zero points are 0 where TFLM insists, which for ADD it does not."""
    shapes, shape = random_shapes(rng)
    scales = [random_scale(rng, -16, -8), random_scale(rng, -16, -8)]
    zeros = [int(rng.choice([0, 0, rng.integers(-32000, 32000)])) for _ in range(3)]
    if name != "ADD":
        zeros = [0, 0, 0 if name == "MUL" else zeros[2]]
    specs = [Spec(s, INT16, c, z) for s, c, z in zip(shapes, scales, zeros, strict=False)]
    reach = scales[0] * scales[1] * 2**14 if name == "MUL" else max(scales)
    factor = rng.choice([rng.uniform(-1, 3)] * 7 + [rng.uniform(-9, 14)])
    output = Spec(shape, INT16, float(np.float32(reach * 2.0**factor)), zeros[2])
    return Case(_pack(rng, name, Graph(), specs, output, _halves, random_activation(rng)))


def extremes(name: str, rng: np.random.Generator) -> Case:
    """Of the bytes themselves, whatever they stand for."""
    shapes, shape = random_shapes(rng)
    scale, zero = (random_scale(rng), random_zero(rng)) if rng.random() < 0.7 else (None, 0)
    specs = [Spec(s, scale=scale, zero=zero) for s in shapes]
    return Case(_pack(rng, name, Graph(), specs, Spec(shape, INT8, scale, zero), _bytes, 0))


def _words(rng, spec: Spec) -> np.ndarray:
    """Small and large numbers, with the limits among them, but no 0, by which DIV cannot divide."""
    info = np.iinfo(np.int32)
    values = rng.integers(1, 20, spec.shape) * rng.choice([-1, 1], spec.shape)
    far = rng.integers(1, info.max, spec.shape) * rng.choice([-1, 1], spec.shape)
    edges = rng.choice([info.min, info.max, 1, 7], spec.shape)
    kind = rng.random(spec.shape)
    return np.where(kind < 0.5, values, np.where(kind < 0.9, far, edges)).astype(np.int32)


def _divisible(rng, spec: Spec) -> np.ndarray:
    """Without INT32_MIN, whose quotient by -1 stops TFLM."""
    return np.maximum(_words(rng, spec), np.iinfo(np.int32).min + 1)


def integers(name: str, rng: np.random.Generator) -> Case:
    shapes, shape = random_shapes(rng)
    specs = [Spec(s, INT32) for s in shapes]
    values = _divisible if name == "DIV" else _words
    data = _pack(rng, name, Graph(), specs, Spec(shape, INT32), values, random_activation(rng))
    return Case(data, lambda rng: [values(rng, spec) for spec in specs if spec.data is None])


OPERATORS = {
    **{f"{name} int16": partial(quantized16, name) for name in ("ADD", "SUB", "MUL")},
    **{
        f"{name} int8": partial(quantized, name)
        for name in ("ADD", "SUB", "MUL", "SQUARED_DIFFERENCE", "PRELU")
    },
    **{f"{name} int8": partial(extremes, name) for name in ("MAXIMUM", "MINIMUM")},
    **{
        f"{name} int32": partial(integers, name)
        for name in ("ADD", "SUB", "MUL", "DIV", "MAXIMUM", "MINIMUM", "SQUARED_DIFFERENCE")
    },
}
