# SPDX-License-Identifier: Apache-2.0
"""A plan as one HTML page: which tensor occupies which bytes of the arena at which operator.

The page needs nothing but itself: no script, no font, no reference to anywhere; light and dark.
"""

from __future__ import annotations

from html import escape
from typing import Any

from .plan import alive, label, short

LEFT, TOP, BOTTOM, RIGHT = 96, 30, 170, 16  # margins of the drawing, in its own units
HEIGHT = 420  # of the arena
COLUMN = (26, 72)  # least and most width of an operator
WIDTH = 1040  # aimed at
HUES = (212, 158, 32, 280, 355, 190, 88, 320)
STEPS = 5  # labelled heights
NAME = 30  # most characters of an operator's label
CHARACTER = 7.0  # width of one, at the size of labels

# Of every page: colours, light and dark, text and tables.
THEME = """
:root { color-scheme: light dark; --ink: #1c2330; --dim: #5d6678; --paper: #ffffff; --line: #d5dae3;
  --fill: 62%; --edge: 40%; --sat: 55%; --mark: #c4314b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9f0; --dim: #9aa4b8; --paper: #14181f;
  --line: #303846; --fill: 34%; --edge: 62%; --sat: 42%; --mark: #ff7d90; } }
body { background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; margin: 2rem; }
h1 { font-size: 1.3rem; margin: 0; } p { margin: .3rem 0; max-width: 60rem; color: var(--dim); }
p strong { color: var(--ink); } .scroll { overflow-x: auto; }
svg { display: block; margin: 1.2rem 0; } svg text { fill: var(--dim); font-size: 11px; }
svg line { stroke: var(--line); } svg .inside { fill: var(--ink); pointer-events: none; }
table { border-collapse: collapse; font-size: 13px; } th, td { padding: .2rem .8rem .2rem 0; text-align: left;
  border-bottom: 1px solid var(--line); } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
"""
STYLE = """
svg .mark { fill: var(--mark); font-weight: 600; }
svg .band { fill: none; stroke: var(--mark); stroke-width: 2; stroke-dasharray: 6 4; pointer-events: none; }
svg .place { stroke-width: 1; } svg .place:hover { stroke-width: 3; } svg .kept { stroke-dasharray: 5 3; }
tr.peak td { color: var(--mark); }
"""


def page(plan: dict[str, Any], title: str) -> str:
    """The whole page for a plan of plan.describe."""
    body = f'<h1>{text(title)}</h1>\n{summary(plan)}<div class="scroll">\n{drawing(plan)}</div>\n'
    return document(f"{title}: arena", STYLE, body + table(plan))


def document(title: str, style: str, body: str) -> str:
    """A whole page in the house's style; style: what it has beside THEME and the hues."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{text(title)}</title>\n<style>{shades()}{THEME}{style}</style>\n</head>\n"
        f"<body>\n{body}</body>\n</html>\n"
    )


def text(value: Any) -> str:
    """Safe text; a tensor's name may hold anything."""
    return escape("".join(c if c.isprintable() else "\ufffd" for c in str(value)))


def shades() -> str:
    """A class for each hue, whose lightness follows the page's."""
    return "".join(
        f"\n.h{n} {{ fill: hsl({hue} var(--sat) var(--fill)); stroke: hsl({hue} var(--sat) var(--edge)); }}"
        for n, hue in enumerate(HUES)
    )


def summary(plan: dict[str, Any]) -> str:
    """What the arena takes and what sets it."""
    peak = plan["peak"]
    if peak is None:
        return "<p>This model has no operators.</p>\n"
    names = ", ".join(text(short(plan["places"][i]["name"])) for i in peak["places"])
    unused = f" {plan['unused_bytes']:,} B are free even then." if plan["unused_bytes"] else ""
    return (
        f"<p>The arena has <strong>{plan['bytes']:,} B</strong> of activations. "
        f"Operator {peak['operator']}, <strong>{text(peak['name'])}</strong>, sets the peak: "
        f"{peak['bytes']:,} B are alive while it runs.{unused}</p>\n<p>Alive there: {names}.</p>\n"
        "<p>Across: operators in order of execution. Upward: addresses in the arena. "
        "Point at a block for its tensor.</p>\n"
    )


class Scale:
    """From operators and bytes to the drawing's units."""

    def __init__(self, plan: dict[str, Any]):
        self.columns = len(plan["operators"]) + 1  # the last one: after the run
        self.column = min(max(WIDTH / self.columns, COLUMN[0]), COLUMN[1])
        self.bytes = max(plan["bytes"], 1)
        self.width = LEFT + self.columns * self.column + RIGHT
        self.height = TOP + HEIGHT + BOTTOM

    def x(self, operator: int) -> float:
        """The left edge of an operator's column."""
        return round(LEFT + operator * self.column, 1)

    def y(self, offset: int) -> float:
        """The height of an address."""
        return round(TOP + HEIGHT * (1 - offset / self.bytes), 1)


def drawing(plan: dict[str, Any]) -> str:
    """The picture as inline SVG."""
    scale = Scale(plan)
    parts = [
        f'<svg role="img" aria-label="Arena over time" width="{scale.width:.0f}" '
        f'height="{scale.height}" viewBox="0 0 {scale.width:.0f} {scale.height}">'
    ]
    parts += heights(scale) + operators(plan, scale)
    own = [(index, place) for index, place in enumerate(plan["places"]) if place["shares"] is None]
    for index, place in own:
        parts += block(plan, index, place, scale)
    parts += peak_band(plan, scale)
    return "\n".join([*parts, "</svg>\n"])


def heights(scale: Scale) -> list[str]:
    """Lines across with their addresses."""
    rows = []
    for step in range(STEPS):
        offset = scale.bytes * step // (STEPS - 1)
        y = scale.y(offset)
        rows.append(f'<line x1="{LEFT}" x2="{scale.x(scale.columns)}" y1="{y}" y2="{y}"/>')
        rows.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{offset:,} B</text>')
    return rows


def operators(plan: dict[str, Any], scale: Scale) -> list[str]:
    """The names below their columns."""
    peak = plan["peak"]
    rows = []
    for index, name in enumerate([*plan["operators"], "after the run"]):
        x, y = scale.x(index) + scale.column / 2, TOP + HEIGHT + 14
        mark = ' class="mark"' if peak and index == peak["operator"] else ""
        words = f"{index} {name}" if index < len(plan["operators"]) else name
        rows.append(
            f'<text{mark} x="{x:.1f}" y="{y}" text-anchor="end" '
            f'transform="rotate(-55 {x:.1f} {y})">{text(short(words, NAME))}</text>'
        )
    return rows


def peak_band(plan: dict[str, Any], scale: Scale) -> list[str]:
    """A frame around the column of the peak, and the bytes alive in it."""
    peak = plan["peak"]
    if peak is None:
        return []
    x, middle = scale.x(peak["operator"]), scale.x(peak["operator"]) + scale.column / 2
    return [
        f'<rect class="band" x="{x}" y="{TOP}" width="{scale.column:.1f}" height="{HEIGHT}"/>',
        f'<text class="mark" x="{max(middle, LEFT + 60):.1f}" y="{TOP - 10}" text-anchor="middle">'
        f"peak {peak['bytes']:,} B</text>",
    ]


def block(plan: dict[str, Any], index: int, place: dict[str, Any], scale: Scale) -> list[str]:
    """A place as a rectangle from its first to its last operator, with its story on hovering."""
    x, right = scale.x(place["first"]), scale.x(min(place["last"] + 1, scale.columns))
    y, height = scale.y(place["offset"] + place["placed_bytes"]), 0.0
    height = max(scale.y(place["offset"]) - y, 1.0)
    kept = " kept" if place["kind"] in ("state", "variable") else ""
    rows = [
        f'<rect class="place h{index % len(HUES)}{kept}" x="{x}" y="{y}" '
        f'width="{right - x:.1f}" height="{height:.1f}"><title>{story(plan, index)}</title></rect>'
    ]
    room = int((right - x - 8) / CHARACTER)
    if height >= 14 and room >= 5:
        words = short(place["name"], room)
        rows.append(
            f'<text class="inside" x="{x + 4:.1f}" y="{y + height / 2 + 4:.1f}">{text(words)}</text>'
        )
    return rows


def story(plan: dict[str, Any], index: int) -> str:
    """All about a place, a fact a line."""
    place, names = plan["places"][index], plan["operators"]
    lines = [place["name"]]
    if place["dtype"]:
        lines.append(f"{place['dtype']} {'x'.join(map(str, place['shape']))}")
    end = place["offset"] + place["placed_bytes"]
    lines.append(f"{place['bytes']:,} B at {place['offset']:,} to {end:,}")
    lines.append(
        f"kept from operator {label(place['first'], names)} to {label(place['last'], names)}"
    )
    sharing = [p["name"] for p in plan["places"] if p["shares"] == place["tensor"] is not None]
    lines += [f"also: {name}" for name in sharing]
    if plan["peak"] and alive(place, plan["peak"]["operator"]):
        lines.append("alive at the peak")
    return text_lines(lines)


def text_lines(lines: list[str]) -> str:
    """Safe lines."""
    return "&#10;".join(text(line) for line in lines)


def table(plan: dict[str, Any]) -> str:
    """The same plan as a table; the tensors of the peak are marked."""
    at_peak = set(plan["peak"]["places"]) if plan["peak"] else set()
    names = plan["operators"]
    rows = []
    for index, place in enumerate(plan["places"]):
        mark = ' class="peak"' if index in at_peak else ""
        numbers = (f"{place['bytes']:,}", f"{place['offset']:,}", label(place["first"], names),
                   label(place["last"], names))  # fmt: skip
        cells = "".join(f'<td class="n">{value}</td>' for value in numbers)
        rows.append(
            f'<tr{mark}><td title="{text(place["name"])}">{text(short(place["name"]))}</td>{cells}</tr>'
        )
    head = "".join(f'<th class="n">{name}</th>' for name in ("bytes", "offset", "first", "last"))
    return f"<table>\n<tr><th>tensor</th>{head}</tr>\n" + "\n".join(rows) + "\n</table>\n"
