# SPDX-License-Identifier: Apache-2.0
"""Models of one operator whose scales lie where single and double precision give different outputs.

Of random scales about one in a thousand tells, so scales are drawn for which sums come next to the limit between two
outputs: a factor of (n + 1/2) / odd for sums that are multiples of odd. A file is packed once for many trials, with
marks in the place of its scales.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from single_op import INT8, INT16, INT32, UINT8, Graph, Spec, random_scale, tfl

Rng = np.random.Generator
Rounds = list[list[np.ndarray]]
PRODUCT, QUOTIENT = "product", "quotient"
BOTH = (PRODUCT, QUOTIENT)
MARKS = [float(np.float32(0.7310585 + 0.0013 * i)) for i in range(40)]
BYTES = np.arange(-128, 128).astype(np.int8)
HALVES = np.arange(-32768, 32768, 16).astype(np.int16) + np.arange(4096, dtype=np.int16) % 16
UNITS = 16  # channels of layers, each with its own scale
DTYPES = {INT8: np.int8, INT16: np.int16, INT32: np.int32, UINT8: np.uint8}


@dataclass
class Telling:
    """pack: a file with marks 0, 1, ... for scales, alpha, beta or clip. draw: numbers in their place, and the inputs
    of runs in a row. tells: what of a derivation can show, PRODUCT and QUOTIENT of scales. double: in which precision
    the core computes them."""

    pack: Callable[[], bytes]
    draw: Callable[[Rng], tuple[list[float], Rounds]]
    tells: tuple[str, ...]
    double: bool = True

    def trial(self, packed: bytes, rng: Rng) -> tuple[bytes, Rounds]:
        numbers, rounds = self.draw(rng)
        return marked(packed, numbers), rounds


def marked(data: bytes, numbers: list[float]) -> bytes:
    """A packed file with numbers in the place of its marks."""
    for mark, number in zip(MARKS, numbers, strict=False):
        old = struct.pack("<f", mark)
        assert old in data
        data = data.replace(old, struct.pack("<f", number))
    return data


def single(x: float) -> float:
    return float(np.float32(x))


def limit_factor(rng: Rng, most: int = 60) -> float:
    """(n + 1/2) / odd."""
    return (int(rng.integers(0, most)) + 0.5) / int(
        rng.choice([3, 5, 7, 9, 11, 13, 15, 21, 33, 45])
    )


def _pack(
    name: str,
    specs: list[Spec],
    output: Spec,
    options=None,
    kind: int = 0,
    version: int = 3,
    order: list[int] | None = None,
) -> bytes:
    """order: of the operator's inputs among the specs."""
    graph = Graph()
    inputs, result = [graph.tensor(spec) for spec in specs], graph.tensor(output)
    operands = [inputs[i] for i in order] if order else inputs
    graph.operator(getattr(tfl.BuiltinOperator, name), operands, [result], options, kind, version)
    fed = [i for i, s in zip(inputs, specs, strict=True) if s.data is None and not s.variable]
    return graph.pack(fed, [result])


def _options(make: Callable, **fields):
    options = make()
    for field, value in fields.items():
        assert hasattr(options, field)
        setattr(options, field, value)
    return options


# One input, element by element: marks are the input's scale and the output's.


def _unary(
    name: str, source: int = INT8, result: int = INT8, options=None, kind: int = 0, zero: int = 0
):
    size = 4096 if source in (INT16, INT32) else 256
    return _pack(
        name,
        [Spec((size,), source, MARKS[0], zero)],
        Spec((size,), result, MARKS[1]),
        options,
        kind,
        1,
    )


def _values(source: int, rng: Rng) -> np.ndarray:
    if source == INT32:
        return rng.integers(-(2**20), 2**20, 4096).astype(np.int32)
    return {INT8: BYTES, UINT8: np.arange(256).astype(np.uint8), INT16: HALVES}[source]


def _rescaled(source: int, most: int, rng: Rng):
    out = random_scale(rng)
    return [single(out * limit_factor(rng, most)), out], [[_values(source, rng)]]


# SVDF: marks are the scales of input, features, state, time weights and output.


def _pack_svdf(kind: int) -> bytes:
    time = np.ones((UNITS, 1))
    specs = [
        Spec((64, 1), INT8, MARKS[0]),
        Spec((UNITS, 1), INT8, MARKS[1], data=np.arange(1, UNITS + 1)),
        Spec((UNITS, 1), kind, MARKS[3], data=time),
        Spec((UNITS,), INT32, 1e-9, data=np.zeros(UNITS)),
        Spec((64, UNITS), kind, MARKS[2], variable=True),
    ]
    options = _options(tfl.SVDFOptionsT, rank=1)
    return _pack(
        "SVDF", specs, Spec((64, UNITS), INT8, MARKS[4]), options, tfl.BuiltinOptions.SVDFOptions
    )


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


def _unary_rows() -> dict[str, Telling]:
    rows = {}
    for name in ("RELU", "ABS"):
        rows[f"{name} int8"] = Telling(
            partial(_unary, name), partial(_rescaled, INT8, 60), (QUOTIENT,)
        )
    return rows


TELLING: dict[str, Telling] = {
    **_unary_rows(),
    "SVDF int8, to the state": Telling(partial(_pack_svdf, INT8), partial(_svdf, True, INT8), BOTH),
    "SVDF int8, to the output": Telling(
        partial(_pack_svdf, INT8), partial(_svdf, False, INT8), BOTH
    ),
    "SVDF int16, to the state": Telling(
        partial(_pack_svdf, INT16), partial(_svdf, True, INT16), BOTH
    ),
    "SVDF int16, to the output": Telling(
        partial(_pack_svdf, INT16), partial(_svdf, False, INT16), BOTH
    ),
}
