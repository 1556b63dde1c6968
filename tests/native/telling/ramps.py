# SPDX-License-Identifier: Apache-2.0
"""Limits of fused activations: 6, 1 and -1 in steps of the output, which TFLM divides in single precision. The mark is
the scale of the output and, so that nothing else rounds, of the input."""

from __future__ import annotations

from functools import partial

import numpy as np
from single_op import INT8, INT16, Spec, tfl

from telling.base import MARKS, QUOTIENT, Rng, Telling, pack, single

_POOLS = ("AVERAGE_POOL_2D", "MAX_POOL_2D")
_PAIRS, _LAYERS = ("ADD", "SUB", "MUL"), ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
_LIMITS = {
    "RELU6": (tfl.ActivationFunctionType.RELU6, 6),
    "RELU_N1_TO_1": (tfl.ActivationFunctionType.RELU_N1_TO_1, 1),
}


def _second(name: str, kind: int) -> list[Spec]:
    """Weights of one, or a second input of zeros, or of ones for products."""
    shape = (1, 1) if name == "FULLY_CONNECTED" else (1, 1, 1, 1)
    if name in _LAYERS:
        return [Spec(shape, INT8, 1.0, data=np.ones(shape))]
    if name == "MUL":
        return [Spec(shape, kind, 1.0, data=np.ones(shape))]
    return [Spec(shape, kind, MARKS[0], data=np.zeros(shape))] if name in _PAIRS else []


def _shape(name: str) -> tuple[int, ...]:
    return (256, 1) if name == "FULLY_CONNECTED" else (1, 16, 16, 1)


def _pack(name: str, kind: int, activation: int) -> bytes:
    options = {"depthMultiplier": 1} if name == "DEPTHWISE_CONV_2D" else {}
    activations = [Spec(_shape(name), kind, MARKS[0]) for _ in range(2)]
    specs = [activations[0], *_second(name, kind)]
    return pack(name, specs, activations[1], 4, fusedActivationFunction=activation, **options)


def _ramp(name: str, kind: int, limit: int, rng: Rng):
    steps = int(rng.integers(1, 120)) * (1 if kind == INT8 else 200) + 0.5
    x = np.arange(-128, 128)
    elements = x.astype(np.int8) if kind == INT8 else np.sign(x) * (int(steps) + abs(x) - 64)
    elements = elements.astype(np.int8 if kind == INT8 else np.int16)
    return [single(limit / steps)], [[elements.reshape(_shape(name))]]


OPERATORS = {
    f"{words}, {name} {bits}": Telling(
        partial(_pack, name, kind, activation),
        partial(_ramp, name, kind, limit),
        (QUOTIENT,),
        double=False,
    )
    for name in _PAIRS + _LAYERS + _POOLS
    for bits, kind in (("int8", INT8), ("int16", INT16))
    for words, (activation, limit) in _LIMITS.items()
}
