# SPDX-License-Identifier: Apache-2.0
"""Where things lie. GNU make and MicroPython's build rules cannot cope with spaces in paths.

Trees and objects of sub-builds therefore live in WORK: build/ itself where its path is harmless,
else a directory below the user's cache; build/third_party is then a link into it.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from pathlib import Path

from report import SetupError

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
LOGS = BUILD / "logs"
STAMPS = BUILD / "stamps"
VENV = ROOT / ".venv"

_HARMLESS = re.compile(r"[A-Za-z0-9_./+@-]+")


def is_harmless(path: Path | str) -> bool:
    """Whether make, cmake and a shell take this path without quotes."""
    return _HARMLESS.fullmatch(str(path)) is not None


def _work() -> Path:
    chosen = os.environ.get("MOTE_WORK")
    if chosen:
        return Path(chosen).expanduser().resolve() / _digest()
    if is_harmless(BUILD):
        return BUILD
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser().resolve() / "moteforge" / _digest()


def _digest() -> str:
    return hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]


WORK = _work()
THIRD_PARTY = WORK / "third_party"
OBJ = WORK / "obj"  # intermediate files of sub-builds
STAGE = WORK / "stage"  # copies of our own sources, for sub-builds


def prepare() -> None:
    """Makes the directories; links build/third_party where WORK lies elsewhere."""
    if not is_harmless(WORK):
        raise SetupError(
            f"MicroPython cannot be built below {str(WORK)!r}: a space or special character",
            "set MOTE_WORK to a directory whose path has none",
        )
    for directory in (LOGS, STAMPS, THIRD_PARTY, OBJ, STAGE):
        directory.mkdir(parents=True, exist_ok=True)
    if WORK != BUILD:
        link(BUILD / "third_party", THIRD_PARTY)


def link(name: Path, target: Path) -> None:
    """Makes name a symbolic link to target, replacing what was there."""
    if name.is_symlink() and Path(os.readlink(name)) == target:
        return
    fresh = name.with_name(f".{name.name}.{os.getpid()}")
    fresh.symlink_to(target)
    remove(name)
    fresh.rename(name)


def remove(path: Path) -> None:
    """Removes a file, a link or a whole tree; nothing there is fine."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)


def replace_tree(fresh: Path, final: Path) -> None:
    """Puts a finished tree in its place; what was there disappears only now."""
    remove(final)
    final.parent.mkdir(parents=True, exist_ok=True)
    fresh.rename(final)


def publish(source: Path, target: Path) -> None:
    """Copies one finished file, so that target is either the old one or the whole new one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.copy2(source, fresh)
    fresh.rename(target)


def mirror(source: Path, target: Path, patterns: tuple[str, ...] = ("*",)) -> None:
    """Makes target hold the files of source that match; an unchanged file keeps its time stamp."""
    wanted = {
        path.relative_to(source)
        for pattern in patterns
        for path in source.rglob(pattern)
        if path.is_file() and "__pycache__" not in path.parts
    }
    for relative in sorted(wanted):
        _copy_if_different(source / relative, target / relative)
    if target.is_dir():
        for path in [p for p in target.rglob("*") if p.is_file()]:
            if path.relative_to(target) not in wanted:
                path.unlink()


def _copy_if_different(source: Path, target: Path) -> None:
    data = source.read_bytes()
    if target.is_file() and target.read_bytes() == data:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
