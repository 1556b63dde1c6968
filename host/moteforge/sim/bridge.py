# SPDX-License-Identifier: Apache-2.0
"""Carries bytes between the pseudo-terminal and the simulator process, in a thread of its own.

Both ways are bounded and lossless while the port is open: where one end does not take data, the
other is not read. Frames on the socket are those of link.mjs. As with a real port, what the board
prints while no program has it open is dropped; data of one opening never reaches the next.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import struct
import threading
from collections.abc import Callable

from .terminal import POLL_WITHOUT_INOTIFY, Terminal

TO_GUEST_LIMIT = 64 * 1024
TO_HOST_LIMIT = 1024 * 1024
HEAD = struct.Struct("<cI")
SAFETY_POLL = 1.0  # seconds between looks at a closed port, should an event be missed
READ_BYTES = 65536
STOP_SECONDS = 10


class Bridge(threading.Thread):
    """Runs until stop() or until the simulator's end of the socket closes.

    on_replug(terminal): called when a reset has cut an open connection and a new port is there.
    """

    def __init__(
        self,
        terminal: Terminal,
        channel: socket.socket,
        on_replug: Callable[[Terminal], None],
    ) -> None:
        super().__init__(name="virtual-pico", daemon=True)
        self.terminal = terminal
        self.channel = channel
        self.on_replug = on_replug
        channel.setblocking(False)
        self.wake_read, self.wake_write = os.pipe()
        self.stopping = False
        self.open = False
        self.closes_unanswered = 0
        self.to_guest = bytearray()
        self.to_host = bytearray()
        self.incoming = bytearray()

    def stop(self) -> None:
        """Ends the thread and closes the terminal."""
        self.stopping = True
        if self.ident is None:
            self.run()  # never started: only its clean-up is left
            return
        with contextlib.suppress(OSError):
            os.write(self.wake_write, b"x")
        if threading.current_thread() is not self:
            self.join(STOP_SECONDS)

    def run(self) -> None:
        """The thread: waits for events, moves bytes."""
        try:
            while not self.stopping:
                self.step()
        except OSError:  # the simulator's end is closed
            if self.open and not self.stopping:
                self.terminal.finish(self.to_host)
        finally:
            self.terminal.close()
            self.channel.close()
            os.close(self.wake_read)

    def step(self) -> None:
        """Waits for one round of events and handles them."""
        if not self.open and self.terminal.is_open():
            self.send("O")
            self.open = True
        events = self.wait()
        if self.terminal.openings in events:
            self.terminal.forget_openings()
        if events.get(self.terminal.master, 0) & (select.POLLIN | select.POLLHUP):
            self.read_terminal()
        if self.channel.fileno() in events:
            self.exchange(events[self.channel.fileno()])
        if self.to_host and self.open:
            del self.to_host[: self.terminal.write(self.to_host)]
        self.write_channel()

    def wait(self) -> dict[int, int]:
        """Polls exactly what can make progress, so that nothing spins."""
        poll = select.poll()
        poll.register(self.wake_read, select.POLLIN)
        room = len(self.to_host) < TO_HOST_LIMIT
        wanted = (select.POLLIN if room else 0) | (select.POLLOUT if self.to_guest else 0)
        if wanted:
            poll.register(self.channel, wanted)
        timeout = None
        if self.open:
            reads = select.POLLIN if len(self.to_guest) < TO_GUEST_LIMIT else 0
            writes = select.POLLOUT if self.to_host else 0
            if reads or writes:
                poll.register(self.terminal.master, reads | writes)
        elif self.terminal.openings is None:
            timeout = POLL_WITHOUT_INOTIFY * 1000
        else:
            poll.register(self.terminal.openings, select.POLLIN)
            timeout = SAFETY_POLL * 1000
        return dict(poll.poll(timeout))

    def send(self, kind: str, payload: bytes = b"") -> None:
        """Queues a frame for the simulator."""
        self.to_guest += HEAD.pack(kind.encode(), len(payload)) + payload

    def read_terminal(self) -> None:
        """Takes what the program wrote, or notices that it has gone."""
        data = self.terminal.read()
        if data is None:
            self.closed()
        elif data:
            self.send("D", data)

    def closed(self) -> None:
        """No program has the port open any more."""
        self.send("C")
        self.closes_unanswered += 1
        self.open = False
        self.to_host.clear()

    def replug(self) -> None:
        """After a reset: USB went away and came back, so whoever had the port open has lost it."""
        if not self.open:
            return
        self.terminal.finish(self.to_host)
        self.closed()
        self.terminal.close()
        self.terminal = Terminal()
        self.on_replug(self.terminal)

    def write_channel(self) -> None:
        """Gives the simulator what it takes."""
        with contextlib.suppress(BlockingIOError):
            while self.to_guest:
                del self.to_guest[: self.channel.send(self.to_guest)]

    def exchange(self, events: int) -> None:
        """Reads frames from the simulator."""
        if not events & (select.POLLIN | select.POLLHUP | select.POLLERR):
            return
        try:
            data = self.channel.recv(READ_BYTES)
        except BlockingIOError:
            return
        if not data:
            raise ConnectionError("the simulator process has ended")
        self.incoming += data
        while len(self.incoming) >= HEAD.size:
            kind, length = HEAD.unpack_from(self.incoming)
            if len(self.incoming) < HEAD.size + length:
                break
            self.receive(kind, bytes(self.incoming[HEAD.size : HEAD.size + length]))
            del self.incoming[: HEAD.size + length]

    def receive(self, kind: bytes, payload: bytes) -> None:
        """One frame from the simulator."""
        if kind == b"C":
            self.closes_unanswered -= 1
        elif kind == b"R":
            self.replug()
        elif self.open and not self.closes_unanswered:
            self.to_host += payload
