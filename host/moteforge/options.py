# SPDX-License-Identifier: Apache-2.0
"""What every verb shares: its options, and the Request that its action receives.

A verb is one file in moteforge/verbs with a function `command`:

    @verb(target=True)
    @click.argument("model", type=click.Path())
    def command(request: Request, model: str) -> None:
        '''One line for `mote --help`.'''
        request.emit({"schema": request.schema, ...}, lambda console: console.print(...))

Imports that cost time (rich, numpy, mpremote) belong inside functions: `mote --help` loads all
verbs.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from .settings import Settings, Target


@dataclass
class Request:
    """One invocation: the settled settings, and where results and progress go."""

    name: str
    settings: Settings
    dry_run: bool = False

    @property
    def schema(self) -> str:
        """The schema name of this verb's JSON document."""
        return f"moteforge.{self.name}/1"

    @property
    def json(self) -> bool:
        """Whether stdout gets one JSON document and nothing else."""
        return bool(self.settings.get("json", False))

    @property
    def verbose(self) -> bool:
        """Whether details and tracebacks are wanted."""
        return bool(self.settings.get("verbose", False))

    @property
    def board(self) -> str | None:
        """The board id that was named, or None."""
        return self.settings.get("board")

    @property
    def timeout(self) -> float:
        """Seconds of silence from a board after which it counts as gone."""
        return float(self.settings.get("timeout", 30.0))

    def target(self, default: Target | None = None) -> Target:
        """Where to work: device, sim or host."""
        return self.settings.target(default)

    def emit(self, document: dict[str, Any], render: Callable[[Any], None] | None = None) -> None:
        """The result on stdout: the document with --json, else what render prints on a console."""
        from . import output

        if self.json:
            output.print_json(document)
        elif render is not None:
            render(output.console())

    def note(self, text: str) -> None:
        """A line of progress on stderr, only on a terminal or with --verbose."""
        from . import output

        output.note(text, always=self.verbose)


TARGET_OPTIONS = (
    click.option(
        "--device",
        metavar="D",
        help="Board by port, mpremote style: /dev/ttyACM0, a0, u0, id:SERIAL, port:PORT.",
    ),
    click.option("--sim", is_flag=True, help="Start a virtual Pico for this command."),
    click.option("--host", is_flag=True, help="Work on this computer."),
)
BOARD_OPTION = click.option("--board", metavar="ID", help="Board id, see `mote boards`.")
DRY_RUN_OPTION = click.option("--dry-run", is_flag=True, help="Say what would be done, do nothing.")
COMMON_OPTIONS = (
    click.option("--json", is_flag=True, help="One JSON document on stdout."),
    click.option("--verbose", is_flag=True, help="More detail, and tracebacks."),
)
SETTINGS_FLAGS = ("board", "device", "sim", "host", "json", "verbose")


def verb(
    *,
    target: bool = False,
    board: bool = False,
    dry_run: bool = False,
    host: bool = True,
    epilog: str | None = None,
    name: str | None = None,
) -> Callable[[Callable[..., None]], click.Command]:
    """Makes an action a verb. target, board, dry_run: which options it takes; host: also --host.

    epilog: what --help ends with, an example. name: of a verb's subcommand ("pipeline check"), else the file's name."""

    def decorate(action: Callable[..., None]) -> click.Command:
        full = name or action.__module__.rsplit(".", 1)[-1].replace("_", "-")
        wanted = list(COMMON_OPTIONS)
        if target:
            wanted += TARGET_OPTIONS if host else TARGET_OPTIONS[:2]
        wanted += [BOARD_OPTION] if board else []
        wanted += [DRY_RUN_OPTION] if dry_run else []

        @functools.wraps(action)
        def run(**values: Any) -> None:
            flags = {key: values.pop(key, None) for key in SETTINGS_FLAGS}
            dry = bool(values.pop("dry_run", False))
            action(request=Request(full.replace(" ", "-"), Settings.load(flags), dry), **values)

        for option in reversed(wanted):
            run = option(run)
        return click.command(full.rsplit(" ", 1)[-1], epilog=epilog)(run)

    return decorate
