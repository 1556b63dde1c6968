# SPDX-License-Identifier: Apache-2.0
"""Entry point of the command `mote`.

Imports next to nothing, so that a signal or a full disk ends it in order from the first moment on.
"""

from __future__ import annotations

import io
import os
import signal
import sys
from types import FrameType
from typing import Any

EXIT_INTERRUPTED = 130


def terminated(number: int, frame: FrameType | None) -> None:
    """SIGTERM unwinds the stack, so that boards are released and a virtual Pico is stopped."""
    raise SystemExit(128 + number)


class Lossy(io.FileIO):
    """A file that loses what cannot be written: an error must not be hidden by another one."""

    def write(self, data: Any) -> int:
        """All of it, as far as the caller sees."""
        try:
            written = super().write(data)
        except OSError:
            written = None
        return memoryview(data).nbytes if written is None else written  # None: it would block


def settle_streams() -> None:
    """Standard streams that the caller closed become empty ones; stderr loses what it cannot take."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # Opening takes the lowest number, that of the stream; it stays open to the end.
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115
    buffer = io.BufferedWriter(Lossy(sys.stderr.fileno(), "w", closefd=False))
    sys.stderr = io.TextIOWrapper(
        buffer, sys.stderr.encoding, "backslashreplace", line_buffering=True
    )


def silence_stdout() -> None:
    """After stdout failed: what Python still wants to flush at exit goes nowhere."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())


def guarded(arguments: list[str]) -> int:
    """Loads and runs the command; signals and a stdout that fails become an exit code."""
    try:
        from .commandline import run

        return run(arguments)
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        silence_stdout()
    except OSError as error:
        silence_stdout()
        print(f"error: cannot write to standard output: {error.strerror}", file=sys.stderr)
        print("  Make room there, or send the output elsewhere.", file=sys.stderr)
    return 1


def main() -> None:
    """Entry point of the console script."""
    settle_streams()
    signal.signal(signal.SIGTERM, terminated)
    sys.exit(guarded(sys.argv[1:]))


if __name__ == "__main__":
    main()
