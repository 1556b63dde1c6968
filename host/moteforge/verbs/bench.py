# SPDX-License-Identifier: Apache-2.0
"""`mote bench`: cycles of a model on an emulated processor, operator by operator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..options import Request, verb


@verb()
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--cpu", default="cortex-m0plus", show_default=True, metavar="NAME",
              help="cortex-m0plus, or instructions alone of cortex-m4 or rv32imc.")  # fmt: skip
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0, 2**32 - 1),
              help="Of the random input.")  # fmt: skip
@click.option("--functions", is_flag=True, help="Also list the functions that take the time.")
def command(request: Request, model: Path, cpu: str, seed: int, functions: bool) -> None:
    """Measure MODEL on an emulated processor and compare its output with this computer's."""
    from ..modelfile import open_model

    _, data = open_model(model)
    from ..bench.measure import bench_model

    request.note(f"running {model.name} on an emulated {cpu} ...")
    result = bench_model(data, cpu, seed, functions)
    document = {"schema": request.schema, "model": str(model), "emulated": True, **result}
    request.emit(document, lambda console: show(console, model.name, result))


def count(value: int | None) -> str:
    """A count with separators, "-" where it is not modelled."""
    return "-" if value is None else f"{value:,}"


def show(console: Any, name: str, result: dict[str, Any]) -> None:
    """The totals, then a line an operator and a function."""
    cycles = f"{count(result['cycles'])} cycles, " if result["cycles"] else ""
    console.print(f"[bold]{name}[/bold] on {result['cpu']} ({result['method']})")
    console.print(f"  {cycles}{count(result['instructions'])} instructions for one inference")
    console.print(
        f"  arena {count(result['arena_bytes'])} B, state {count(result['state_bytes'])} B, "
        f"stack {count(max(result['stack_bytes'], result['stack_open_bytes']))} B; "
        "the output is this computer's, byte for byte"
    )
    console.print(operator_table(console, result))
    if "functions" in result:
        console.print(function_table(console, result))


def operator_table(console: Any, result: dict[str, Any]) -> Any:
    """Index, name, counts, and cycles (or instructions) a multiply-accumulate."""
    from ..output import table

    columns = ("#", "OPERATOR", "CYCLES", "INSTRUCTIONS", "MAC", "A MAC")
    rows = table(console.is_terminal, *columns, numbers=(*columns[:1], *columns[2:]))
    for row in result["operators"]:
        spent = row["instructions"] if row["cycles"] is None else row["cycles"]
        each = f"{spent / row['macs']:.1f}" if row["macs"] else "-"
        rows.add_row(str(row["index"]), row["name"], count(row["cycles"]),
                     count(row["instructions"]), count(row["macs"] or None), each)  # fmt: skip
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
