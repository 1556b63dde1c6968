# SPDX-License-Identifier: Apache-2.0
"""Plots as inline SVG: axes with round numbers, a grid, one path a curve."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..picture import HUES, text
from .responses import Plot

WIDTH, HEIGHT = 620, 250
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 14, 44
STEPS = (1, 2, 5)
MOST_STEPS = 8


def round_steps(low: float, high: float) -> list[float]:
    """Round numbers in [low, high], at most MOST_STEPS of them."""
    step = 10.0 ** math.floor(math.log10((high - low) / MOST_STEPS))
    step *= next(n for n in (*STEPS, 10) if step * n * MOST_STEPS >= high - low)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [n * step for n in range(first, last + 1)]


def decades(low: float, high: float) -> list[float]:
    """1, 2, 5, 10, 20 ... in [low, high]."""
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    values = [n * 10.0**e for e in exponents for n in STEPS]
    return [v for v in values if low * (1 - 1e-9) <= v <= high * (1 + 1e-9)]


def limits(plot: Plot) -> tuple[float, float, float, float]:
    """Least and most of x and y."""
    x = np.concatenate([curve.x for curve in plot.curves])
    y = np.concatenate([curve.y for curve in plot.curves])
    low, high = float(y.min()), float(y.max())
    if plot.y_label.endswith("dB"):
        low, high = min(max(low, high - 100), high - 6) - 2, high + 4
    else:
        low, high = min(low, 0.0), high * 1.05 or 1.0
    return float(x.min()), float(x.max()) or 1.0, low, high


class Axes:
    """From values to the drawing's units."""

    def __init__(self, plot: Plot):
        self.low, self.high, self.bottom, self.top = limits(plot)
        self.scale: Callable[[float], float] = math.log10 if plot.logarithmic else float
        self.x_steps = (decades if plot.logarithmic else round_steps)(self.low, self.high)
        self.y_steps = round_steps(self.bottom, self.top)

    def x(self, value: float) -> float:
        """Across."""
        low, high = self.scale(self.low), self.scale(self.high)
        part = (self.scale(value) - low) / (high - low)
        return round(LEFT + part * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        """Down; values below the axis lie on it."""
        part = (max(value, self.bottom) - self.bottom) / (self.top - self.bottom)
        return round(HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM), 1)


def figure(plot: Plot) -> str:
    """One plot with its title."""
    axes = Axes(plot)
    parts = [
        f'<svg role="img" aria-label="{text(plot.title)}" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}">'
    ]
    parts += grid(plot, axes) + marks(plot, axes)
    parts += [curve(plot, axes, number) for number in range(len(plot.curves))]
    caption = f"<figcaption>{plot.stage}: {text(plot.title)}</figcaption>"
    return "\n".join([f'<figure id="plot{plot.stage}">{caption}', *parts, "</svg></figure>\n"])


def number_text(value: float) -> str:
    """An axis's number."""
    return f"{value:,.6g}" if abs(value) > 1e-9 else "0"


def grid(plot: Plot, axes: Axes) -> list[str]:
    """Lines with their numbers, and what the axes are."""
    left, right, bottom = LEFT, WIDTH - RIGHT, HEIGHT - BOTTOM
    rows = []
    for value in axes.y_steps:
        y = axes.y(value)
        rows.append(f'<line x1="{left}" x2="{right}" y1="{y}" y2="{y}"/>')
        rows.append(
            f'<text x="{left - 6}" y="{y + 4}" text-anchor="end">{number_text(value)}</text>'
        )
    for value in axes.x_steps:
        x = axes.x(value)
        rows.append(f'<line x1="{x}" x2="{x}" y1="{TOP}" y2="{bottom}"/>')
        rows.append(
            f'<text x="{x}" y="{bottom + 16}" text-anchor="middle">{number_text(value)}</text>'
        )
    middle = (TOP + bottom) / 2
    rows.append(
        f'<text x="{(left + right) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{plot.x_label}</text>'
    )
    rows.append(
        f'<text x="14" y="{middle}" text-anchor="middle" transform="rotate(-90 14 {middle})">'
        f"{plot.y_label}</text>"
    )
    return rows


def marks(plot: Plot, axes: Axes) -> list[str]:
    """Vertical lines with their names."""
    rows = []
    for value, name in plot.marks:
        if axes.low <= value <= axes.high:
            x = axes.x(value)
            rows.append(f'<line class="mark" x1="{x}" x2="{x}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>')
            end = x > WIDTH - 150
            rows.append(
                f'<text class="mark" x="{x - 5 if end else x + 5}" y="{TOP + 12}" '
                f'text-anchor="{"end" if end else "start"}">{text(name)}</text>'
            )
    return rows


def curve(plot: Plot, axes: Axes, number: int) -> str:
    """One path; its name on hovering."""
    line = plot.curves[number]
    points = " ".join(f"{axes.x(x)},{axes.y(y)}" for x, y in zip(line.x, line.y, strict=True))
    title = f"<title>{text(line.label)}</title>" if line.label else ""
    return f'<path class="curve c{number % len(HUES)}" d="M{points}">{title}</path>'
