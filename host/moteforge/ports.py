# SPDX-License-Identifier: Apache-2.0
"""Finding the board: which serial ports there are, and which one a name means."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from typing import Any

from .errors import NoDevice, UsageError

SHORT_NAMES = {"a": "/dev/ttyACM", "u": "/dev/ttyUSB", "c": "COM"}
PLUG_IN = (
    "Plug one in, name it with --device PORT, or work without one: --sim starts a virtual Pico, "
    "--host runs on this computer."
)


@dataclass(frozen=True)
class Port:
    """A serial port of a USB device. boards: ids of the boards that use this USB id."""

    path: str
    usb_id: str
    serial_number: str | None
    product: str | None
    boards: tuple[str, ...]

    def __str__(self) -> str:
        """One line for a message."""
        what = "/".join(self.boards) or "not known"
        serial = f", id:{self.serial_number}" if self.serial_number else ""
        return f"{self.path} ({self.product or self.usb_id}: {what}{serial})"


def comports() -> list[Any]:
    """pyserial's list of ports; tests replace it."""
    from serial.tools import list_ports

    return sorted(list_ports.comports(), key=lambda info: info.device)


def list_usb_ports(board_id: str | None = None) -> list[Port]:
    """All USB serial ports; boards is filled from the board data (of one board where given)."""
    from .boards import usb_ids

    known = usb_ids(board_id)
    ports = []
    for info in comports():
        if info.vid is None or info.pid is None:
            continue
        usb_id = f"{info.vid:04x}:{info.pid:04x}"
        ids = tuple(known.get(usb_id, ()))
        ports.append(Port(info.device, usb_id, info.serial_number, info.product, ids))
    return ports


def find_one(board_id: str | None = None) -> str:
    """The path of the only board attached; NoDevice where there is none, UsageError for several."""
    ports = list_usb_ports(board_id)
    boards = [port for port in ports if port.boards]
    if len(boards) == 1:
        return boards[0].path
    if boards:
        names = "\n  ".join(str(port) for port in boards)
        raise UsageError(
            f"{len(boards)} boards are attached:\n  {names}",
            "Name one with --device PORT, a0, u0 or id:SERIAL.",
        )
    what = f"no {board_id} is attached" if board_id else "no board is attached"
    if ports:
        what += "; USB ports that no board file knows: " + ", ".join(str(port) for port in ports)
    raise NoDevice(what, PLUG_IN)


def resolve(name: str) -> str:
    """The port that a --device name means: PATH, a0, u0, c0, id:SERIAL, port:PATH or a URL."""
    if name.startswith("port:"):
        return name[len("port:") :]
    if name.startswith("id:"):
        return _by_serial_number(name[len("id:") :])
    if short := re.fullmatch(r"([auc])(\d{1,3})", name):
        return SHORT_NAMES[short[1]] + short[2]
    return name


def _by_serial_number(serial_number: str) -> str:
    ports = list_usb_ports()
    for port in ports:
        if port.serial_number == serial_number:
            return port.path
    there = ", ".join(f"id:{port.serial_number}" for port in ports if port.serial_number)
    raise NoDevice(f"no device has the serial number {serial_number}", f"Attached: {there or '-'}.")


def why_not_open(path: str) -> NoDevice:
    """The reason that a port cannot be opened, as an error."""
    if "://" in path:
        return NoDevice(
            f"cannot connect to {path}", "Check the address and that something listens."
        )
    if os.name == "posix" and not os.path.exists(path):
        attached = ", ".join(port.path for port in list_usb_ports()) or "none"
        return NoDevice(f"there is no port {path}", f"USB ports attached: {attached}.")
    if os.name == "posix" and not os.access(path, os.R_OK | os.W_OK):
        return NoDevice(
            f"no permission to open {path}", "Add yourself to the port's group (dialout on Debian)."
        )
    if os.name == "posix" and not stat.S_ISCHR(os.stat(path).st_mode):
        what = "a folder" if os.path.isdir(path) else "a file"
        return NoDevice(f"{path} is {what}, not a serial port", "Name the board's port.")
    return NoDevice(f"{path} cannot be opened", "Close other programs that use it.")
