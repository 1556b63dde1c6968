# SPDX-License-Identifier: Apache-2.0
"""Steps that run only when what they depend on has changed, by content and not by time stamps."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import report
from command import Log
from paths import BUILD, ROOT, STAMPS
from report import SetupError

NEED_MIB = 2500  # a complete set-up, with some room
ENOUGH_MIB = 700  # below this even a part of it may not fit


@dataclass(frozen=True)
class Step:
    """One thing that the set-up makes.

    key gives everything that the result depends on besides the steps in needs; outputs are files
    that exist when it has been done (the last part of a path may be a pattern). make writes them,
    each whole or not at all.
    """

    name: str
    title: str
    seconds: int
    key: Callable[[], Iterable[str]]
    outputs: tuple[Path, ...]
    make: Callable[[Log], None]
    needs: tuple[str, ...] = ()


@dataclass
class Plan:
    """All steps by name, and what has been found or made of them in this run."""

    steps: dict[str, Step]
    digests: dict[str, str] = field(default_factory=dict)
    made: int = 0

    def bring(self, name: str) -> str:
        """Makes a step and those it needs, where out of date; returns the digest of its key."""
        if name not in self.digests:
            step = self.steps[name]
            parts = [self.bring(needed) for needed in step.needs] + [
                str(part) for part in step.key()
            ]
            digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
            if not _is_done(step, digest):
                self._make(step, digest)
            self.digests[name] = digest
        return self.digests[name]

    def _make(self, step: Step, digest: str) -> None:
        _check_disk()
        report.begin(step.name, step.title, step.seconds)
        start = time.monotonic()
        stamp = STAMPS / step.name
        stamp.unlink(missing_ok=True)
        log = Log(step.name)
        step.make(log)
        missing = [str(path) for path in step.outputs if not _exists(path)]
        if missing:
            raise SetupError(
                f"step {step.name} ended without making {', '.join(missing)}", f"see {log.path}"
            )
        stamp.write_text(digest)
        self.made += 1
        report.end(step.name, time.monotonic() - start)


def _is_done(step: Step, digest: str) -> bool:
    stamp = STAMPS / step.name
    return stamp.is_file() and stamp.read_text() == digest and all(map(_exists, step.outputs))


def _exists(path: Path) -> bool:
    """Whether an output is there; its name may be a pattern."""
    return any(path.parent.glob(path.name))


def _check_disk() -> None:
    free = shutil.disk_usage(BUILD).free
    if free < ENOUGH_MIB << 20:
        raise SetupError(
            f"only {free >> 20} MiB are free where {BUILD} lies; a set-up takes {NEED_MIB}",
            "free some space, or clone the repository onto a larger disk",
        )


@contextmanager
def exclusive() -> Iterator[None]:
    """Lets one set-up at a time work in build/."""
    BUILD.mkdir(exist_ok=True)
    with (BUILD / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report.say("  waiting for another make in this directory to finish its set-up")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def contents(*patterns: str) -> list[str]:
    """Names and SHA-256 of the repository's files that match, for a step's key."""
    paths = {path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}
    return [
        f"{path.relative_to(ROOT)} {hashlib.sha256(path.read_bytes()).hexdigest()}"
        for path in sorted(paths)
        if "__pycache__" not in path.parts
    ]


def state_of(tree: Path) -> str:
    """Digest of names, sizes and times in a tree that is not ours: cheap, and changes with it."""
    digest = hashlib.sha256(str(tree).encode())
    for directory, names, files in os.walk(tree):
        names[:] = sorted(name for name in names if name != ".git" and not name.startswith("build"))
        for name in sorted(files):
            path = Path(directory, name)
            if not path.is_symlink():
                info = path.stat()
                digest.update(f"{path}\0{info.st_size}\0{info.st_mtime_ns}\n".encode())
    return digest.hexdigest()
