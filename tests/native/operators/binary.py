# SPDX-License-Identifier: Apache-2.0
"""Two inputs, element by element."""

from __future__ import annotations

import numpy as np
from single_op import Case, Graph, Spec, random_activation, random_scale, random_zero, tfl


def _broadcast(rng, shape: tuple[int, ...]) -> tuple[int, ...]:
    kept = tuple(1 if rng.random() < 0.4 else dim for dim in shape)
    return kept[int(rng.integers(0, len(kept))) :] if rng.random() < 0.3 else kept


def add(rng: np.random.Generator) -> Case:
    graph = Graph()
    shape = tuple(int(n) for n in rng.integers(1, 7, int(rng.integers(1, 5))))
    other = _broadcast(rng, shape) if rng.random() < 0.5 else shape
    shapes = [shape, other] if rng.random() < 0.5 else [other, shape]
    scales = [random_scale(rng, -6, 0), random_scale(rng, -6, 0)]
    inputs = [
        graph.tensor(Spec(s, scale=c, zero=random_zero(rng)))
        for s, c in zip(shapes, scales, strict=True)
    ]
    out_scale = float(np.float32(max(scales) * 2.0 ** rng.uniform(-1, 3)))
    output = graph.tensor(Spec(shape, scale=out_scale, zero=random_zero(rng)))
    options = tfl.AddOptionsT()
    options.fusedActivationFunction = random_activation(rng)
    graph.operator(tfl.BuiltinOperator.ADD, inputs, [output], options, 11, 2)
    return Case(graph.pack(inputs, [output]))


OPERATORS = {
    "ADD int8": add,
}
