# SPDX-License-Identifier: Apache-2.0
"""A plan as one HTML page: the chain as blocks with what flows between them, and what its filters let through.

The page needs nothing but itself: no script, no font, no reference to anywhere; light and dark.
"""

from __future__ import annotations

from typing import Any

from ..picture import HUES, document, text
from .check import Examined
from .plotting import figure
from .responses import Plot, plots
from .words import count, frame_text, gives, load_text, memory_text, parameters_text

BLOCK, GAP = 34, 26  # heights of a block and of what flows to the next one
NAME, BAR, WIDTH = 190, 300, 900  # widths of a block, of the longest bar, of the drawing
LEFT = 92  # of the blocks; the places' names stand before them
HUE = {"stream": 0, "window": 1, "frame": 2}

STYLE = """
h2 { font-size: 1.05rem; margin: 1.6rem 0 .2rem; } figure { margin: 1rem 0; } figcaption { font-weight: 600; }
figure svg { margin: .2rem 0; } .plots { display: flex; flex-wrap: wrap; gap: 0 2rem; }
svg .block { stroke-width: 1; } svg .name { fill: var(--ink); font-size: 13px; font-weight: 600; }
svg .flow { stroke: var(--dim); } svg .bar { stroke-width: 0; opacity: .75; }
svg .curve { fill: none; stroke-width: 1.6; stroke-linejoin: round; }
svg line.mark { stroke: var(--mark); stroke-dasharray: 5 3; } svg text.mark { fill: var(--mark); }
"""


def page(found: Examined, plan: dict[str, Any]) -> str:
    """The whole page for a plan of plan.describe."""
    name = plan["name"] or found.path.name
    drawn = list(plots(found))
    pictures = "".join(map(figure, drawn))
    body = (
        f"<h1>{text(name)}</h1>\n{summary(plan)}"
        f'<h2>The chain</h2>\n<div class="scroll">\n{drawing(plan, drawn)}</div>\n'
        + (f'<h2>Filters</h2>\n<div class="plots">\n{pictures}</div>\n' if drawn else "")
        + f"<h2>Figures</h2>\n{table(plan)}"
    )
    return document(f"{name}: signal chain", STYLE + strokes(), body)


def strokes() -> str:
    """A colour for each curve, whose lightness follows the page's."""
    return "".join(
        f"\n.c{n} {{ stroke: hsl({hue} var(--sat) var(--edge)); }}" for n, hue in enumerate(HUES)
    )


def summary(plan: dict[str, Any]) -> str:
    """Rates, memory and time in sentences."""
    chain = plan["chain"]
    channels = f"{chain['channels']} channels" if chain["channels"] > 1 else "1 channel"
    lines = [
        f"{chain['sample_rate']:,} samples a second, {channels}; windows of {chain['window_ms']:g} ms "
        f"every {chain['hop_ms']:g} ms; frames of {chain['values']:,} {chain['kind']} values.".replace(
            "values values", "values"
        ),
        " ".join(memory_text(plan)),
        " ".join(load_text(plan)),
    ]
    return "".join(f"<p>{text(line)}</p>\n" for line in lines)


# ---- The chain ----


def drawing(plan: dict[str, Any], drawn: list[Plot]) -> str:
    """The chain from top to bottom as inline SVG."""
    rows = plan["stages"]
    height = len(rows) * (BLOCK + GAP) + 30
    most = max((row["cycles"] or 0 for row in rows), default=0)
    parts = [
        f'<svg role="img" aria-label="The stages in order" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}">'
    ]
    have = {plot.stage for plot in drawn}
    for row in rows:
        parts += block(row, row["index"] in have) + flow(row) + bar(row, most)
    parts += brackets(rows) + ending(plan)
    return "\n".join([*parts, "</svg>\n"])


def ending(plan: dict[str, Any]) -> list[str]:
    """What the last arrow points to."""
    y = top(plan["stages"][-1]) + BLOCK + GAP + 16
    words = f"frame: {frame_text(plan)}"
    return [
        f'<text class="inside" x="{LEFT + NAME / 2}" y="{y}" text-anchor="middle">{words}</text>'
    ]


def top(row: dict[str, Any]) -> int:
    """The upper edge of a stage's block."""
    return 4 + row["index"] * (BLOCK + GAP)


def block(row: dict[str, Any], has_plot: bool) -> list[str]:
    """A stage, its parameters on hovering; a link to its plot where it has one."""
    y, hue = top(row), HUE[row["place"]]
    title = f"<title>{text(parameters_text(row) or row['type'])}</title>"
    drawn = (
        f'<rect class="block h{hue}" x="{LEFT}" y="{y}" width="{NAME}" height="{BLOCK}" rx="5">{title}</rect>'
        f'<text class="name inside" x="{LEFT + 10}" y="{y + 22}">{row["index"]} {text(row["type"])}</text>'
    )
    return [f'<a href="#plot{row["index"]}">{drawn}</a>' if has_plot else drawn]


def flow(row: dict[str, Any]) -> list[str]:
    """The arrow to the next stage, and what flows there."""
    x, y = LEFT + NAME / 2, top(row) + BLOCK
    end = y + GAP
    return [
        f'<line class="flow" x1="{x}" x2="{x}" y1="{y}" y2="{end}"/>',
        f'<path class="flow" fill="none" d="M{x - 4},{end - 6} {x},{end} {x + 4},{end - 6}"/>',
        f'<text x="{x + 10}" y="{y + 17}">{text(gives(row))}</text>',
    ]


def bar(row: dict[str, Any], most: int) -> list[str]:
    """Cycles as a bar, and all figures beside it."""
    x, y = LEFT + NAME + 16, top(row)
    spent = row["cycles"]
    facts = [f"{count(spent)} cycles"] if spent is not None else []
    if row["state_bytes"] or row["tables_bytes"]:
        facts.append(f"{row['state_bytes']:,} B of state, {row['tables_bytes']:,} B of tables")
    width = round(BAR * max(spent, 0) / most, 1) if spent and most else 0
    return [
        f'<rect class="bar h{HUE[row["place"]]}" x="{x}" y="{y + 5}" width="{width}" height="{BLOCK - 10}"/>',
        f'<text x="{x + width + 8}" y="{y + 21}">{text("; ".join(facts))}</text>',
    ]


def brackets(rows: list[dict[str, Any]]) -> list[str]:
    """The places to the left of their stages: of the stream, of a window, of the whole frame."""
    parts = []
    for place in HUE:
        inside = [row for row in rows if row["place"] == place]
        if inside:
            low, high = top(inside[0]), top(inside[-1]) + BLOCK
            parts.append(
                f'<line class="flow" x1="{LEFT - 12}" x2="{LEFT - 12}" y1="{low}" y2="{high}"/>'
                f'<text x="{LEFT - 20}" y="{(low + high) / 2 + 4}" text-anchor="end">{place}</text>'
            )
    return parts


def table(plan: dict[str, Any]) -> str:
    """The same as a table."""
    names = ("stage", "gives", "parameters")
    numbers = ("state, B", "tables, B", "cycles a frame")
    head = "".join(f"<th>{n}</th>" for n in names) + "".join(
        f'<th class="n">{n}</th>' for n in numbers
    )
    rows = []
    for row in plan["stages"]:
        words = (f"{row['index']} {row['type']}", gives(row), parameters_text(row))
        figures = (row["state_bytes"], row["tables_bytes"], row["cycles"])
        cells = "".join(f"<td>{text(word)}</td>" for word in words)
        rows.append(cells + "".join(f'<td class="n">{count(value)}</td>' for value in figures))
    return (
        f"<table>\n<tr>{head}</tr>\n" + "".join(f"<tr>{row}</tr>\n" for row in rows) + "</table>\n"
    )
