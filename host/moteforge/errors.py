# SPDX-License-Identifier: Apache-2.0
"""Every failure that a user can meet, with its exit code and its remedy.

Code raises one of these; the command catches MoteError once, in cli.main. Exit codes: 1 failed,
2 usage, 3 no device or it went away, 4 refused by verification. docs/COMMAND.md lists them.
"""

from __future__ import annotations


class MoteError(Exception):
    """A failure with a clear cause. remedy: what the user can do, one sentence; None: the usual one of its class."""

    exit_code = 1
    usual_remedy: str | None = None

    def __init__(self, message: str, remedy: str | None = None, *, exit_code: int | None = None):
        super().__init__(message)
        self.message = message
        self.remedy = remedy or self.usual_remedy
        if exit_code is not None:
            self.exit_code = exit_code

    def __str__(self) -> str:
        return self.message


class UsageError(MoteError):
    """The command line, a setting or an input file asks for something that cannot be."""

    exit_code = 2


class DeviceError(MoteError):
    """No device, or no answer from it."""

    exit_code = 3


class NoDevice(DeviceError):
    """No board is attached, or the named one cannot be opened."""


class DeviceGone(DeviceError):
    """The board went away, or fell silent, in the middle of something."""


class NotMicroPython(DeviceError):
    """Something answers, or nothing does, but it is not a MicroPython prompt."""


class BoardError(MoteError):
    """Code on the board ended with an exception. kind: its class name; trace: its traceback."""

    usual_remedy = "Reset the board and run the command again; `mote install` renews what it has."

    def __init__(self, message: str, kind: str = "", trace: str = "", remedy: str | None = None):
        super().__init__(message, remedy)
        self.kind = kind
        self.trace = trace


class Refused(MoteError):
    """Verification says no: a malformed or unsupported model, a wrong architecture or ABI."""

    exit_code = 4
    usual_remedy = "`mote inspect MODEL` lists every operator."


class SimError(MoteError):
    """The virtual Pico cannot start, or stopped by itself."""

    usual_remedy = "Run the command again; with --verbose the virtual Pico tells more."
