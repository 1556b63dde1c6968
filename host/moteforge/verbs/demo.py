# SPDX-License-Identifier: Apache-2.0
"""`mote demo`: from a bare board to a recognised keyword, and the same on this computer."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from ..options import Request, verb
from ..settings import Target

RAM_BEFORE = "import gc\ngc.collect()\nprint('#mote', gc.mem_free())"
RAM_AFTER = (
    "import mote\nmote.Model, mote.Ring, mote.Frontend, mote.Pipeline\n"
    "gc.collect()\nprint('#mote', gc.mem_free())"
)


@verb(target=True, host=False)
@click.option("--pipeline", metavar="FILE", help="Pipeline to show [examples/keyword].")
@click.option("--clip", metavar="WAV", help="Recording to replay [examples/keyword/clips].")
def command(request: Request, pipeline: str | None, clip: str | None) -> None:
    """Show it all: install on a virtual Pico, replay speech, compare with this computer.

    Exit code 1 where board and computer do not agree bit for bit.
    """
    from .. import output

    story = Story(request, output.console() if not request.json else None)
    document = story.tell(*chosen(pipeline, clip))
    request.emit(document)
    if not document["identical"]:
        from ..errors import MoteError

        raise MoteError("board and computer differ", "Compare two `mote replay --json` documents.")


def chosen(pipeline: str | None, clip: str | None) -> tuple[str, str]:
    """The named files, else those of the keyword example."""
    from ..errors import UsageError

    example = Path(__file__).resolve().parents[3] / "examples" / "keyword"
    clips = sorted((example / "clips").glob("yes_no.wav")) + sorted(
        (example / "clips").glob("*.wav")
    )
    if pipeline is None and not (example / "keyword.tflite").is_file():
        raise UsageError(f"the keyword example is not at {example}", "Name --pipeline and --clip.")
    if clip is None and not clips:
        raise UsageError(f"there are no clips in {example / 'clips'}", "Name one with --clip.")
    return pipeline or str(example / "keyword.pipeline.json"), clip or str(clips[0])


class Story:
    """The steps of the demo; prints as it goes where console is not None."""

    def __init__(self, request: Request, console: Any):
        self.request, self.console = request, console
        self.began = time.monotonic()
        self.label = ""

    def tell(self, pipeline: str, clip: str) -> dict[str, Any]:
        """Runs all steps and returns the JSON document."""
        from .. import replay
        from ..transport import open_board

        job = replay.prepare(pipeline, clip, None, 512)
        target = self.request.target(Target("sim"))
        if self.console:
            self.console.print("[bold]MoteForge[/bold]: a keyword recognised by MicroPython")
        with open_board(self.request, target) as board:
            self.label = "virtual Pico (emulated)" if target.kind == "sim" else "board"
            self.label += "" if target.kind == "sim" or not board.emulated else " (emulated)"
            plan = self.install(board, job)
            memory = self.memory(board)
            on_board = self.replay_on_board(board, job)
            document = self.describe(board, plan, memory)
        on_host = self.replay_on_host(job)
        document["clip"] = clip
        document["board_replay"] = replay.as_json(job, on_board, target.kind, board.emulated)
        document["host_replay"] = replay.as_json(job, on_host, "host", False)
        document["identical"] = on_board.same_as(on_host)
        self.verdict(document)
        return document

    def heading(self, text: str) -> None:
        """A step's title."""
        if self.console:
            self.console.print(f"\n[bold cyan]{text}[/bold cyan]")

    def line(self, text: str) -> None:
        """A step's line, at once."""
        if self.console:
            self.console.print(f"  {text}", highlight=False)
            self.console.file.flush()

    def install(self, board: Any, job: Any) -> Any:
        """What the board is, and the installation."""
        from .. import deploy, natives
        from ..output import size

        facts = board.facts()
        self.heading(f"1  {self.label[0].upper()}{self.label[1:]}")
        self.line(f"{facts.machine}, MicroPython {facts.version}, {facts.arch}, ABI {facts.abi}")
        self.heading("2  mote install")
        needed = natives.needed_by(job.model_bytes) + natives.needed_by_chain(job.config)
        plan = deploy.install(board, self.request.settings.get("build"), needed)
        files = f"{len(plan.put)} files, {size(plan.put_bytes)}, copied and checked"
        native = f"; native modules for {plan.native_arch}" if plan.native_arch else ""
        self.line((plan.reason or (files if plan.put else "up to date")) + native)
        return plan

    def memory(self, board: Any) -> dict[str, int]:
        """The heap before and after the import, on a fresh interpreter."""
        board.restart()
        before = board.ask(RAM_BEFORE, "measuring the heap")
        after = board.ask(RAM_AFTER, "importing mote")
        self.heading("3  import mote")
        self.line(
            f"heap free before {before:,} B, after {after:,} B: native modules and package take "
            f"{before - after:,} B"
        )
        return {"heap_before": before, "heap_after_import": after, "import": before - after}

    def replay_on_board(self, board: Any, job: Any) -> Any:
        """The clip through ring, features and model on the board."""
        from .. import replay

        self.heading(f"4  {job.recording.name} on the {self.label}")
        account = replay.on_board(board, job, self.event)
        self.line(latency_line(account, self.label))
        return account

    def replay_on_host(self, job: Any) -> Any:
        """The same clip on this computer."""
        from .. import replay

        self.heading("5  the same on this computer")
        account = replay.on_host(job, self.event)
        self.line(latency_line(account, "this computer"))
        return account

    def event(self, kind: str, row: dict[str, Any]) -> None:
        """A decision as it comes."""
        from .replay import decision_line

        if kind == "decision":
            self.line(decision_line(row))

    def describe(self, board: Any, plan: Any, memory: dict[str, int]) -> dict[str, Any]:
        """The document's first part."""
        from .. import deploy

        return {
            "schema": self.request.schema,
            "install": deploy.as_json(board, plan),
            "memory_bytes": memory,
        }

    def verdict(self, document: dict[str, Any]) -> None:
        """Whether both agree, and what was compared."""
        document["seconds"] = round(time.monotonic() - self.began, 1)
        if not self.console:
            return
        self.heading("6  compared")
        self.console.print(comparison(self.console, self.label, document))
        if document["identical"]:
            text = "[bold green]Identical bit for bit[/bold green]"
        else:
            text = "[bold red]NOT identical[/bold red]"
        self.line(f"{text}, every feature, score and decision; {document['seconds']} s in all")


def comparison(console: Any, label: str, document: dict[str, Any]) -> Any:
    """Board and computer side by side."""
    from ..output import table
    from .replay import micro

    rows = table(console.is_terminal, "", label, "this computer")
    board, host = document["board_replay"], document["host_replay"]

    def row(name: str, value: Any) -> None:
        rows.add_row(f"  {name}", value(board), value(host))

    row("decisions", lambda d: ", ".join(r["label"] for r in d["decisions"]) or "none")
    row("frames", lambda d: str(d["frames"]))
    row("inferences", lambda d: str(len(d["inferences"])))
    row("features, a frame", lambda d: micro(d["latency_us"]["features"]["mean"]))
    row("inference", lambda d: micro(d["latency_us"]["inference"]["mean"]))
    row("CRC-32 of features", lambda d: d["crc32"]["features"])
    row("CRC-32 of scores", lambda d: d["crc32"]["scores"])
    return rows


def latency_line(account: Any, where: str) -> str:
    """Mean times of features and inference."""
    spent = [row["inference_us"] for row in account.inferences]
    features = account.features_us / account.frames / 1000 if account.frames else 0.0
    inference = sum(spent) / len(spent) / 1000 if spent else 0.0
    return (
        f"features {features:.2f} ms a frame, inference {inference:.2f} ms "
        f"({len(spent)} runs; time on {where})"
    )
