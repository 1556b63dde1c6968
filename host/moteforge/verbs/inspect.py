# SPDX-License-Identifier: Apache-2.0
"""`mote inspect`: what a model is, what it needs, and which boards hold it."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from ..options import Request, verb

EXAMPLE = "Example:\n\n  mote inspect keyword.tflite --board rpi_pico --html arena.html"


@verb(board=True, epilog=EXAMPLE)
@click.argument("model", type=click.Path())
@click.option("--html", metavar="FILE", help="Draw the arena: which tensor lies where, and when.")
def command(request: Request, model: str, html: str | None) -> None:
    """Report on MODEL: operators, memory and its plan, and the boards that it fits.

    A model that is refused gets the whole report, and exit code 4.
    """
    from ..modelfile import read_file
    from ..outfile import check_place

    data = read_file(model, "model")
    if html is not None:
        check_place("--html", html, [model])
    from ..inspect import inspect

    report = inspect(model, request.board)
    if not data:
        report["refusal"] = "the file is empty"
    if html and report["supported"]:
        draw(html, report)
    request.emit(report, lambda console: show(console, report))
    if not report["supported"]:
        sys.stdout.flush()
        raise click.exceptions.Exit(4)


def draw(path: str, report: dict[str, Any]) -> None:
    """Writes the picture of the arena."""
    from ..outfile import replace_file
    from ..picture import page

    made = page(report["plan"], os.path.basename(report["file"]))
    replace_file(path, lambda file: file.write(made.encode("utf-8", "replace")))


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
        console.print(f"  code    {code_text(report['code'])}")
        console.print(f"  stack   {stack_text(report['stack'])}")
    if report["supported"]:
        console.print(f"  build   modules {' '.join(report['modules'])}, OPS={plain_ops(report)}")
    if report["operators"]:
        console.print(operator_table(console, report))
    if report["supported"]:
        show_plan(console, report["plan"])
        console.print(board_table(console, report))


def code_text(code: dict[str, Any]) -> str:
    """Bytes of code, or why there is no figure."""
    if "missing" in code:
        return code["missing"]
    lacking = f"; without {', '.join(code['unknown'])}" if code["unknown"] else ""
    return (
        f"{code['bytes']:,} B on {code['cpu']}, of it {code['base_bytes']:,} B for every model"
        f"{lacking}{age(code)}"
    )


def stack_text(stack: dict[str, Any]) -> str:
    """Bytes of stack, or why there is no figure."""
    if "missing" in stack:
        return stack["missing"]
    return f"{stack['bytes']:,} B on {stack['cpu']} (emulated){age(stack)}"


def age(measured: dict[str, Any]) -> str:
    """A remark on figures of another core."""
    return "" if measured["current"] else "; measured before the core's sources changed"


def plain_ops(report: dict[str, Any]) -> str:
    """The operators as a shell takes them."""
    return plain('"' + " ".join(report["ops"]) + '"')


def show_plan(console: Any, plan: dict[str, Any]) -> None:
    """What sets the peak, then a line a place in the arena."""
    peak = plan["peak"]
    if peak is None:
        return
    console.print(
        f"peak: operator {peak['operator']} {plain(peak['name'])}, {peak['bytes']:,} B alive of "
        f"{plan['bytes']:,} B; its tensors are marked *"
    )
    console.print(plan_table(console, plan))


def plan_table(console: Any, plan: dict[str, Any]) -> Any:
    """A line a place; first and last are operators."""
    from ..output import table
    from ..plan import label, short

    columns = ("", "BYTES", "OFFSET", "FIRST", "LAST", "IN THE ARENA")
    rows = table(console.is_terminal, *columns, numbers=columns[1:5])
    names, at_peak = plan["operators"], set(plan["peak"]["places"])
    for index, place in enumerate(plan["places"]):
        what = plain(short(place["name"]))
        if place["shares"] is not None:
            what += " (the same bytes)"
        elif place["kind"] in ("variable", "state"):
            what += " (kept between runs)"
        rows.add_row("*" if index in at_peak else "", f"{place['bytes']:,}",
                     f"{place['offset']:,}", label(place["first"], names),
                     label(place["last"], names), what)  # fmt: skip
    return rows


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
    """A line an operator; code is that of the kernel with its helpers, which kernels may share."""
    from ..output import table

    rows = table(
        console.is_terminal, "#", "OPERATOR", "MAC", "CODE", "", numbers=("#", "MAC", "CODE")
    )
    code = {row["name"]: f"{row['bytes']:,}" for row in report["code"].get("operators", ())}
    for operator in report["operators"]:
        verdict = plain(operator["reason"])
        work = f"{operator['macs']:,}" if operator["macs"] else "-"
        size = code.get(operator["choice"], "-")
        code[operator["choice"]] = ""  # only with the first of its kind
        rows.add_row(str(operator["index"]), operator["name"], work, size, verdict)
    return rows


def board_table(console: Any, report: dict[str, Any]) -> Any:
    """A line a board; ~ marks sizes that are estimated."""
    from ..output import table

    rows = table(console.is_terminal, "BOARD", "FITS", "WHY")
    for board_id, verdict in report["fits"].items():
        fits = "yes" if verdict["fits"] else "no"
        if verdict["estimated"]:
            fits = "probably" if verdict["fits"] else "probably not"
        rows.add_row(board_id, fits, plain(verdict["reason"]))
    return rows
