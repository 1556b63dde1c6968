# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the command's tests: invented ports, fake boards, no settings of this machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "native"))
sys.path.insert(0, str(Path(__file__).parent))
from fakeboard import FakeBoard


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither variables nor a pyproject.toml of this machine reach a test; nor its serial ports."""
    for name in [name for name in os.environ if name.startswith("MOTE_")]:
        if name not in ("MOTE_BUILD", "MOTE_SHARED"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("moteforge.ports.comports", list)


@pytest.fixture
def ports(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Invents the attached serial ports: ports((path, (vid, pid) or None, serial), ...)."""

    def invent(*found: tuple[str, Any, str | None]) -> None:
        infos = [
            SimpleNamespace(device=path, vid=ids and ids[0], pid=ids and ids[1],
                            serial_number=serial, product=None)
            for path, ids, serial in found
        ]  # fmt: skip
        monkeypatch.setattr("moteforge.ports.comports", lambda: infos)

    return invent


@pytest.fixture
def boards_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Where board files are looked for besides those that come with the command; not made yet."""
    from moteforge import boards

    folder = tmp_path / "own boards"
    monkeypatch.setenv("MOTE_BOARDS", str(folder))
    boards.load_boards.cache_clear()
    yield folder
    boards.load_boards.cache_clear()


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Callable[..., FakeBoard]]:
    """Makes fake boards, each with an empty file system, stopped at the end."""
    with ExitStack() as stack:

        def make(**options: Any) -> FakeBoard:
            root = tmp_path / f"board{make.count}"
            make.count += 1
            root.mkdir()
            return stack.enter_context(FakeBoard(root, **options))

        make.count = 0
        yield make


@pytest.fixture
def mote(capsys: pytest.CaptureFixture[str]) -> Callable[..., SimpleNamespace]:
    """Runs a command line in this process: .code, .out, .err, .json()."""
    import json

    from moteforge.commandline import run

    def invoke(*arguments: object) -> SimpleNamespace:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return SimpleNamespace(code=code, out=out, err=err, json=lambda: json.loads(out))

    return invoke
