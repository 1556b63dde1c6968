# SPDX-License-Identifier: Apache-2.0
"""`mote bench`: cycles of a model on an emulated processor, operator by operator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..options import Request, verb

EXAMPLE = """Examples:

  mote bench keyword.tflite --board rpi_pico

  mote bench keyword.tflite --cpu rv32imc --json"""


@verb(board=True, epilog=EXAMPLE)
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--cpu", metavar="NAME", show_default="that of --board, or cortex-m0plus",
              help="cortex-m0plus, or instructions alone of cortex-m4, cortex-m33 or rv32imc (rv32).")  # fmt: skip
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0, 2**32 - 1),
              help="Of the random input.")  # fmt: skip
@click.option("--functions", is_flag=True, help="Also list the functions that take the time.")
def command(request: Request, model: Path, cpu: str | None, seed: int, functions: bool) -> None:
    """Measure MODEL on an emulated processor and compare its output with this computer's.

    Cycles are modelled, for zero wait states; milliseconds are those cycles at the clock of --board.
    """
    from ..bench.clock import choose, with_times
    from ..modelfile import open_model

    chosen, board = choose(cpu, request.board)
    _, data = open_model(model)
    from ..bench.measure import bench_model

    request.note(f"running {model.name} on an emulated {chosen.name} ...")
    result = with_times(bench_model(data, chosen.name, seed, functions), board)
    document = {"schema": request.schema, "model": str(model), "emulated": True, **result}
    request.emit(document, lambda console: show(console, model.name, result))


def count(value: int | None) -> str:
    """A count with separators, "-" where it is not modelled."""
    return "-" if value is None else f"{value:,}"


def time_text(result: dict[str, Any]) -> str:
    """Milliseconds, and what they stand on."""
    where = f"{result['clock_hz'] / 1e6:g} MHz of {result['board']}"
    if result["milliseconds"] is not None:
        return f"{result['milliseconds']:.2f} ms at the {where}, modelled"
    ideal = result["ideal_milliseconds"]
    return f"{ideal:.2f} ms at the {where} if every instruction took one cycle; cycles are not modelled"


def show(console: Any, name: str, result: dict[str, Any]) -> None:
    """The totals, then a line an operator and a function."""
    cycles = f"{count(result['cycles'])} cycles, " if result["cycles"] else ""
    console.print(f"[bold]{name}[/bold] on {result['cpu']} ({result['method']})")
    console.print(f"  {cycles}{count(result['instructions'])} instructions for one inference")
    console.print(f"  {time_text(result)}")
    console.print(
        f"  arena {count(result['arena_bytes'])} B, state {count(result['state_bytes'])} B, "
        f"stack {count(max(result['stack_bytes'], result['stack_open_bytes']))} B; "
        "the output is this computer's, byte for byte"
    )
    console.print(operator_table(console, result))
    if "functions" in result:
        console.print(function_table(console, result))


def operator_table(console: Any, result: dict[str, Any]) -> Any:
    """Index, name, counts, time, and cycles (or instructions) a multiply-accumulate."""
    from ..output import table

    ratio = "CYCLES PER MAC" if result["modelled"] else "INSTRUCTIONS PER MAC"
    columns = ("#", "OPERATOR", "CYCLES", "INSTRUCTIONS", "MS", "MAC", ratio)
    rows = table(console.is_terminal, *columns, numbers=(*columns[:1], *columns[2:]))
    for row in result["operators"]:
        spent = row["instructions"] if row["cycles"] is None else row["cycles"]
        each = f"{spent / row['macs']:.1f}" if row["macs"] else "-"
        time = "-" if row["milliseconds"] is None else f"{row['milliseconds']:.2f}"
        rows.add_row(str(row["index"]), row["name"], count(row["cycles"]),
                     count(row["instructions"]), time, count(row["macs"] or None), each)  # fmt: skip
    return rows


def function_table(console: Any, result: dict[str, Any]) -> Any:
    """Name, counts, share of the whole."""
    from ..output import table

    columns = ("FUNCTION", "CYCLES", "INSTRUCTIONS", "SHARE")
    rows = table(console.is_terminal, *columns, numbers=columns[1:])
    total = sum(row["instructions"] for row in result["functions"])
    for row in result["functions"]:
        share = row["instructions"] / total
        rows.add_row(row["name"], count(row["cycles"]), count(row["instructions"]), f"{share:.1%}")
    return rows
