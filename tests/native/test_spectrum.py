# SPDX-License-Identifier: Apache-2.0
"""The spectral stages against float64, at every size of the FFT, within the bounds that their files state."""

from __future__ import annotations

import numpy as np
import pytest
from frontend_support import Native
from mote import chain
from mote.frontend import Frontend
from spectrum_support import (
    ENERGY,
    LOG,
    RATE,
    SIZES,
    bank,
    chain_of,
    complex_bins,
    fft,
    run,
    signals_of,
    waves,
)
from test_frontend import sanitized

LEAST_SNR = 60  # dB


def decibels(bins: np.ndarray, exact: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Signal to noise of each row of bins, and the exponent of the power of two by which they are scaled.

    A frame holds no exponent: of all that there may be, the one that fits best is taken.
    """
    signal = np.sum(np.abs(exact) ** 2, axis=1)
    shifts = range(27)
    errors = [np.sum(np.abs(bins / 2.0**shift - exact) ** 2, axis=1) for shift in shifts]
    error = np.min(errors, axis=0)
    return 10 * np.log10(signal / np.maximum(error, signal * 1e-15)), np.argmin(errors, axis=0)


@pytest.mark.parametrize("size", SIZES)
def test_signal_to_noise_in_block_floating_point(size):
    for name, samples in waves(size).items():
        bins = complex_bins(run(size, [fft(size)], samples))
        snr, _ = decibels(bins, np.fft.rfft(samples, axis=1) / size)
        assert snr.min() >= LEAST_SNR, (name, np.round(snr, 1))


SINES = ["full scale", "levels", "octaves", "slow"]


def random_sines(size: int, kind: str, count: int = 1500) -> np.ndarray:
    """Sines of random frequency and phase, a row each."""
    rng, turns = np.random.default_rng(size), 2 * np.pi * np.arange(size) / size
    highest = 8 if kind == "slow" else size / 2 - 0.3
    angle = rng.uniform(0.3, highest, (count, 1)) * turns + rng.uniform(0, 7, (count, 1))
    levels = {
        "levels": rng.uniform(200, 32767, (count, 1)),
        "octaves": 2.0 ** rng.uniform(3, 15, (count, 1)),
    }
    return np.round(np.minimum(levels.get(kind, 32767), 32767) * np.sin(angle))


@pytest.mark.parametrize("kind", SINES)
@pytest.mark.parametrize("size", [1024, 2048])
def test_signal_to_noise_of_many_sines(size, kind):
    """Only where the exact spectrum, rounded to 16 bits, misses the bound or just meets it, do they miss it too."""
    samples = random_sines(size, kind)
    exact = np.fft.rfft(samples, axis=1) / size
    snr, shift = decibels(complex_bins(run(size, [fft(size)], samples)), exact)
    scaled = exact * 2.0 ** shift[:, None]
    best, _ = decibels(np.round(scaled.real) + 1j * np.round(scaled.imag), exact)
    assert (snr >= np.minimum(LEAST_SNR, best - 1)).all(), np.round(snr - best, 1)
    assert np.mean(snr >= LEAST_SNR) >= 0.99
    if kind in ("full scale", "levels"):
        assert snr.min() >= LEAST_SNR


@pytest.mark.parametrize("size", SIZES)
def test_noise_of_any_level_has_70_decibels(size):
    rng = np.random.default_rng(size)
    for level in (32768, 5000, 600, 70, 8):
        samples = rng.integers(-level, level, (20, size))
        bins = complex_bins(run(size, [fft(size)], samples))
        snr, shift = decibels(bins, np.fft.rfft(samples, axis=1) / size)
        assert snr.min() >= 69, (level, np.round(snr, 1))
        assert shift.min() >= 14 - np.log2(level)


@pytest.mark.parametrize("size", SIZES)
def test_full_scale_saturates_in_the_edge_bins_alone(size):
    time = np.arange(size)
    highest, lowest = np.full(size, 32767), np.full(size, -32768)
    samples = np.array([highest, lowest, np.where(time % 2, highest, lowest)])
    bins = complex_bins(run(size, [fft(size)], samples))
    exact = np.fft.rfft(samples, axis=1) / size
    assert np.abs(bins - exact).max() <= 2
    assert bins[1, 0] in (-32768, -32767)


@pytest.mark.parametrize("scaling", ["none", "window", "block"])
@pytest.mark.parametrize("size", SIZES)
def test_energy_is_exact(size, scaling):
    samples = signals_of(size)
    bins = complex_bins(run(size, [fft(size, scaling)], samples))
    power = run(size, [fft(size, scaling), ENERGY], samples)
    assert np.array_equal(power, bins.real**2 + bins.imag**2)


@pytest.mark.parametrize("fraction_bits", [0, 3, 8])
@pytest.mark.parametrize("size", SIZES)
def test_magnitude_is_rounded(size, fraction_bits):
    """Unscaled, the spectrum is known in full."""
    samples = signals_of(size)
    bins = complex_bins(run(size, [fft(size, "none")], samples))
    magnitude = {"type": "magnitude", "fractionBits": fraction_bits}
    ours = run(size, [fft(size, "none"), magnitude], samples)
    assert np.abs(ours - np.abs(bins) * 2**fraction_bits).max() <= 0.5
    scaled = run(size, [fft(size, "window"), magnitude], samples)
    bins = complex_bins(run(size, [fft(size, "window")], samples))
    peak = np.abs(samples).max(1)
    shift = np.array([15 - int(p).bit_length() if p else 0 for p in peak])
    sound = samples.min(1) > -32768  # TFLM's search for the peak takes -32768 for a start
    exact = np.abs(bins) * 2.0 ** (fraction_bits - shift)[:, None]
    assert np.abs(scaled - exact)[sound].max() <= 0.75


@pytest.mark.parametrize("size", SIZES)
def test_magnitude_of_block_floating_point_is_the_signals(size):
    """Within a unit, and 1/500 of the largest bin's of its frame."""
    samples = signals_of(size)
    magnitude = {"type": "magnitude", "fractionBits": 8}
    ours = run(size, [fft(size), magnitude], samples) / 256
    exact = np.abs(np.fft.rfft(samples, axis=1)) / size
    bound = 1 / 256 + exact.max(1, keepdims=True) / 500
    assert (np.abs(ours - exact) <= bound).all()


@pytest.mark.parametrize("shape", ["hann", "hamming"])
@pytest.mark.parametrize("count", [1, 2, 31, 128, 480, 2048])
@pytest.mark.parametrize("bits", [8, 12, 14])
def test_windows_cut_the_product(shape, count, bits):
    rng = np.random.default_rng(count)
    angle = 2 * np.pi * (np.arange(count) + 0.5) / count
    weight = (0.5 - 0.5 * np.cos(angle)) if shape == "hann" else (0.54 - 0.46 * np.cos(angle))
    samples = np.concatenate(
        [rng.integers(-32768, 32768, (20, count)), np.full((1, count), -32768)]
    )
    stage = {"type": "window", "shape": shape, "weightBits": bits}
    ours = run(count, [stage], samples)
    assert np.array_equal(ours, np.floor(samples * np.round(weight * 2**bits) / 2**bits))


@pytest.mark.parametrize("shape", ["hann", "hamming"])
@pytest.mark.parametrize("level", [32768, 1000, 20, 2])
def test_windows_of_block_floating_point_round_to_14_bits(shape, level):
    rng = np.random.default_rng(level)
    samples = rng.integers(-level, level, (20, 480))
    angle = 2 * np.pi * (np.arange(480) + 0.5) / 480
    weight = (0.5 - 0.5 * np.cos(angle)) if shape == "hann" else (0.54 - 0.46 * np.cos(angle))
    exact = samples * np.round(weight * 4096)
    ours = run(480, [{"type": "window", "shape": shape, "scaling": "block"}], samples)
    assert np.abs(ours).max() <= 1 << 14
    down = np.round(np.log2(np.abs(exact).max(1) / np.maximum(np.abs(ours).max(1), 1)))
    assert (np.abs(ours - exact / 2.0 ** down[:, None]) <= 0.5).all()
    assert ((down == 0) | (np.abs(ours).max(1) >= (1 << 13) - 1)).all()


def test_rectangular_windows_change_nothing():
    samples = signals_of(128)
    for scaling in ("none", "block"):
        stage = {"type": "window", "shape": "rectangular", "scaling": scaling}
        assert np.array_equal(run(128, [stage], samples), samples)


def triangles(size: int, channels: int, low: float, high: float, scale: str) -> np.ndarray:
    """Weights of channels (rows) for bins."""
    frequency = np.arange(size // 2 + 1) * RATE / size

    def position(hz):
        return 1127 * np.log1p(np.asarray(hz) / 700) if scale == "mel" else np.asarray(hz)

    width = position(high) - position(low)
    point = (position(frequency) - position(low)) / width * (channels + 1)
    used = (np.arange(size // 2 + 1) >= round(1 + low * size / RATE)) & (frequency <= high)
    centre = np.arange(1, channels + 1)[:, None]
    return np.clip(1 - np.abs(point - centre), 0, None) * used


@pytest.mark.parametrize("scale", ["linear", "mel"])
@pytest.mark.parametrize("fraction_bits", [0, 4, 8])
@pytest.mark.parametrize(
    ("size", "channels", "low", "high"),
    [(512, 40, 125, 7500), (32, 3, 0, 7999), (128, 8, 0, 6000), (2048, 128, 20, 7900)],
)
def test_filterbanks_within_their_bound(scale, fraction_bits, size, channels, low, high):
    samples = signals_of(size)
    stages = [fft(size, "none"), ENERGY]
    power = run(size, stages, samples).astype(float)
    stages.append(bank(channels, fraction_bits, scale, low, high))
    ours = run(size, stages, samples).astype(float)
    weight = triangles(size, channels, low, high, scale)
    most = np.sqrt(power @ weight.T * 4096) * 2**fraction_bits
    least = np.sqrt(power @ np.clip(weight * 4096 - 1.001, 0, None).T) * 2**fraction_bits
    step = 2**fraction_bits
    assert (ours <= most + step / 2 + 1e-6).all()
    assert (ours >= least - step / 2 - 1).all()
    assert ours.max() > 1000 * step


@pytest.mark.parametrize("fraction_bits", [0, 2, 8])
@pytest.mark.parametrize("size", [32, 512])
@pytest.mark.parametrize("output_scale", [1, 64, 2048])
def test_logarithms_within_their_bound(fraction_bits, size, output_scale):
    stages = [fft(size, "none"), {"type": "magnitude", "fractionBits": fraction_bits}]
    samples = signals_of(size)
    value = run(size, stages, samples).astype(float)
    stages.append({"type": "log", "outputScale": output_scale})
    ours = run(size, stages, samples)
    drop = np.log2(size) - fraction_bits
    exact = output_scale * np.log(np.maximum(value, 1 if drop < 0 else 2.0**-drop) * 2.0**drop)
    assert np.abs(ours - np.minimum(exact, 32767)).max() <= 0.5 + 2.45e-3 * output_scale
    if drop < 0:
        assert ours.min() == round(output_scale * drop * np.log(2))
    else:
        assert ours.min() == 0


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 13, 40, 128])
def test_cosine_transforms_equal_float64(count):
    """scipy.fft.dct(norm="ortho") is this matrix."""
    stages = [fft(512), ENERGY, bank(count, 8, "linear"), {**LOG, "outputScale": 2048}]
    samples = signals_of(512)
    features = run(512, stages, samples).astype(float)
    ours = run(512, [*stages, {"type": "dct", "coefficients": count}], samples)
    index = np.arange(count)
    matrix = np.cos(np.pi * (2 * index + 1) * index[:, None] / (2 * count)) * np.sqrt(2 / count)
    matrix[0] /= np.sqrt(2)
    exact = features @ matrix.T
    bits = 14 + max(0, int(np.ceil((np.log2(count) - 1) / 2)))
    bound = 0.5 + np.abs(features).sum(1, keepdims=True) / 2 ** (bits + 1)
    assert (np.abs(ours - np.clip(exact, -32768, 32767)) <= bound + 1e-6).all()
    assert np.abs(exact).max() > 30000


def test_fewer_coefficients_are_the_first():
    stages = [fft(512), ENERGY, bank(40, 8), LOG]
    samples = signals_of(512)
    full = run(512, [*stages, {"type": "dct", "coefficients": 40}], samples)
    assert np.array_equal(
        run(512, [*stages, {"type": "dct", "coefficients": 13}], samples), full[:, :13]
    )


@pytest.mark.parametrize("size", SIZES)
def test_chains_run_clean_under_sanitizers(size):
    """Spectral chains on every hard signal, without undefined behaviour, with the PC's bytes."""
    samples = signals_of(size).astype(np.int16).reshape(-1)
    window = {"type": "window", "shape": "hamming", "weightBits": 14, "scaling": "block"}
    chains = [
        [window, fft(size), ENERGY, bank(4, 8, low=0), LOG, {"type": "dct", "coefficients": 4}],
        [window, fft(size), {"type": "magnitude", "fractionBits": 8}, {"type": "log"}],
        [window, fft(size, "window"), ENERGY, bank(4, 0, "linear", 0)],
    ]
    for stages in chains:
        config = chain_of(size, stages)
        done = sanitized(chain.words(config), samples, [len(samples)], 4096)
        assert done.returncode == 0, done.stderr.decode()
        ours = Frontend(config, native=Native()).push(samples)
        assert done.stdout == b"".join(frame.tobytes() for frame in ours)


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ([fft(512), ENERGY, {**bank(40, 0), "weightBits": 9}], "weightBits is 9, must be"),
        ([fft(512), ENERGY, bank(40, 9)], "fractionBits is 9, must be"),
        (
            [{"type": "window", "scaling": "block"}, {"type": "statistics", "values": ["mean"]}],
            "takes",
        ),
        (
            [fft(512), ENERGY, bank(40, 8), {"type": "noiseReduction", "smoothingBits": 3}],
            "smoothingBits is 3, must be at most 2",
        ),
        (
            [fft(512), ENERGY, bank(40, 8), LOG, {"type": "dct", "coefficients": 41}],
            "coefficients is 41",
        ),
        ([fft(512), ENERGY, {"type": "magnitude"}], "magnitude"),
    ],
)
def test_refusals(stages, message):
    with pytest.raises(ValueError, match=message):
        Frontend(chain_of(480, stages), native=Native())
