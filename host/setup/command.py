# SPDX-License-Identifier: Apache-2.0
"""Runs the tools of the set-up: output to build/logs, its tail shown on failure, a time limit."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from paths import LOGS
from report import SetupError

TAIL_LINES = 25


class Log:
    """One step's log file, begun anew each time the step runs."""

    def __init__(self, name: str) -> None:
        LOGS.mkdir(parents=True, exist_ok=True)
        self.path = LOGS / f"{name}.log"
        self.path.write_text("")

    def run(
        self,
        argv: Sequence[str | Path],
        *,
        remedy: str,
        cwd: Path | None = None,
        env: Mapping[str, str | None] | None = None,
        timeout: float = 900,
    ) -> None:
        """Runs argv; env is added to the environment, None removes. SetupError has the tail."""
        words = [str(word) for word in argv]
        with self.path.open("a") as out:
            out.write(f"$ {' '.join(words)}\n")
            out.flush()
            status = _wait(words, out, cwd, _environment(env or {}), timeout)
        if status != 0:
            raise SetupError(*self._explain(words, status, timeout, remedy), tail=self.tail())

    def _explain(
        self, words: list[str], status: int | None, timeout: float, remedy: str
    ) -> tuple[str, str]:
        if "No space left on device" in self.tail():
            return (
                f"the disk is full (while running {words[0]})",
                "free some space and run the same command again",
            )
        how = (
            f"did not finish in {timeout:.0f} s"
            if status is None
            else f"failed with exit code {status}"
        )
        return f"{_brief(words)} {how}; all of its output is in {self.path}", remedy

    def tail(self) -> str:
        lines = self.path.read_text(errors="replace").splitlines()
        return "\n".join(lines[-TAIL_LINES:])


def _environment(changes: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in {**os.environ, **changes}.items() if value is not None}


def _brief(words: list[str]) -> str:
    return " ".join([Path(words[0]).name, *words[1:3]])


def _wait(
    words: list[str], out, cwd: Path | None, env: dict[str, str], timeout: float
) -> int | None:
    """Exit code, 127 where there is no such command, None where the time ran out."""
    try:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=env,
            start_new_session=True,
        )
    except FileNotFoundError:
        out.write(f"{words[0]}: command not found\n")
        return 127
    try:
        return process.wait(timeout)
    except BaseException as error:
        # The whole session: make and ninja leave compilers behind otherwise.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if isinstance(error, subprocess.TimeoutExpired):
            return None
        raise


def output(argv: Sequence[str | Path], timeout: float = 60) -> str:
    """Standard output of a short command, or "" where it fails or is missing."""
    try:
        done = subprocess.run(
            [str(word) for word in argv],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
