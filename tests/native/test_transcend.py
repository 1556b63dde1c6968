# SPDX-License-Identifier: Apache-2.0
"""Fixed-point products of any signs, as each kind of multiplier computes them, against Python's integers."""

import ctypes

import numpy as np
import pytest
from compiled import ROOT, compiled

ROUNDS = 20000
CORNERS = [-(2**31), 1 - 2**31, -(2**30), -65537, -65536, -32768, -1, 0, 1, 2**15, 2**16, 2**31 - 1]
MULTIPLIERS = {"wide": [], "narrow": ["-D__ARM_ARCH_6M__"]}  # which one fixedpoint.h takes


def high_product(a: int, b: int) -> int:
    """gemmlowp's rule: a * b / 2^31, halves up, saturated."""
    return min((a * b + 2**30) >> 31, 2**31 - 1)


@pytest.mark.parametrize("name", MULTIPLIERS)
def test_products_of_any_signs_round_halves_up_and_saturate(name):
    flags = ["-std=c99", "-O2", "-fPIC", "-shared", *MULTIPLIERS[name]]
    source = ROOT / "native/src/kernels/transcend.c"
    product = ctypes.CDLL(str(compiled(f"transcend-{name}.so", [source], flags))).mote_high_mul_any
    rng = np.random.default_rng(11)
    some = rng.integers(-(2**31), 2**31, (ROUNDS, 2)) >> rng.integers(0, 31, (ROUNDS, 2))
    pairs = [(a, b) for a in CORNERS for b in CORNERS] + some.tolist()
    wrong = [(a, b) for a, b in pairs if product(a, b) != high_product(a, b)]
    assert not wrong
