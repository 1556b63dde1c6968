# SPDX-License-Identifier: Apache-2.0
"""The table of operators in docs/OPERATORS.md, from native/src/operators.def and the random models of the tests.

    python tests/native/operator_table.py

brings the table up to date. Its last column is written by hand there, and kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from operators import GENERATORS

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs/OPERATORS.md"
LIST = ROOT / "native/src/operators.def"
BEGIN, END = "<!-- operators -->\n", "<!-- end of operators -->\n"
HEAD = "| operator | group | types compared with TFLM | limits |\n|---|---|---|---|\n"


@dataclass
class Operator:
    """A row of operators.def. text: what a file calls it."""

    name: str
    text: str
    group: str
    flags: list[str]
    section: str

    def types(self) -> list[str]:
        """What the random models cover, without the operator's name."""
        start = self.text + " "
        return [name[len(start) :] for name in GENERATORS if name.startswith(start)]


def operators() -> list[Operator]:
    """All of them, in the list's order."""
    found, section = [], ""
    row = re.compile(r'MOTE_(?:OPERATOR|CUSTOM)\((\w+), \d+, (\w+), ([^,]+), \w+(?:, "(\w+)")?\)')
    for line in LIST.read_text().split("#endif")[-1].splitlines():
        if comment := re.fullmatch(r"/\* (.+) \*/", line):
            section = comment[1]
        elif match := row.fullmatch(line):
            name, group, flags, text = match.groups()
            found.append(Operator(name, text or name, group, flags.split(" | "), section))
    return found


def further(kind: str) -> set[str]:
    """Names with a kernel of their own for a type: kind is INT16 or FLOAT."""
    return set(re.findall(rf"^MOTE_{kind}\((\w+), \w+\)$", LIST.read_text(), re.MULTILINE))


def remarks(document: str) -> dict[str, str]:
    """The last column by operator."""
    rows = re.findall(r"^\| (\w+) \|[^|]*\|[^|]*\|([^|]*)\|$", document, re.MULTILINE)
    return {name: text.strip() for name, text in rows if name != "operator"}


def render(document: str) -> str:
    """The document with its table brought up to date."""
    kept, lines, section = remarks(document), [], ""
    for operator in operators():
        if operator.section != section:
            section = operator.section
            lines.append(f"\n### {section}\n\n{HEAD}")
        cells = [operator.text, operator.group.lower(), "; ".join(operator.types())]
        lines.append("| " + " | ".join([*cells, kept.get(operator.text, "")]) + " |\n")
    before, rest = document.split(BEGIN)
    return before + BEGIN + "".join(lines) + END + rest.split(END)[1]


if __name__ == "__main__":
    DOCUMENT.write_text(render(DOCUMENT.read_text()))
