# SPDX-License-Identifier: Apache-2.0
"""Normalization, slopes and the model's quantization, against exact fractions and float64, under the sanitizers."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from fractions import Fraction
from math import floor

import numpy as np
import pytest
from compiled import ROOT, SANITIZE, compiled
from frontend_support import SOURCES, Native
from mote.frontend import Frontend, input_scale

TO_MODEL, NORMALIZE, DELTAS = 10, 21, 22
POWER, FEATURES, QUANTIZED, VALUES = 3, 5, 6, 7
FLOW, COUNT, TOO_MANY = -2, -4, -6  # subjects of refusals
ALL16 = np.arange(-32768, 32768, dtype=np.int32).reshape(2, -1)  # two frames


@dataclass
class Result:
    kind: int
    unit: int
    frames: np.ndarray


class Refusal(Exception):
    """subject, have, want"""


def run(stage: int, words: list[int], frames: np.ndarray, kind: int, unit: int) -> Result:
    """The stage alone over frames (frames, values) of features or values."""
    frames = np.atleast_2d(frames)
    sources = [*SOURCES, ROOT / "tests/native/frame_runner.c"]
    head = [stage, kind, unit, frames.shape[1], len(words), *words, len(frames)]
    done = subprocess.run(
        [compiled("frame", sources, SANITIZE)],
        input=np.array(head, np.int32).tobytes() + frames.astype(np.int32).tobytes(),
        capture_output=True,
        timeout=120,
        check=False,
    )
    if done.returncode == 3:
        raise Refusal(*map(int, done.stderr.split()))
    assert done.returncode == 0, done.stderr.decode()
    out = np.frombuffer(done.stdout, np.int32)
    return Result(int(out[0]), int(out[1]), out[3:].reshape(len(frames), out[2]))


def rounded(x: Fraction) -> int:
    """Halves away from zero."""
    return floor(abs(x) + Fraction(1, 2)) * (1 if x >= 0 else -1)


def saturated(x: int, bits: int) -> int:
    return max(-(1 << (bits - 1)), min((1 << (bits - 1)) - 1, x))


def some_values(seed: int, count: int) -> np.ndarray:
    """Values of every size, and the hard ones."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(0, 2**31, count) >> rng.integers(0, 31, count)
    hard = [0, 1, -1, 2**31 - 1, -(2**31), 65536, -65536, 32768, 98304]
    return np.concatenate([sizes * rng.choice([-1, 1], count), hard]).astype(np.int32)


# ---- toModel ----


def steps(value: int, unit: int, words: tuple[int, int, int]) -> int:
    mantissa, exponent, zero = words
    scale = mantissa * Fraction(2) ** exponent
    return saturated(rounded(Fraction(value, unit) / scale) + zero, 8)


@pytest.mark.parametrize("unit", [1, 64, 4096, 32767, 65536])
@pytest.mark.parametrize("seed", range(4))
def test_to_model_rounds_exactly(unit, seed):
    """All int16 features, values of all sizes: as quotients of integers of any length."""
    rng = np.random.default_rng([unit, seed])
    kind, values = (VALUES, some_values(seed, 1000)) if unit == 65536 else (FEATURES, ALL16)
    for exponent in [0, *rng.integers(-45, 8, 3)]:
        words = (int(rng.integers(1, 1 << 24)), int(exponent), int(rng.integers(-128, 128)))
        result = run(TO_MODEL, list(words), values, kind, unit)
        assert (result.kind, result.frames.size) == (QUANTIZED, values.size)
        ours, given = result.frames.ravel(), values.ravel()
        sample = rng.choice(given.size, 500)
        assert [ours[i] for i in sample] == [steps(int(given[i]), unit, words) for i in sample]


@pytest.mark.parametrize("unit", [1, 64, 1000, 4096])
def test_to_model_equals_float64(unit):
    """All int16 features and many scales; halves, which float64 holds exactly here, away from zero."""
    rng = np.random.default_rng(unit)
    for _ in range(20):
        mantissa, exponent = int(rng.integers(1 << 23, 1 << 24)), int(rng.integers(-34, -18))
        zero = int(rng.integers(-128, 128))
        exact = ALL16 / (unit * mantissa * 2.0**exponent)
        near = np.abs(np.abs(exact) % 1 - 0.5) < 1e-9  # what float64 may round to the other side
        expected = np.sign(exact) * np.floor(np.abs(exact) + 0.5) + zero
        ours = run(TO_MODEL, [mantissa, exponent, zero], ALL16, FEATURES, unit).frames
        assert np.array_equal(ours[~near], np.clip(expected, -128, 127)[~near])
        assert near.sum() < 700


def test_to_model_halves_away_from_zero():
    halves = np.array([1, 3, 5, 7, 253, 255, 257])
    ours = run(TO_MODEL, [2, 0, 0], np.concatenate([halves, -halves]), FEATURES, 1).frames[0]
    assert ours.tolist() == [1, 2, 3, 4, 127, 127, 127, -1, -2, -3, -4, -127, -128, -128]


@pytest.mark.parametrize("exponent", [-149, -100, -50, -49, 32, 33, 34, 127])
@pytest.mark.parametrize("mantissa", [1, 3, (1 << 24) - 1, 1 << 24])
def test_to_model_far_scales(mantissa, exponent):
    """Scales so small that all but 0 saturates, and so large that all is 0."""
    values = some_values(exponent & 0xFF, 100)
    ours = run(TO_MODEL, [mantissa, exponent, -3], values, VALUES, 65536).frames[0]
    assert ours.tolist() == [steps(int(v), 65536, (mantissa, exponent, -3)) for v in values]


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ([0, 0, 0], (0, 0, 1)),
        ([(1 << 24) + 1, 0, 0], (0, (1 << 24) + 1, 1 << 24)),
        ([1, -150, 0], (1, -150, -149)),
        ([1, 128, 0], (1, 128, 127)),
        ([1, 0, 128], (2, 128, 127)),
        ([1, 0], (COUNT, 2, 3)),
    ],
)
def test_to_model_refuses(words, fault):
    with pytest.raises(Refusal) as caught:
        run(TO_MODEL, words, ALL16, FEATURES, 1)
    assert caught.value.args == fault


@pytest.mark.parametrize(
    ("stage", "words"), [(TO_MODEL, [1, 0, 0]), (NORMALIZE, [1, 0, 1]), (DELTAS, [1, 1])]
)
def test_other_kinds_are_refused(stage, words):
    with pytest.raises(Refusal) as caught:
        run(stage, words, ALL16, POWER, 1)
    assert caught.value.args == (FLOW, POWER, FEATURES)


def test_to_model_in_a_chain():
    """The scale of a model's input, as single precision, over the mean of windows of one sample."""

    class Info:
        scale, zero_point = np.float32(1.7), -5

    class Model:
        inputs = (Info,)

    config = {
        "format": 1, "sampleRate": 100, "windowSize": 1, "hopLength": 1, "bufferSize": 64,
        "stages": [{"type": "statistics", "values": ["mean"]}, {"type": "toModel"}],
    }  # fmt: skip
    samples = np.arange(-500, 500, dtype=np.int16)
    frames = np.array(Frontend(config, Model, Native()).push(samples))
    words = input_scale(Model)
    assert frames.ravel().tolist() == [steps(int(x), 1, words) for x in samples]
    assert len(np.unique(frames)) == 256


# ---- normalize ----


@pytest.mark.parametrize("unit", [1, 64, 32767, 65536])
@pytest.mark.parametrize("seed", range(3))
def test_normalize_rounds_exactly(unit, seed):
    """Random and the widest means and deviations, one pair for each value."""
    rng = np.random.default_rng([unit, seed])
    values = some_values(seed, 300)
    kind = VALUES if unit == 65536 else FEATURES
    if kind == FEATURES:
        values = values >> 16
    count = len(values)
    means = rng.choice([-(10**9) * 2, 10**9 * 2, 0, 1], count) >> rng.integers(0, 31, count)
    stds = np.maximum(rng.integers(1, 10**9 * 2, count) >> rng.integers(0, 31, count), 1)
    scale = int(rng.choice([1, 127, 4096, 32767]))
    pairs = [int(x) for pair in zip(means, stds, strict=True) for x in pair]
    result = run(NORMALIZE, [scale, *pairs], values, kind, unit)
    assert (result.kind, result.unit) == (FEATURES, scale)
    assert result.frames[0].tolist() == [
        saturated(rounded((Fraction(int(v), unit) - Fraction(int(m), 10000)) * 10000 * scale / int(s)), 16)
        for v, m, s in zip(values, means, stds, strict=True)
    ]  # fmt: skip
    assert len(np.unique(result.frames)) > 20


def test_normalize_all_with_one_pair():
    """Against float64: half of the last bit, over all int16 values."""
    words = [4096, 12_345_678, 56_780_000]
    ours = run(NORMALIZE, words, ALL16, FEATURES, 10).frames
    exact = (ALL16 / 10 - 1234.5678) / 5678 * 4096
    assert np.abs(ours - exact).max() <= 0.5 + 1e-9
    assert np.ptp(ours) > 4000


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ([1], (COUNT, 1, 9)),
        ([1, 0], (COUNT, 2, 9)),
        ([1, 0, 1, 0, 1], (TOO_MANY, 2, 4)),
        ([0, 0, 1], (0, 0, 1)),
        ([32768, 0, 1], (0, 32768, 32767)),
        ([1, 2_000_000_001, 1], (1, 2_000_000_001, 2_000_000_000)),
        ([1, 0, 1, 0, 1, 0, 1, 0, 0], (8, 0, 1)),
    ],
)
def test_normalize_refuses(words, fault):
    with pytest.raises(Refusal) as caught:
        run(NORMALIZE, words, ALL16[:, :4], FEATURES, 1)
    assert caught.value.args == fault


# ---- deltas ----


def slopes(frames: np.ndarray, width: int) -> np.ndarray:
    """The textbook's regression over past frames, the first one repeated before the start, in float64."""
    padded = np.concatenate([np.repeat(frames[:1], 2 * width, 0), frames])
    centre = [padded[t + width :][: len(frames)] for t in range(-width, width + 1)]
    top = sum(n * (centre[width + n] - centre[width - n]) for n in range(1, width + 1))
    return top / (2 * sum(n * n for n in range(1, width + 1)))


@pytest.mark.parametrize("kind", [FEATURES, VALUES])
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_deltas_against_float64(width, order, kind):
    """Noise of full scale, steps and silence: half of the last bit."""
    rng = np.random.default_rng([width, order, kind])
    most = 2 ** (15 if kind == FEATURES else 31)
    frames = rng.integers(-most, most, (60, 7))
    frames[20:40] = rng.choice([-most, most - 1], (20, 7))
    frames[50:] = 0
    result = run(DELTAS, [width, order], frames, kind, 77)
    first = slopes(frames.astype(float), width)
    exact = [first, slopes(first, width)][:order]
    assert (result.kind, result.unit, result.frames.shape[1]) == (kind, 77, 7 * (1 + order))
    assert np.array_equal(result.frames[:, :7], frames)
    expected = np.clip(np.concatenate(exact, 1), -most, most - 1)
    assert np.abs(result.frames[:, 7:] - expected).max() <= 0.5 + 1e-6
    assert not result.frames[0, 7:].any()
    assert np.abs(result.frames[:, 7:]).max() > most / 2 / width


def test_deltas_halves_away_from_zero():
    ours = run(DELTAS, [1, 1], np.array([[0, 0], [0, 0], [5, -5]]), FEATURES, 1).frames
    assert ours[2].tolist() == [5, -5, 3, -3]


def test_deltas_of_a_line():
    """A straight line has its slope once the start has passed, and no slope of slopes."""
    frames = np.arange(40)[:, None] * np.array([3, -7]) + 11
    ours = run(DELTAS, [3, 2], frames, FEATURES, 1).frames
    assert (ours[6:, 2:4] == [3, -7]).all()
    assert not ours[12:, 4:].any()


@pytest.mark.parametrize(
    ("words", "count", "fault"),
    [
        ([0, 1], 3, (0, 0, 1)),
        ([5, 1], 3, (0, 5, 4)),
        ([1, 0], 3, (1, 0, 1)),
        ([1, 3], 3, (1, 3, 2)),
        ([1], 3, (COUNT, 1, 2)),
        ([1, 2], 30000, (TOO_MANY, 90000, 65535)),
    ],
)
def test_deltas_refuse(words, count, fault):
    with pytest.raises(Refusal) as caught:
        run(DELTAS, words, np.zeros(count), FEATURES, 1)
    assert caught.value.args == fault


def test_deltas_forget_after_reset_and_gap():
    config = {
        "format": 1, "sampleRate": 100, "windowSize": 1, "hopLength": 1, "bufferSize": 64,
        "stages": [{"type": "statistics", "values": ["mean"]}, {"type": "deltas", "width": 1}],
    }  # fmt: skip
    front = Frontend(config, native=Native())
    samples = np.array([5, 9, 300, -20, 7], np.int16)
    first = np.array(front.push(samples))
    assert not np.array_equal(np.array(front.push(samples)), first)
    front.reset()
    assert np.array_equal(np.array(front.push(samples)), first)
    front.ring.gap(3)
    assert np.array_equal(np.array(front.push(samples)), first)
