# SPDX-License-Identifier: Apache-2.0
"""Pooling."""

from __future__ import annotations

from functools import partial

import numpy as np
from single_op import (
    INT8,
    INT16,
    Case,
    Graph,
    Spec,
    random_activation,
    random_scale,
    random_spatial,
    random_zero,
    tfl,
)


def _pool(code: int, rng: np.random.Generator, kind: int = INT8) -> Case:
    graph, (y, x, padding) = Graph(), random_spatial(rng, 6, dilate=False)
    batch, depth = int(rng.integers(1, 3)), int(rng.integers(1, 9))
    scale, zero = random_scale(rng), random_zero(rng)
    if kind == INT16:
        scale, zero = random_scale(rng, -16, -4), int(rng.choice([0, 0, 0, -32768, 32767, 300]))
    near = float(np.float32(scale + 9e-7)) if rng.random() < 0.1 else scale
    source = graph.tensor(Spec((batch, y[0], x[0], depth), kind, scale, zero))
    output = graph.tensor(Spec((batch, y[4], x[4], depth), kind, near, zero))
    options = tfl.Pool2DOptionsT()
    options.padding, options.fusedActivationFunction = padding, random_activation(rng)
    options.strideH, options.strideW = y[2], x[2]
    options.filterHeight, options.filterWidth = y[1], x[1]
    graph.operator(code, [source], [output], options, 5, 2)
    return Case(graph.pack([source], [output]))


_AVERAGE, _MAX = tfl.BuiltinOperator.AVERAGE_POOL_2D, tfl.BuiltinOperator.MAX_POOL_2D

OPERATORS = {
    "AVERAGE_POOL_2D int8": partial(_pool, _AVERAGE),
    "AVERAGE_POOL_2D int16": partial(_pool, _AVERAGE, kind=INT16),
    "MAX_POOL_2D int8": partial(_pool, _MAX),
    "MAX_POOL_2D int16": partial(_pool, _MAX, kind=INT16),
}
