# SPDX-License-Identifier: Apache-2.0
"""Integer derivation of multipliers against the processor's own doubles."""

import ctypes
import fractions
import functools
import math

import numpy as np
from compiled import ROOT, compiled

ROUNDS = 20000


class Real(ctypes.Structure):
    _fields_ = [("mantissa", ctypes.c_uint64), ("exponent", ctypes.c_int32)]


class Scale(ctypes.Structure):
    _fields_ = [("multiplier", ctypes.c_int32), ("shift", ctypes.c_int32)]


@functools.cache
def library() -> ctypes.CDLL:
    flags = ["-std=c99", "-O2", "-fPIC", "-shared"]
    lib = ctypes.CDLL(str(compiled("real.so", [ROOT / "native/src/real.c"], flags)))
    for name in ("mote_real_mul", "mote_real_div", "mote_real_from_u32", "mote_real_scale2"):
        getattr(lib, name).restype = Real
    lib.mote_real_from_single.restype = ctypes.c_bool
    lib.mote_real_to_single.restype = ctypes.c_uint32
    lib.mote_real_to_scale.restype = ctypes.c_bool
    lib.mote_real_ratio_to_scale.restype = ctypes.c_bool
    return lib


def real(value: np.float32) -> Real:
    result = Real()
    assert library().mote_real_from_single(int(value.view(np.uint32)), ctypes.byref(result))
    return result


def as_float(value: Real) -> float:
    return math.ldexp(value.mantissa, value.exponent)


def quantize_multiplier(factor: float) -> tuple[int, int]:
    """TFLM's QuantizeMultiplier in floating point."""
    fraction, shift = math.frexp(factor)
    fixed = math.floor(fraction * 2**31 + 0.5)
    if fixed == 2**31:
        fixed, shift = fixed // 2, shift + 1
    return (0, 0) if shift < -31 else (fixed, shift)


def scales(rng: np.random.Generator, low: int, high: int) -> np.float32:
    return np.float32(2.0 ** rng.uniform(low, high))


def test_factors_equal_those_from_doubles():
    rng, lib = np.random.default_rng(7), library()
    seen = 0
    for _ in range(ROUNDS):
        a, b, c = scales(rng, -14, 4), scales(rng, -14, 4), scales(rng, -14, 4)
        want = quantize_multiplier(float(a) * float(b) / float(c))
        product = lib.mote_real_mul(real(a), real(b), 53)
        got = Scale()
        fits = lib.mote_real_to_scale(lib.mote_real_div(product, real(c), 53), ctypes.byref(got))
        assert fits == (want[1] <= 30)
        if fits:
            assert (got.multiplier, got.shift) == want
            seen += 1
        check_ratio(a, b, c)
    assert seen > ROUNDS // 2


def check_ratio(a: np.float32, b: np.float32, c: np.float32) -> bool:
    """a * b / c at once. True where a quotient with all its bits would round to another multiplier."""
    want = quantize_multiplier(float(a) * float(b) / float(c))
    got = Scale()
    fits = library().mote_real_ratio_to_scale(*map(ctypes.byref, (real(a), real(b), real(c), got)))
    assert fits == (want[1] <= 30)
    assert not fits or (got.multiplier, got.shift) == want
    quotient = (
        fractions.Fraction(float(a)) * fractions.Fraction(float(b)) / fractions.Fraction(float(c))
    )
    exact = quotient * 2 ** (31 - math.frexp(float(quotient))[1])
    return math.floor(exact + fractions.Fraction(1, 2)) != want[0]


def almost_half(rng: np.random.Generator) -> tuple[np.float32, np.float32, np.float32] | None:
    """Three mantissas whose ratio lies a hair below half a unit of the multiplier."""
    c = int(rng.integers(2**22, 2**23)) * 2 + 1
    for rest in (c - 1, c - 2, c - 3, c - 4):
        # a * b * 2**8 = q * c + rest, where q mostly has 32 bits: the multiplier's and the half behind them
        target = rest * pow(2, -8, c) % c
        for b in (int(n) for n in rng.integers(2**23, 2**24, 4)):
            if math.gcd(b, c) == 1 and (a := target * pow(b, -1, c) % c) >= 2**23:
                return np.float32(a), np.float32(b), np.float32(c)
    return None


def test_quotients_just_below_a_half_are_rounded_twice_as_doubles_are():
    rng = np.random.default_rng(9)
    triples = [found for _ in range(ROUNDS // 10) if (found := almost_half(rng))]
    assert sum(check_ratio(*triple) for triple in triples) > 100


def test_extreme_singles_have_factors():
    tiny, huge = np.float32(2.0**-149), np.float32(3.4e38)
    for triple in ((tiny, tiny, huge), (huge, huge, tiny), (huge, tiny, huge), (tiny, huge, tiny)):
        check_ratio(*triple)


def test_quotients_round_as_singles_and_doubles_do():
    rng, lib = np.random.default_rng(8), library()
    for _ in range(ROUNDS):
        a, b = scales(rng, -60, 60), scales(rng, -60, 60)
        assert as_float(lib.mote_real_div(real(a), real(b), 53)) == float(a) / float(b)
        assert as_float(lib.mote_real_div(real(a), real(b), 24)) == float(a / b)
        assert as_float(lib.mote_real_mul(real(a), real(b), 24)) == float(a * b)


def test_every_kind_of_single_is_taken_or_refused():
    lib, result = library(), Real()
    tiny = np.array([1], np.uint32).view(np.float32)[0]
    assert as_float(real(tiny)) == float(tiny)
    for bits in (0, 0x80000000, 0x7F800000, 0xFF800000, 0x7FC00000, 0xBF800000):
        assert not lib.mote_real_from_single(bits, ctypes.byref(result))


def test_products_become_the_nearest_single():
    """Over the whole range: subnormal results, and those that are too large."""
    rng, lib = np.random.default_rng(9), library()
    singles = set()
    for _ in range(ROUNDS):
        scale = scales(rng, -149, 128)
        factor = int(rng.choice([1, 2, 255, rng.integers(1, 1 << 17)]))
        product = lib.mote_real_mul(real(scale), lib.mote_real_from_u32(factor), 53)
        with np.errstate(over="ignore", under="ignore"):
            want = np.float32(np.float64(scale) * factor)
        assert lib.mote_real_to_single(product) == int(want.view(np.uint32)), (scale, factor)
        singles.add(math.frexp(want)[1] if np.isfinite(want) else math.inf)
    assert {-148, -127, 128, math.inf} <= singles


def test_whole_numbers_below_and_nearest():
    rng, lib = np.random.default_rng(9), library()
    halves = [np.float32(n + part) for n in range(6) for part in (0.25, 0.5, 0.75, 1)]
    for value in [*halves, *(scales(rng, -70, 34) for _ in range(ROUNDS))]:
        most = 2**31 - 1
        assert lib.mote_real_floor(real(value)) == min(math.floor(value), most)
        assert lib.mote_real_round(real(value)) == min(math.floor(float(value) + 0.5), most)
