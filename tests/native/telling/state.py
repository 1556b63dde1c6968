# SPDX-License-Identifier: Apache-2.0
"""Recurrent layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from single_op import (
    INT8,
    INT16,
    INT32,
    Graph,
    Spec,
    option_table,
    random_scale,
    random_weights,
    tfl,
)

from telling.base import (
    BOTH,
    MARKS,
    PRODUCT,
    QUOTIENT,
    UNITS,
    Rng,
    Rounds,
    Telling,
    limit_factor,
    marked,
    pack,
    single,
)


def _pack_svdf(kind: int) -> bytes:
    time = np.ones((UNITS, 1))
    specs = [
        Spec((64, 1), INT8, MARKS[0]),
        Spec((UNITS, 1), INT8, MARKS[1], data=np.arange(1, UNITS + 1)),
        Spec((UNITS, 1), kind, MARKS[3], data=time),
        Spec((UNITS,), INT32, 1e-9, data=np.zeros(UNITS)),
        Spec((64, UNITS), kind, MARKS[2], variable=True),
    ]
    return pack("SVDF", specs, Spec((64, UNITS), INT8, MARKS[4]), 3, rank=1)


def _svdf(first: bool, kind: int, rng: Rng):
    """One of both factors at a limit, the other one 1. The bias's scale must be near state times time: both small."""
    time, state = 2.0**-13, 2.0 ** int(rng.integers(-9, -5))
    scale, feature, out = random_scale(rng), random_scale(rng), single(state * time)
    if first:
        feature = single(state * limit_factor(rng, 40) / scale)
    else:
        state, time = random_scale(rng, -10, -6), random_scale(rng, -15, -11)
        scale, feature = state, 1.0
        out = single(state * time / limit_factor(rng, 20))
    values = np.arange(-32, 32) * int(rng.integers(1, 4))
    return [scale, feature, state, time, out], [[values.reshape(64, 1).astype(np.int8)]]


_LSTM_UNITS, _LSTM_BATCH, _LSTM_STEPS, _LSTM_DEPTH = 16, 64, 16, 2


def _pack_lstm(batch: int = _LSTM_BATCH) -> bytes:
    """The marks are the scales of the input, the hidden state, the cell state, both halves' weights, and the clip."""
    rng, units, lead = np.random.default_rng(5), _LSTM_UNITS, (batch, _LSTM_STEPS)
    graph = Graph()

    def weights(width: int, scale: float) -> list[int]:
        shape = (units, width)
        specs = [Spec(shape, INT8, scale, data=random_weights(rng, shape)) for _ in range(4)]
        return [graph.tensor(spec) for spec in specs]

    source = graph.tensor(Spec((*lead, _LSTM_DEPTH), INT8, MARKS[0]))
    inputs = [source, *weights(_LSTM_DEPTH, MARKS[3]), *weights(units, MARKS[4]), -1, -1, -1]
    biases = [rng.integers(-1000, 1000, units) for _ in range(4)]
    inputs += [graph.tensor(Spec((units,), INT32, 1e-9, data=bias)) for bias in biases]
    state = (batch, units)
    hidden = graph.tensor(Spec(state, INT8, MARKS[1], variable=True))
    cell = graph.tensor(Spec(state, INT16, MARKS[2], variable=True))
    output = graph.tensor(Spec((*lead, units), INT8, MARKS[1]))
    tanh = tfl.ActivationFunctionType.TANH
    options, kind = option_table(
        "UnidirectionalSequenceLSTM", fusedActivationFunction=tanh, cellClip=MARKS[5]
    )
    code = tfl.BuiltinOperator.UNIDIRECTIONAL_SEQUENCE_LSTM
    inputs += [-1, -1, hidden, cell, -1, -1, -1, -1]
    lstm = graph.operator(code, inputs, [output], options, kind, 4)
    lstm.intermediates = [graph.tensor(Spec((0,), INT16, 1 / 4096)) for _ in range(5)]
    return graph.pack([source], [output])


def _worst(rng: Rng, of: Callable[[float], float]) -> float:
    """From 1/2 to 1, with a result of which a single is wrong by nearly as much as one can be."""
    while True:
        x = single(rng.uniform(0.5, 1))
        if abs(single(of(x)) / of(x) - 1) > 0.8 * 2.0**-24:
            return x


def _lstm(what: str, rng: Rng):
    """One derivation that rounds, the others exact: powers of two. Hidden states of small steps show more."""
    scale, hidden, cell = 2.0**-6, 2.0**-9, 2.0**-12
    weights, recurrent, clip = 2.0**-6, 2.0**-6, 0.0
    factor = (int(rng.integers(2, 12)) + 0.5) / int(rng.choice([3, 5, 7])) / 2**12
    if what == "input":
        scale = single(scale * rng.uniform(1, 2))
        weights = single(factor / scale)
    if what == "hidden":
        hidden = single(hidden * rng.uniform(1, 2))
        recurrent = single(factor / hidden)
    if what == "output":
        hidden = _worst(rng, lambda x: 1 / x) * 2.0**-7
    if what == "cell":
        cell = _worst(rng, lambda x: 1 / x) * 2.0**-11
    if what == "clip":
        cell = single(cell * rng.uniform(0.8, 1.2))
        clip = single(cell * int(rng.integers(200, 2000)))
    shape = (_LSTM_BATCH, _LSTM_STEPS, _LSTM_DEPTH)
    x = rng.integers(-128, 128, shape).astype(np.int8)
    return [scale, hidden, cell, weights, recurrent, clip], [[x]]


def around_half_power(k: int, units: range) -> Iterator[tuple[bytes, Rounds]]:
    """LSTMs with cell states of scales that lie some units of the last place beside 2^(k + 1/2). Steps of the hidden
    state are small enough to show which power of two such a scale is taken for."""
    batch = 8
    packed, (numbers, ((x,),)) = _pack_lstm(batch), _lstm("", np.random.default_rng(1))
    middle = np.float32(2.0 ** (k + 0.5)).view(np.int32)
    numbers[1] = 2.0 ** min(-9, k + 7)
    numbers[4] = 2.0**-15 / numbers[1]
    for unit in units:
        numbers[2] = float((middle + np.int32(unit)).view(np.float32))
        yield marked(packed, numbers), [[x[:batch]]]


OPERATORS = {
    **{
        f"SVDF int8, state {name}, to the {'state' if first else 'output'}": Telling(
            partial(_pack_svdf, kind), partial(_svdf, first, kind), BOTH
        )
        for name, kind in (("int8", INT8), ("int16", INT16))
        for first in (True, False)
    },
    **{
        f"UNIDIRECTIONAL_SEQUENCE_LSTM int8, {what}": Telling(
            _pack_lstm, partial(_lstm, what), (tells,), wanted=2
        )
        for what, tells in (
            ("input", PRODUCT),
            ("hidden", PRODUCT),
            ("output", QUOTIENT),
            ("cell", QUOTIENT),
            ("clip", QUOTIENT),
        )
    },
}
