# SPDX-License-Identifier: Apache-2.0
"""VirtualPico: one emulated board, from power-on to power-off."""

from __future__ import annotations

import base64
import hashlib
import itertools
import os
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import SimError
from . import flashfile, places
from .bridge import Bridge
from .process import Process
from .symbols import name_address
from .terminal import Link, Terminal

PathLike = str | os.PathLike[str]
XIP_BASE = 0x10000000
BOOT_SECONDS = 60.0
ID_BYTES = 8
_counter = itertools.count()


@dataclass(frozen=True)
class State:
    """A look at the emulated core. instructions: executed since power-on; seconds: emulated time
    since the last reset; pc: program counter; sleeping: in WFI or WFE; resets: since power-on."""

    instructions: int
    seconds: float
    pc: int
    sleeping: bool
    resets: int


def default_id(flash: Path | None) -> bytes:
    """Eight bytes for machine.unique_id(): the same for the same flash file, else unique."""
    text = str(flash.resolve()) if flash else f"{os.getpid()}:{next(_counter)}"
    return hashlib.sha256(text.encode()).digest()[:ID_BYTES]


class VirtualPico:
    """An emulated Raspberry Pi Pico, running from construction until stop().

    firmware: UF2 path, or a name in build/firmware; default the stock image RPI_PICO. It is
    flashed at power-on; flash outside it keeps its contents. flash: file that keeps the flash,
    created where it is missing; default none, so that it is lost at the end. link: path of a
    symbolic link to the port. load: (flash offset, file) pairs written after the firmware.
    unique_id: 8 bytes. seed: of the random bits. on_event: called with each event (dict) in a
    thread; default reports crashes on stderr. Raises SimError where anything is missing or the
    firmware does not come up in `boot_timeout` seconds.
    """

    def __init__(
        self,
        firmware: PathLike | None = None,
        flash: PathLike | None = None,
        link: PathLike | None = None,
        *,
        load: Iterable[tuple[int, PathLike]] = (),
        unique_id: bytes | None = None,
        seed: int = 1,
        verbose: bool = False,
        on_event: Callable[[dict[str, Any]], None] | None = None,
        boot_timeout: float = BOOT_SECONDS,
    ) -> None:
        self.firmware = places.find_firmware(firmware)
        self.flash = Path(flash) if flash is not None else None
        self.load_at_start = [(offset, str(Path(path).resolve())) for offset, path in load]
        self.unique_id = unique_id or default_id(self.flash)
        if len(self.unique_id) != ID_BYTES:
            raise SimError(f"unique_id has {len(self.unique_id)} bytes, it takes {ID_BYTES}")
        self.on_event = on_event or self.report
        self.events: list[dict[str, Any]] = []
        self.fault: str | None = None
        self.ready = threading.Event()
        self.ended = threading.Event()
        self.stopping = False
        self.link: Link | None = None
        self.link_path = Path(link).absolute() if link is not None else None
        self.folder: tempfile.TemporaryDirectory[str] | None = None
        self.process: Process | None = None
        self.bridge: Bridge | None = None
        try:
            self.start(seed, verbose)
            self.wait_ready(boot_timeout)
        except BaseException:
            self.stop()
            raise

    # Start and stop

    def start(self, seed: int, verbose: bool) -> None:
        """Starts the process and the bridge."""
        node, package = places.find_node(), places.find_rp2040js()
        flash_fd, size = None, flashfile.FLASH_BYTES
        if self.flash is not None:
            flash_fd, size = flashfile.open_locked(self.flash)
        ours, theirs = socket.socketpair()
        config = {
            "rp2040js": str(package.resolve()),
            "serialFd": theirs.fileno(),
            "flashFd": flash_fd,
            "flashSize": size,
            "firmware": str(self.firmware.resolve()),
            "load": self.load_at_start,
            "uniqueId": self.unique_id.hex(),
            "seed": seed,
            "verbose": verbose,
        }
        descriptors = tuple(fd for fd in (theirs.fileno(), flash_fd) if fd is not None)
        try:
            terminal = Terminal()
            self.bridge = Bridge(terminal, ours, self.replugged)
            self.link = self.make_link(terminal.port)
            self.process = Process(node, config, descriptors, self.handle)
        finally:
            theirs.close()
            if flash_fd is not None:
                os.close(flash_fd)  # the process keeps it, and with it the lock
        self.bridge.start()

    def make_link(self, port: str) -> Link:
        """The user's link to the port, or one in a folder of our own."""
        if self.link_path is None:
            self.folder = tempfile.TemporaryDirectory(prefix="mote-sim-")
            self.link_path = Path(self.folder.name) / "ttyACM0"
        return Link(self.link_path, port)

    def replugged(self, terminal: Terminal) -> None:
        """The board came back on another pseudo-terminal."""
        if self.link:
            self.link.point_to(terminal.port)

    def wait_ready(self, timeout: float) -> None:
        """Waits until the firmware's USB is up."""
        assert self.process is not None
        if not self.ready.wait(timeout):
            state = self.state()
            where = self.place(state.pc)
            raise SimError(
                f"{self.firmware.name} did not bring up USB in {timeout:g} s (it is at {where})",
                "Is it an RP2040 image with USB serial?",
            )
        if self.fault:
            raise SimError(self.fault, "Name an RP2040 image with --firmware, or leave it out.")

    def stop(self) -> None:
        """Switches the board off and cleans up. Safe to call twice."""
        self.end(at_once=False)

    def unplug(self) -> None:
        """Pulls the cable: the port vanishes and the board loses power, whatever it is doing."""
        self.end(at_once=True)

    def end(self, at_once: bool) -> None:
        """Ends bridge and process and removes the link."""
        self.stopping = True
        if self.link:
            self.link.remove()
        if self.bridge:
            self.bridge.stop()
        if self.process:
            self.process.stop(at_once)
        if self.folder:
            self.folder.cleanup()

    def __enter__(self) -> VirtualPico:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    # What it is and does

    @property
    def port(self) -> str:
        """The serial port's path: a link, which stays valid when the board resets."""
        return str(self.link_path)

    @property
    def running(self) -> bool:
        """Whether it is powered and has not crashed."""
        return self.process is not None and self.process.running and self.fault is None

    def wait(self, timeout: float | None = None) -> bool:
        """Waits until the board stops by itself; whether it has. The reason is in .fault."""
        return self.ended.wait(timeout)

    def state(self) -> State:
        """Where the core is; raises SimError where the board is off."""
        assert self.process is not None
        answer = self.process.ask("state")
        return State(
            answer["instructions"],
            answer["nanos"] / 1e9,
            answer["pc"],
            answer["sleeping"],
            answer["resets"],
        )

    def instructions(self) -> int:
        """How many instructions the core has executed since power-on (emulated)."""
        return self.state().instructions

    def load(self, offset: int, data: bytes) -> None:
        """Puts bytes into flash at an offset (an address from 0x10000000 on is taken as such).

        The running firmware sees them at once, memory-mapped at 0x10000000 + offset.
        """
        assert self.process is not None
        at = offset - XIP_BASE if offset >= XIP_BASE else offset
        self.process.ask("load", offset=at, data=base64.b64encode(data).decode())

    def place(self, address: int) -> str:
        """An address as text, with the function's name where an ELF file is beside the firmware."""
        return name_address(self.firmware.with_suffix(".elf"), address)

    # Events

    def handle(self, event: dict[str, Any]) -> None:
        """Called by the process for each event, in its thread."""
        kind = event["event"]
        if kind == "fault":
            event["text"] = f"{self.firmware.name}: {event['text']}, at {self.place(event['pc'])}"
            if event["fatal"]:
                self.fault = event["text"]
        elif kind == "failed":
            self.fault = f"{self.firmware}: {event['text']}"
            if self.flash and "do not fit" in event["text"]:
                self.fault = f"the flash file {self.flash} is too small for {self.fault}"
        elif kind == "ended" and not self.stopping and not self.fault:
            tail = self.process.log_tail() if self.process else ""
            self.fault = f"the simulator process ended with code {event['code']}: {tail}"
            event["text"] = self.fault
        self.events.append(event)
        if self.fault or kind == "ended":
            self.ended.set()
        if kind == "ready" or self.fault:
            self.ready.set()
        if not self.stopping:
            self.on_event(event)

    @staticmethod
    def report(event: dict[str, Any]) -> None:
        """The default for on_event: crashes go to stderr."""
        if event["event"] in ("fault", "ended") and "text" in event:
            print(f"virtual Pico: {event['text']}", file=sys.stderr, flush=True)
