# SPDX-License-Identifier: Apache-2.0
"""MicroPython boards under QEMU for tests: name an architecture, get board, files, prompt.

    with QemuBoard("armv6m", {"model.tflite": data, **package("armv6m")}) as board:
        text = board.run("import mote; print(mote.Model(view('model.tflite')).arena_bytes)")

The files lie in the board's memory outside MicroPython's heap, where open() and import find them;
`view(name)` gives the bytes in place. The boards are those of MicroPython's ports/qemu, built by
`make setup` into build/qemu. Everything measured on them is emulated.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from moteforge.bench.emulator import escape
from moteforge.bench.layout import ROOT
from moteforge.natives import DEFAULT

ON_BOARD = Path(__file__).with_name("qemu_files.py")
BOOT_SECONDS = 20.0
RUN_SECONDS = 120.0
# MicroPython's ports/qemu has no clock and no module time; nothing measured on it could be true.
NO_CLOCK = b"def ticks_us():\n    return 0\n\ndef ticks_diff(end, start):\n    return end - start\n"


class QemuMissing(Exception):
    """QEMU, the firmware or a native module is not there; the text says how to get it."""


class QemuError(Exception):
    """QEMU ended, fell silent, or the script on the board raised (the text is its traceback)."""


@dataclass(frozen=True)
class Machine:
    """A QEMU machine that runs MicroPython. files_at, files_room: memory left alone by it."""

    arch: str  # of native .mpy files
    title: str
    emulator: str
    firmware: str  # folder below build/qemu
    arguments: tuple[str, ...]
    files_at: int
    files_room: int

    @property
    def image(self) -> Path:
        """The firmware."""
        return ROOT / "build" / "qemu" / self.firmware / "firmware.elf"


MACHINES = {
    machine.arch: machine
    for machine in (
        Machine(
            "armv6m", "Cortex-M0, 256 KiB of RAM", "qemu-system-arm", "microbit",
            ("-machine", "microbit", "-global", "nrf51-soc.flash-size=1048576",
             "-global", "nrf51-soc.sram-size=262144"),
            0x70000, 0x90000,  # above the firmware and the image of its zeroed memory
        ),
        Machine(
            "armv7m", "Cortex-M3", "qemu-system-arm", "mps2_an385",
            ("-machine", "mps2-an385"), 0x21000000, 1 << 24,
        ),
        Machine(
            "rv32imc", "RV32", "qemu-system-riscv32", "virt_rv32",
            ("-machine", "virt", "-bios", "none"), 0x84000000, 1 << 24,
        ),
    )
}  # fmt: skip


def available(arch: str) -> Machine:
    """The machine of an architecture, or QemuMissing where something it needs is not there."""
    machine = MACHINES[arch]
    if shutil.which(machine.emulator) is None:
        raise QemuMissing(f"{machine.emulator} is not installed (run `make setup`)")
    if not machine.image.is_file():
        raise QemuMissing(f"{machine.image.relative_to(ROOT)} is not built (run `make setup`)")
    return machine


def package(arch: str, names: tuple[str, ...] = DEFAULT) -> dict[str, bytes]:
    """The package mote and native modules, without names those that `mote install` always puts, as a board's files."""
    folder = ROOT / "build" / "natmod" / arch
    modules = {f"{name}.mpy": folder / f"{name}.mpy" for name in names}
    for native in modules.values():
        if not native.is_file():
            raise QemuMissing(f"{native.relative_to(ROOT)} is not built (run `make setup`)")
    device = ROOT / "device"
    files = {path.relative_to(device).as_posix(): path.read_bytes()
             for path in sorted((device / "mote").rglob("*.py"))}  # fmt: skip
    natives = {name: path.read_bytes() for name, path in modules.items()}
    return {**files, **natives, "time.py": NO_CLOCK}


def lay_out(files: Mapping[str, bytes], start: int) -> tuple[bytes, dict[str, tuple[int, int]]]:
    """One image of all files, each 16-byte aligned, and where each of them then lies."""
    image = bytearray()
    places = {}
    for name, data in files.items():
        places[name] = (start + len(image), len(data))
        image += data
        image += bytes(-len(image) % 16)
    return bytes(image), places


class QemuBoard:
    """A running board; a context manager. port: its serial line, free after close_link()."""

    def __init__(self, arch: str, files: Mapping[str, bytes] | None = None):
        self.machine = available(arch)
        image, self.places = lay_out(files or {}, self.machine.files_at)
        if len(image) > self.machine.files_room:
            raise ValueError(f"{len(image)} bytes of files, {arch} has {self.machine.files_room}")
        self._folder = tempfile.TemporaryDirectory(prefix="mote-qemu-")
        self._process: subprocess.Popen[bytes] | None = None
        self._link = None
        try:
            self._start(image)
            self.restart()
        except BaseException:
            self.stop()
            raise

    def _start(self, image: bytes) -> None:
        arguments = [
            self.machine.emulator,
            *self.machine.arguments,
            "-display",
            "none",
            "-monitor",
            "none",
            "-semihosting",
            "-serial",
            "pty",
            "-kernel",
            str(self.machine.image),
        ]
        if image:
            path = Path(self._folder.name) / "files"
            path.write_bytes(image)
            at = f"addr={self.machine.files_at:#x},force-raw=on"
            arguments += ["-device", f"loader,file={escape(path)},{at}"]
        self._process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.port = self._read_port()

    def _read_port(self) -> str:
        """The pseudo-terminal that QEMU made, from what it prints."""
        assert self._process is not None
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        deadline = time.monotonic() + BOOT_SECONDS
        said = ""
        while (left := deadline - time.monotonic()) > 0:
            if not select.select([descriptor], [], [], left)[0]:
                break
            part = os.read(descriptor, 4096)
            if not part:
                break
            said += part.decode("utf-8", "replace")
            found = re.search(r"redirected to (\S+)\s", said)
            if found:
                return found.group(1)
        raise QemuError(f"QEMU named no serial port; it said {said!r}")

    def open_link(self):
        """mpremote's transport on the serial line."""
        from mpremote.transport import TransportError
        from mpremote.transport_serial import SerialTransport

        if self._link is None:
            try:
                self._link = SerialTransport(self.port, timeout=1.0)
            except TransportError as error:
                raise QemuError(f"{error}; QEMU said {self._last_words()!r}") from None
        return self._link

    def _last_words(self) -> str:
        """What QEMU printed, if it has ended."""
        assert self._process is not None
        try:
            return self._process.communicate(timeout=1)[0].decode("utf-8", "replace").strip()
        except subprocess.TimeoutExpired:
            return ""

    def close_link(self) -> None:
        """Leaves the serial line to somebody else."""
        if self._link is not None:
            self._link.close()
            self._link = None

    def restart(self) -> None:
        """A fresh interpreter with the files mounted."""
        from mpremote.transport import TransportError

        link = self.open_link()
        try:
            link.enter_raw_repl(soft_reset=True, timeout_overall=BOOT_SECONDS)
        except TransportError as error:
            raise QemuError(f"no prompt on {self.machine.title}: {error}") from None
        if self.places:
            self.run(f"FILES = {self.places!r}\n" + ON_BOARD.read_text("utf-8"))

    def run(self, script: str, timeout: float = RUN_SECONDS) -> str:
        """Runs a script and returns what it printed. timeout: seconds of silence."""
        from mpremote.transport import TransportError

        link = self.open_link()
        try:
            output, error = link.exec_raw(script, timeout=timeout)
        except (TransportError, OSError) as failure:
            raise QemuError(f"{self.machine.title} fell silent: {failure}") from None
        if error:
            raise QemuError(error.decode("utf-8", "replace"))
        return output.decode("utf-8", "replace").replace("\r\n", "\n")

    def stop(self) -> None:
        """Ends QEMU; again does nothing."""
        self.close_link()
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = None
        self._folder.cleanup()

    def __enter__(self) -> QemuBoard:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
