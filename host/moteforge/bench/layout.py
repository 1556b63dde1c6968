# SPDX-License-Identifier: Apache-2.0
"""Where the benchmark finds the repository, the tools it calls and the shared models."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ..errors import MoteError

ROOT = Path(__file__).resolve().parents[3]
BENCH_SOURCE = ROOT / "native" / "bench"


def require_repository() -> Path:
    """The repository's root; MoteError where the package is installed without it."""
    if not (BENCH_SOURCE / "Makefile").is_file():
        raise MoteError(
            f"the benchmark's sources are not in {BENCH_SOURCE}",
            "Run it from a checkout of MoteForge (`make setup` installs that one).",
        )
    return ROOT


def build_folder() -> Path:
    """build/bench, made if missing."""
    folder = require_repository() / "build" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def shared_folder() -> Path:
    """Public models and recordings: MOTE_SHARED, else ../shared beside the repository."""
    named = os.environ.get("MOTE_SHARED")
    return Path(named) if named else ROOT.parent / "shared"


def tool(name: str, package: str) -> str:
    """The path of a program; MoteError naming the Debian package where it is missing."""
    found = shutil.which(name)
    if not found:
        raise MoteError(f"{name} is not installed", f"Run `make setup`, or install {package}.")
    return found


def run_tool(command: Sequence[str | Path], timeout: float) -> str:
    """Runs a program, returns its stdout; MoteError with the end of its stderr where it fails."""
    name = Path(command[0]).name
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout
        )
    except subprocess.TimeoutExpired:
        raise MoteError(f"{name} did not end within {timeout:.0f} s") from None
    if done.returncode:
        tail = (done.stderr or done.stdout).strip()[-2000:]
        raise MoteError(f"{name} ended with {done.returncode}: {tail}")
    return done.stdout
