# SPDX-License-Identifier: Apache-2.0
"""One input, element by element: ramps, magnitudes, and single bits."""

from __future__ import annotations

from functools import partial

import numpy as np
from single_op import BOOL, FLOAT32, INT8, INT16, Case, Graph, Spec, random_scale, random_zero, tfl


def _shape(rng: np.random.Generator) -> tuple[int, ...]:
    """Now and then more than 256 elements, which are computed in another way."""
    if rng.random() < 0.2:
        return (int(rng.integers(1, 4)), int(rng.integers(200, 600)))
    return tuple(int(n) for n in rng.integers(1, 9, int(rng.integers(0, 5))))


def _one(name: str, spec: Spec, output: Spec, options=None, kind: int = 0) -> Case:
    graph = Graph()
    source, result = graph.tensor(spec), graph.tensor(output)
    code = getattr(tfl.BuiltinOperator, name)
    graph.operator(code, [source], [result], options, kind)
    return Case(graph.pack([source], [result]))


def _rescaled(rng: np.random.Generator) -> tuple[Spec, Spec]:
    """Outputs of the input's scale, about it, or far from it, where they vanish or saturate."""
    shape, scale = _shape(rng), random_scale(rng, -12, 3)
    factor = float(rng.choice([0, rng.uniform(-2, 2), rng.uniform(-7, 12)]))
    output = Spec(shape, scale=float(np.float32(scale * 2.0**factor)), zero=random_zero(rng))
    return Spec(shape, scale=scale, zero=random_zero(rng)), output


def rescaling(name: str, rng: np.random.Generator) -> Case:
    return _one(name, *_rescaled(rng))


def relu6(rng: np.random.Generator) -> Case:
    """TFLM moves the bytes as they are, whatever the output's scale says."""
    spec, output = _rescaled(rng)
    return _one("RELU6", spec, output if rng.random() < 0.3 else spec)


def leaky_relu(rng: np.random.Generator, kind: int = INT8) -> Case:
    options = tfl.LeakyReluOptionsT()
    options.alpha = float(rng.choice([0.3, 0.01, 0.1, 0.0, rng.uniform(-3, 3), 1e-6]))
    specs = _rescaled(rng)
    if kind == INT16:
        for spec in specs:
            spec.type, spec.scale = INT16, spec.scale / 128
            spec.zero = int(rng.choice([0, 0, -32768, 32767, rng.integers(-32768, 32768)]))
    return _one("LEAKY_RELU", *specs, options, 75)


def bits(name: str, kind: int, rng: np.random.Generator) -> Case:
    spec = Spec(_shape(rng), kind)
    return _one(name, spec, spec)


OPERATORS = {
    "RELU int8": partial(rescaling, "RELU"),
    "RELU6 int8": relu6,
    "LEAKY_RELU int8": leaky_relu,
    "LEAKY_RELU int16": partial(leaky_relu, kind=INT16),
    "ABS int8": partial(rescaling, "ABS"),
    "NEG float32": partial(bits, "NEG", FLOAT32),
    "LOGICAL_NOT bool": partial(bits, "LOGICAL_NOT", BOOL),
}
