# SPDX-License-Identifier: Apache-2.0
"""Files that the command writes: where they may lie, and that they are written whole or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from .errors import UsageError

KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
}


def check_place(option: str, path: str | Path, inputs: Iterable[str | Path] = ()) -> Path:
    """Where the file will be, symbolic links followed; UsageError where none of that name can be written.

    inputs: files that are read, none of which may be the one that is written.
    """
    if not os.fspath(path):
        raise UsageError(f"{option} is empty", "Name a file.")
    there = check_kind(f"{option} {path}", path)
    for given in inputs:
        if there and os.path.exists(given) and os.path.samefile(path, given):
            raise UsageError(
                f"{option} {path} is the same file as {given}, which is read", "Name another file."
            )
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise UsageError(
            f"{option} {path}: there is no folder {target.parent}", "Make it, or name another."
        )
    if not os.access(target.parent, os.W_OK):
        raise UsageError(
            f"{option} {path}: no permission to write in {target.parent}", "Name another folder."
        )
    return target


def check_kind(name: str, path: str | Path) -> os.stat_result | None:
    """What is at the path, None where nothing is; UsageError where it is no regular file."""
    try:
        there = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{name}: {reason}", "Name another file.") from None
    if not stat.S_ISREG(there.st_mode):
        kind = KINDS.get(stat.S_IFMT(there.st_mode), "no file")
        remedy = "Name a file in it." if stat.S_ISDIR(there.st_mode) else "Name a file."
        raise UsageError(f"{name} is {kind}, which cannot be replaced", remedy)
    return there


def replace_file(path: str | Path, write: Callable[[Any], None]) -> None:
    """Has a binary file written whole or not at all; UsageError where the disk says no.

    What a symbolic link points to is replaced, not the link; a file that is replaced keeps its permissions.
    """
    there = check_kind(str(path), path)
    target, temporary = Path(os.path.realpath(path)), None
    mode = stat.S_IMODE(there.st_mode) if there else 0o666 & ~current_umask()
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
            temporary = file.name
            write(file)
        os.chmod(temporary, mode)
        os.replace(temporary, target)
    except BaseException as error:
        if temporary:
            with suppress(OSError):
                os.unlink(temporary)
        if isinstance(error, OSError):
            remedy = "Make room there, or name another folder."
            raise UsageError(f"cannot write {path}: {error.strerror}", remedy) from None
        raise


def current_umask() -> int:
    """The process's umask."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
