# SPDX-License-Identifier: Apache-2.0
"""Function names for addresses, from the symbol table of a 32-bit little-endian ELF file."""

from __future__ import annotations

import struct
from functools import lru_cache
from pathlib import Path

SECTION_SYMBOLS = 2
FUNCTION = 2
SECTION = struct.Struct("<10I")
SYMBOL = struct.Struct("<IIIBBH")


def read_symbols(data: bytes) -> list[tuple[int, int, str]]:
    """All functions as (address, size, name), sorted; raises ValueError or struct.error."""
    if data[:6] != b"\x7fELF\x01\x01":
        raise ValueError("not a 32-bit little-endian ELF file")
    start, size, count = (
        struct.unpack_from("<I", data, 32)[0],
        *struct.unpack_from("<HH", data, 46),
    )
    sections = [SECTION.unpack_from(data, start + size * i) for i in range(count)]
    found = []
    for section in sections:
        if section[1] != SECTION_SYMBOLS:
            continue
        names = sections[section[6]][4]
        for at in range(section[4], section[4] + section[5], SYMBOL.size):
            name, value, length, info, _, _ = SYMBOL.unpack_from(data, at)
            if info & 15 == FUNCTION and length:
                text = data[names + name : data.index(b"\0", names + name)]
                found.append((value & ~1, length, text.decode("ascii", "replace")))
    return sorted(found)


@lru_cache(maxsize=8)
def functions_of(path: Path) -> tuple[tuple[int, int, str], ...]:
    """The functions of an ELF file; empty where it is missing or unreadable."""
    try:
        return tuple(read_symbols(path.read_bytes()))
    except (OSError, ValueError, struct.error, IndexError):
        return ()


def name_address(elf: Path, address: int) -> str:
    """'0x10001234 (mp_execute_bytecode+0x12)', or the address alone."""
    for start, length, name in functions_of(elf):
        if start <= address < start + length:
            return f"0x{address:08x} ({name}+0x{address - start:x})"
    return f"0x{address:08x}"
