# SPDX-License-Identifier: Apache-2.0
"""A repository that holds only host/setup, where set-up scripts can run and fail without harm."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Sandbox:
    """host/setup in a directory of its own, and a PATH with only what a test allows."""

    def __init__(self, root: Path) -> None:
        self.root = root
        shutil.copytree(
            ROOT / "host" / "setup",
            root / "host" / "setup",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        self.bin = root / "bin"
        self.bin.mkdir()
        # Not below root, whose path has a space that sub-builds cannot take.
        self.cache = str(root.parent / "cache")

    def allow(self, *commands: str) -> None:
        for command in commands:
            found = shutil.which(command)
            assert found, f"the test needs {command}"
            (self.bin / command).symlink_to(found)

    def script(self, command: str, text: str) -> None:
        """A command of the test's own, in sh."""
        path = self.bin / command
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def run(self, *argv: str, **variables: str) -> subprocess.CompletedProcess:
        kept = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
        return subprocess.run(
            argv,
            cwd=self.root,
            env={**kept, "PATH": str(self.bin), "XDG_CACHE_HOME": self.cache, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def setup(self, *steps: str, **variables: str) -> subprocess.CompletedProcess:
        return self.run(sys.executable, "host/setup", *steps, **variables)

    def packages(self, **variables: str) -> subprocess.CompletedProcess:
        return self.run("/bin/sh", "host/setup/packages.sh", **variables)


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    root = tmp_path / "with a space"
    root.mkdir()
    return Sandbox(root)


@pytest.fixture
def script_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the modules of host/setup importable."""
    monkeypatch.syspath_prepend(str(ROOT / "host" / "setup"))
