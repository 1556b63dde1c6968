# SPDX-License-Identifier: Apache-2.0
"""Tables made with integers equal TFLM's constants, and float64 over ranges of parameters."""

from __future__ import annotations

import math

import numpy as np
import pytest
from frontend_support import Native, config, preprocessor_constants
from mote import chain

WINDOW, PCAN, WIDTHS, WEIGHT_STARTS, FIRST_BINS, UNWEIGHTS, WEIGHTS = 1, 8, 9, 10, 11, 12, 13
SLOT = 8


def state(settings: dict) -> np.ndarray:
    """The initialised state of the chain, as bytes."""
    words = chain.words(settings)
    buffer = np.zeros(Native().chain_measure(words), np.uint8)
    Native().chain_init(buffer, words)
    return buffer


def header_bytes(settings: dict) -> int:
    """What a chain without stages needs beside its window."""
    window = (2 * settings["windowSize"] + 3) & ~3
    return Native().chain_measure(chain.words({**settings, "stages": []})) - window


def stage_bytes(settings: dict, number: int) -> np.ndarray:
    """The state of stage `number`, counted from 0 after the input."""
    memory, header = state(settings), header_bytes(settings)
    slots = memory[header : header + SLOT * len(settings["stages"])].view(np.uint32)
    return memory[slots[2 * number + 1] :]


def hann(count: int, bits: int) -> np.ndarray:
    """First half of the window, middle included."""
    return stage_bytes(chain_of(count, count, [window(bits)]), 0)[8:].view(np.int16)[
        : (count + 1) // 2
    ]


def window(bits=12):
    return {"type": "window", "weightBits": bits}


def chain_of(count, rate, stages):
    size = 2 << (count - 1).bit_length()
    return {
        "format": 1,
        "sampleRate": rate,
        "windowSize": count,
        "hopLength": 1,
        "bufferSize": size,
        "stages": stages,
    }


def test_window_equals_tflm():
    half = hann(480, 12)
    assert np.array_equal(np.concatenate([half, half[::-1]]), preprocessor_constants()[WINDOW])


@pytest.mark.parametrize("bits", [8, 12, 14])
def test_windows_equal_float64(bits):
    for count in [*range(1, 130), 200, 255, 256, 400, 480, 511, 512, 640, 1000, 1024, 2000, 2048]:
        angle = 2 * np.pi / count * (np.arange((count + 1) // 2) + 0.5)
        expected = np.round((0.5 - 0.5 * np.cos(angle)) * 2**bits)
        assert np.array_equal(hann(count, bits), expected), count


@pytest.mark.parametrize("size", [32, 64, 128, 256, 512, 1024, 2048])
def test_sines_equal_kissfft(size):
    """floor(0.5 + 32767 x), as kissfft makes its twiddles."""
    settings = chain_of(size, 16000, [{"type": "fft", "size": size}])
    table = stage_bytes(settings, 0)[10:][: 2 * (size // 4 + 1)].view(np.int16)
    expected = np.floor(0.5 + 32767 * np.sin(2 * np.pi * np.arange(size // 4 + 1) / size))
    assert np.array_equal(table, expected)


def bank(rate, size, channels, low, high, bits=12):
    """(first bin, weights, width of each band, bands whose last bin lies on a centre)"""
    stages = [
        {"type": "fft", "size": size},
        {"type": "energy"},
        {
            "type": "filterbank",
            "channels": channels,
            "lowHz": low,
            "highHz": high,
            "weightBits": bits,
        },
    ]
    memory = stage_bytes(chain_of(size, rate, stages), 2)
    first, _, _, count = memory[:8].view(np.uint16)
    table = memory[16:].view(np.uint16)
    width = table[count : count + channels + 1]
    return int(first), table[:count], width & 0x7FFF, (width & 0x8000) != 0


def test_filterbank_equals_tflm():
    """TFLM pads its bands to multiples of four; the weights must be ours, and none left over."""
    constants = preprocessor_constants()
    first, weights, widths, on_point = bank(16000, 512, 40, 125, 7500)
    their_weights, their_unweights = constants[WEIGHTS].copy(), constants[UNWEIGHTS].copy()
    at, start = 0, first
    for band, width in enumerate(widths):
        place = constants[WEIGHT_STARTS][band] + start - constants[FIRST_BINS][band]
        theirs = slice(place, place + width)
        ours = weights[at : at + width].astype(int)
        assert np.array_equal(ours, their_weights[theirs])
        unweights = 4095 - ours
        unweights[-1] += on_point[band]
        assert np.array_equal(unweights, their_unweights[theirs])
        their_weights[theirs] = their_unweights[theirs] = 0
        at, start = at + width, start + width
    assert at == len(weights) == 236
    assert not their_weights.any()
    assert not their_unweights.any()


def mel(hz):
    return 1127 * math.log1p(hz / 700)


@pytest.mark.parametrize(
    ("rate", "size", "channels", "low", "high"),
    [
        (16000, 512, 40, 20, 7600),
        (16000, 512, 32, 60, 3800),
        (16000, 1024, 64, 125, 7500),
        (8000, 256, 20, 0, 3999),
        (44100, 2048, 80, 50, 16000),
        (48000, 1024, 128, 20, 20000),
        (16000, 256, 10, 300, 4000),
        (16000, 512, 128, 125, 7900),
        (1000, 128, 16, 1.5, 400),
    ],
)
def test_filterbanks_equal_float64(rate, size, channels, low, high):
    first, weights, widths, on_point = bank(rate, size, channels, low, high)
    distance = rate / size
    assert first == round(1 + low / distance)
    spacing = (mel(high) - mel(low)) / (channels + 1)
    bins = first
    taken = 0
    for band in range(channels + 1):
        centre = mel(low) + spacing * (band + 1)
        count = 0
        while bins * distance <= high and mel(bins * distance) <= centre + 1e-9:
            exact = (centre - mel(bins * distance)) / spacing * 4096
            assert weights[taken] == math.floor(exact + 1e-6)
            bins, taken, count = bins + 1, taken + 1, count + 1
        assert widths[band] == count
    assert taken == len(weights)
    assert on_point.sum() == (high / distance == int(high / distance))


def gain(x, strength, offset, input_bits, gain_bits):
    value = 2.0**gain_bits * (x / 2.0**input_bits + offset) ** -strength
    if 0 < abs(value % 1 - 0.5) < 1e-10 * max(value, 1) and value < 32767:
        raise ArithmeticError(f"gain {value!r} is too near a half to be compared")
    return 32767 if value > 32767 else int(value + 0.5)


def gains(strength, offset, input_bits, gain_bits):
    """TFLM's table: values at 0 and 1, then value, slope and bend of each octave."""
    table = [gain(x, strength, offset, input_bits, gain_bits) for x in (0, 1)]
    for k in range(2, 33):
        start, end = 1 << (k - 1), (1 << k) - (k == 32)
        points = (start, start + (start >> 1), end)
        low, middle, high = (gain(x, strength, offset, input_bits, gain_bits) for x in points)
        slope = 4 * (middle - low) - (high - low)
        table += [low, slope, high - low - slope]
    return np.array(table).astype(np.int16)


def pcan_table(strength, offset, gain_bits, smoothing_bits=10):
    settings = config(6)
    settings["stages"][4]["smoothingBits"] = smoothing_bits
    settings["stages"][5] = {
        "type": "pcan",
        "strength": strength,
        "offset": offset,
        "gainBits": gain_bits,
    }
    return stage_bytes(settings, 5)[8:].view(np.int16)[:95]


def test_pcan_equals_tflm():
    theirs = preprocessor_constants()[PCAN]
    kept = [0, 1] + [i for i in range(2, 125) if (i - 2) % 4 < 3]
    assert np.array_equal(pcan_table(0.95, 80, 21), theirs[kept])


# (strength, offset, gain bits) for which some gain is within 1e-10 of a half: a matter of digits
NEAR_HALVES = [(1, 0.000001, 19), (1, 0.000001, 21)]


@pytest.mark.parametrize("strength", [0, 0.000001, 0.25, 0.5, 0.95, 1, 1.75, 2])
@pytest.mark.parametrize("offset", [0.000001, 0.5, 1, 80, 1999])
def test_pcan_tables_equal_float64(strength, offset):
    for gain_bits, smoothing_bits in [(19, 3), (21, 10), (30, 7)]:
        if (strength, offset, gain_bits) in NEAR_HALVES:
            with pytest.raises(ArithmeticError):
                gains(strength, offset, smoothing_bits - 3, gain_bits)
            continue
        ours = pcan_table(strength, offset, gain_bits, smoothing_bits)
        expected = gains(strength, offset, smoothing_bits - 3, gain_bits)
        assert np.array_equal(ours, expected), (gain_bits, smoothing_bits)


def test_logarithm_equals_float64():
    """log2(1 + t) - t in 16 bits at 129 points."""
    table = stage_bytes(config(7), 6)[12:].view(np.int16)[:129]
    expected = [round(65536 * (math.log2(1 + i / 128) - i / 128)) for i in range(129)]
    assert table.tolist() == expected


@pytest.mark.parametrize("ppm", [0, 1, 25000, 50000, 60000, 333333, 999999, 1000000])
def test_smoothing_coefficients_equal_float64(ppm):
    settings = config(5)
    settings["stages"][4].update(evenSmoothing=max(ppm, 1) / 1e6, oddSmoothing=ppm / 1e6)
    even, odd = stage_bytes(settings, 4)[8:12].view(np.uint16)
    assert even == math.floor(max(ppm, 1) * 16384 / 1e6)
    assert odd == (math.floor(ppm * 16384 / 1e6) if ppm else even)
