# SPDX-License-Identifier: Apache-2.0
"""State: recurrent layers and variables."""

from __future__ import annotations

import numpy as np
from single_op import (
    INT8,
    INT16,
    INT32,
    Case,
    Graph,
    Spec,
    random_scale,
    random_weights,
    random_zero,
    tfl,
)


def _svdf(rng: np.random.Generator, kind: int) -> Case:
    graph = Graph()
    batch, depth, memory = (int(n) for n in rng.integers(1, [4, 30, 12]))
    rank, units = int(rng.integers(1, 4)), int(rng.integers(1, 9))
    filters = rank * units
    in_scale, feature_scale = random_scale(rng), random_scale(rng, -10, -4)
    time_scale = random_scale(rng, -15, -9) if kind == INT16 else random_scale(rng, -10, -5)
    # From states that saturate to states that vanish; the bias must be near in absolute terms.
    state_scale = float(
        in_scale * feature_scale * 2.0 ** (rng.uniform(-2, 14) - 7 * (kind == INT16))
    )
    out_scale = float(state_scale * time_scale * 2.0 ** rng.uniform(3, 12 + 7 * (kind == INT16)))
    limit = 32767 if kind == INT16 else 127
    time = rng.integers(-limit, limit + 1, (filters, memory))
    zero = random_zero(rng) if kind == INT8 or rng.random() < 0.1 else 0
    inputs = [
        graph.tensor(Spec((batch, depth), scale=in_scale, zero=random_zero(rng))),
        graph.tensor(
            Spec((filters, depth), scale=feature_scale, data=random_weights(rng, (filters, depth)))
        ),
        graph.tensor(Spec((filters, memory), kind, time_scale, data=time)),
        graph.tensor(
            Spec(
                (units,),
                INT32,
                float(np.float32(state_scale) * np.float32(time_scale)),
                data=rng.integers(-30000, 30001, (units,)),
            )
        ),
        graph.tensor(Spec((batch, memory * filters), kind, state_scale, zero, variable=True)),
    ]
    output = graph.tensor(Spec((batch, units), scale=out_scale, zero=random_zero(rng)))
    options = tfl.SVDFOptionsT()
    options.rank, options.fusedActivationFunction = rank, int(rng.integers(0, 2))
    graph.operator(
        tfl.BuiltinOperator.SVDF, inputs, [output], options, tfl.BuiltinOptions.SVDFOptions, 3
    )
    return Case(graph.pack(inputs[:1], [output]))


OPERATORS = {
    "SVDF int8": lambda rng: _svdf(rng, INT8),
    "SVDF int8, state int16": lambda rng: _svdf(rng, INT16),
}
