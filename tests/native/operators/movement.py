# SPDX-License-Identifier: Apache-2.0
"""Movement of elements."""

from __future__ import annotations

import numpy as np
from single_op import INT32, Case, Graph, Spec, random_scale, random_zero, tfl


def reshape(rng: np.random.Generator) -> Case:
    graph = Graph()
    dims = [int(n) for n in rng.integers(1, 6, 4)]
    target = [dims[0] * dims[1], dims[2], dims[3]]
    scale, zero = random_scale(rng), random_zero(rng)
    source = graph.tensor(Spec(tuple(dims), scale=scale, zero=zero))
    shape = graph.tensor(Spec((3,), INT32, data=np.array(target, np.int32)))
    output = graph.tensor(Spec(tuple(target), scale=scale, zero=zero))
    options = tfl.ReshapeOptionsT()
    options.newShape = target
    graph.operator(tfl.BuiltinOperator.RESHAPE, [source, shape], [output], options, 17)
    return Case(graph.pack([source], [output]))


OPERATORS = {
    "RESHAPE int8": reshape,
}
