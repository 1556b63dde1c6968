# SPDX-License-Identifier: Apache-2.0
"""The simulator process: starts it, sends commands, takes events, and ends it for certain."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import SimError

MAIN = Path(__file__).with_name("main.mjs")
STOP_SECONDS = 5
LOG_TAIL = 2000  # bytes


class Process:
    """Node.js running main.mjs. on_event(event) is called in a thread for all but answers."""

    def __init__(
        self,
        node: str,
        config: dict[str, Any],
        descriptors: tuple[int, ...],
        on_event: Callable[[dict[str, Any]], None],
    ) -> None:
        self.on_event = on_event
        self.answers: dict[int, queue.SimpleQueue[dict[str, Any]]] = {}
        self.lock = threading.Lock()
        self.last_id = 0
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the process)
        try:
            self.popen = subprocess.Popen(
                [node, str(MAIN), json.dumps(config)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self.log,
                pass_fds=descriptors,
                start_new_session=True,
            )
        except OSError as error:
            raise SimError(f"{node} cannot be started: {error.strerror}") from None
        self.reader = threading.Thread(target=self.read_events, name="virtual-pico-events")
        self.reader.daemon = True
        self.reader.start()

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self.popen.poll() is None

    def read_events(self) -> None:
        """The thread: one JSON line, one event; at the end an event 'ended'."""
        assert self.popen.stdout is not None
        with self.popen.stdout as lines:
            for line in lines:
                event = json.loads(line)
                if event["event"] == "answer":
                    self.answers[event["id"]].put(event)
                else:
                    self.on_event(event)
        self.popen.wait()
        for waiting in list(self.answers.values()):
            waiting.put({"error": "the simulator process has ended"})
        self.on_event({"event": "ended", "code": self.popen.returncode})

    def ask(self, command: str, timeout: float = 30.0, **values: Any) -> dict[str, Any]:
        """Sends a command and waits for its answer; raises SimError."""
        with self.lock:
            self.last_id += 1
            number = self.last_id
            box = self.answers[number] = queue.SimpleQueue()
            line = json.dumps({"id": number, "command": command, **values}) + "\n"
            try:
                assert self.popen.stdin is not None
                self.popen.stdin.write(line.encode())
                self.popen.stdin.flush()
            except (OSError, ValueError):
                raise SimError("the virtual Pico is not running") from None
        try:
            answer = box.get(timeout=timeout if self.running else 0.5)
        except queue.Empty:
            raise SimError(f"the virtual Pico does not answer to {command!r}") from None
        finally:
            del self.answers[number]
        if "error" in answer:
            raise SimError(f"virtual Pico: {answer['error']}")
        return answer

    def log_tail(self) -> str:
        """The end of what the process wrote to stderr."""
        size = self.log.seek(0, 2)
        self.log.seek(max(0, size - LOG_TAIL))
        return self.log.read().decode("utf-8", "replace").strip()

    def stop(self, at_once: bool = False) -> None:
        """Ends the process: by the end of its input, or at_once as a power cut would."""
        if at_once:
            self.popen.kill()
        with contextlib.suppress(OSError):
            if self.popen.stdin:
                self.popen.stdin.close()
        try:
            self.popen.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
        if threading.current_thread() is not self.reader:
            self.reader.join(STOP_SECONDS)
