# SPDX-License-Identifier: Apache-2.0
"""Filters for the stage `biquad`, from "lowpass 800 Hz" to the integers that the board computes with.

A design is made by SciPy as second-order sections, scaled so that no section's output is larger than full scale where
the whole filter's is not, and rounded to 28 fraction bits. What the rounding has left of it is then compared with what
was asked for. native/src/frontend/biquad.c states the arithmetic.
"""

from __future__ import annotations

import copy
import re
from fractions import Fraction
from typing import Any

import numpy as np
from scipy import signal

ONE = 1 << 28
MOST_SECTIONS = 8
MOST_SUM = ONE * 9 // 2  # of the magnitudes of b0, b1, b2
# Of the quantized filter's gain against the designed one's, as a part of the latter's largest.
TOLERANCE = 0.01
# Of the error that fixed-point arithmetic adds, in samples' units.
MOST_ERROR = 8.0
_SETTLING = 1 << 18  # samples of an impulse response that are looked at, at most

_UNITS = {"hz": 1.0, "khz": 1000.0}
_KINDS = {"lowpass": 1, "highpass": 1, "bandpass": 2, "bandstop": 2, "notch": 1}
_TEXT = re.compile(r"(\w+)\s+([0-9.]+)(?:\s*-\s*([0-9.]+))?\s*(k?hz)", re.IGNORECASE)
_WANT = '"lowpass 800 Hz", "highpass 0.5 Hz", "bandpass 300-3400 Hz", "bandstop 49-51 Hz" or "notch 50 Hz"'


class _Stage:
    """A stage of type biquad with its place, for what is refused."""

    def __init__(self, where: str, entry: dict, rate: float):
        self.where, self.entry, self.rate = where, entry, rate

    def refuse(self, key: str, want: str) -> Any:
        raise ValueError(f"{self.where}: {key} is {self.entry.get(key)!r}, must be {want}")

    def number(self, key: str, default: float | None, low: float, high: float, whole: bool = False):
        """A parameter of the design within its bounds; None where it is absent and may be."""
        value = self.entry.get(key, default)
        kinds = (int,) if whole else (int, float)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
            kind = "an integer" if whole else "a number"
            self.refuse(key, f"{kind} from {low:g} to {high:g}")
        return value


def parse(text: str) -> tuple[str, list[float]]:
    """Kind and edges in Hz of a design's text; ValueError for any other."""
    found = _TEXT.fullmatch(text.strip()) if isinstance(text, str) else None
    kind = found.group(1).lower() if found else ""
    if found is None or kind not in _KINDS:
        raise ValueError(f"design is {text!r}, must be like {_WANT}")
    try:
        edges = [
            float(edge) * _UNITS[found.group(4).lower()] for edge in found.groups()[1:3] if edge
        ]
    except ValueError:
        raise ValueError(f"design is {text!r}, must be like {_WANT}") from None
    if len(edges) != _KINDS[kind]:
        raise ValueError(f"design is {text!r}: {kind} has {_KINDS[kind]} edge(s), like {_WANT}")
    return kind, edges


# ---- Sections in real numbers ----


def _edges(stage: _Stage) -> tuple[str, list[float]]:
    try:
        kind, edges = parse(stage.entry["design"])
    except ValueError as error:
        raise ValueError(f"{stage.where}: {error}") from None
    if edges != sorted(set(edges)) or edges[0] <= 0:
        stage.refuse("design", "of frequencies above 0 Hz, the lower one first")
    if edges[-1] >= stage.rate / 2:
        want = f"below half the sample rate there, {stage.rate / 2:g} Hz"
        stage.refuse("design", f"{want}: raise sampleRate, or decimate less before it")
    return kind, edges


def _designed(stage: _Stage) -> np.ndarray:
    """SciPy's sections of a design."""
    kind, edges = _edges(stage)
    if kind == "notch":
        for key in ("order", "ripple"):
            if key in stage.entry:
                stage.refuse(key, "absent: a notch has q, the frequency by the width at -3 dB")
        b, a = signal.iirnotch(edges[0], stage.number("q", 30, 0.5, 1000), fs=stage.rate)
        return signal.tf2sos(b, a)
    if "q" in stage.entry:
        stage.refuse("q", "absent: it is of notch alone")
    order = stage.number("order", 4, 1, MOST_SECTIONS * (3 - len(edges)), whole=True)
    ripple = stage.number("ripple", None, 0.01, 6)
    shape = {"ftype": "butter"} if ripple is None else {"ftype": "cheby1", "rp": ripple}
    points = edges if len(edges) > 1 else edges[0]
    return signal.iirfilter(order, points, btype=kind, fs=stage.rate, output="sos", **shape)


def _given(stage: _Stage) -> np.ndarray:
    """Sections given as SciPy has them: six numbers each, divided by a0."""
    sos = stage.entry["sos"]
    try:
        rows = np.asarray(sos, float)
    except (TypeError, ValueError):
        rows = np.zeros(0)
    whole = rows.ndim == 2 and rows.shape[1:] == (6,) and 1 <= len(rows) <= MOST_SECTIONS
    if not whole or not np.isfinite(rows).all() or not rows[:, 3].all():
        stage.refuse("sos", "1 to 8 rows of b0, b1, b2, a0, a1, a2 with a0 not 0, as SciPy gives")
    return rows / rows[:, 3:4]


# ---- Scaling and rounding ----


def _grid(sos: np.ndarray, n: int = 2048) -> np.ndarray:
    """Angles where a filter's gain is looked at: evenly, logarithmically, and densely around its poles."""
    points = [np.linspace(0, np.pi, n), np.geomspace(1e-7, np.pi, n)]
    for root in np.concatenate([np.roots(row[3:]) for row in sos]):
        angle, width = abs(np.angle(root)), max(1 - abs(root), 1e-9)
        points.append(angle + width * np.linspace(-8, 8, 65))
    return np.unique(np.clip(np.concatenate(points), 0, np.pi))


def _gains(sos: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Complex gain of each section at each angle, from differences of 1 / z, which do not cancel at low frequencies."""
    step = np.exp(-1j * angles) - 1  # 1 / z - 1
    rows = np.asarray(sos, float)[:, :, None]
    b0, b1, b2, a0, a1, a2 = (rows[:, i] for i in range(6))
    above = (b0 + b1 + b2) + (b1 + 2 * b2) * step + b2 * step**2
    below = (a0 + a1 + a2) + (a1 + 2 * a2) * step + a2 * step**2
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(above / below, nan=0.0, posinf=1e9)


def _scaled(sos: np.ndarray, target: float) -> np.ndarray:
    """Sections of the same product, of which the first k, for each k, have a largest gain of `target`.

    It is less where that of the whole is, or where a section's coefficients would become too large.
    """
    gains, out = _gains(sos, _grid(sos)), sos.copy()
    peaks = np.abs(np.cumprod(gains, axis=0)).max(axis=1)
    left = 1.0
    for k, row in enumerate(out[:-1]):
        size = np.abs(row[:3]).sum()
        if peaks[k] > 0:
            factor = min(min(peaks[-1], 1.0) * target / (peaks[k] * left), 4 / size)
            row[:3] *= factor
            left *= factor
    out[-1, :3] /= left
    return out


def _fitted(sos: np.ndarray) -> list[list[int]]:
    """Rounded sections with the least gain inside that leaves no coefficients too large, if there is such."""
    for target in (1.0, 1.5, 2.0):
        sections = _rounded(_scaled(sos, target))
        if _largest_sum(sections) <= MOST_SUM:
            break
    return sections


def _largest_sum(sections: list[list[int]]) -> int:
    return max(sum(map(abs, row[:3])) for row in sections)


def _rounded(sos: np.ndarray) -> list[list[int]]:
    """Nearest integers; of b1 and a1 those that keep the sums of the section's polynomials at 0 Hz, or at half the rate
    where its poles lie nearer to that: small differences of large coefficients, which gain and frequency depend on."""
    out = []
    for b0, b1, b2, _, a1, a2 in sos * ONE:
        sign = 1 if a1 <= 0 else -1
        outer = [round(b0), round(b2), ONE, round(a2)]
        middle_b = sign * (round(b0 + sign * b1 + b2) - outer[0] - outer[1])
        middle_a = sign * (round(ONE + sign * a1 + a2) - outer[2] - outer[3])
        out.append([outer[0], middle_b, outer[1], middle_a, outer[3]])
    return out


def real(sections: list[list[int]]) -> np.ndarray:
    """Sections of integers as SciPy has them."""
    rows = np.asarray(sections, float) / ONE
    return np.insert(rows, 3, 1.0, axis=1)


def error_bound(sections: list[list[int]]) -> float:
    """What fixed-point arithmetic adds to the exact cascade's output at most, in units of samples (biquad.c)."""
    sos, bound = real(sections), 0.5
    for k in range(len(sos)):
        first = np.array([[1.0, -1.0, 0.0, *sos[k, 3:]]])
        bound += _absolute_sum(np.concatenate([first, sos[k + 1 :]])) / (1 << 12)
    return bound


def _absolute_sum(sos: np.ndarray) -> float:
    """Sum of an impulse response's magnitudes."""
    slowest = max(abs(root) for row in sos for root in np.roots(row[3:]))
    length = 64 if slowest < 0.5 else int(min(40 / (1 - slowest) + 64, _SETTLING))
    impulse = np.zeros(length)
    impulse[0] = 1.0
    return float(np.abs(signal.sosfilt(sos, impulse)).sum())


# ---- Sections in integers ----


def _unstable(sections: list[list[int]]) -> bool:
    """biquad.c's own test, exact."""
    return any(abs(a2) >= ONE or abs(a1) >= ONE + a2 for *_, a1, a2 in sections)


def _check(stage: _Stage, key: str, wanted: np.ndarray, sections: list[list[int]]) -> None:
    """Refuses what 28 fraction bits do not hold well enough."""
    coarse = "so close to 0 Hz (or to half the rate) that 28 fraction bits do not hold it"
    remedy = "put a decimate before it, or choose a lower order or a wider band (dcRemoval stops 0 Hz alone)"
    angles = _grid(wanted)
    exact = _gains(wanted, angles).prod(axis=0)
    scale = np.abs(exact).max()
    if _unstable(sections):
        stage.refuse(key, f"stable when it is rounded; this one is {coarse}: {remedy}")
    if _largest_sum(sections) > MOST_SUM:
        stage.refuse(key, "of sections with |b0| + |b1| + |b2| up to 4.5: give it less gain")
    off = np.abs(_gains(real(sections), angles).prod(axis=0) - exact).max() / scale
    if off > TOLERANCE:
        stage.refuse(
            key,
            f"within {TOLERANCE:.0%} of its gain when it is rounded, not {off:.1%}; it is {coarse}: {remedy}",
        )
    error = error_bound(sections)
    if error > MOST_ERROR:
        stage.refuse(
            key,
            f"of an arithmetic error below {MOST_ERROR:g} steps, not {error:.1f}; it is {coarse}: {remedy}",
        )


def design(entry: dict, rate: float, where: str = "biquad") -> list[list[int]]:
    """Sections b0, b1, b2, a1, a2 with 28 fraction bits, from a stage's `design` or `sos` at a sample rate in Hz.

    ValueError names stage, key, value and remedy for what is malformed, above half the rate, unstable or, once
    rounded, further from what was designed than TOLERANCE.
    """
    stage = _Stage(where, entry, rate)
    key = "design" if "design" in entry else "sos"
    if "design" in entry and "sos" in entry:
        stage.refuse("sos", "absent where there is a design")
    wanted = _designed(stage) if key == "design" else _given(stage)
    if any(abs(a2) >= 1 or abs(a1) >= 1 + a2 for *_, a1, a2 in wanted):
        stage.refuse(key, "stable: its poles must lie inside the unit circle")
    if len(wanted) > MOST_SECTIONS:
        stage.refuse("order", f"such that there are at most {MOST_SECTIONS} sections")
    sections = _fitted(wanted)
    _check(stage, key, wanted, sections)
    return sections


def _factor(stage: Any) -> int:
    """By which a stage divides the rate."""
    value = (
        stage.get("factor") if isinstance(stage, dict) and stage.get("type") == "decimate" else 1
    )
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 1


def rates(config: dict) -> list[Fraction]:
    """Samples a second that flow into each stage of a configuration."""
    rate, out = Fraction(config["sampleRate"]), []
    for stage in config["stages"]:
        out.append(rate)
        rate /= _factor(stage)
    return out


def resolve(config: dict) -> dict:
    """A copy in which every biquad that has a `design` or `sos` has the `sections` of it, as the board wants them.

    Raises ValueError as design() does, and where `sections` are there already and differ. What else may be wrong with a
    configuration is left to chain.words().
    """
    stages, rate = config.get("stages"), config.get("sampleRate")
    if not isinstance(stages, list) or isinstance(rate, bool) or not isinstance(rate, int):
        return config
    out = {**config, "stages": [copy.deepcopy(stage) for stage in stages]}
    for index, (entry, at) in enumerate(zip(out["stages"], rates(config), strict=True), 1):
        if (
            isinstance(entry, dict)
            and entry.get("type") == "biquad"
            and {"design", "sos"} & set(entry)
        ):
            _fill(entry, float(at), f"stage {index} (biquad)")
    return out


def _fill(entry: dict, rate: float, where: str) -> None:
    sections = design(entry, rate, where)
    if entry.setdefault("sections", sections) != sections:
        key = "design" if "design" in entry else "sos"
        raise ValueError(
            f"{where}: sections are not those of {key} {entry[key]!r} at {rate:g} Hz: "
            f"mote pipeline design FILE makes them anew"
        )


def response(sections: list[list[int]], rate: float, n: int = 512) -> tuple[np.ndarray, np.ndarray]:
    """n frequencies in Hz from 0 to half the rate, and the complex gain of the integer sections there."""
    frequencies = np.linspace(0, rate / 2, n)
    return frequencies, _gains(real(sections), frequencies / rate * (2 * np.pi)).prod(axis=0)
