# SPDX-License-Identifier: Apache-2.0
"""A folder of this computer on a board, served so that it can be interrupted at any moment.

During a request the board has Ctrl-C switched off and takes every byte as part of the answer; an
answer that breaks off leaves it waiting for ever. So a request is always answered whole: signals
that would unwind the stack wait for its end.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from mpremote.transport_serial import SerialIntercept

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def held(noticed: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Delays SIGINT and SIGTERM to the end of the block; a second one is delivered at once.

    noticed() is called when the first arrives. Outside the main thread no signal arrives anyway.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    waiting: list[tuple[int, Any]] = []

    def handle(number: int, frame: Any) -> None:
        handler = before[number]
        if waiting and callable(handler):
            handler(number, frame)
        elif handler is not signal.SIG_IGN:
            waiting.append((number, frame))
            noticed()

    try:
        for number in SIGNALS:
            signal.signal(number, handle)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        if waiting:
            signal.raise_signal(waiting[0][0])


class WholeRequests(SerialIntercept):
    """mpremote's server of a mounted folder; what a signal interrupts is never a request."""

    def _check_input(self, blocking: bool) -> None:
        with held(self.orig_serial.hurry):
            super()._check_input(blocking)
