# SPDX-License-Identifier: Apache-2.0
"""Two inputs, element by element: all pairs of bytes. The marks are the scales of both and of the output."""

from __future__ import annotations

from functools import partial

import numpy as np
from single_op import INT8, INT16, Spec, random_scale

from telling.base import (
    BOTH,
    BYTES,
    HALVES,
    MARKS,
    QUOTIENT,
    Rng,
    Telling,
    limit_factor,
    pack,
    single,
)


def _pack(name: str, kind: int) -> bytes:
    shapes = ((256, 1), (1, 256), (256, 256)) if kind == INT8 else ((4096,),) * 3
    specs = [Spec(shape, kind, mark) for shape, mark in zip(shapes, MARKS, strict=False)]
    specs[2].zero = -128 if name == "SQUARED_DIFFERENCE" else 0
    return pack(name, specs[:2], specs[2], 2)


def _values(kind: int, rng: Rng) -> list[np.ndarray]:
    if kind == INT8:
        return [BYTES.reshape(256, 1), BYTES.reshape(1, 256)]
    return [rng.permutation(HALVES), rng.permutation(HALVES)]


def _multiplied(kind: int, rng: Rng):
    a, b = random_scale(rng, -6), random_scale(rng, -6)
    factor = limit_factor(rng) if kind == INT8 else 2.0 ** rng.uniform(-15, -13)
    return [a, b, single(a * b / factor)], [_values(kind, rng)]


def _added(output: bool, kind: int, rng: Rng):
    """output: the factors of the inputs are exact; else that to the output and the larger input's."""
    a = b = random_scale(rng, -6)
    factor = limit_factor(rng, 6) if kind == INT8 else rng.uniform(0.3, 1)
    if not output:
        odd = 2 * int(rng.integers(1, 60)) + 1
        b, factor = single(a * (int(rng.integers(odd)) + 0.5) / odd), 1.0
    scales = [a, b] if rng.random() < 0.5 else [b, a]
    return [*scales, single(a / factor)], [_values(kind, rng)]


def _prelu(negative: bool, rng: Rng):
    """Inputs of one sign."""
    numbers, (inputs,) = _multiplied(INT8, rng)
    if negative:
        return numbers, [[np.minimum(inputs[0], -1), inputs[1]]]
    numbers[0] = single(numbers[2] * limit_factor(rng, 20))
    return numbers, [[np.maximum(inputs[0], 0), inputs[1]]]


def _squared(output: bool, rng: Rng):
    """output: the factors of the inputs are exact, and differences of about 200 come to a limit; else the factor to the
    output, with scales of 12 bits, is exact and the smaller input's 2^7 steps come to one."""
    odd = 2 * int(rng.integers(60, 128)) + 1
    if output:
        a = b = random_scale(rng, -6)
        factor = (int(rng.integers(40, 255)) + 0.5) / odd**2
    else:
        a = int(rng.integers(2**10, 2**12)) * 2.0 ** int(rng.integers(-16, -12))
        odd = 2 * int(rng.integers(1, 60)) + 1
        b = single(a * (0.5 + (int(rng.integers(64 * odd)) + 0.5) / (128 * odd)))
        factor = 2.0**-8
    return [a, b, single(a * a / factor)], [_values(INT8, rng)]


OPERATORS = {
    **{
        f"MUL {name}": Telling(partial(_pack, "MUL", kind), partial(_multiplied, kind), BOTH)
        for name, kind in (("int8", INT8), ("int16", INT16))
    },
    **{
        f"{operator} {name}, {'to the output' if output else 'inputs'}": Telling(
            partial(_pack, operator, kind), partial(_added, output, kind), (QUOTIENT,)
        )
        for operator in ("ADD", "SUB")
        for name, kind in (("int8", INT8), ("int16", INT16))
        for output in (True, False)
    },
    "PRELU int8, alpha": Telling(partial(_pack, "PRELU", INT8), partial(_prelu, True), BOTH),
    "PRELU int8, no alpha": Telling(
        partial(_pack, "PRELU", INT8), partial(_prelu, False), (QUOTIENT,)
    ),
    "SQUARED_DIFFERENCE int8, to the output": Telling(
        partial(_pack, "SQUARED_DIFFERENCE", INT8), partial(_squared, True), BOTH
    ),
    "SQUARED_DIFFERENCE int8, inputs": Telling(
        partial(_pack, "SQUARED_DIFFERENCE", INT8), partial(_squared, False), (QUOTIENT,)
    ),
}
