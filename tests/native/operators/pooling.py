# SPDX-License-Identifier: Apache-2.0
"""Pooling and reduction."""

from __future__ import annotations

import numpy as np
from single_op import (
    Case,
    Graph,
    Spec,
    random_activation,
    random_scale,
    random_spatial,
    random_zero,
    tfl,
)


def average_pool_2d(rng: np.random.Generator) -> Case:
    graph, (y, x, padding) = Graph(), random_spatial(rng, 6, dilate=False)
    batch, depth = int(rng.integers(1, 3)), int(rng.integers(1, 9))
    scale, zero = random_scale(rng), random_zero(rng)
    source = graph.tensor(Spec((batch, y[0], x[0], depth), scale=scale, zero=zero))
    output = graph.tensor(Spec((batch, y[4], x[4], depth), scale=scale, zero=zero))
    options = tfl.Pool2DOptionsT()
    options.padding, options.fusedActivationFunction = padding, random_activation(rng)
    options.strideH, options.strideW = y[2], x[2]
    options.filterHeight, options.filterWidth = y[1], x[1]
    graph.operator(tfl.BuiltinOperator.AVERAGE_POOL_2D, [source], [output], options, 5, 2)
    return Case(graph.pack([source], [output]))


OPERATORS = {
    "AVERAGE_POOL_2D int8": average_pool_2d,
}
