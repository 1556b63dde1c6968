# SPDX-License-Identifier: Apache-2.0
"""Functions of single precision against the same in double precision."""

import ctypes
import functools

import numpy as np
import pytest
from compiled import CORE, compiled

FUNCTIONS = ("mote_expf", "mote_tanhf", "mote_sqrtf")


@functools.cache
def library() -> ctypes.CDLL:
    """With the division that ARMv6-M has."""
    flags = ["-std=c99", "-O2", "-fPIC", "-shared", "-DMOTE_INTEGER_DIVISION"]
    lib = ctypes.CDLL(str(compiled("single.so", CORE, flags)))
    for name in FUNCTIONS:
        function = getattr(lib, name)
        function.restype, function.argtypes = ctypes.c_float, [ctypes.c_float]
    lib.mote_divf.restype, lib.mote_divf.argtypes = ctypes.c_float, [ctypes.c_float] * 2
    return lib


@pytest.mark.parametrize(
    ("name", "exact", "low", "high"),
    [
        ("mote_expf", np.exp, -86, 88.7),
        ("mote_tanhf", np.tanh, -12, 12),
        ("mote_tanhf", np.tanh, -0.3, 0.3),
        ("mote_sqrtf", np.sqrt, 1e-30, 1e30),
        ("mote_sqrtf", np.sqrt, 0, 10),
    ],
)
def test_functions_are_right_to_a_few_units_of_the_last_place(name, exact, low, high):
    x = np.random.default_rng(4).uniform(low, high, 20000).astype(np.float32)
    got = np.array([getattr(library(), name)(float(v)) for v in x], np.float32)
    want = exact(x.astype(np.float64))
    worst = np.max(np.abs(got - want) / np.spacing(np.abs(want).astype(np.float32)))
    assert worst < 4, worst


def test_ends_of_the_functions():
    lib, inf, nan = library(), float("inf"), float("nan")
    assert [lib.mote_expf(x) for x in (0.0, 89.5, inf, -104.5, -inf)] == [1.0, inf, inf, 0.0, 0.0]
    assert [lib.mote_tanhf(x) for x in (0.0, inf, -inf)] == [0.0, 1.0, -1.0]
    assert [lib.mote_sqrtf(x) for x in (0.0, 1.0, inf)] == [0.0, 1.0, inf]
    assert np.isnan([lib.mote_expf(nan), lib.mote_tanhf(nan), lib.mote_sqrtf(nan)]).all()


def test_quotients_without_a_divider_are_those_of_the_processor():
    rng, lib = np.random.default_rng(5), library()
    special = np.float32([0.0, -0.0, 1, -3, np.inf, -np.inf, np.nan, 1e-38, 3e38])
    for _ in range(20000):
        a, b = (np.float32(rng.normal() * 2.0 ** rng.uniform(-40, 40)) for _ in range(2))
        if rng.random() < 0.1:
            a, b = rng.choice(special), rng.choice([b, rng.choice(special)])
        with np.errstate(all="ignore"):
            want = a / b
        got = np.float32(lib.mote_divf(float(a), float(b)))
        same = got.view(np.uint32) == want.view(np.uint32) or (np.isnan(got) and np.isnan(want))
        assert same, (a, b)


def test_subnormal_quotients_are_rounded_once():
    rng, lib, seen = np.random.default_rng(6), library(), 0
    for _ in range(20000):
        a = np.float32(rng.uniform(1, 2) * 2.0 ** rng.uniform(-126, -60))
        b = np.float32(rng.uniform(1, 2) * 2.0 ** rng.uniform(20, 70))
        want = a / b
        assert np.float32(lib.mote_divf(float(a), float(b))) == want, (a, b)
        seen += 0 < want < np.finfo(np.float32).tiny
    assert seen > 5000
