# SPDX-License-Identifier: Apache-2.0
"""The serial line to a MicroPython prompt: mpremote's SerialTransport with a bound on every wait.

mpremote reads without limit in several places (raw paste, mounted folders). Here the port itself
raises: LinkLost when it is gone, LinkSilent when nothing came for `patience` seconds. Both are
TransportErrors; transport.Board turns them into messages for people.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from mpremote.transport import TransportError
from mpremote.transport_serial import SerialTransport

RAW_PROMPT = b"raw REPL; CTRL-B to exit\r\n>"
POLL_SECONDS = 0.02
# More than the second after which a board gives up waiting, also on a busy emulator.
HURRY_SECONDS = 4.0
# Ctrl-C is lost on a board that is just asking for a part of a file; it passes over thirty bytes, then takes them for
# its answer. So a step, in seconds, is twice as long after each try that nothing answered, and such tries are few.
STOP_SECONDS = 30.0
STOP_STEP = 0.15
STOP_UNHEARD = 6
RESET_SECONDS = 15.0
PADDING = b"\x03" * 250
PADDING_TRIES = 200
CTRL_A, CTRL_B, CTRL_C, CTRL_D = b"\x01", b"\x02", b"\x03", b"\x04"


class LinkLost(TransportError):
    """The port has gone: unplugged, or the emulator ended."""


class LinkSilent(TransportError):
    """The port is there, but no byte came in time."""


class LinkProtocol(TransportError):
    """Something answers, but not as a raw MicroPython prompt does. received: what came instead."""

    def __init__(self, message: str, received: bytes = b""):
        super().__init__(message)
        self.received = received


class GuardedPort:
    """A serial port whose reads and writes end in `patience` seconds, with a buffer of its own."""

    def __init__(self, port: Any, patience: float):
        self.port = port
        self.patience = patience
        self.buffer = bytearray()
        self.received = 0  # bytes so far
        port.timeout = POLL_SECONDS
        port.write_timeout = patience
        self.timeout = None  # mpremote sets it; patience rules

    def _fill(self, wait: bool) -> bool:
        try:
            waiting = self.port.in_waiting
            data = self.port.read(waiting) if waiting else self.port.read(1) if wait else b""
        except (
            OSError,
            TypeError,
            ValueError,
        ) as error:  # pyserial's SerialException is an OSError
            raise LinkLost(str(error)) from None
        self.buffer += data
        self.received += len(data)
        return bool(data)

    def wait(self) -> bool:
        """Waits for data, at most POLL_SECONDS; true when some is there."""
        return bool(self.buffer) or self._fill(wait=True)

    def inWaiting(self) -> int:  # the name that mpremote calls
        """Bytes that can be read at once."""
        if not self.buffer:
            self._fill(wait=False)
        return len(self.buffer)

    def read(self, count: int) -> bytes:
        """Exactly count bytes; raises LinkSilent or LinkLost."""
        last = time.monotonic()
        while len(self.buffer) < count:
            if self._fill(wait=True):
                last = time.monotonic()
            elif time.monotonic() > last + self.patience:
                raise LinkSilent(f"no answer for {self.patience:g} s")
        data = bytes(self.buffer[:count])
        del self.buffer[:count]
        return data

    def hurry(self) -> None:
        """Somebody wants to end: silence is now borne for HURRY_SECONDS only."""
        self.patience = min(self.patience, HURRY_SECONDS)

    def read_available(self) -> bytes:
        """What is there, possibly nothing."""
        return self.read(self.inWaiting())

    def write(self, data: bytes) -> int:
        """Writes all; raises LinkSilent when the other side takes nothing."""
        import serial

        try:
            return self.port.write(data)
        except serial.SerialTimeoutException:
            raise LinkSilent(f"took no data for {self.patience:g} s") from None
        except OSError as error:
            raise LinkLost(str(error)) from None

    def close(self) -> None:
        """Closes the port; a port already gone is no error."""
        with suppress(OSError):
            self.port.close()

    @property
    def fd(self) -> Any:
        """The file descriptor, where the port has one."""
        return self.port.fd


class SerialLink(SerialTransport):
    """mpremote's transport over a GuardedPort. patience: seconds of silence that count as gone."""

    def __init__(self, device: str, patience: float = 30.0):
        super().__init__(device, timeout=POLL_SECONDS)
        self.guard = GuardedPort(self.serial, patience)
        self.serial = self.guard
        self.emulated = os.path.realpath(device).startswith("/dev/pts/")
        self.is_pty = False  # the guard polls both kinds of port alike

    def read_until(
        self,
        min_num_bytes: int,
        ending: bytes,
        timeout: float | None = None,
        data_consumer: Callable[[bytes], None] | None = None,
        timeout_overall: float | None = None,
    ) -> bytes:
        """Bytes up to and with ending (of one byte with a data_consumer); raises LinkSilent."""
        patience = self.guard.patience if timeout is None else timeout
        begin = last = time.monotonic()
        data = b""
        while not data.endswith(ending):
            if self.serial.inWaiting():
                new = self.serial.read(1)
                data = new if data_consumer else data + new
                if data_consumer:
                    data_consumer(new)
                last = time.monotonic()
                continue
            now = time.monotonic()
            if now - last > patience or (timeout_overall and now - begin > timeout_overall):
                raise LinkSilent(f"no answer for {now - last:.0f} s")
            self.guard.wait()
        return data

    def expect(self, ending: bytes, seconds: float) -> bytes:
        """Like read_until, but returns what came when the time is over."""
        data, deadline = b"", time.monotonic() + seconds
        while ending not in data and time.monotonic() < deadline:
            if self.guard.wait():
                data += self.guard.read_available()
        return data

    def enter_raw_repl(self, soft_reset: bool = True, timeout_overall: float = 10) -> None:
        """Interrupts what runs and enters the raw prompt; raises LinkProtocol with what came."""
        received = b""
        for attempt in range(4):
            self.guard.write(b"\r" + CTRL_C + CTRL_C)
            time.sleep(0.05 * (attempt + 1))
            self.guard.read_available()
            self.guard.write(b"\r" + CTRL_A)
            received = self.expect(RAW_PROMPT, 1.0 + attempt)
            if RAW_PROMPT in received:
                break
        else:
            raise LinkProtocol("no raw MicroPython prompt", received)
        self._drain()
        if soft_reset:
            self._soft_reset(timeout_overall)
        self.guard.buffer[:0] = b">"  # exec looks for the prompt, and expect has taken it
        self.in_raw_repl = True

    def _drain(self) -> None:
        """Takes what is still under way, up to a short silence."""
        for _ in range(50):
            if not self.guard.wait():
                return
            self.guard.read_available()

    def _soft_reset(self, seconds: float) -> None:
        """Resets the interpreter, so that the heap is fresh; runs boot.py but not main.py."""
        self.guard.write(CTRL_D)
        received = self.expect(RAW_PROMPT, seconds)
        if RAW_PROMPT not in received:
            raise LinkProtocol("no prompt after a soft reset", received)
        self._drain()

    def mount_local(self, path: str, unsafe_links: bool = False) -> None:
        """As mpremote does, with requests that no signal breaks off."""
        from .mounting import WholeRequests

        super().mount_local(path, unsafe_links)
        self.serial = WholeRequests(self.guard, self.cmd)

    def interrupt(self) -> None:
        """Ctrl-C, and back to the friendly prompt; waits for an answer only if a folder is mounted.

        Then it serves the folder until the program has ended, and resets the interpreter, which
        forgets the folder.
        """
        self.guard.hurry()
        if self.mounted:
            stopped = self._stop_serving() or self._complete_read()
            self.mounted, self.serial = False, self.guard
            if not stopped:
                raise LinkSilent("the board cannot be interrupted")
            self._drain()
            self._soft_reset(RESET_SECONDS)
        else:
            self.guard.write(b"\r" + CTRL_C + CTRL_C)
        self.guard.write(b"\r" + CTRL_B)
        self.in_raw_repl = False

    def _stop_serving(self) -> bool:
        """Ctrl-C until the raw prompt shows; requests that come meanwhile are answered."""
        deadline, unheard = time.monotonic() + STOP_SECONDS, 0
        while unheard < STOP_UNHEARD and time.monotonic() < deadline:
            before = self.guard.received
            self.guard.write(CTRL_C + b"\r" + CTRL_A)
            try:
                if self._serve_until_prompt(STOP_STEP * 2**unheard):
                    return True
            except LinkLost:
                raise
            except Exception:  # a request cut off by Ctrl-C; whatever it lacks, the next is whole
                self.guard.read_available()
            unheard = 0 if self.guard.received > before else unheard + 1
        return False

    def _serve_until_prompt(self, seconds: float) -> bool:
        data, deadline = b"", time.monotonic() + seconds
        while time.monotonic() < deadline:
            while self.serial.inWaiting():
                data += self.serial.read(1)
                if data.endswith(RAW_PROMPT):
                    return True
            self.guard.wait()
        return False

    def _complete_read(self) -> bool:
        """The last resort for a board that waits for the rest of an answer: bytes to fill it.

        Ctrl-C as filling: the one after the last that was missing interrupts the program.
        """
        for _ in range(PADDING_TRIES):
            self.guard.write(PADDING + b"\r" + CTRL_A)
            if RAW_PROMPT in self.expect(RAW_PROMPT, POLL_SECONDS):
                return True
        return False

    def close(self) -> None:
        """Closes the port, whatever state it is in."""
        for line in ("rts", "dtr"):  # before the driver does it, which would reset some boards
            with suppress(OSError):
                setattr(self.guard.port, line, False)
        self.guard.close()
