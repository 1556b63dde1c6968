# SPDX-License-Identifier: Apache-2.0
"""`mote pipeline`: a pipeline file before it goes to a board: its schema, what is wrong with it, what it costs."""

from __future__ import annotations

import json
from typing import Any

import click

from ..options import Request, verb

EXAMPLES = """Examples:

  mote pipeline check keyword.pipeline.json --board rpi_pico

  mote pipeline plan keyword.pipeline.json --html chain.html

Every command takes --json."""
CHECK = """Examples:

  mote pipeline check keyword.pipeline.json

  mote pipeline check keyword.pipeline.json --board rpi_pico --json"""
PLAN = """Examples:

  mote pipeline plan keyword.pipeline.json

  mote pipeline plan keyword.pipeline.json --html chain.html --board rpi_pico_w

Cycles are those of an emulated Cortex-M0+, and a share is given of boards that have one."""
DESIGN = """Examples:

  mote pipeline design motion.pipeline.json

  mote pipeline design motion.pipeline.json -o designed.pipeline.json"""
SCHEMA = """Example:

  mote pipeline schema -o pipeline.schema.json"""


@click.group(epilog=EXAMPLES)
def command() -> None:
    """Check and plan a signal chain: a *.pipeline.json file.

    docs/CHAIN.md has its stages and keys.
    """


def out_option(text: str) -> Any:
    """-o FILE."""
    return click.option("-o", "--output", metavar="FILE", help=text)


MODEL_OPTION = click.option("--model", metavar="FILE", help="A model instead of the file's own.")


# ---- schema


@verb(name="pipeline schema", epilog=SCHEMA)
@out_option("Write it there, instead of to stdout.")
def schema(request: Request, output: str | None) -> None:
    """Print the JSON Schema of pipeline files.

    Editors that know it complete keys and mark what is out of range. With --json the same.
    """
    from ..outfile import check_place, replace_file
    from ..output import print_json
    from ..pipeline.model import schema as make

    if output is None:
        print_json(make())
        return
    check_place("--output", output)
    text = json.dumps(make(), indent=2, ensure_ascii=False) + "\n"
    replace_file(output, lambda file: file.write(text.encode("utf-8")))


# ---- check


@verb(name="pipeline check", board=True, epilog=CHECK)
@click.argument("file", type=click.Path())
@MODEL_OPTION
def check(request: Request, file: str, model: str | None) -> None:
    """Check FILE as a board does, and the RAM it takes.

    Whatever a board would refuse is refused here, in the same words. Exit code 4 where it is, or where no board (not
    the one of --board) has enough RAM. A model that the file names and that is not there is left out.
    """
    from ..pipeline.check import examine, report

    document = {"schema": request.schema, **report(examine(file, model), request.board)}
    request.emit(document, lambda console: show_check(console, document))
    if not any(verdict["fits"] for verdict in document["fits"].values()):
        raise click.exceptions.Exit(4)


def show_check(console: Any, document: dict[str, Any]) -> None:
    """The verdict, then what the chain is and needs."""
    from .inspect import board_table, plain

    console.print(f"[bold]{plain(document['pipeline'])}[/bold]")
    if not document["accepted"]:
        console.print(f"[bold red]refused:[/bold red] {plain(document['refusal'])}")
        for row in document["problems"] if len(document["problems"]) > 1 else ():
            console.print(f"  {plain(row['where'])}: {plain(row['problem'])}")
        return
    console.print(f"  chain   {chain_text(document['chain'])}")
    remarks = (
        model_text(document["model"]),
        design_text(document["designed"]),
        "model   none, of which toModel takes its scale: a board wants one"
        if document["stand_in"]
        else None,
    )
    for line in filter(None, remarks):
        console.print(f"  {plain(line)}")
    parts = (f"{name} {count:,}" for name, count in document["memory"].items())
    console.print(f"  memory  {', '.join(parts)} B")
    console.print(board_table(console, document))
    if document["remedy"]:
        console.print(f"[bold red]too large:[/bold red] {plain(document['remedy'])}")


def chain_text(chain: dict[str, Any]) -> str:
    """'8 stages, windows of 30 ms every 20 ms, frames of 40 int8'."""
    from ..output import plural

    kind = "" if chain["kind"] == "values" else f" {chain['kind']}"
    return (
        f"{plural(chain['stages'], 'stage')}, windows of {chain['window_ms']:g} ms every "
        f"{chain['hop_ms']:g} ms, frames of {chain['values']:,}{kind} values"
    )


def model_text(model: dict[str, Any] | None) -> str | None:
    """The model, or that it is not there."""
    if model is None:
        return None
    if "missing" in model:
        return f"model   {model['file']}: {model['missing']}, so what it needs is not counted"
    return f"model   {model['file']}"


def design_text(stages: list[int]) -> str | None:
    """That a board would refuse filters that are only designed."""
    if not stages:
        return None
    some = ", ".join(map(str, stages))
    return f"filter  stage {some}: no sections, which a board wants: mote pipeline design FILE"


# ---- plan


@verb(name="pipeline plan", board=True, epilog=PLAN)
@click.argument("file", type=click.Path())
@MODEL_OPTION
@click.option("--html", metavar="FILE", help="Draw the chain, with the responses of its filters.")
@click.option("--no-cycles", is_flag=True, help="Do not run the chain on the emulated processor.")
def plan(request: Request, file: str, model: str | None, html: str | None, no_cycles: bool) -> None:
    """Show what each stage of FILE gives, keeps and costs.

    Bytes of state and of tables, and cycles of an emulated Cortex-M0+.

    A file that is refused ends with the reason and exit code 4.
    """
    from ..boards import get_board
    from ..outfile import check_place
    from ..pipeline.check import examine, refuse
    from ..pipeline.plan import DEFAULT_BOARD, describe

    board = get_board(request.board or DEFAULT_BOARD)
    found = examine(file, model)
    if html is not None:
        check_place("--html", html, [file])
    refuse(found)
    if not no_cycles:
        request.note("running the chain, stage by stage, on an emulated cortex-m0plus ...")
    document = {"schema": request.schema, **describe(found, board, not no_cycles)}
    if html is not None:
        draw(html, found, document)
    request.emit(document, lambda console: show_plan(console, document))


def draw(path: str, found: Any, document: dict[str, Any]) -> None:
    """Writes the picture of the chain."""
    from ..outfile import replace_file
    from ..pipeline.page import page

    made = page(found, document)
    replace_file(path, lambda file: file.write(made.encode("utf-8", "replace")))


def show_plan(console: Any, document: dict[str, Any]) -> None:
    """The stages, then memory and time of the whole."""
    from ..pipeline.words import load_text, memory_text
    from .inspect import plain

    name = document["name"] or document["pipeline"]
    console.print(f"[bold]{plain(name)}[/bold]  {chain_text(document['chain'])}")
    console.print(stage_table(console, document))
    for title, lines in (("memory", memory_text(document)), ("time", load_text(document))):
        for line in lines:
            console.print(f"  {title:8}{plain(line)}")
            title = ""


def stage_table(console: Any, document: dict[str, Any]) -> Any:
    """A line a stage."""
    from ..output import table
    from ..pipeline.words import count, frame_text, gives, parameters_text
    from .inspect import plain

    columns = ("#", "STAGE", "GIVES", "STATE", "TABLES", "CYCLES", "SHARE", "PARAMETERS")
    rows = table(console.is_terminal, *columns, numbers=(columns[0], *columns[3:7]))
    total = document["cycles"].get("total")
    for row in document["stages"]:
        share = f"{row['cycles'] / total:.0%}" if total and row["cycles"] is not None else "-"
        rows.add_row(str(row["index"]), row["type"], gives(row), count(row["state_bytes"]),
                     count(row["tables_bytes"]), count(row["cycles"]), share,
                     plain(parameters_text(row)))  # fmt: skip
    rows.add_row("", "frame", frame_text(document), "", "", count(total), "", "")
    return rows


# ---- design


@verb(name="pipeline design", dry_run=True, epilog=DESIGN)
@click.argument("file", type=click.Path())
@out_option("Write it there; else FILE itself is replaced.")
def design(request: Request, file: str, output: str | None) -> None:
    """Write the sections of FILE's designed filters into it.

    A filter described as "lowpass 800 Hz" gets integer sections, which a board reads alone. All other keys stay as
    they are, in their order. A design that cannot be, or that 28 fraction bits do not hold, ends with the reason and
    exit code 4.
    """
    from ..outfile import check_place, replace_file
    from ..pipeline.designing import as_text, designed

    if output is not None:
        check_place("--output", output, [file])
    config, rows = designed(file)
    wanted = output is not None or any(row["changed"] for row in rows)
    write = wanted and not request.dry_run
    if write:
        replace_file(output or file, lambda stream: stream.write(as_text(config).encode("utf-8")))
    document = {
        "schema": request.schema,
        "pipeline": file,
        "output": output or file,
        "dry_run": request.dry_run,
        "written": write,
        "filters": rows,
    }
    request.emit(document, lambda console: show_design(console, document))


def show_design(console: Any, document: dict[str, Any]) -> None:
    """A line a filter, and what was written."""
    from ..output import plural
    from .inspect import plain

    for row in document["filters"]:
        what = row["design"] or "sos"
        state = "" if row["changed"] else ", as they were"
        console.print(
            f"stage {row['stage']}  {plain(what)} at {row['rate']:g} Hz: "
            f"{plural(len(row['sections']), 'section')}, arithmetic within "
            f"{row['error_bound']:.1f} of a sample's step{state}"
        )
    if not document["filters"]:
        console.print("no filter here has a design")
    if document["written"]:
        console.print(f"written: {plain(document['output'])}")


for made in (schema, check, plan, design):
    command.add_command(made)
