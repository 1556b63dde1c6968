# SPDX-License-Identifier: Apache-2.0
"""What the set-up says: one line a step, one clear message on failure."""

from __future__ import annotations

import sys


class SetupError(Exception):
    """Something stops the set-up; remedy: what to install or which variable to set."""

    def __init__(self, message: str, remedy: str, tail: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy
        self.tail = tail


def say(text: str) -> None:
    print(text, flush=True)


def begin(name: str, title: str, seconds: int) -> None:
    """Announces a step and how long it usually takes."""
    say(f"  {name:<10} {title} (about {duration(seconds)})")


def end(name: str, seconds: float) -> None:
    say(f"  {name:<10} done in {duration(seconds)}")


def fail(error: SetupError) -> None:
    """Prints to stderr: the log's tail first, so that the message is what one sees last."""
    if error.tail:
        print(_indent(error.tail), file=sys.stderr)
    print(f"error: {error}\n  -> {error.remedy}", file=sys.stderr, flush=True)


def _indent(text: str) -> str:
    return "\n".join(f"    | {line}" for line in text.splitlines())


def duration(seconds: float) -> str:
    """Such as 0.4 s, 23 s or 2 min 5 s."""
    if seconds < 10 and seconds != int(seconds):
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"
