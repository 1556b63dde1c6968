# SPDX-License-Identifier: Apache-2.0
"""The file that keeps the virtual Pico's flash: created whole, locked while a simulator uses it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from ..errors import SimError

FLASH_BYTES = 2 * 1024 * 1024  # of a Raspberry Pi Pico
SECTOR = 4096
UF2_MAGIC = b"UF2\n"  # begins a firmware image, which a mistyped name would destroy
MAX_BYTES = 16 * 1024 * 1024  # the RP2040 addresses no more


def create(path: Path, size: int = FLASH_BYTES) -> None:
    """Makes an erased image (every byte 0xff) in one step."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with open(temporary, "wb") as file:
            file.write(b"\xff" * size)
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink(missing_ok=True)


def check_size(path: Path, size: int) -> None:
    """Refuses a file that cannot be the image of an RP2040's flash chip."""
    if size < SECTOR or size > MAX_BYTES or size % SECTOR:
        raise SimError(
            f"{path} is no flash image: it has {size} bytes",
            f"A flash image has a multiple of {SECTOR} bytes, a Pico's {FLASH_BYTES}; "
            "name a new file to get an erased one.",
        )


def open_locked(path: Path) -> tuple[int, int]:
    """Opens (creates where missing) and locks the image; returns (file descriptor, size in bytes).

    Raises SimError where it cannot be opened, is no image, or another simulator uses it.
    """
    try:
        if not path.exists():
            create(path)
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        raise SimError(
            f"the flash file {path} cannot be opened: {error.strerror}",
            "Name a file in a folder that exists and can be written to.",
        ) from None
    try:
        size = os.fstat(fd).st_size
        check_size(path, size)
        if os.pread(fd, len(UF2_MAGIC), 0) == UF2_MAGIC:
            raise SimError(
                f"{path} is a firmware image, which would be overwritten with the flash's contents",
                "Name another file for the flash; firmware is named with --firmware.",
            )
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        raise SimError(
            f"the flash file {path} is used by another simulator",
            "Stop that one, or name another file.",
        ) from None
    except BaseException:
        os.close(fd)
        raise
    return fd, size
