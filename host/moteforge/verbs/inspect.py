# SPDX-License-Identifier: Apache-2.0
"""`mote inspect`: what a model is, what it needs, and which boards hold it."""

from __future__ import annotations

import sys
from typing import Any

import click

from ..options import Request, verb


@verb(board=True)
@click.argument("model", type=click.Path())
def command(request: Request, model: str) -> None:
    """Report on MODEL: operators, memory, and the boards that it fits.

    A model that is refused gets the whole report, and exit code 4.
    """
    from ..modelfile import read_file

    data = read_file(model, "model")
    from ..inspect import inspect

    report = inspect(model, request.board)
    if not data:
        report["refusal"] = "the file is empty"
    request.emit(report, lambda console: show(console, report))
    if not report["supported"]:
        sys.stdout.flush()
        raise click.exceptions.Exit(4)


def show(console: Any, report: dict[str, Any]) -> None:
    """The report for people."""
    from ..output import size

    console.print(f"[bold]{report['file']}[/bold]  {size(report['file_bytes'])}")
    if not report["supported"]:
        console.print(f"[bold red]refused:[/bold red] {plain(report['refusal'])}")
    for kind in ("inputs", "outputs"):
        for tensor in report[kind]:
            console.print(f"  {kind[:-1]:7} {tensor_text(tensor)}")
    if report["supported"]:
        console.print(
            f"  memory  arena {size(report['arena_bytes'])} (activations "
            f"{size(report['activation_bytes'])}, plan {size(report['state_bytes'])}), "
            f"weights {size(report['weights_bytes'])}"
        )
        console.print(f"  work    {report['macs']:,} multiply-accumulates")
    if report["operators"]:
        console.print(operator_table(console, report))
    if report["supported"]:
        console.print(board_table(console, report))


def plain(text: str | None) -> str:
    """Text in which rich sees no markup."""
    from rich.markup import escape

    return escape(text or "")


def tensor_text(tensor: dict[str, Any]) -> str:
    """Name, type, shape and quantization of a tensor."""
    shape = "x".join(str(size) for size in tensor["shape"])
    quantization = f"scale {tensor['scale']:.6g}, zero point {tensor['zero_point']}"
    return f"{plain(tensor['name'])}  {tensor['dtype']} {shape}  {quantization}"


def operator_table(console: Any, report: dict[str, Any]) -> Any:
    """A line an operator."""
    from ..output import table

    rows = table(console.is_terminal, "#", "OPERATOR", "MAC", "", numbers=("#", "MAC"))
    for operator in report["operators"]:
        verdict = plain(operator["reason"])
        work = f"{operator['macs']:,}" if operator["macs"] else "-"
        rows.add_row(str(operator["index"]), operator["name"], work, verdict)
    return rows


def board_table(console: Any, report: dict[str, Any]) -> Any:
    """A line a board."""
    from ..output import table

    rows = table(console.is_terminal, "BOARD", "FITS", "WHY")
    for board_id, verdict in report["fits"].items():
        rows.add_row(board_id, "yes" if verdict["fits"] else "no", plain(verdict["reason"]))
    return rows
