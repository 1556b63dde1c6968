# SPDX-License-Identifier: Apache-2.0
"""`mote replay`: a recording through a pipeline, decisions as they come."""

from __future__ import annotations

from typing import Any

import click

from ..options import Request, verb


@verb(target=True, board=True)
@click.argument("pipeline", type=click.Path())
@click.argument("recording", type=click.Path())
@click.option("--model", metavar="FILE", help="A model instead of the pipeline's own.")
@click.option("--block", default=512, show_default=True, type=click.IntRange(1, 16384),
              help="Samples handed over at a time.")  # fmt: skip
def command(request: Request, pipeline: str, recording: str, model: str | None, block: int) -> None:
    """Stream RECORDING (16-bit mono WAV) through PIPELINE and print its decisions.

    With --json one document at the end, with every score, and checksums to compare boards by.
    """
    from .. import output, replay
    from ..transport import open_board

    target = request.target()
    job = replay.prepare(pipeline, recording, model, block)
    screen = None if request.json else output.console()

    def tell(kind: str, row: dict[str, Any]) -> None:
        if screen and kind == "decision":
            screen.print(decision_line(row))
            screen.file.flush()

    if target.kind == "host":
        account, emulated = replay.on_host(job, tell), False
    else:
        with open_board(request) as board:
            build = request.settings.get("build")
            files = (job.model_bytes, job.model, job.config, job.pipeline)
            replay.ready_board(board, target.kind, build, *files)
            request.note("replaying ...")
            account, emulated = replay.on_board(board, job, tell), board.emulated
    document = {
        "schema": request.schema,
        **replay.as_json(job, account, target.kind, emulated),
    }
    request.emit(document, lambda console: console.print(summary(document), highlight=False))


def decision_line(row: dict[str, Any]) -> str:
    """'  980 ms  yes  0.96'"""
    return f"{row['time_ms']:7} ms  [bold]{row['label']}[/bold]  {row['score']:.2f}"


def summary(document: dict[str, Any]) -> str:
    """What was replayed, how fast, and the checksums."""
    from ..output import plural

    times = document["latency_us"]
    label = {"host": "this computer", "sim": "virtual Pico", "device": "board"}[document["target"]]
    label += ", emulated time" if document["emulated"] else ""
    decided = document["decisions"]
    count = plural(len(decided), "decision") if decided else "no decision"
    frames = plural(document["frames"], "frame")
    return (
        f"{count} in {document['duration_ms'] / 1000:.2f} s of sound, {frames}, "
        f"{plural(len(document['inferences']), 'inference')}{too_short(document)}\n"
        f"  features {micro(times['features']['mean'])} a frame, "
        f"inference {micro(times['inference']['mean'])} ({label})\n"
        f"  CRC-32 features {document['crc32']['features']}, scores {document['crc32']['scores']}"
    )


def too_short(document: dict[str, Any]) -> str:
    """Says so where the recording gave the model nothing to decide on."""
    if not document["frames"]:
        return f"\n  the recording is shorter than one window of {document['window']} samples"
    return "" if document["inferences"] else "\n  the recording is too short for one inference"


def micro(value: int | None) -> str:
    """Microseconds as milliseconds."""
    return "-" if value is None else f"{value / 1000:.2f} ms"
