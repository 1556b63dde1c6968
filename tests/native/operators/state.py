# SPDX-License-Identifier: Apache-2.0
"""State: recurrent layers and variables."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from single_op import (
    FLOAT32,
    INT8,
    INT16,
    INT32,
    RESOURCE,
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
        in_scale * feature_scale * 2.0 ** (rng.uniform(3, 13) - 7 * (kind == INT16))
    )
    reach = rng.uniform(18, 28) if kind == INT16 else rng.uniform(6, 13)
    out_scale = float(state_scale * time_scale * 2.0**reach)
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
                data=rng.integers(-3000, 3001, (units,)),
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


def _lstm(rng: np.random.Generator) -> Case:
    graph = Graph()
    batch, steps, depth, units = (int(n) for n in rng.integers(1, [4, 6, 12, 12]))
    time_major = bool(rng.integers(0, 2))
    in_scale, hidden_scale = random_scale(rng, -8, -3), random_scale(rng, -9, -5)
    cell_scale = float(2.0 ** rng.integers(-17, -8))
    if rng.random() < 0.2:
        cell_scale = random_scale(rng, -17, -8)
    lead = (steps, batch) if time_major else (batch, steps)
    hidden_zero = random_zero(rng)

    def weights(width: int, scale: float) -> list[int]:
        return [
            graph.tensor(
                Spec((units, width), scale=scale * s, data=random_weights(rng, (units, width)))
            )
            for s in rng.uniform(0.5, 2, 4)
        ]

    spread = 2.0 ** rng.uniform(-4, 3)
    inputs = [graph.tensor(Spec((*lead, depth), scale=in_scale, zero=random_zero(rng)))]
    inputs += weights(depth, float(spread / (in_scale * 5000 * depth**0.5)))
    inputs += weights(units, float(spread / (hidden_scale * 5000 * units**0.5)))
    inputs += [-1] * 3
    for _ in range(4):
        bias = rng.integers(-4000, 4001, (units,))
        inputs.append(graph.tensor(Spec((units,), INT32, in_scale / 100, data=bias)))
    inputs += [-1] * 2
    inputs.append(
        graph.tensor(Spec((batch, units), INT8, hidden_scale, hidden_zero, variable=True))
    )
    inputs.append(graph.tensor(Spec((batch, units), INT16, cell_scale, variable=True)))
    inputs += [-1] * 4
    output = graph.tensor(Spec((*lead, units), scale=hidden_scale, zero=hidden_zero))
    options = tfl.UnidirectionalSequenceLSTMOptionsT()
    options.fusedActivationFunction = tfl.ActivationFunctionType.TANH
    options.timeMajor = time_major
    clips = [0.0, 0.0, 10.0, rng.uniform(0, 70000) * cell_scale, -1.0, np.inf]
    options.cellClip = float(rng.choice(clips))
    kind = tfl.BuiltinOptions.UnidirectionalSequenceLSTMOptions
    lstm = graph.operator(
        tfl.BuiltinOperator.UNIDIRECTIONAL_SEQUENCE_LSTM, inputs, [output], options, kind, 4
    )
    lstm.intermediates = [graph.tensor(Spec((0,), INT16, 1 / 4096)) for _ in range(5)]
    return Case(graph.pack(inputs[:1], [output]))


def handle(graph: Graph, name: str, container: str | None = "") -> int:
    """Adds a VAR_HANDLE: the tensor that it gives."""
    output = graph.tensor(Spec((), RESOURCE))
    options = tfl.VarHandleOptionsT()
    options.container, options.sharedName = container, name
    kind = tfl.BuiltinOptions.VarHandleOptions
    graph.operator(tfl.BuiltinOperator.VAR_HANDLE, [], [output], options, kind)
    return output


def read(graph: Graph, source: int, output: int) -> None:
    options, kind = tfl.ReadVariableOptionsT(), tfl.BuiltinOptions.ReadVariableOptions
    graph.operator(tfl.BuiltinOperator.READ_VARIABLE, [source], [output], options, kind)


def assign(graph: Graph, target: int, value: int) -> None:
    options, kind = tfl.AssignVariableOptionsT(), tfl.BuiltinOptions.AssignVariableOptions
    graph.operator(tfl.BuiltinOperator.ASSIGN_VARIABLE, [target, value], [], options, kind)


def call_once(graph: Graph, index: int) -> None:
    options, kind = tfl.CallOnceOptionsT(), tfl.BuiltinOptions.CallOnceOptions
    options.initSubgraphIndex = index
    graph.operator(tfl.BuiltinOperator.CALL_ONCE, [], [], options, kind)


def _random_value(rng: np.random.Generator, spec: Spec) -> np.ndarray:
    if spec.type == FLOAT32:
        return rng.normal(0, 3, spec.shape)
    return rng.integers(-100, 101, spec.shape)


def variables(rng: np.random.Generator, begins: bool) -> Case:
    """Variables of several types, each read and assigned through one or more handles.

    begins: some are first given a value by a CALL_ONCE.
    """
    graph, sources, results = Graph(), [], []
    if begins:
        call_once(graph, 1)
    first = Graph(graph) if begins else None
    for n in range(int(rng.integers(1, 5))):
        kind = int(rng.choice([INT8, INT8, INT16, INT32, FLOAT32]))
        quant = {} if kind in (INT32, FLOAT32) else {"scale": random_scale(rng)}
        if kind == INT8:
            quant["zero"] = random_zero(rng)
        spec = Spec(
            tuple(int(d) for d in rng.integers(1, 6, int(rng.integers(1, 4)))), kind, **quant
        )
        name, container = f"v{n}", str(rng.choice(["", "here"]))
        source, result = graph.tensor(spec), graph.tensor(spec)
        to, back = handle(graph, name, container), handle(graph, name, container)
        if rng.random() < 0.3:
            back = to
        orders = [
            lambda s=back, r=result: read(graph, s, r),
            lambda t=to, s=source: assign(graph, t, s),
        ]
        for step in rng.permutation(2):
            orders[step]()
        if first and rng.random() < 0.8:
            value = replace(spec, data=_random_value(rng, spec))
            assign(first, handle(first, name, container), first.tensor(value))
        sources.append(source)
        results.append(result)
    return Case(graph.pack(sources, results))


OPERATORS = {
    "CALL_ONCE any": lambda rng: variables(rng, begins=True),
    "VAR_HANDLE any": lambda rng: variables(rng, begins=bool(rng.integers(0, 2))),
    "READ_VARIABLE any": lambda rng: variables(rng, begins=False),
    "ASSIGN_VARIABLE any": lambda rng: variables(rng, begins=False),
    "UNIDIRECTIONAL_SEQUENCE_LSTM int8": _lstm,
    "SVDF int8": lambda rng: _svdf(rng, INT8),
    "SVDF int8 with state int16": lambda rng: _svdf(rng, INT16),
}
