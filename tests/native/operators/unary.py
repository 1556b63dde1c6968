# SPDX-License-Identifier: Apache-2.0
"""One input, element by element."""

from __future__ import annotations

from functools import partial

import numpy as np
from single_op import INT16, Case, Graph, Spec, random_scale, random_zero, tfl


def softmax(rng: np.random.Generator, wide: bool = False) -> Case:
    graph = Graph()
    shape = tuple(int(n) for n in rng.integers(1, 9, int(rng.integers(0, 4))))
    shape = (*shape, int(rng.integers(1, 40)))
    source = graph.tensor(Spec(shape, scale=random_scale(rng, -8, 6), zero=random_zero(rng)))
    output = graph.tensor(
        Spec(shape, INT16, 1 / 65536, -32768) if wide else Spec(shape, scale=1 / 256, zero=-128)
    )
    options = tfl.SoftmaxOptionsT()
    options.beta = float(rng.choice([1.0, 1.0, 0.5, 2.0, np.float32(rng.uniform(0.1, 4))]))
    graph.operator(tfl.BuiltinOperator.SOFTMAX, [source], [output], options, 9, 2)
    return Case(graph.pack([source], [output]))


def _shape(rng: np.random.Generator) -> tuple[int, ...]:
    """Now and then more than 256 elements, which are computed in another way."""
    if rng.random() < 0.2:
        return (int(rng.integers(1, 4)), int(rng.integers(200, 600)))
    return tuple(int(n) for n in rng.integers(1, 9, int(rng.integers(0, 5))))


def _one(
    code: int, spec: Spec, output: Spec, options=None, kind: int = 0, version: int = 1
) -> Case:
    graph = Graph()
    source, result = graph.tensor(spec), graph.tensor(output)
    graph.operator(code, [source], [result], options, kind, version)
    return Case(graph.pack([source], [result]))


def logistic(rng: np.random.Generator) -> Case:
    shape = _shape(rng)
    spec = Spec(shape, scale=random_scale(rng, -14, 5), zero=random_zero(rng))
    output = Spec(shape, scale=1 / 256, zero=-128)
    return _one(tfl.BuiltinOperator.LOGISTIC, spec, output)


def tanh(rng: np.random.Generator) -> Case:
    shape = _shape(rng)
    spec = Spec(shape, scale=random_scale(rng, -14, 5), zero=random_zero(rng))
    return _one(tfl.BuiltinOperator.TANH, spec, Spec(shape, scale=1 / 128, zero=0))


def hard_swish(rng: np.random.Generator) -> Case:
    """The output's steps are at least 1/128 of the input's, else TFLM refuses; far coarser ones as well."""
    shape = _shape(rng)
    scale = random_scale(rng, -14, 10 if rng.random() < 0.2 else 0)
    coarser = rng.choice([rng.uniform(-1, 1), rng.uniform(-6.9, 4), rng.uniform(-6.9, 25)])
    output = Spec(shape, scale=float(np.float32(scale * 2.0**coarser)), zero=random_zero(rng))
    return _one(
        tfl.BuiltinOperator.HARD_SWISH, Spec(shape, scale=scale, zero=random_zero(rng)), output
    )


def log_softmax(rng: np.random.Generator) -> Case:
    rows = tuple(int(n) for n in rng.integers(1, 5, int(rng.integers(0, 4))))
    shape = (*rows, int(rng.choice([1, rng.integers(1, 40), rng.integers(1, 400)])))
    spec = Spec(shape, scale=random_scale(rng, -12, 6), zero=random_zero(rng))
    output = Spec(shape, scale=16 / 256, zero=127)
    return _one(tfl.BuiltinOperator.LOG_SOFTMAX, spec, output, tfl.LogSoftmaxOptionsT(), 36)


def l2_normalization(rng: np.random.Generator) -> Case:
    depth = int(rng.choice([1, rng.integers(1, 40), rng.integers(1, 1000)]))
    shape = (*(int(n) for n in rng.integers(1, 5, int(rng.integers(0, 4)))), depth)
    spec = Spec(shape, scale=random_scale(rng), zero=random_zero(rng))
    output = Spec(shape, scale=1 / 128, zero=0)
    case = _one(
        tfl.BuiltinOperator.L2_NORMALIZATION, spec, output, tfl.L2NormOptionsT(), 12, 2
    )  # fmt: skip
    near = rng.random() < 0.3

    def inputs(rng: np.random.Generator) -> list[np.ndarray]:
        """Near the zero point sums are small: 0, 1, 2 .."""
        low, high = (max(-128, spec.zero - 1), min(127, spec.zero + 1)) if near else (-128, 127)
        return [rng.integers(low, high + 1, shape, dtype=np.int8)]

    return Case(case.data, inputs)


def curve16(code: int, rng: np.random.Generator) -> Case:
    """Powers of two count as such up to a certain distance, which differs between them; coarse and fine scales."""
    power = np.float32(2.0 ** rng.choice([-12, -11]))
    off = int(rng.choice([0, 1, 5810, 5813, 5816, 5820, -11619, -11621, -11624, -11626]))
    near = (power.view(np.int32) + np.int32(off)).view(np.float32)
    scale = float(rng.choice([near, random_scale(rng, -15, -8), random_scale(rng, -30, 2)]))
    shape = tuple(int(n) for n in rng.integers(1, 10, int(rng.integers(0, 5))))
    result = np.float32(1 / 32768).view(np.int32) + np.int32(rng.choice([0, 0, 5816, -11626]))
    output = Spec(shape, INT16, scale=float(result.view(np.float32)))
    return _one(code, Spec(shape, INT16, scale=scale), output)


def softmax16(rng: np.random.Generator) -> Case:
    rows = tuple(int(n) for n in rng.integers(1, 5, int(rng.integers(0, 4))))
    shape = (*rows, int(rng.choice([1, rng.integers(1, 20), rng.integers(1, 500)])))
    scale = rng.choice([10 / 65535, random_scale(rng, -16, -8), random_scale(rng, -24, 4)])
    options = tfl.SoftmaxOptionsT()
    options.beta = float(rng.choice([1.0, 1.0, np.float32(rng.uniform(0.1, 4))]))
    output = Spec(shape, INT16, scale=1 / 32768 * rng.uniform(0.9991, 1.0009))
    spec = Spec(shape, INT16, scale=float(scale))
    return _one(tfl.BuiltinOperator.SOFTMAX, spec, output, options, 9, 2)


OPERATORS = {
    "SOFTMAX int8": softmax,
    "SOFTMAX int8 to int16": lambda rng: softmax(rng, wide=True),
    "SOFTMAX int16": softmax16,
    "LOGISTIC int8": logistic,
    "LOGISTIC int16": partial(curve16, tfl.BuiltinOperator.LOGISTIC),
    "TANH int16": partial(curve16, tfl.BuiltinOperator.TANH),
    "TANH int8": tanh,
    "HARD_SWISH int8": hard_swish,
    "LOG_SOFTMAX int8": log_softmax,
    "L2_NORMALIZATION int8": l2_normalization,
}
