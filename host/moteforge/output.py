# SPDX-License-Identifier: Apache-2.0
"""Where text goes: results to stdout, progress to stderr, and there only on a terminal."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

PLAIN_WIDTH = 160  # columns of a piped table, so that it does not depend on the caller's window


def print_json(document: dict[str, Any]) -> None:
    """One document, UTF-8, indented, keys in the order given."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    sys.stdout.flush()


def console(stderr: bool = False) -> Any:
    """A rich console: colours and boxes on a terminal, plain and of fixed width in a pipe."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    terminal = stream.isatty() and os.environ.get("TERM") != "dumb"
    width = None if terminal or "COLUMNS" in os.environ else PLAIN_WIDTH
    return Console(file=stream, width=width, highlight=False, soft_wrap=not terminal)


def table(terminal: bool, *columns: str, numbers: Iterable[str] = ()) -> Any:
    """A calm table: a rule under the head, nothing else. Columns named in numbers align right."""
    from rich import box
    from rich.table import Table

    made = Table(
        box=box.SIMPLE_HEAD if terminal else None, pad_edge=False, header_style="bold", expand=False
    )
    right = set(numbers)
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return made


def note(text: str, always: bool = False) -> None:
    """A line of progress."""
    if always or sys.stderr.isatty():
        print(text, file=sys.stderr, flush=True)


@contextmanager
def progress(title: str, total: int) -> Iterator[Any]:
    """A bar on stderr, gone when done; yields advance(bytes). Silent when stderr is no terminal."""
    if not sys.stderr.isatty() or total <= 0:
        yield lambda count: None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(30), DownloadColumn(binary_units=True))
    with Progress(*columns, console=console(stderr=True), transient=True) as bars:
        task = bars.add_task(title, total=total)
        yield lambda count: bars.advance(task, count)


def plural(count: int, noun: str) -> str:
    """'1 input', '2,000 inputs'."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def size(count: int | None) -> str:
    """Bytes for people: '512 B', '18.3 KiB', '1.4 MiB'."""
    if count is None:
        return "-"
    if count < 1024:
        return f"{count} B"
    if count < 1024 * 1024:
        return f"{count / 1024:.1f} KiB"
    return f"{count / 1024 / 1024:.1f} MiB"
