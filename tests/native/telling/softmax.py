# SPDX-License-Identifier: Apache-2.0
"""SOFTMAX. The marks are the input's scale and beta."""

from __future__ import annotations

from functools import partial

import numpy as np
from single_op import INT8, INT16, Spec, random_scale

from telling.base import BOTH, HALVES, MARKS, PRODUCT, Rng, Telling, pack, single

ROWS = 4096


def _rows(rng: Rng) -> np.ndarray:
    """A largest element and two at some distance from it."""
    rows = 127 - rng.integers(0, 256, (ROWS, 3))
    rows[:, 0] = 127
    return rows.astype(np.int8)


def _rows16(rng: Rng) -> np.ndarray:
    other = rng.integers(-32768, 32768, ROWS)
    return np.stack([np.full(ROWS, 32767), HALVES, other], 1).astype(np.int16)


def _softmax(rng: Rng):
    """Beta times scale, of which a single is wrong by nearly as much as one can be."""
    while True:
        scale, beta = single(2.0 ** rng.uniform(-6, -4)), single(rng.uniform(0.5, 2))
        exact = scale * beta
        if abs(single(exact) / exact - 1) > 0.8 * 2.0**-24:
            return [scale, beta], [[_rows(rng)]]


def _softmax16(rng: Rng):
    return [random_scale(rng, -13, -10), single(rng.uniform(0.2, 3))], [[_rows16(rng)]]


def _pack(source: int, result: int, scale: float, zero: int) -> bytes:
    output = Spec((ROWS, 3), result, scale, zero)
    return pack("SOFTMAX", [Spec((ROWS, 3), source, MARKS[0])], output, beta=MARKS[1])


OPERATORS = {
    "SOFTMAX int8": Telling(
        partial(_pack, INT8, INT8, 1 / 256, -128), _softmax, (PRODUCT,), wanted=1
    ),
    "SOFTMAX int8 to int16": Telling(
        partial(_pack, INT8, INT16, 2.0**-16, -32768), _softmax, (PRODUCT,)
    ),
    "SOFTMAX int16": Telling(partial(_pack, INT16, INT16, 2.0**-15, 0), _softmax16, BOTH),
}
