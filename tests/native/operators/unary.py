# SPDX-License-Identifier: Apache-2.0
"""One input, element by element."""

from __future__ import annotations

import numpy as np
from single_op import Case, Graph, Spec, random_scale, random_zero, tfl


def softmax(rng: np.random.Generator) -> Case:
    graph = Graph()
    shape = tuple(int(n) for n in rng.integers(1, 9, int(rng.integers(0, 4))))
    shape = (*shape, int(rng.integers(1, 40)))
    source = graph.tensor(Spec(shape, scale=random_scale(rng, -8, 2), zero=random_zero(rng)))
    output = graph.tensor(Spec(shape, scale=1 / 256, zero=-128))
    options = tfl.SoftmaxOptionsT()
    options.beta = float(rng.choice([1.0, 1.0, 0.5, 2.0, np.float32(rng.uniform(0.1, 4))]))
    graph.operator(tfl.BuiltinOperator.SOFTMAX, [source], [output], options, 9, 2)
    return Case(graph.pack([source], [output]))


OPERATORS = {
    "SOFTMAX int8": softmax,
}
