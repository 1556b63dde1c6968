# SPDX-License-Identifier: Apache-2.0
"""One input, element by element. The marks are the input's scale, the output's and a further number."""

from __future__ import annotations

from functools import partial

import numpy as np
from single_op import FLOAT32, INT8, INT16, INT32, TYPE_NAMES, UINT8, Spec, random_scale

from telling.base import (
    BOTH,
    BYTES,
    HALVES,
    MARKS,
    PRODUCT,
    QUOTIENT,
    Rng,
    Telling,
    coarse_factor,
    cut_factor,
    limit_factor,
    multiples,
    pack,
    single,
    values,
)


def _pack(name: str, source: int = INT8, result: int = INT8, **options: float) -> bytes:
    size = (4096,) if source in (INT16, INT32) else (256,)
    zero = 0 if result != UINT8 else 128
    output = Spec(size, result, MARKS[1], zero)
    return pack(name, [Spec(size, source, MARKS[0])], output, **options)


def _rescaled(source: int, result: int, rng: Rng):
    out = random_scale(rng)
    if source == result == INT16 or result == INT32:  # many large values: any factor does
        reach = 2.0 ** (rng.uniform(2, 18) if result == INT32 else rng.uniform(-1, 0))
        return [single(out * reach), out], [[values(source, rng)]]
    if source in (INT16, INT32):
        odd = 2 * int(rng.integers(40, 200) if source == INT16 else rng.integers(2**20)) + 1
        factor = coarse_factor(rng, odd, 8)
        return [single(out * factor), out], [[multiples(odd, 4096, source)]]
    most = 60 if result != INT16 else 5000
    return [single(out * limit_factor(rng, most)), out], [[values(source, rng)]]


def _quantize(source: int, result: int) -> Telling:
    packed = partial(_pack, "QUANTIZE", source, result)
    return Telling(packed, partial(_rescaled, source, result), (QUOTIENT,))


def _leaky(negative: bool, kind: int, rng: Rng):
    """Inputs of one sign, whose factor is at a limit, for int16 any."""
    scale, out = random_scale(rng), random_scale(rng)
    factor = limit_factor(rng, 20) if kind == INT8 else rng.uniform(0.1, 1)
    if not negative:
        scale = single(out * factor)
    alpha = single(out / scale * factor) if negative else 1.0
    elements = values(kind, rng)
    return [scale, out, alpha], [[-1 - abs(elements) if negative else np.maximum(elements, 0)]]


def _leaky_relu(kind: int, negative: bool) -> Telling:
    tells = BOTH if negative else (QUOTIENT,)
    packed = partial(_pack, "LEAKY_RELU", kind, kind, alpha=MARKS[2])
    return Telling(packed, partial(_leaky, negative, kind), tells)


def _swish(rng: Rng):
    """2^7 steps of the input in steps of the output. In steps of 3 * 2^-15 they have a multiplier too, of 15 bits, but
    no scale exists for which it would differ."""
    scale = random_scale(rng, -9, -3)
    return [scale, single(scale / cut_factor(rng))], [[BYTES]]


def _curve(rng: Rng):
    """3 times the scale just below a multiplier of 15 bits."""
    limit = np.float32(int(rng.integers(2**14, 2**15)) / 3 * 2.0 ** int(rng.integers(-28, -24)))
    return [float(np.nextafter(limit, np.float32(0))), 2.0**-15], [[HALVES]]


def _floats(size: int, rng: Rng):
    """Next to the limits between steps."""
    scale = random_scale(rng, -9, 3)
    middle = ((np.arange(size) - size // 2 + 0.5) * np.float64(np.float32(scale))).astype(
        np.float32
    )
    return [scale], [[np.nextafter(middle, np.float32(rng.choice([-1e30, 1e30])))]]


def _quantize_floats(result: int) -> Telling:
    size = 256 if result == INT8 else 4096
    tensors = [Spec((size,), FLOAT32)], Spec((size,), result, MARKS[0])
    packed = partial(pack, "QUANTIZE", *tensors)
    return Telling(packed, partial(_floats, size), (QUOTIENT,), double=False)


OPERATORS = {
    **{
        f"{name} int8": Telling(partial(_pack, name), partial(_rescaled, INT8, INT8), (QUOTIENT,))
        for name in ("RELU", "ABS")
    },
    **{
        f"LEAKY_RELU {TYPE_NAMES[kind]}, {'alpha' if negative else 'no alpha'}": _leaky_relu(
            kind, negative
        )
        for kind in (INT8, INT16)
        for negative in (True, False)
    },
    "HARD_SWISH int8": Telling(partial(_pack, "HARD_SWISH"), _swish, (QUOTIENT,)),
    **{
        f"{name} int16": Telling(partial(_pack, name, INT16, INT16), _curve, (PRODUCT,))
        for name in ("LOGISTIC", "TANH")
    },
    **{
        f"QUANTIZE {TYPE_NAMES[source]} to {TYPE_NAMES[result]}": _quantize(source, result)
        for source, result in (
            (INT8, INT8),
            (INT8, INT16),
            (INT8, INT32),
            (INT8, UINT8),
            (UINT8, INT8),
            (INT16, INT8),
            (INT16, INT16),
            (INT16, INT32),
            (INT32, INT8),
            (INT32, INT16),
        )
    },
    **{f"QUANTIZE float32 to {TYPE_NAMES[kind]}": _quantize_floats(kind) for kind in (INT8, INT16)},
}
