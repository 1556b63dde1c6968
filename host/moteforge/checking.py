# SPDX-License-Identifier: Apache-2.0
"""`mote run --check`: what the command does around check.py."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from . import modelfile, reference
from .check import SCHEMA, Attached, Host, check
from .options import Request
from .output import plural
from .replay import ready_board
from .samples import load_samples, random_samples
from .transport import open_board


def run(request: Request, model: str, inputs: Sequence[str], count: int | None, seed: int) -> None:
    """Compares and reports; Exit(1) where anything differs. count: of random inputs, None: files."""
    opened, data = modelfile.open_model(model)
    samples = load_samples(opened, inputs) if count is None else random_samples(opened, count, seed)
    reference.load()  # before a board is touched
    kind = request.target().kind
    if kind == "host":
        report, emulated = check(opened, data, samples, Host(data)), False
    else:
        with open_board(request) as board:
            ready_board(board, kind, request.settings.get("build"), data, model)
            request.note(f"running {plural(len(samples), 'input')} ...")
            attached = Attached(board, data, model)
            report, emulated = check(opened, data, samples, attached), board.emulated
    document = {
        "schema": SCHEMA,
        "model": model,
        "target": kind,
        "emulated": emulated,
        "seed": None if count is None else seed,
        **report,
    }
    request.emit(document, lambda console: show(console, document))
    if not report["identical"]:
        sys.stdout.flush()
        raise click.exceptions.Exit(1)


def show(console: Any, document: dict[str, Any]) -> None:
    """The verdict; where it is bad, where to look."""
    where = {"host": "this computer", "sim": "virtual Pico", "device": "board"}[document["target"]]
    exact = f"within {document['tolerance']:g}" if document["tolerance"] else "bit for bit"
    verdict = (
        f"[green]identical[/green] {exact}"
        if document["identical"]
        else f"[bold red]{document['differences']:,} differ[/bold red]"
    )
    console.print(
        f"{plural(document['values'], 'value')} of {plural(document['inputs'], 'input')}, {where} against "
        f"TensorFlow Lite Micro ({document['reference']}): {verdict}"
    )
    emulated = " (emulated time)" if document["emulated"] else ""
    console.print(f"  {document['latency_us'] / 1000:.2f} ms an inference{emulated}")
    if document["first"]:
        show_first(console, document["first"], document["operator"])


def show_first(console: Any, first: dict[str, Any], operator: dict[str, Any] | None) -> None:
    """The first output and the first operator that differ."""
    console.print(
        f"  first: input {first['input']}, output {first['output']} ({plain(first['name'])}), "
        f"{values(first)}"
    )
    if operator is None:
        console.print("  run operator by operator, every tensor agrees")
        return
    what = f"operator {operator['index']} {plain(operator['name'])}"
    story = {"output": "computes another", "input": "finds overwritten its input"}
    console.print(
        f"  {what} {story[operator['cause']]} {plain(operator['tensor_name'])}: {values(operator)}"
    )


def values(found: dict[str, Any]) -> str:
    """How many elements differ, and the first of them."""
    return (
        f"{found['differences']:,} of {found['values']:,} values, element {found['element']}: "
        f"have {found['have']}, want {found['want']}"
    )


def plain(text: str) -> str:
    """A tensor's name, short, in which rich sees no markup."""
    from rich.markup import escape

    from .plan import short

    return escape(short(text))
