# SPDX-License-Identifier: Apache-2.0
"""The pseudo-terminal that stands for the USB serial port, and a watch on who has it open."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import select
import struct
import termios
import time
import tty
from pathlib import Path

from ..errors import SimError

IN_OPEN = 0x20
POLL_WITHOUT_INOTIFY = 0.02  # seconds; on systems that cannot report an opening
READ_BYTES = 16384
LINGER_SECONDS = 0.5
LINGER_STEP = 0.005


def watch_openings(path: str) -> int | None:
    """An inotify descriptor that becomes readable when path is opened; None where there is none."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        fd = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if fd < 0:
            return None
        if libc.inotify_add_watch(fd, path.encode(), IN_OPEN) < 0:
            os.close(fd)
            return None
        return fd
    except (AttributeError, OSError):
        return None


class Terminal:
    """A raw pseudo-terminal; only the master end is kept open. port: the path of the other end."""

    def __init__(self) -> None:
        self.master, slave = os.openpty()
        self.port = os.ttyname(slave)
        tty.setraw(slave)
        self.openings = watch_openings(self.port)
        os.close(slave)
        os.set_blocking(self.master, False)

    def is_open(self) -> bool:
        """Whether a program has the port open, or left bytes in it that were not read yet."""
        poll = select.poll()
        poll.register(self.master, select.POLLIN)
        events = dict(poll.poll(0)).get(self.master, 0)
        return not events & select.POLLHUP or bool(events & select.POLLIN)

    def forget_openings(self) -> None:
        """Empties the watch."""
        if self.openings is not None:
            with contextlib.suppress(BlockingIOError):
                os.read(self.openings, READ_BYTES)

    def read(self) -> bytes | None:
        """Bytes from the program; b'' where there are none now, None when the port is closed."""
        try:
            return os.read(self.master, READ_BYTES) or None
        except BlockingIOError:
            return b""
        except OSError:
            return None

    def write(self, data: bytes) -> int:
        """Writes what fits; returns how many bytes that was."""
        try:
            return os.write(self.master, data)
        except BlockingIOError:
            return 0

    def unread(self) -> int:
        """How many bytes the program has not read yet."""
        try:
            slave = os.open(self.port, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError:
            return 0
        try:
            return int(struct.unpack("i", fcntl.ioctl(slave, termios.FIONREAD, b"\0" * 4))[0])
        finally:
            os.close(slave)

    def finish(self, data: bytes) -> None:
        """Gives an open program a moment to read what is left: closing discards it."""
        rest = bytearray(data)
        for _ in range(int(LINGER_SECONDS / LINGER_STEP)):
            del rest[: self.write(rest)]
            if not rest and not self.unread():
                return
            time.sleep(LINGER_STEP)

    def close(self) -> None:
        """Pulls the cable: programs that have the port open get an error or end of file."""
        for fd in (self.master, self.openings):
            if fd is not None:
                os.close(fd)


class Link:
    """A symbolic link to the port. The port's own name changes when the board is plugged in again
    while a program still holds the old one; the link's does not."""

    def __init__(self, path: Path, port: str) -> None:
        self.path = path
        if os.path.lexists(path):
            self.check_replaceable()
        self.point_to(port)

    def point_to(self, port: str) -> None:
        """Makes the link, or turns it to another port, in one step."""
        self.port = port
        temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            os.symlink(port, temporary)
            os.replace(temporary, self.path)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise SimError(
                f"the link {self.path} cannot be made: {error.strerror}",
                "Name a path in a folder that exists and can be written to.",
            ) from None

    def check_replaceable(self) -> None:
        """Only a link to a port that is gone may be replaced."""
        target = os.readlink(self.path) if self.path.is_symlink() else ""
        if not target.startswith(("/dev/pts/", "/dev/tty")):
            raise SimError(
                f"{self.path} exists and is not a link to a serial port",
                "Remove it, or name another path with --link.",
            )
        if os.path.exists(target):
            raise SimError(
                f"{self.path} leads to {target}, which is in use",
                "End the simulator that made it, or name another path with --link.",
            )

    def remove(self) -> None:
        """Removes the link if it is still ours."""
        with contextlib.suppress(OSError):
            if os.readlink(self.path) == self.port:
                os.unlink(self.path)
