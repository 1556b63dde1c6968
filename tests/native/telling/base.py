# SPDX-License-Identifier: Apache-2.0
"""What models that tell are made of.

Of random scales about one in a thousand tells, so scales are drawn for which sums come next to the limit between two
outputs: a factor of (n + 1/2) / odd for sums that are multiples of odd. A file is packed once for many trials, with
marks in the place of its scales.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from single_op import INT8, INT16, INT32, UINT8, VALID, Graph, Spec, option_table, tfl

Rng = np.random.Generator
Rounds = list[list[np.ndarray]]
PRODUCT, QUOTIENT = "product", "quotient"
BOTH = (PRODUCT, QUOTIENT)
MARKS = [float(np.float32(0.7310585 + 0.0013 * i)) for i in range(40)]
BYTES = np.arange(-128, 128).astype(np.int8)
HALVES = (np.arange(-32768, 32768, 16) + np.arange(4096) % 16).astype(np.int16)
_STEP = {"strideH": 1, "strideW": 1, "padding": VALID}
_DENSE = {"dilationHFactor": 1, "dilationWFactor": 1}
_POINT = {"filterHeight": 1, "filterWidth": 1}
TABLES = {
    "ADD": "Add",
    "AVERAGE_POOL_2D": "Pool2D",
    "BATCH_MATMUL": "BatchMatMul",
    "CONV_2D": "Conv2D",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2D",
    "FULLY_CONNECTED": "FullyConnected",
    "LEAKY_RELU": "LeakyRelu",
    "MAX_POOL_2D": "Pool2D",
    "MEAN": "Reducer",
    "MUL": "Mul",
    "QUANTIZE": "Quantize",
    "RESIZE_NEAREST_NEIGHBOR": "ResizeNearestNeighbor",
    "SOFTMAX": "Softmax",
    "SUB": "Sub",
    "SUM": "Reducer",
    "SVDF": "SVDF",
    "TRANSPOSE_CONV": "TransposeConv",
}
FIELDS = {  # of windows of one element
    "AVERAGE_POOL_2D": {**_STEP, **_POINT},
    "CONV_2D": {**_STEP, **_DENSE},
    "DEPTHWISE_CONV_2D": {**_STEP, **_DENSE},
    "MAX_POOL_2D": {**_STEP, **_POINT},
    "TRANSPOSE_CONV": _STEP,
}
UNITS = 16  # channels of layers, each with its own scale


@dataclass
class Telling:
    """pack: a file with marks 0, 1, ... for scales, alpha, beta or clip. draw: numbers in their place, and the inputs
    of runs in a row. tells: what of a derivation can show, PRODUCT and QUOTIENT of scales. double: in which precision
    the core computes them. wanted: models that tell which are looked for."""

    pack: Callable[[], bytes]
    draw: Callable[[Rng], tuple[list[float], Rounds]]
    tells: tuple[str, ...]
    double: bool = True
    wanted: int = 10

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
    return (int(rng.integers(0, most)) + 0.5) / int(rng.choice([3, 5, 7, 9, 11, 13, 15, 21, 33]))


def coarse_factor(rng: Rng, odd: int, most: int) -> float:
    """Below 1, for multiples of odd. It is applied in two steps: a multiplier from 1/2 to 1, whose product is rounded,
    and a shift. So the limit lies half of a unit of the product below (n + 1/2) / odd."""
    middle = int(rng.integers(0, most)) + 0.5
    shift = 0
    while middle / odd * 2**shift < 0.5:
        shift += 1
    return (middle - 2.0 ** -(shift + 1)) / odd


def cut_factor(rng: Rng) -> float:
    """1/2 to 1, at the limit between two multipliers of 15 bits, which some operators shorten theirs to."""
    return (int(rng.integers(2**14, 2**15)) + 0.5) / 2**15


def multiples(odd: int, count: int, kind: int) -> np.ndarray:
    """Of an odd number, on both sides of 0, within the type's range."""
    limit = np.iinfo({INT8: np.int8, INT16: np.int16, INT32: np.int32}[kind])
    return ((np.arange(count) - count // 2) * odd).clip(limit.min, limit.max).astype(limit.dtype)


def values(kind: int, rng: Rng) -> np.ndarray:
    """All of 8 bits; 4096 of others."""
    if kind == INT32:
        return rng.integers(-(2**20), 2**20, 4096).astype(np.int32)
    return {INT8: BYTES, UINT8: np.arange(256).astype(np.uint8), INT16: HALVES}[kind]


def pack(
    name: str,
    specs: list[Spec],
    output: Spec,
    version: int = 1,
    order: list[int] | None = None,
    **options,
) -> bytes:
    """A model of one operator. order: of the operator's inputs among the specs."""
    graph = Graph()
    inputs, result = [graph.tensor(spec) for spec in specs], graph.tensor(output)
    operands = [inputs[i] for i in order] if order else inputs
    options = {**FIELDS.get(name, {}), **options}
    table = option_table(TABLES[name], **options) if name in TABLES else (None, 0)
    graph.operator(getattr(tfl.BuiltinOperator, name), operands, [result], *table, version)
    fed = [i for i, s in zip(inputs, specs, strict=True) if s.data is None and not s.variable]
    return graph.pack(fed, [result])
