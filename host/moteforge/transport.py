# SPDX-License-Identifier: Apache-2.0
"""A board at work: facts, code with streamed output, files, a mounted folder.

Board speaks through any link with the interface of link.SerialLink. Every operation says what it is
doing, so that a board that goes away gives "the board went away while copying /lib/_mote.mpy".
"""

from __future__ import annotations

import ast
import binascii
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from .errors import BoardError, DeviceGone, MoteError, NotMicroPython, UsageError
from .options import Request
from .settings import Target

ARCHS = (
    None, "x86", "x64", "armv6", "armv6m", "armv7m", "armv7em", "armv7emsp", "armv7emdp",
    "xtensa", "xtensawin", "rv32imc", "rv64imc",
)  # MicroPython py/persistentcode.h, MP_NATIVE_ARCH_*  # fmt: skip
CHUNK = 1024  # bytes a write on the board; base64 text of it fits a small heap
MARK = "#mote "  # begins each line of a board's output that is for us
SIM_BOARD = "rpi_pico"  # what the virtual Pico is
REPLUG = "Check the cable and the power, then run the command again."


@dataclass(frozen=True)
class Facts:
    """What a board says of itself. mpy: sys.implementation._mpy, 0 where it loads no .mpy."""

    implementation: str
    version: str
    machine: str
    platform: str
    mpy: int
    builtin: bool  # the firmware has _mote inside
    frozen: bool  # and the package mote too
    heap_free: int
    block: int  # bytes a block of the file system, 0: none mounted
    blocks_free: int

    @property
    def arch(self) -> str | None:
        """Architecture of native .mpy files, None where there are none."""
        number = (self.mpy >> 10) & 0x0F
        return ARCHS[number] if number < len(ARCHS) else f"arch-{number}"

    @property
    def abi(self) -> str:
        """Version and sub-version of .mpy files, as "6.3"."""
        return f"{self.mpy & 0xFF}.{(self.mpy >> 8) & 3}"

    @property
    def free_bytes(self) -> int:
        """Free space of the file system."""
        return self.block * self.blocks_free


def snippet(name: str) -> str:
    """Code for the board, from moteforge/onboard."""
    return resources.files("moteforge.onboard").joinpath(f"{name}.py").read_text("utf-8")


def call(function: str, *arguments: Any) -> str:
    """A call as text for the board; arguments are numbers, strings, bytes, lists, None, bools."""
    return f"\n{function}({', '.join(repr(argument) for argument in arguments)})\n"


class Board:
    """A connected board at its raw prompt, with a fresh heap."""

    def __init__(self, link: Any, name: str, patience: float = 30.0):
        self.link = link
        self.name = name
        self.patience = patience
        self.broken = False
        self._facts: Facts | None = None
        self._files_ready = False

    @property
    def emulated(self) -> bool:
        """Whether time on this board is an emulator's."""
        return bool(self.link.emulated)

    # ---- guard

    @contextmanager
    def doing(self, what: str) -> Iterator[None]:
        """Turns the link's failures into errors that say what was being done."""
        from mpremote.transport import TransportError, TransportExecError

        from .link import LinkLost, LinkProtocol, LinkSilent

        try:
            yield
        except TransportExecError as error:
            raise board_error(error.error_output, what) from None
        except LinkProtocol as error:
            self.broken = True
            raise not_micropython(self.name, error.received) from None
        except LinkSilent as error:
            self.broken = True
            raise DeviceGone(f"the board fell silent while {what} ({error})", REPLUG) from None
        except (LinkLost, OSError):
            self.broken = True
            raise DeviceGone(f"the board went away while {what}", REPLUG) from None
        except TransportError as error:
            self.broken = True
            raise DeviceGone(f"the board lost the thread while {what} ({error})", REPLUG) from None

    # ---- life

    def connect(self) -> Board:
        """Interrupts what runs, resets the interpreter and reaches the raw prompt."""
        with self.doing("connecting"):
            self.link.enter_raw_repl()
        self._files_ready = False
        return self

    restart = connect

    def close(self) -> None:
        """Leaves the board at its friendly prompt where it still answers; never raises."""
        from mpremote.transport import TransportError

        from .mounting import held

        with suppress(TransportError, OSError, MoteError):
            if self.broken:
                with held():  # a second Ctrl-C must not leave the board half way
                    self.link.interrupt()
            else:
                self.unmount()
                self.link.exit_raw_repl()
        self.link.close()

    # ---- code

    def run(
        self,
        code: str,
        doing: str,
        on_line: Callable[[str], None] | None = None,
        patience: float | None = None,
    ) -> str:
        """Runs code; its output, or on_line gets it line by line. Raises BoardError, DeviceGone."""
        lines = LineSplitter(on_line)
        wait = self.patience if patience is None else patience
        try:
            with self.doing(doing):
                out, err = self.link.exec_raw(code, wait, lines.feed if on_line else None)
                lines.finish()
                if err:
                    raise board_error(err.decode("utf-8", "replace"), doing)
        except (KeyboardInterrupt, SystemExit):
            self.broken = True  # the board still runs: close() interrupts it
            raise
        return "" if on_line else out.decode("utf-8", "replace")

    def ask(self, code: str, doing: str) -> Any:
        """Runs code that prints one value with the mark; returns the value."""
        text = self.run(code, doing)
        for line in text.splitlines():
            if line.startswith(MARK):
                return parse_value(line, doing)
        raise BoardError(f"no answer from the board while {doing}", trace=text)

    def facts(self) -> Facts:
        """What the board is; asked once."""
        if self._facts is None:
            self._facts = Facts(**self.ask(snippet("facts"), "asking the board what it is"))
        return self._facts

    # ---- files

    def _files(self) -> None:
        if not self._files_ready:
            self.run(snippet("files"), "preparing to copy files")
            self._files_ready = True

    def files(self, folder: str) -> dict[str, int]:
        """Names and sizes of the files in a folder; empty where there is no such folder."""
        self._files()
        return self.ask(call("mote_list", folder), f"listing {folder}")

    def hashes(self, paths: Sequence[str]) -> dict[str, str | None]:
        """SHA-256 in hex of each file, None for one that is not there."""
        self._files()
        return self.ask(call("mote_hash", list(paths)), "comparing files")

    def put(
        self, path: str, data: bytes, advance: Callable[[int], None] = lambda count: None
    ) -> None:
        """Writes a file whole or not at all: under a temporary name, checked, then renamed."""
        self._files()
        doing = f"copying {path}"
        self.run(call("mote_begin", path), doing)
        for at in range(0, len(data), CHUNK):
            chunk = data[at : at + CHUNK]
            text = binascii.b2a_base64(chunk, newline=False)
            self.run(call("mote_write", text), doing)
            advance(len(chunk))
        if not self.ask(call("mote_commit", path, hashlib.sha256(data).hexdigest()), doing):
            raise BoardError(
                f"{path} reads back differently from what was written",
                remedy="The board's flash or file system may be worn out.",
            )

    def remove(self, path: str) -> None:
        """Removes a file; one that is not there is no error."""
        self._files()
        self.run(call("mote_remove", path), f"removing {path}")

    # ---- streaming

    def mount(self, folder: Path) -> None:
        """Makes a folder of this computer readable on the board as /remote."""
        with self.doing("mounting a folder"):
            self.link.mount_local(str(folder))
            self.link.exec("os.chdir('/')")  # imports must not search this computer first

    def unmount(self) -> None:
        """Undoes mount."""
        if self.link.mounted:
            with self.doing("unmounting a folder"):
                self.link.umount_local()


class LineSplitter:
    """Collects bytes into lines of text, without their ends."""

    def __init__(self, on_line: Callable[[str], None] | None):
        self.on_line = on_line
        self.rest = bytearray()

    def feed(self, data: bytes) -> None:
        """Takes bytes as they come; the raw prompt's Ctrl-D is not output."""
        self.rest += data.replace(b"\x04", b"")
        while b"\n" in self.rest:
            line, _, rest = bytes(self.rest).partition(b"\n")
            self.rest = bytearray(rest)
            self._give(line)

    def finish(self) -> None:
        """Gives a last line that has no end."""
        if self.rest:
            self._give(bytes(self.rest))
            self.rest.clear()

    def _give(self, line: bytes) -> None:
        if self.on_line:
            self.on_line(line.rstrip(b"\r").decode("utf-8", "replace"))


def parse_value(line: str, doing: str) -> Any:
    """The Python value that a marked line holds."""
    try:
        return ast.literal_eval(line[len(MARK) :].strip())
    except (ValueError, SyntaxError):
        raise BoardError(f"the board's answer cannot be read while {doing}: {line!r}") from None


def board_error(trace: str, doing: str) -> BoardError:
    """The error for an exception on the board: its last line is the message."""
    lines = [line for line in trace.replace("\r", "").split("\n") if line.strip()]
    last = lines[-1] if lines else "unknown error"
    kind, _, text = last.partition(": ")
    return BoardError(f"{kind} on the board while {doing}: {text or kind}", kind, trace)


def not_micropython(name: str, received: bytes) -> NotMicroPython:
    """The error for a port whose other side is no MicroPython."""
    text = received.decode("ascii", "replace").strip()
    said = f"it sent {text[-60:]!r}" if text else "it sent nothing"
    return NotMicroPython(
        f"{name} does not answer as MicroPython does ({said})",
        "Flash MicroPython first, reset the board, or name another port with --device.",
    )


def open_link(path: str, patience: float) -> Any:
    """The serial link to a port; raises NoDevice with the reason."""
    from mpremote.transport import TransportError

    from .link import SerialLink
    from .ports import why_not_open

    try:
        return SerialLink(path, patience)
    except (TransportError, OSError, ValueError):
        raise why_not_open(path) from None


@contextmanager
def attach(path: str, patience: float) -> Iterator[Board]:
    """A board on a port, closed at the end in every case."""
    board = Board(open_link(path, patience), path, patience)
    try:
        yield board.connect()
    except BaseException:
        board.broken = True
        raise
    finally:
        board.close()


def check_sim_board(request: Request) -> None:
    """UsageError where a board is named with --sim that the virtual Pico is not."""
    from .boards import get_board

    named = request.settings.beside("board", "sim")
    if named is not None and get_board(named).id != SIM_BOARD:
        raise UsageError(
            f"--board {named} and --sim do not go together: the virtual Pico is a Pico ({SIM_BOARD})",
            f"Leave --board out, or name {SIM_BOARD}.",
        )


@contextmanager
def open_board(request: Request, target: Target | None = None) -> Iterator[Board]:
    """The board that a request means; a virtual Pico of --sim is stopped in every case."""
    target = target or request.target()
    if target.kind == "host":
        raise UsageError("this verb needs a board", "--sim starts a virtual Pico.")
    if target.kind == "sim":
        check_sim_board(request)
        from .sim import VirtualPico

        request.note("starting a virtual Pico ...")
        firmware, flash = request.settings.get("firmware"), request.settings.get("flash")
        with (
            VirtualPico(firmware=firmware, flash=flash) as pico,
            attach(str(pico.port), request.timeout) as board,
        ):
            board.name = "virtual Pico"
            yield board
        return
    from .ports import find_one, resolve

    path = resolve(target.device) if target.device else find_one(request.board)
    with attach(path, request.timeout) as board:
        yield board
