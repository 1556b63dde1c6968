# SPDX-License-Identifier: Apache-2.0
"""The stages that see every sample, against float64 and within the bounds that their files state."""

from __future__ import annotations

import functools
from array import array

import numpy as np
import pytest
from frontend_support import Native
from hypothesis import given, settings
from hypothesis import strategies as st
from mote import chain
from mote.frontend import Frontend
from moteforge.design import ONE, design, error_bound, real
from scipy import signal
from test_frontend import sanitized

LOWEST, HIGHEST = -32768, 32767


def config(stages: list[dict], window: int, channels: int = 1, rate: int = 16000) -> dict:
    """A chain of stream stages alone: its frames are the samples that come out."""
    size = 2
    while size < window * channels:
        size *= 2
    return {
        "format": 1, "sampleRate": rate, "channels": channels, "bufferSize": size,
        "windowSize": window, "hopLength": window, "fixedPointScale": 32768, "stages": stages,
    }  # fmt: skip


def run(stages: list[dict], samples: np.ndarray, rate: int = 16000, block: int = 0) -> np.ndarray:
    """Samples of shape (instants, lanes) through stages, in frames of `block` instants; (instants, lanes) again."""
    samples = samples.reshape(len(samples), -1)
    block = block or len(samples)
    front = Frontend(config(stages, block, samples.shape[1], rate), native=Native())
    frames = np.array(front.push(np.ascontiguousarray(samples).reshape(-1)))
    lanes = lanes_out(stages, samples.shape[1])
    return np.concatenate([frame.reshape(lanes, -1).T for frame in frames])


def lanes_out(stages: list[dict], lanes: int) -> int:
    for stage in stages:
        lanes = {"vectorMagnitude": 1, "tiltFree": 2}.get(stage["type"], lanes)
    return lanes


def saturated(x: np.ndarray) -> np.ndarray:
    return np.clip(x, LOWEST, HIGHEST)


@functools.cache
def streams(length: int = 6000) -> dict[str, np.ndarray]:
    """Random and worst-case samples: full scale, silence, impulses, DC, and what drives a filter into saturation."""
    rng, time = np.random.default_rng(20260102), np.arange(length)
    quiet = np.concatenate([rng.integers(LOWEST, HIGHEST + 1, length // 2), np.zeros(length // 2)])
    chirp = np.sin(2 * np.pi * np.cumsum(np.geomspace(1e-5, 0.5, length)))
    made = {
        "noise": rng.integers(LOWEST, HIGHEST + 1, length),
        "faint": rng.integers(-2, 3, length),
        "silence": np.zeros(length),
        "noise, then silence": quiet,
        "lowest": np.full(length, LOWEST),
        "highest": np.full(length, HIGHEST),
        "step": np.where(time < length // 2, LOWEST, HIGHEST),
        "impulse": (time == 100) * LOWEST,
        "impulses": (time % 997 == 0) * HIGHEST,
        "square": np.where(chirp >= 0, HIGHEST, LOWEST),
        "chirp": np.round(32767 * chirp),
        "drift": np.linspace(-20000, 20000, length) + rng.normal(0, 50, length),
    }
    return {name: values.astype(np.int16) for name, values in made.items()}


STREAMS = list(streams())


# ---- What holds for all of them ----

SECTIONS = design({"design": "bandpass 300-3400 Hz"}, 16000)
CASES = {
    "calibration": ([{"type": "calibration", "offset": [5, -7, 300], "gain": [1.5, -0.3, 8]}], 3),
    "dcRemoval": ([{"type": "dcRemoval", "cutoffHz": 20}], 3),
    "biquad": ([{"type": "biquad", "sections": SECTIONS}], 3),
    "decimate": ([{"type": "decimate", "factor": 3, "taps": 5}], 3),
    "vectorMagnitude": ([{"type": "vectorMagnitude", "halve": True}], 3),
    "tiltFree": ([{"type": "tiltFree", "cutoffHz": 5}], 3),
    "all": (
        [
            {"type": "calibration", "offset": 3, "gain": 1.25},
            {"type": "decimate", "factor": 2},
            {"type": "dcRemoval", "cutoffHz": 1},
            {"type": "biquad", "sections": SECTIONS[:2]},
            {"type": "decimate", "factor": 3},
            {"type": "tiltFree"},
        ],
        3,
    ),
}


def three_lanes(length: int, seed: int = 5) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.integers(LOWEST, HIGHEST + 1, (length, 3)).astype(np.int16)


@pytest.mark.parametrize("name", list(CASES))
def test_results_do_not_depend_on_the_cuts(name):
    """Pushed one by one, by sevens, and at once, in frames of different lengths."""
    stages, lanes = CASES[name]
    samples = three_lanes(1200)
    whole = run(stages, samples)
    for block in (6, 48, 120):
        assert np.array_equal(run(stages, samples, block=block), whole)
    for length in (1, 7):
        front, frames = Frontend(config(stages, 1200, lanes), native=Native()), []
        flat = samples.reshape(-1)
        for start in range(0, len(flat), length):
            frames += front.push(flat[start : start + length])
        assert len(frames) == 1
        assert np.array_equal(np.array(frames[0]), whole.T.reshape(-1))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(list(CASES)), st.lists(st.integers(0, 500), max_size=12))
def test_random_cuts(name, cuts):
    stages, lanes = CASES[name]
    flat, at, frames = three_lanes(1200).reshape(-1), 0, []
    front = Frontend(config(stages, 48, lanes), native=Native())
    for length in [*cuts, len(flat)]:
        frames += front.push(flat[at : at + length])
        at += length
    together = Frontend(config(stages, 48, lanes), native=Native()).push(flat)
    assert np.array_equal(np.array(frames), np.array(together))


@pytest.mark.parametrize("name", list(CASES))
def test_reset_starts_anew(name):
    stages, lanes = CASES[name]
    front, samples = Frontend(config(stages, 96, lanes), native=Native()), three_lanes(960)
    first = np.array(front.push(samples.reshape(-1)))
    front.push(three_lanes(500, seed=6).reshape(-1))
    front.reset()
    assert np.array_equal(np.array(front.push(samples.reshape(-1))), first)


@pytest.mark.parametrize("name", ["calibration", "dcRemoval", "biquad", "decimate"])
def test_lanes_do_not_mix(name):
    """Three lanes give what each gives alone."""
    stages, samples = CASES[name][0], three_lanes(1200)
    together = run(stages, samples)
    for lane in range(3):
        alone = [{**stage} for stage in stages]
        for key in ("offset", "gain"):
            if key in alone[0]:
                alone[0][key] = alone[0][key][lane]
        assert np.array_equal(run(alone, samples[:, lane])[:, 0], together[:, lane])


@pytest.mark.parametrize("name", list(CASES))
@pytest.mark.parametrize("kind", ["noise", "extremes"])
def test_with_sanitizers(name, kind):
    """The same bytes, and no undefined behaviour on the way."""
    stages, lanes = CASES[name]
    samples = three_lanes(2400)
    if kind == "extremes":
        samples = np.where(samples >= 0, HIGHEST, LOWEST).astype(np.int16)
        samples[600:1200], samples[1200:1800] = LOWEST, HIGHEST
    words = chain.words(config(stages, 240, lanes))
    done = sanitized(words, samples.reshape(-1), [1, 2, 4000, 7200 - 4003], 1024)
    assert done.returncode == 0, done.stderr.decode()
    frames = np.frombuffer(done.stdout, np.int16).reshape(10, lanes_out(stages, lanes), -1)
    ours = np.concatenate([frame.T for frame in frames])
    assert np.array_equal(ours, run(stages, samples))
    assert len(np.unique(ours)) > 1


# ---- calibration ----


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize(
    ("offset", "gain"),
    [
        (0, 1),
        (100, 1.5),
        (-32768, 0.5),
        (32767, -1),
        (-3, 8),
        (7, -8),
        (1, 0.000001),
        (0, 0.333333),
        (5, 0),
    ],
)
def test_calibration(name, offset, gain):
    x = streams()[name]
    y = run([{"type": "calibration", "offset": offset, "gain": gain}], x)[:, 0]
    assert np.abs(y - saturated((x.astype(float) - offset) * gain)).max() < 0.503


def test_calibration_of_one_changes_nothing():
    x = streams()["noise"]
    assert np.array_equal(run([{"type": "calibration"}], x)[:, 0], x)


@settings(max_examples=60, deadline=None)
@given(st.integers(LOWEST, HIGHEST), st.integers(-8000000, 8000000))
def test_any_calibration(offset, ppm):
    x = streams()["noise"][:500]
    words = chain.words(config([{"type": "calibration"}], 500))
    words[-2:] = array("i", [offset, ppm])
    done = sanitized(words, x, [500], 512)
    assert done.returncode == 0, done.stderr.decode()
    exact = saturated((x.astype(float) - offset) * (ppm / 1e6))
    assert np.abs(np.frombuffer(done.stdout, np.int16) - exact).max() < 0.503


# ---- dcRemoval ----


def dc_removed(x: np.ndarray, cutoff: float, rate: int) -> np.ndarray:
    """In real numbers; alpha is rounded as the stage states it."""
    alpha = np.round(-np.expm1(-2 * np.pi * cutoff / rate) * 2**32) / 2**32
    states = signal.lfilter([alpha], [1, alpha - 1], x - float(x[0]), zi=[0.0])[0] + float(x[0])
    before = np.concatenate([[float(x[0])], states[:-1]])
    return saturated(x - before)


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize(
    ("cutoff", "rate"), [(0.1, 100), (49.999, 100), (0.5, 16000), (0.001, 768000), (380000, 768000)]
)
def test_dc_removal(name, cutoff, rate):
    x = streams()[name]
    y = run([{"type": "dcRemoval", "cutoffHz": cutoff}], x, rate)[:, 0]
    assert np.abs(y - dc_removed(x, cutoff, rate)).max() <= 0.5 + 2**-15 + 1e-6


def test_dc_removal_starts_at_the_first_sample():
    x = np.full(3000, 12345, np.int16)
    assert not run([{"type": "dcRemoval", "cutoffHz": 0.001}], x).any()


def test_slowest_cutoff():
    """0.001 Hz at 768 kHz still moves the mean, at the speed that is stated."""
    x = np.full(200000, HIGHEST, np.int16)
    x[0] = LOWEST
    y = run([{"type": "dcRemoval", "cutoffHz": 0.001}], x // 2, 768000, 10000)[:, 0].astype(float)
    assert y[1] - y[-1] == pytest.approx(
        y[1] * 200000 * 2 * np.pi * 0.001 / 768000, rel=0.02, abs=1
    )


# ---- biquad ----

DESIGNS = [
    (16000, {"design": "lowpass 800 Hz"}),
    (16000, {"design": "lowpass 50 Hz"}),
    (100, {"design": "lowpass 0.1 Hz"}),
    (100, {"design": "highpass 0.1 Hz"}),
    (16000, {"design": "highpass 20 Hz"}),
    (16000, {"design": "lowpass 7900 Hz"}),
    (16000, {"design": "bandpass 300-3400 Hz", "ripple": 0.5}),
    (16000, {"design": "bandpass 100-110 Hz"}),
    (16000, {"design": "notch 50 Hz"}),
    (16000, {"design": "lowpass 4 kHz", "order": 16}),
    (1000, {"design": "bandstop 49-51 Hz"}),
    (1000, {"design": "notch 50 Hz", "q": 10}),
]


@functools.cache
def sections(index: int) -> list[list[int]]:
    rate, entry = DESIGNS[index]
    return design(entry, rate)


def inner_peak(sos: np.ndarray, x: np.ndarray) -> float:
    """The largest sample between sections in real numbers."""
    return max(np.abs(signal.sosfilt(sos[: k + 1], x)).max() for k in range(len(sos)))


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("index", range(len(DESIGNS)))
def test_biquads(index, name):
    """Within the bound of biquad.c of SciPy's cascade with the same coefficients, wherever nothing saturates inside."""
    rows, x = sections(index), streams(20000)[name].astype(float)
    sos = real(rows)
    if inner_peak(sos, x) > 4 * 32768 - 8:
        x = np.round(x / 2)
    y = run([{"type": "biquad", "sections": rows}], x.astype(np.int16), DESIGNS[index][0], 10000)
    assert inner_peak(sos, x) < 4 * 32768
    off = np.abs(y[:, 0] - saturated(signal.sosfilt(sos, x))).max()
    assert off <= error_bound(rows)
    assert error_bound(rows) < 3


@pytest.mark.parametrize("index", range(len(DESIGNS)))
def test_silence_stays_and_returns(index):
    """No limit cycle is larger than the bound, after full scale and after saturation, too."""
    rows, length = sections(index), 30000
    silence = np.zeros(length, np.int16)
    stages = [{"type": "biquad", "sections": rows}]
    assert not run(stages, silence, DESIGNS[index][0], 10000).any()
    loud = streams(length)["square"].copy()
    loud[length // 4 :] = 0
    exact = signal.sosfilt(real(rows), loud.astype(float))
    settled = np.abs(exact) < 0.25
    settled[: length // 4] = False
    y = run(stages, loud, DESIGNS[index][0], 10000)[:, 0]
    assert np.abs(y[settled]).max(initial=0) <= error_bound(rows) + 0.25


def test_saturation_does_not_oscillate():
    """A resonance driven far beyond full scale: saturates, and dies away once it is left alone."""
    radius, angle = 0.999, 0.3
    row = [ONE // 2, 0, 0, round(-2 * radius * np.cos(angle) * ONE), round(radius**2 * ONE)]
    time = np.arange(40000)
    x = np.where(np.cos(angle * time) >= 0, HIGHEST, LOWEST).astype(np.int16)
    x[20000:] = 0
    y = run([{"type": "biquad", "sections": [row]}], x, block=8000)[:, 0]
    assert y[10000:20000].max() == HIGHEST
    assert y[10000:20000].min() == LOWEST
    assert np.abs(y[35000:]).max() <= error_bound([row])


stable = st.tuples(st.integers(1 - ONE, ONE - 1), st.floats(-1, 1)).map(
    lambda pair: [int((ONE - 1 + pair[0]) * pair[1]), pair[0]]
)
numerator = st.lists(st.integers(-ONE, ONE), min_size=3, max_size=3)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(numerator, stable), min_size=1, max_size=8), st.booleans())
def test_any_stable_sections(parts, square):
    """Whatever coefficients are accepted: no overflow (sanitizers), and exactly the stated arithmetic."""
    rows = [[*b, *a] for b, a in parts]
    x = streams()["square" if square else "noise"][:400]
    words = chain.words(config([{"type": "biquad", "sections": rows}], 400))
    done = sanitized(words, x, [400], 512)
    assert done.returncode == 0, done.stderr.decode()
    assert np.array_equal(np.frombuffer(done.stdout, np.int16), stated(rows, x))


def stated(rows: list[list[int]], x: np.ndarray) -> np.ndarray:
    """biquad.c's formula in unbounded integers."""
    values = [int(v) << 11 for v in x]
    top, bottom = (1 << 28) - (1 << 13) - 1, -(1 << 28) - (1 << 13)
    for b0, b1, b2, a1, a2 in rows:
        x1 = x2 = y1 = y2 = rest = 0
        for i, x0 in enumerate(values):
            total = b0 * x0 + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2 + rest
            y, rest = total >> 28, total & (ONE - 1)
            y = min(max(y, bottom), top)
            x1, x2, y1, y2 = x0, x1, y, y1
            values[i] = y
    return saturated(np.array([(v + 1024) >> 11 for v in values]))


@pytest.mark.parametrize(
    ("row", "subject"),
    [
        ([ONE, 0, 0, 0, ONE], 4),
        ([ONE, 0, 0, 0, -ONE], 4),
        ([ONE, 0, 0, ONE, 0], 3),
        ([ONE, 0, 0, -ONE, 0], 3),
        ([ONE, 0, 0, -2 * ONE, ONE - 1], 3),
        ([ONE, 4 * ONE, 0, 0, 0], 1),
        ([0, 0, -(1 << 31), 0, 0], 2),
    ],
)
def test_unstable_sections_are_refused(row, subject):
    good = [ONE, 0, 0, 0, 0]
    words = chain.words(config([{"type": "biquad", "sections": [good, row]}], 64))
    assert Native().chain_check(words)[:4] == (-13, 1, 13, 5 + subject)


def test_sections_at_the_edge_of_stability():
    """The outermost coefficients that are accepted."""
    for a1, a2 in [(2 * ONE - 2, ONE - 1), (2 - 2 * ONE, ONE - 1), (0, 1 - ONE), (0, ONE - 1)]:
        words = chain.words(config([{"type": "biquad", "sections": [[ONE, 0, 0, a1, a2]]}], 64))
        assert Native().chain_check(words) is None


# ---- decimate ----

FACTORS = [(2, 2), (2, 32), (3, 5), (3, 8), (4, 8), (5, 4), (7, 9), (15, 31), (16, 8), (16, 32)]


@functools.cache
def taps(factor: int, phases: int) -> np.ndarray:
    """The coefficients, from the answers to -1 at each place of a group."""
    length, stages = factor * phases, [{"type": "decimate", "factor": factor, "taps": phases}]
    out = np.zeros(length)
    for phase in range(factor):
        x = np.zeros(2 * length, np.int16)
        x[phase] = LOWEST
        answer = run(stages, x, 720720)[:phases, 0]
        out[factor - 1 - phase :: factor] = -answer
    return out


def kaiser_sinc(factor: int, phases: int) -> np.ndarray:
    length = factor * phases
    s = 2 * np.arange(length) - (length - 1)
    shape = np.sinc(s / (2 * factor)) * np.kaiser(length, 6.2)
    return shape / shape.sum()


@pytest.mark.parametrize(("factor", "phases"), FACTORS)
def test_decimation_coefficients(factor, phases):
    """Within a step of float64's, but for the innermost, which take what makes the sum exact; symmetric."""
    ours, exact = taps(factor, phases), kaiser_sinc(factor, phases) * 32768
    assert ours.sum() == 32768
    assert np.array_equal(ours, ours[::-1])
    inner = (len(ours) - 1) // 2
    assert np.abs(ours - exact)[:inner].max() <= 0.5 + 1e-6
    assert np.abs(ours - exact)[inner] <= 0.5 + 0.25 * len(ours)
    half = np.abs(ours[: len(ours) // 2])
    assert half[: len(half) // 2].sum() < 32768
    assert half[len(half) // 2 :].sum() < 32768


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize(("factor", "phases"), FACTORS)
def test_decimation(factor, phases, name):
    """Exactly the rounded sum: every factor-th value of the whole filter."""
    x = streams()[name]
    x = x[: len(x) // factor * factor]
    y = run([{"type": "decimate", "factor": factor, "taps": phases}], x, 720720)[:, 0]
    sums = np.convolve(x.astype(np.int64), taps(factor, phases).astype(np.int64))
    exact = saturated((sums[factor - 1 : len(x) : factor] + 16384) >> 15)
    assert np.array_equal(y, exact)


@pytest.mark.parametrize(("factor", "phases"), FACTORS)
def test_worst_case_of_decimation(factor, phases):
    """Samples with the coefficients' signs: the largest sum, which saturates and nothing else."""
    signs = np.where(taps(factor, phases) >= 0, HIGHEST, LOWEST).astype(np.int16)
    x = np.tile(signs[::-1], 2)
    words = chain.words(
        config([{"type": "decimate", "factor": factor, "taps": phases}], len(x), 1, 720720)
    )
    for sign in (1, -1):
        wave = saturated(x.astype(int) * sign).astype(np.int16)
        done = sanitized(words, wave, [len(x)], 1024)
        assert done.returncode == 0, done.stderr.decode()
        out = np.frombuffer(done.stdout, np.int16)
        assert abs(int(out[phases - 1])) >= HIGHEST


@pytest.mark.parametrize("factor", range(2, 17))
@pytest.mark.parametrize("phases", [4, 8, 13, 32])
def test_decimation_bands(factor, phases):
    """Pass band and stop band as decimate.c states them."""
    ours = taps(factor, phases) / 32768
    at, gain = signal.freqz(ours, worN=4096, fs=1.0)
    half, width = 0.5 / factor, 4 / (len(ours) - 1)
    ripple = np.abs(20 * np.log10(np.abs(gain[at <= half - width / 2])))
    assert ripple.max(initial=0) < 0.02
    assert 20 * np.log10(np.abs(gain[at >= half + width / 2]).max(initial=1e-9)) < -57


@pytest.mark.parametrize(
    ("window", "hop", "rate", "have"), [(10, 8, 16000, 10), (12, 6, 16000, 6), (12, 8, 102, 102)]
)
def test_what_decimation_does_not_divide(window, hop, rate, have):
    settings_ = config([{"type": "decimate", "factor": 4}], window, 1, rate)
    settings_["hopLength"] = hop
    assert Native().chain_check(chain.words(settings_)) == (-13, 1, 14, 0, have, 4)


def test_decimation_of_decimation():
    """3000 samples a second divided by 16 are no whole number of them."""
    stages = [{"type": "decimate", "factor": 16}] * 3
    words = chain.words(config(stages, 16384, 1, 768000))
    assert Native().chain_check(words) == (-13, 3, 14, 0, 3000, 16)


# ---- vectorMagnitude ----


def vectors(lanes: int) -> np.ndarray:
    rng = np.random.default_rng(lanes)
    corners = np.array(np.meshgrid(*[[LOWEST, -1, 0, 1, HIGHEST]] * lanes)).reshape(lanes, -1).T
    parts = [rng.integers(-s, s + 1, (2000, lanes)) for s in (3, 100, 18000, 32767)]
    return np.concatenate([corners, *parts]).astype(np.int16)


@pytest.mark.parametrize("lanes", [2, 3])
@pytest.mark.parametrize("halve", [False, True])
def test_vector_magnitude(lanes, halve):
    x = vectors(lanes)
    y = run([{"type": "vectorMagnitude", "halve": halve}], x)[:, 0]
    length = np.sqrt((x.astype(float) ** 2).sum(axis=1)) / (2 if halve else 1)
    assert np.array_equal(y, np.minimum(np.floor(length + 0.5), HIGHEST))
    assert y.max() == (HIGHEST if not halve else round(32768 * lanes**0.5 / 2))


@pytest.mark.parametrize(
    ("kind", "code", "lanes"),
    [("vectorMagnitude", 15, n) for n in (1, 4, 8)] + [("tiltFree", 16, n) for n in (1, 2, 4)],
)
def test_lanes_that_are_no_vector(kind, code, lanes):
    words = chain.words(config([{"type": kind}], 64, lanes))
    bound = 2 if code == 15 and lanes < 2 else 3
    assert Native().chain_check(words) == (-13, 1, code, -6, lanes, bound)


def test_calibration_of_other_lanes():
    settings_ = config([{"type": "calibration", "offset": [1, 2]}], 64, 3)
    assert Native().chain_check(chain.words(settings_)) == (-13, 1, 11, -6, 4, 6)


@pytest.mark.parametrize("kind", ["dcRemoval", "tiltFree"])
def test_cutoff_above_half_the_rate(kind):
    settings_ = config([{"type": kind, "cutoffHz": 50}], 64, 3, 100)
    code = chain.row(kind)[0]
    assert Native().chain_check(chain.words(settings_)) == (-13, 1, code, 0, 50000, 49999)


# ---- tiltFree ----


def tilt_free(x: np.ndarray, cutoff: float, rate: int) -> tuple[np.ndarray, np.ndarray]:
    """In real numbers, and the bound of tilt_free.c for each instant."""
    alpha = np.round(-np.expm1(-2 * np.pi * cutoff / rate) * 2**32) / 2**32
    g, out, bound = x[0].astype(float), [], []
    for sample in x.astype(float):
        d, size = sample - g, np.sqrt(g @ g)
        whole = np.sqrt(d @ d)
        along = d @ g / size
        out.append((along, np.sqrt(max(whole**2 - along**2, 0))))
        bound.append(0.6 + whole * (1.4e-4 + 6e-5 / size))
        g += alpha * d
    return saturated(np.array(out)), np.array(bound)


def motion(length: int = 3000, gravity: float = 8192, size: float = 3000) -> np.ndarray:
    rng, time = np.random.default_rng(8), np.arange(length)
    shaken = np.stack([np.sin(time * w) for w in (0.3, 0.41, 0.77)]).T * size
    return shaken + rng.normal(0, size / 10, (length, 3)) + [0, 0, gravity]


def rotations(count: int) -> list[np.ndarray]:
    from scipy.spatial.transform import Rotation

    return list(Rotation.random(count, random_state=4).as_matrix())


@pytest.mark.parametrize("gravity", [300, 8192, 16384])
@pytest.mark.parametrize("size", [20, 3000, 9000])
def test_tilt_free(gravity, size):
    for turn in rotations(6):
        x = np.round(motion(1000, gravity, size) @ turn.T).astype(np.int16)
        exact, bound = tilt_free(x, 0.3, 100)
        y = run([{"type": "tiltFree"}], x, 100)
        assert (np.abs(y - exact).max(axis=1) <= bound).all()


def test_orientation_does_not_matter():
    """The same motion in 40 orientations. Rounding the axes of d and g by half a step each adds to the bound."""
    still = motion()
    exact, bound = tilt_free(still, 0.3, 100)
    whole = np.linalg.norm(still - still.mean(axis=0), axis=1).max() + 8192 * 0.2
    allowed = bound.max() + 2 * np.sqrt(3) / 2 + whole * np.sqrt(3) / 2 / 8192
    for turn in rotations(40):
        y = run([{"type": "tiltFree"}], np.round(still @ turn.T).astype(np.int16), 100)
        assert np.abs(y - exact).max() <= allowed
    assert allowed < 5


@pytest.mark.parametrize("name", STREAMS)
def test_tilt_free_on_hard_streams(name):
    x = np.stack([streams()[name], streams()["noise"], streams()["chirp"]]).T[:3000]
    exact, bound = tilt_free(x, 5, 100)
    y = run([{"type": "tiltFree", "cutoffHz": 5}], x, 100)
    assert (np.abs(y - exact).max(axis=1) <= bound).all()


def test_free_fall():
    """No direction without gravity: nothing vertical, and the whole length beside it."""
    x = np.zeros((4, 3), np.int16)
    x[1:] = [300, -400, 1200]
    y = run([{"type": "tiltFree", "cutoffHz": 0.001}], x, 1000)
    assert y.tolist() == [[0, 0], [0, 1300], [0, 1300], [0, 1300]]
