# SPDX-License-Identifier: Apache-2.0
"""Statistics of windows and spectra against NumPy in float64, within the bounds that the C files derive."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from frontend_support import Native
from mote import chain
from mote.frontend import Frontend
from mote.sense import MEASURES
from test_frontend import sanitized

ONE = 65536.0
MOST = (2**31 - 1) / ONE
LAST = 1 / ONE


def windows(n: int) -> np.ndarray:
    """Hard windows: noise of several sizes and shapes, full scale, impulses, steps, nearly silent."""
    rng = np.random.default_rng(n)
    time = np.arange(n)
    impulse = np.where(time == n // 3, 1, 0)
    rows = [
        rng.integers(-32768, 32768, n),
        *(rng.normal(0, s, n) for s in (0.4, 3, 100, 8000)),
        30000 + rng.normal(0, 5, n),
        rng.laplace(0, 900, n),
        rng.exponential(4000, n) - 32768,
        np.sin(time * 0.37) * 32767,
        np.where(time % 2, 32767, -32768),
        np.where(time % 16 < 8, 32767, -32768),
        impulse * 32767,
        impulse * -32768,
        impulse,
        -impulse,
        impulse * 65535 - 32768,
        32767 - impulse * 65535,
        impulse - 32768,
        time % 2,
        time * 2 - n,
        np.where(time < n // 2, -3, 4),
    ]
    return np.clip(np.round(rows), -32768, 32767).astype(np.int16)


def constants(n: int) -> np.ndarray:
    return np.repeat(np.array([0, 1, -1, 32767, -32768], np.int16)[:, None], n, 1)


def config(n: int, stages: list[dict], lanes: int = 1, rate: int = 100) -> dict:
    capacity = 1 << (n * lanes - 1).bit_length()
    return {
        "format": 1, "sampleRate": rate, "channels": lanes, "windowSize": n, "hopLength": n,
        "bufferSize": max(2, capacity), "stages": stages,
    }  # fmt: skip


def frames(settings: dict, samples: np.ndarray) -> np.ndarray:
    """Frames of values as real numbers; the same under the sanitizers."""
    front = Frontend(settings, native=Native())
    ours = np.array(front.push(samples.reshape(-1)), np.int32)
    done = sanitized(
        chain.words(settings), samples.reshape(-1), [samples.size], settings["bufferSize"]
    )
    assert done.returncode == 0, done.stderr.decode()
    assert np.array_equal(np.frombuffer(done.stdout, np.int32).reshape(ours.shape), ours)
    return ours / ONE


@functools.cache
def measured(n: int) -> dict[str, np.ndarray]:
    ours = frames(config(n, [{"type": "statistics", "values": list(MEASURES)}]), windows(n))
    return dict(zip(MEASURES, ours.T, strict=True))


SIZES = [2, 3, 31, 128, 1000, 16384]


@pytest.mark.parametrize("n", SIZES)
def test_moments_of_first_and_second_order(n):
    """At most one of the last bit off, saturated where 16 bits before the point do not hold the value."""
    x, ours = windows(n).astype(float), measured(n)
    rms = np.sqrt((x**2).mean(1))
    exact = {
        "mean": x.mean(1),
        "rms": rms,
        "std": x.std(1),
        "peakToPeak": np.ptp(x, 1),
        "crest": np.abs(x).max(1) / np.maximum(rms, 1e-9),
        "zeroCrossings": ((x[:, 1:] < 0) != (x[:, :-1] < 0)).sum(1),
    }
    for name, value in exact.items():
        assert np.abs(ours[name] - np.clip(value, -32768, MOST)).max() <= LAST, name
        assert len(np.unique(ours[name])) >= min(3, n), name


@pytest.mark.parametrize("n", SIZES)
def test_skewness_and_kurtosis(n):
    """Within the bounds of statistics.c, which grow with the size of the window."""
    samples, ours = windows(n), measured(n)
    x = samples.astype(float)
    varied = np.ptp(x, 1) > 0
    deviation = (x - x.mean(1, keepdims=True))[varied] / x[varied].std(1, keepdims=True)
    skewness, kurtosis = (deviation**3).mean(1), (deviation**4).mean(1)
    peak = np.abs(deviation).max(1)
    skewed = peak / 2**13 + peak**2 / 2**25 + LAST
    tailed = kurtosis * (n**0.25 / 2**13 + n / 2**24) + LAST
    assert (np.abs(ours["skewness"][varied] - skewness) <= skewed).all()
    assert (np.abs(ours["kurtosis"][varied] - kurtosis) <= tailed).all()
    assert not ours["kurtosis"][~varied].any()
    assert not ours["skewness"][~varied].any()


def test_gaussian_noise():
    x = np.random.default_rng(1).normal(0, 500, 16384).round().astype(np.int16)
    skewness, kurtosis = frames(
        config(16384, [{"type": "statistics", "values": ["skewness", "kurtosis"]}]), x
    )[0]
    assert abs(skewness) < 0.1
    assert abs(kurtosis - 3) < 0.15


@pytest.mark.parametrize("n", [1, 2, 128, 16384])
def test_constant_windows(n):
    names = list(MEASURES)
    ours = frames(config(n, [{"type": "statistics", "values": names}]), constants(n))
    level = constants(n)[:, 0].astype(float)
    expected = dict.fromkeys(names, np.zeros(5))
    expected |= {"mean": level, "rms": np.minimum(np.abs(level), MOST), "crest": np.abs(level) > 0}
    for name, value in zip(names, ours.T, strict=True):
        assert np.array_equal(value, expected[name]), name


@pytest.mark.parametrize("seed", range(8))
def test_any_choice_and_order(seed):
    """What is asked for, in that order, is what comes when all is asked for."""
    rng = np.random.default_rng(seed)
    names = list(rng.permutation(MEASURES)[: rng.integers(1, 9)])
    ours = frames(config(128, [{"type": "statistics", "values": names}]), windows(128))
    assert np.array_equal(ours, np.stack([measured(128)[name] for name in names], 1))


def test_lanes_one_after_another():
    samples = windows(64)[:6].reshape(2, 3, 64)
    settings = config(64, [{"type": "statistics", "values": ["rms", "kurtosis"]}], lanes=3)
    ours = frames(settings, samples.transpose(0, 2, 1))
    one = measured(64)
    expected = np.stack([one["rms"][:6], one["kurtosis"][:6]], 1).reshape(2, 6)
    assert np.array_equal(ours, expected)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ([], (-4, 0, 1)),
        ([0] * 9, (-4, 9, 8)),
        ([8], (0, 8, 7)),
        ([-1], (0, -1, 0)),
        ([3, 1, 3], (2, 3, -1)),
    ],
)
def test_statistics_refuses(words, fault):
    head = list(chain.words(config(16, [])))
    all_words = np.array([*head, 17, len(words), *words], np.int32)
    status, stage, _, *rest = Native().chain_check(all_words)
    assert (status, stage, *rest) == (-13, 1, *fault)
