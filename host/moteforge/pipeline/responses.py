# SPDX-License-Identifier: Apache-2.0
"""What a chain's filters, windows and bands let through: curves for the picture of `mote pipeline plan --html`.

Windows and the taps of decimation are read out of the core by running it; biquads are the gain of their integer
sections; means of one pole and bands follow the formulas in dc_removal.c, tilt_free.c and filterbank.c.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..output import plural
from ..signal import Frontend
from .check import Examined
from .plan import info_of, parameters

POINTS = 400
DECADES = 3  # of frequency, below half the rate
FLOOR_DB = -100.0
UNIT = 32767  # an impulse; taps have 15 fraction bits


@dataclass
class Curve:
    """A line: finite values of y over x."""

    label: str
    x: np.ndarray
    y: np.ndarray


@dataclass
class Plot:
    """A picture of one stage. marks: (x, text) of vertical lines; logarithmic: the x axis."""

    stage: int
    title: str
    x_label: str
    y_label: str
    curves: list[Curve]
    marks: list[tuple[float, str]]
    logarithmic: bool = False


def plots(found: Examined) -> Iterator[Plot]:
    """A plot for each stage that has one, in order."""
    for index, stage in enumerate(found.resolved["stages"], 1):
        if stage["type"] in MAKERS:
            yield MAKERS[stage["type"]](found, index, parameters(stage))


# ---- Gains ----


def decibels(gain: np.ndarray) -> np.ndarray:
    """20 log10 of a magnitude, FLOOR_DB at least."""
    return np.maximum(20 * np.log10(np.maximum(np.abs(gain), 1e-12)), FLOOR_DB)


def frequencies(rate: float, corner: float) -> np.ndarray:
    """Up to half the rate, at equal distances of their logarithms, from well below a filter's lowest corner on."""
    return np.geomspace(min(rate / 2 / 10**DECADES, corner / 30), rate / 2, POINTS)


def around(poles: np.ndarray, rate: float) -> np.ndarray:
    """Frequencies close to the corners that poles make, where a narrow filter has all its shape."""
    angles, widths = np.abs(np.angle(poles)), np.maximum(1 - np.abs(poles), 1e-9)
    return (angles[:, None] + widths[:, None] * np.linspace(-8, 8, 65)).ravel() * rate / (2 * np.pi)


def gain_plot(
    index: int, title: str, rate: float, corner: float, gain: Callable[[np.ndarray], np.ndarray],
    marks: Sequence[tuple[float, str]] = (), poles: np.ndarray | None = None,
) -> Plot:  # fmt: skip
    """The gain of a filter over frequency. gain: of 1 / z on the unit circle; corner: its lowest one.

    poles: where to look closely.
    """
    f = frequencies(rate, corner)
    if poles is not None:
        near = around(poles, rate)
        f = np.unique(np.concatenate([f, near[(near > f[0]) & (near < f[-1])]]))
    curve = Curve("", f, decibels(gain(np.exp(-2j * np.pi * f / rate))))
    return Plot(index, title, "frequency, Hz", "gain, dB", [curve], list(marks), True)


def biquad(found: Examined, index: int, stage: dict[str, Any]) -> Plot:
    """The cascade of integer sections, exactly."""
    rate = rate_before(found, index)
    rows = np.asarray(stage["sections"], float) / (1 << 28)

    def gain(delay: np.ndarray) -> np.ndarray:
        above = rows[:, 0, None] + rows[:, 1, None] * delay + rows[:, 2, None] * delay**2
        below = 1 + rows[:, 3, None] * delay + rows[:, 4, None] * delay**2
        return np.prod(above / below, axis=0)

    text = stage.get("design")
    what = f"biquad, {text}" if isinstance(text, str) else "biquad"
    title = f"{what}, {plural(len(rows), 'section')} as the board has them"
    poles = np.concatenate([np.roots([1, a1, a2]) for *_, a1, a2 in rows])
    return gain_plot(index, title, rate, lowest_corner(poles) * rate, gain, poles=poles)


def lowest_corner(poles: np.ndarray) -> float:
    """The frequency of the pole nearest to 0 Hz, as a part of the rate; 1 where there is none but at 0."""
    distances = np.abs(poles[np.abs(poles) > 0] - 1) / (2 * np.pi)
    return float(max(distances.min(initial=1.0), 1e-9))


def one_pole(cutoff: float, rate: float) -> float:
    """alpha of a running mean."""
    return 1 - math.exp(-2 * math.pi * cutoff / rate)


def dc_removal(found: Examined, index: int, stage: dict[str, Any]) -> Plot:
    """What is left without the running mean of the samples before."""
    rate, cutoff = rate_before(found, index), stage["cutoffHz"]
    keep = 1 - one_pole(cutoff, rate)
    return gain_plot(
        index, f"DC removal below {cutoff:g} Hz", rate, cutoff,
        lambda delay: (1 - delay) / (1 - keep * delay), marks=[(cutoff, "cutoffHz")],
    )  # fmt: skip


def tilt_free(found: Examined, index: int, stage: dict[str, Any]) -> Plot:
    """The running mean that is taken for gravity."""
    rate, cutoff = rate_before(found, index), stage["cutoffHz"]
    alpha = one_pole(cutoff, rate)
    return gain_plot(
        index, f"what is taken for gravity, below {cutoff:g} Hz", rate, cutoff,
        lambda delay: alpha * delay / (1 - (1 - alpha) * delay), marks=[(cutoff, "cutoffHz")],
    )  # fmt: skip


def rate_before(found: Examined, index: int) -> float:
    """Samples a second that flow into a stage."""
    rate = float(found.resolved["sampleRate"])
    for stage in found.resolved["stages"][: index - 1]:
        rate /= stage["factor"] if stage["type"] == "decimate" else 1
    return rate


# ---- Out of the core ----


def alone(stage: dict[str, Any], window: int) -> Frontend:
    """A chain of one stage, whose frames are its windows."""
    size = 1 << max(window - 1, 1).bit_length()
    return Frontend({"format": 1, "sampleRate": 48000, "bufferSize": size, "windowSize": window,
                     "hopLength": window, "stages": [stage]})  # fmt: skip


def taps_of(stage: dict[str, Any]) -> np.ndarray:
    """The integer coefficients of a decimate, 15 fraction bits, as its answers to impulses in each of its phases."""
    factor, count = stage["factor"], stage["taps"]
    taps = np.zeros(factor * count, int)
    for phase in range(factor):
        chain = alone(stage, factor * (count + 1))
        samples = np.zeros(chain.window, np.int16)
        samples[phase] = UNIT
        taps[factor - 1 - phase :: factor] = chain.push(samples)[0][:count]
    return taps


def decimate(found: Examined, index: int, stage: dict[str, Any]) -> Plot:
    """The filter before samples are left out; what it lets through above half the new rate folds back."""
    rate = rate_before(found, index)
    taps = taps_of({"type": "decimate", **stage})
    f = np.linspace(0, rate / 2, POINTS)
    delay = np.exp(-2j * np.pi * f / rate)
    gain = np.polyval(taps[::-1], delay) / (1 << 15)
    half = rate / 2 / stage["factor"]
    return Plot(
        index, f"decimation by {stage['factor']}, {len(taps)} taps", "frequency, Hz", "gain, dB",
        [Curve("", f, decibels(gain))], [(half, "half the new rate")],
    )  # fmt: skip


def window(found: Examined, index: int, stage: dict[str, Any]) -> Plot:
    """The weights."""
    size = info_of(found, index)["values"]
    one = 1 << stage["weightBits"]
    entry = found.resolved["stages"][index - 1] | {"scaling": "none"}
    weights = alone(entry, size).push(np.full(size, one, np.int16))[0] / one
    at = np.arange(size)
    title = f"window {stage['shape']} of {size} samples"
    return Plot(index, title, "sample", "weight", [Curve("", at, weights)], [])


# ---- Bands ----


def mel(hertz: Any) -> Any:
    """Mel of a frequency."""
    return 1127 * np.log1p(np.asarray(hertz) / 700)


def bands(stage: dict[str, Any], rate: float, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies of the bins 0 .. size / 2, and the weight of each in each band (channels, bins)."""
    scale = mel if stage["scale"] == "mel" else np.asarray
    f = np.arange(size // 2 + 1) * rate / size
    low, high = scale(stage["lowHz"]), scale(stage["highHz"])
    point = (scale(f) - low) / (high - low) * (stage["channels"] + 1)
    inside = (np.arange(len(f)) >= round(1 + stage["lowHz"] * size / rate)) & (f <= stage["highHz"])
    centres = np.arange(1, stage["channels"] + 1)[:, None]
    return f, np.maximum(1 - np.abs(point - centres), 0) * inside


def filterbank(found: Examined, index: int, stage: dict[str, Any]) -> Plot:
    """Weights of the bins in every band."""
    before = info_of(found, index - 1)
    f, weights = bands(stage, rate_before(found, index), 2 * (before["values"] - 1))
    curves = [Curve(f"band {n}", *reach(f, row)) for n, row in enumerate(weights)]
    title = (
        f"{stage['channels']} {stage['scale']} bands, {stage['lowHz']:g} to {stage['highHz']:g} Hz"
    )
    return Plot(index, title, "frequency, Hz", "weight of the power", curves, [])


def reach(f: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The part of a band that is not 0, with the bin before and behind it."""
    used = np.flatnonzero(weights)
    if not len(used):
        return f[:1], weights[:1]
    span = slice(max(used[0] - 1, 0), used[-1] + 2)
    return f[span], weights[span]


MAKERS: dict[str, Callable[[Examined, int, dict[str, Any]], Plot]] = {
    "biquad": biquad,
    "dcRemoval": dc_removal,
    "decimate": decimate,
    "tiltFree": tilt_free,
    "window": window,
    "filterbank": filterbank,
}
