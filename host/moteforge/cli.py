# SPDX-License-Identifier: Apache-2.0
"""Entry point of the command `mote`.

Imports next to nothing, so that a signal or a full disk ends it in order from the first moment on.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

EXIT_INTERRUPTED = 130


def terminated(number: int, frame: FrameType | None) -> None:
    """SIGTERM unwinds the stack, so that boards are released and a virtual Pico is stopped."""
    raise SystemExit(128 + number)


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
    return 1


def main() -> None:
    """Entry point of the console script."""
    signal.signal(signal.SIGTERM, terminated)
    sys.exit(guarded(sys.argv[1:]))


if __name__ == "__main__":
    main()
