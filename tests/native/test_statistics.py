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
    tailed = kurtosis * (n**0.25 / 2**13 + n / 2**23) + LAST
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


# ---- Spectra ----

FFT_SIZES = [32, 64, 128, 256, 512, 1024, 2048]
ALL = {
    "bands": 5, "centroid": True, "rolloff": 0.85, "flatness": True, "dominant": 4,
}  # fmt: skip


def spectral(size: int, scaling: str, **asked) -> dict:
    stages = [{"type": "fft", "size": size, "scaling": scaling}, {"type": "energy"}]
    return config(size, [*stages, {"type": "spectralStatistics", **asked}], rate=16000)


def powers(size: int, scaling: str) -> tuple[np.ndarray, np.ndarray]:
    """What the chain's power is for the hard windows, and the bits by which it is shifted up."""
    settings = spectral(size, scaling, centroid=True)
    settings["stages"].pop()
    samples = windows(size)
    power = np.array(Frontend(settings, native=Native()).push(samples.reshape(-1)), np.uint32)
    if scaling == "none":
        return power, np.zeros(len(samples), int)
    if scaling == "block":
        true = (np.abs(np.fft.rfft(samples.astype(float)) / size) ** 2).sum(1)
        return power, np.round(np.log2(power.sum(1) / true) / 2).astype(int)
    peak = np.abs(samples.astype(int)).max(1)
    return power, np.array([max(0, 15 - int(p).bit_length()) for p in peak])


def edges_of(size: int, rate: int, low: float, high: float, bands: int) -> np.ndarray:
    at = low + (high - low) * np.arange(bands + 1) / bands
    return np.floor(at * size / rate + 0.5).astype(int)


def band_rms(power: np.ndarray, shift: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """RMS in bands of spectra (frames, bins): the last band has its upper edge too."""
    twice = 2.0 * power
    twice[:, [0, -1]] /= 2
    ends = [*edges[1:-1], edges[-1] + 1]
    sums = [twice[:, a:b].sum(1) for a, b in zip(edges[:-1], ends, strict=True)]
    return np.sqrt(np.stack(sums, 1)) / 2.0 ** shift[:, None]


@pytest.mark.parametrize("scaling", ["none", "window", "block"])
@pytest.mark.parametrize("size", FFT_SIZES)
@pytest.mark.parametrize(
    ("bands", "low", "high"), [(1, 0, 0), (8, 0, 0), (5, 300, 3700.5), (16, 0, 8000), (1, 1, 600)]
)
def test_bands(size, scaling, bands, low, high):
    """RMS and its logarithm, one of the last bit and a part of 2^-28 off at most."""
    if (high or 8000) - low < bands * 16000 / size:
        pytest.skip("bands narrower than bins are refused")
    power, shift = powers(size, scaling)
    edges = edges_of(size, 16000, low, high or 8000, bands)
    exact = band_rms(power, shift, edges)
    asked = {"bands": bands, "lowHz": low, "highHz": high}
    ours = frames(spectral(size, scaling, **asked), windows(size))
    assert (np.abs(ours - np.minimum(exact, MOST)) <= LAST + exact * 2.0**-28).all()
    logs = frames(spectral(size, scaling, logBands=True, **asked), windows(size))
    floor_ = -16 * np.log(2)
    assert np.abs(logs - np.maximum(np.log(np.maximum(exact, 1e-9)), floor_)).max() <= LAST
    assert len(np.unique(ours)) > 10


def test_bands_are_the_signals_rms():
    """A sine of amplitude A has A / sqrt(2) in its band and nothing in the others; all bands make the whole RMS."""
    time = np.arange(256)
    sine = np.round(9000 * np.sin(2 * np.pi * 20 * time / 256)).astype(np.int16)
    noise = np.random.default_rng(3).normal(0, 2500, 256).round().astype(np.int16)
    ours = frames(spectral(256, "window", bands=8), np.stack([sine, noise]))
    assert abs(ours[0, 1] - 9000 / np.sqrt(2)) < 4
    assert np.delete(ours[0], 1).max() < 6
    assert (
        abs(np.sqrt((ours[1] ** 2).sum()) / np.sqrt((noise.astype(float) ** 2).mean()) - 1) < 0.003
    )


def peaks_of(power: np.ndarray, count: int) -> np.ndarray:
    """Positions of the largest local maxima in bins, refined by parabolas; 0 where there are fewer."""
    p = power.astype(int)
    at = [k for k in range(1, len(p) - 1) if p[k - 1] < p[k] >= p[k + 1]]
    at = sorted(at, key=lambda k: (-p[k], k))[:count]
    log = np.log(np.maximum(p, 1))
    tilt = [log[k + 1] - log[k - 1] for k in at]
    bend = [2 * (2 * log[k] - log[k - 1] - log[k + 1]) for k in at]
    found = [k + t / max(b, 1e-12) for k, t, b in zip(at, tilt, bend, strict=True)]
    return np.array(found + [0] * (count - len(found)))


@pytest.mark.parametrize("scaling", ["none", "window", "block"])
@pytest.mark.parametrize("size", FFT_SIZES)
def test_shape_of_spectra(size, scaling):
    """Centroid, roll-off, flatness and dominant frequencies from the same power, in float64."""
    power, _ = powers(size, scaling)
    ours = frames(spectral(size, scaling, **ALL), windows(size))[:, 5:]
    hertz, bins = 16000 / size, np.arange(1, size // 2 + 1)
    for row, given in zip(ours, power, strict=True):
        p = given[1:].astype(float)
        if not p.any():
            assert not row.any()
            continue
        assert abs(row[0] - (bins * p).sum() / p.sum() * hertz) <= LAST + hertz / 2**20
        reached = (
            np.cumsum(given[1:].astype(object)) * 1000000
            >= int(given[1:].sum(dtype=object)) * 850000
        )
        assert row[1] == bins[np.argmax(reached)] * hertz
        p = np.maximum(p, 1)
        assert abs(row[2] - np.exp(np.log(p).mean()) / p.mean()) <= 2 * LAST
        assert np.abs(row[3:] - peaks_of(given, 4) * hertz).max() <= LAST + hertz / 2**12
    assert (np.ptp(ours, axis=0) > 0).all()


@pytest.mark.parametrize("part", [0.000001, 0.5, 0.99, 1])
def test_rolloff_parts(part):
    power, _ = powers(128, "window")
    ours = frames(spectral(128, "window", rolloff=part), windows(128))[:, 0]
    ppm = round(part * 1000000)
    for value, given in zip(ours, power, strict=True):
        sums = [int(given[1 : k + 1].sum(dtype=np.uint64)) for k in range(65)]
        assert value == 125 * next(k for k in range(65) if sums[k] * 1000000 >= sums[64] * ppm)


def test_dominant_frequency_of_a_sine():
    """Between bins, behind a Hann window: 0.02 of a bin."""
    time = np.arange(512)
    tones = np.linspace(700, 760, 25)
    samples = [np.round(12000 * np.sin(2 * np.pi * f * time / 16000)) for f in tones]
    settings = spectral(512, "window", dominant=1)
    settings["stages"].insert(0, {"type": "window"})
    ours = frames(settings, np.array(samples, np.int16))[:, 0]
    assert np.abs(ours - tones).max() < 0.02 * 16000 / 512


def test_high_rates_saturate():
    """Frequencies above 32768 Hz do not fit 16 bits before the point."""
    settings = spectral(32, "none", dominant=1, centroid=True, rolloff=1)
    settings["sampleRate"] = 768000
    alternating = np.where(np.arange(32) % 3, 20000, -20000).astype(np.int16)
    assert (frames(settings, alternating) == MOST).all()


def test_lanes_and_features_behind():
    """The spectrum stays as it is: a filterbank may follow, whose features come behind the values of each lane."""
    stages = [
        {"type": "statistics", "values": ["rms"]},
        {"type": "fft", "size": 128},
        {"type": "energy"},
        {"type": "spectralStatistics", "bands": 2, "centroid": True},
        {"type": "filterbank", "channels": 3, "lowHz": 500, "highHz": 7000},
        {"type": "log"},
    ]
    samples = windows(128)[:4].reshape(2, 2, 128)
    both = frames(config(128, stages, 2, 16000), samples.transpose(0, 2, 1))
    one = frames(config(128, stages, 1, 16000), samples)
    assert both.shape == (2, 14)
    assert np.array_equal(both.reshape(4, 7), one)
    without = config(128, [stages[1], stages[2], *stages[4:]], 1, 16000)
    features = np.array(Frontend(without, native=Native()).push(samples.reshape(-1)))
    assert np.array_equal(one[:, 4:], np.trunc(features * ONE / 64) / ONE)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, (-1, 0, 1)),
        ({"bands": 33}, (0, 33, 32)),
        ({"bands": 17}, (0, 17, 16)),
        ({"bands": 3, "lowHz": 6600000}, (0, 3, 2)),
        ({"bands": 1, "lowHz": 8000000}, (1, 8000000, 8000000)),
        ({"bands": 1, "lowHz": 500, "highHz": 499}, (1, 500, 499)),
        ({"bands": 1, "highHz": 8000001}, (2, 8000001, 8000000)),
        ({"centroid": 2}, (4, 2, 1)),
        ({"rolloff": 1000001}, (5, 1000001, 1000000)),
        ({"dominant": 9}, (7, 9, 8)),
    ],
)
def test_spectral_statistics_refuse(change, fault):
    settings = spectral(32, "none", centroid=True)
    words = list(chain.words(settings))[:-8]
    keys = ["bands", "lowHz", "highHz", "logBands", "centroid", "rolloff", "flatness", "dominant"]
    words += [change.get(key, 0) for key in keys]
    status, stage, _, *rest = Native().chain_check(np.array(words, np.int32))
    assert (status, stage, *rest) == (-13, 3, *fault)
