# SPDX-License-Identifier: Apache-2.0
"""A board made of a pseudo-terminal and a thread: speaks MicroPython's raw prompt, runs the code it
gets on a folder as its file system, and fails on command."""

from __future__ import annotations

import builtins
import gc
import hashlib
import io
import os
import select
import sys
import threading
import traceback
import tty
import types
from contextlib import redirect_stdout, suppress
from pathlib import Path
from typing import Any

PROMPT = b"raw REPL; CTRL-B to exit\r\n>"
BLOCK = 4096
ARMV6M, ABI_63 = 4, 6 | 3 << 8
PICO = (0x2E8A, 0x0005)  # USB id


class FakeBoard:
    """arch, abi: of sys.implementation._mpy. free: blocks. builtin: modules of the firmware.

    faults: "silent" answers nothing, "alien" as something else, "busy" needs a Ctrl-C first,
    "corrupt" damages every byte written, "fat" refuses to rename over a file.
    dies_at: the code that contains this text is never answered; the port closes. mute_at: likewise,
    but the port stays.
    """

    def __init__(self, root: Path, *, arch: int = ARMV6M, abi: int = ABI_63, free: int = 300,
                 builtin: tuple[str, ...] = (), faults: tuple[str, ...] = (),
                 dies_at: str | None = None, mute_at: str | None = None):  # fmt: skip
        self.root, self.free, self.builtin, self.faults = root, free, set(builtin), set(faults)
        self.mpy = abi | arch << 10 if abi else 0
        self.dies_at, self.mute_at = dies_at, mute_at
        self.codes: list[str] = []
        self.interrupted = 0
        self.raw, self.buffer = False, b""
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        self.port = os.ttyname(self.slave)
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def __enter__(self) -> FakeBoard:
        self.thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stopped.set()
        self.thread.join(5)
        self.unplug()

    def unplug(self) -> None:
        """Takes the port away."""
        for name in ("slave", "master"):
            fd, _ = getattr(self, name), setattr(self, name, -1)
            with suppress(OSError):
                os.close(fd)

    def wait_interrupted(self, count: int) -> bool:
        """Whether that many Ctrl-C come, within a bound."""
        for _ in range(250):
            if self.interrupted >= count:
                return True
            self.stopped.wait(0.02)
        return False

    def serve(self) -> None:
        """The thread: bytes in, bytes out, until stopped or unplugged."""
        while not self.stopped.is_set() and self.master >= 0:
            ready, _, _ = select.select([self.master], [], [], 0.02)
            if ready:
                try:
                    data = os.read(self.master, 4096)
                except OSError:
                    return
                for byte in data:
                    self.take(bytes([byte]))

    def send(self, data: bytes) -> None:
        """Bytes to the computer."""
        if self.master >= 0:
            os.write(self.master, data)

    def take(self, byte: bytes) -> None:
        """One byte from the computer."""
        if "silent" in self.faults:
            return
        if "alien" in self.faults:
            self.send(b"login: " if byte == b"\r" else b"")
        elif byte == b"\x03":
            self.interrupted += 1
            self.buffer = b""
        elif "busy" in self.faults and not self.interrupted:
            self.send(b"tick\r\n")
        elif byte == b"\x01" and self.buffer.endswith(b"\x05A"):  # raw paste: not supported here
            self.buffer = b""
            self.send(b"R\x00")
        elif byte == b"\x01":
            self.raw, self.buffer = True, b""
            self.send(PROMPT)
        elif byte == b"\x02":
            self.raw, self.buffer = False, b""
            self.send(b"\r\nMicroPython (fake)\r\n>>> ")
        elif byte == b"\x04" and self.raw:
            self.execute()
        elif self.raw:
            self.buffer += byte

    def execute(self) -> None:
        """Runs what was collected; an empty text is a soft reset."""
        code, self.buffer = self.buffer.decode().lstrip("\r"), b""
        if not code.strip():
            self.names: dict[str, Any] = {}
            self.send(b"OK\r\nMPY: soft reboot\r\n" + PROMPT)
            return
        self.codes.append(code)
        if self.dies_at and self.dies_at in code:
            self.unplug()
            return
        if self.mute_at and self.mute_at in code:
            return
        out, err = self.run(code)
        self.send(b"OK" + out + b"\x04" + err + b"\x04>")

    def run(self, code: str) -> tuple[bytes, bytes]:
        """Output and traceback of the code."""
        self.names.setdefault("__builtins__", self.builtins())
        text = io.StringIO()
        try:
            with redirect_stdout(text):
                exec(code, self.names)
        except BaseException:
            lines = traceback.format_exc().replace("\n", "\r\n").encode()
            return text.getvalue().encode(), lines
        return text.getvalue().replace("\n", "\r\n").encode(), b""

    # ---- what the board's Python sees

    def builtins(self) -> dict[str, Any]:
        """Python's own, with imports and files of the board."""
        made = dict(vars(builtins))
        made.update(__import__=self.imports, open=self.open)
        return made

    def imports(self, name: str, *args: Any) -> Any:
        """A board's modules: os, gc, sys of our making, a few real ones, the firmware's."""
        modules = {"os": self.os, "gc": self.gc, "sys": self.sys}
        if name in modules:
            return modules[name]()
        if name in self.builtin:
            return types.ModuleType(name)
        if name in ("hashlib", "binascii"):
            return __import__(name)
        raise ImportError(f"no module named '{name}'")

    def path(self, path: str) -> Path:
        """A path of the board in the folder."""
        return self.root / path.lstrip("/")

    def open(self, path: str, mode: str = "r") -> Any:
        """A file of the board."""
        if "w" not in mode or "corrupt" not in self.faults:
            return open(self.path(path), mode)
        self.path(path).write_bytes(b"damaged")
        return io.BytesIO()

    def os(self) -> Any:
        """MicroPython's os on the folder."""

        def listing(folder: str) -> list[tuple[str, int, int]]:
            entries = sorted(os.scandir(self.path(folder)), key=lambda entry: entry.name)
            return [(e.name, 0x4000 if e.is_dir() else 0x8000, 0) for e in entries]

        def rename(old: str, new: str) -> None:
            if "fat" in self.faults and self.path(new).exists():
                raise FileExistsError(17, new)
            os.rename(self.path(old), self.path(new))

        def statvfs(path: str) -> tuple[int, ...]:
            if not self.free:
                raise OSError(1)
            return (BLOCK, BLOCK, 352, self.free, self.free, 0, 0, 0, 0, 255)

        return types.SimpleNamespace(
            ilistdir=listing, rename=rename, statvfs=statvfs,
            stat=lambda path: tuple(os.stat(self.path(path)))[:7],
            mkdir=lambda path: os.mkdir(self.path(path)),
            remove=lambda path: os.remove(self.path(path)),
        )  # fmt: skip

    def gc(self) -> Any:
        """MicroPython's gc."""
        return types.SimpleNamespace(collect=gc.collect, mem_free=lambda: 200000)

    def sys(self) -> Any:
        """MicroPython's sys."""

        class About(tuple):
            _mpy = self.mpy
            _machine = "Fake board with RP2040"

        return types.SimpleNamespace(
            implementation=About(("micropython", (1, 25, 0, ""))), platform="fake", path=[""],
            modules={}, version=sys.version,
        )  # fmt: skip

    def sha256(self, path: str) -> str:
        """The hash of a file on the board."""
        return hashlib.sha256(self.path(path).read_bytes()).hexdigest()
