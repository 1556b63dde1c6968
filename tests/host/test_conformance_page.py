# SPDX-License-Identifier: Apache-2.0
"""docs/CONFORMANCE.md shows what was counted, and what was not."""

import pytest
from moteforge.bench import conformance
from moteforge.errors import MoteError

COUNTS = {
    "PC": {
        "ADD int8": {"models": 500, "outputs": 41000, "differences": 0},
        "CAST int8": {"models": 500, "outputs": 1000, "differences": 12},
    },
    "rv32imc": {"ADD int8": {"models": 50, "outputs": 4100, "differences": 0}},
}


def row(page: str, first: str) -> list[str]:
    """The cells of the row that begins so."""
    (line,) = (line for line in page.splitlines() if line.startswith(f"| {first} |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_places_are_summed_and_missing_ones_said():
    page = conformance.render(COUNTS, "0123")
    assert row(page, "PC, against TFLM")[1:] == ["2", "1,000", "42,000", "**12**"]
    assert row(page, "RV32, emulated")[1:] == ["1", "50", "4,100", "0"]
    assert row(page, "Cortex-M4, emulated")[1:] == ["not measured", "-", "-", "-"]
    assert "of core 0123" in " ".join(page.split())


def test_operators_have_a_row_each_and_a_column_for_every_place():
    page = conformance.render(COUNTS, "0123")
    assert row(page, "ADD")[1:] == ["int8", "500 / 41,000 / 0", "-", "-", "-", "50 / 4,100 / 0"]
    assert row(page, "CAST")[1:] == ["int8", "500 / 1,000 / **12**", "-", "-", "-", "-"]
    tables = [line for line in page.splitlines() if line.startswith("|")]
    head = tables.index(next(line for line in tables if line.startswith("| operator | type")))
    assert len({line.count("|") for line in tables[head:]}) == 1


@pytest.mark.parametrize("text", [None, "", "{"])
def test_nothing_counted_is_an_error(tmp_path, text):
    path = tmp_path / "conformance.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(MoteError, match="nothing was counted"):
        conformance.read_counts(path)
