# SPDX-License-Identifier: Apache-2.0
"""Layers with weights, and reductions. The marks are the scales of the input, the output, and each channel's weights.

Inputs of 8 bits are all bytes one by one, times 1; those of 16 bits come times 127.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from single_op import INT8, INT16, INT32, INT64, Spec, random_scale

from telling.base import (
    BOTH,
    BYTES,
    HALVES,
    MARKS,
    QUOTIENT,
    UNITS,
    Rng,
    Telling,
    cut_factor,
    limit_factor,
    pack,
    single,
)

_NAMES = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV")
_WEIGHTS = {"DEPTHWISE_CONV_2D": (1, 1, 1, UNITS), "FULLY_CONNECTED": (UNITS, 1)}


def _shapes(name: str, kind: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Of the input and the output: an element for each value."""
    size = 16 if kind == INT8 else 64
    lead = (size * size,) if name == "FULLY_CONNECTED" else (1, size, size)
    return (*lead, 1), (*lead, UNITS)


def _pack(name: str, kind: int, per_channel: bool, bias: int | None) -> bytes:
    source, target = _shapes(name, kind)
    shape = _WEIGHTS.get(name, (UNITS, 1, 1, 1))
    filled = np.full(shape, 1 if kind == INT8 else 127, np.int8)
    scales = MARKS[2 : 2 + UNITS] if per_channel else MARKS[2]
    axis = 3 if name == "DEPTHWISE_CONV_2D" else 0
    specs = [Spec(source, kind, MARKS[0]), Spec(shape, INT8, scales, data=filled, axis=axis)]
    order = None
    if name == "TRANSPOSE_CONV":
        specs.insert(0, Spec((4,), INT32, data=np.array(target)))
        order = [0, 2, 1]
    if bias is not None:
        specs.append(Spec((UNITS,), bias, 1e-9, data=np.zeros(UNITS)))
        order = order and [*order, 3]
    options = {"depthMultiplier": UNITS} if name == "DEPTHWISE_CONV_2D" else {}
    return pack(name, specs, Spec(target, kind, MARKS[1]), 4, order, **options)


def _sums(name: str, kind: int, channels: int, rng: Rng):
    """Factors next to a limit between outputs of 8 bits, or between multipliers that sums of 64 bits shorten."""
    scale, out = random_scale(rng, -8, -1), random_scale(rng, -8, -1)
    factors = [
        limit_factor(rng) if kind == INT8 else cut_factor(rng) / 128 for _ in range(channels)
    ]
    elements = BYTES if kind == INT8 else rng.permutation(HALVES)
    numbers = [scale, out, *(single(f * out / scale) for f in factors)]
    return numbers, [[elements.reshape(_shapes(name, kind)[0])]]


def _layer(name: str, kind: int, per_channel: bool, bias: int | None) -> Telling:
    channels = UNITS if per_channel else 1
    return Telling(
        partial(_pack, name, kind, per_channel, bias), partial(_sums, name, kind, channels), BOTH
    )


def _pack_matmul() -> bytes:
    specs = [Spec((256, 1), INT8, MARKS[0]), Spec((1, 1), INT8, MARKS[2], data=np.ones((1, 1)))]
    output = Spec((256, 1), INT8, MARKS[1])
    return pack("BATCH_MATMUL", specs, output)


def _pack_reduced(name: str, image: bool) -> bytes:
    """The middle of three dimensions, or both of an image, for which TFLM has code of its own."""
    shape, axes = ((256, 3, 1, 1), [1, 2]) if image else ((256, 3, 1), [1])
    specs = [Spec(shape, INT8, MARKS[0]), Spec((len(axes),), INT32, data=np.array(axes))]
    return pack(name, specs, Spec((256, 1), INT8, MARKS[1]), 2)


def _reduced(image: bool, rng: Rng):
    out = random_scale(rng)
    elements = rng.integers(-128, 128, (256, 3, 1, 1) if image else (256, 3, 1)).astype(np.int8)
    return [single(out * limit_factor(rng)), out], [[elements]]


OPERATORS = {
    **{
        f"{name} {words}, {'a scale a channel' if per_channel else 'one scale'}": _layer(
            name, kind, per_channel, bias
        )
        for name in _NAMES
        for per_channel in (True, False)
        for words, kind, bias in (
            ("int8", INT8, None),
            ("int16", INT16, None),
            ("int16 with bias int64", INT16, INT64),
            ("int16 with bias int32", INT16, INT32),
        )
        if bias != INT32 or name in ("CONV_2D", "FULLY_CONNECTED")
    },
    "BATCH_MATMUL int8": Telling(_pack_matmul, partial(_sums, "FULLY_CONNECTED", INT8, 1), BOTH),
    **{
        f"{name} int8{' of images' if image else ''}": Telling(
            partial(_pack_reduced, name, image), partial(_reduced, image), (QUOTIENT,)
        )
        for name in ("MEAN", "SUM")
        for image in (False, True)
    },
}
