# SPDX-License-Identifier: Apache-2.0
"""Images of MicroPython's read-only file system whose files begin at multiples of 16 bytes.

A board that maps such a file system uses models where they lie; the core needs them aligned, which mpremote's own
images do not see to. Format: the opening comment of MicroPython's extmod/vfs_rom.c. Records are kind, length, payload;
numbers have 7 bits a byte, the top bit set on all but the last, and 0x80 bytes before them change nothing. Here every
length takes four bytes, so that positions are known beforehand; further such bytes before the length of a file's data
align it.
"""

from __future__ import annotations

from collections.abc import Mapping

MAGIC = b"\xd2\xcd\x31"  # the kind of the record that is the file system
DATA, FILE = b"\x02", b"\x05"  # kinds
ALIGN = 16
NUMBER_BYTES = 4
FIRMWARE_BYTES = 384 * 1024  # for it in our firmware: boards/RPI_PICO_MOTE/mpconfigboard.h
LIMIT = 1 << 7 * NUMBER_BYTES


def number(value: int) -> bytes:
    """A number in NUMBER_BYTES bytes; ValueError from LIMIT on."""
    if not 0 <= value < LIMIT:
        raise ValueError(f"{value} bytes do not go into an image, {LIMIT - 1} is the most")
    groups = [value >> 7 * place & 0x7F for place in reversed(range(NUMBER_BYTES))]
    return bytes([0x80 | group for group in groups[:-1]] + groups[-1:])


def file_record(name: str, data: bytes, start: int) -> bytes:
    """The record of a file that begins `start` bytes into the image."""
    text = name.encode()
    head = number(len(text)) + text + DATA
    before = start + len(FILE) + NUMBER_BYTES + len(head)
    padding = b"\x80" * (-(before + NUMBER_BYTES) % ALIGN)
    payload = head + padding + number(len(data)) + data
    return FILE + number(len(payload)) + payload


def image(files: Mapping[str, bytes]) -> bytes:
    """The image of files in its top folder, by name. Raises ValueError for a name with a slash, or none."""
    body, start = b"", len(MAGIC) + NUMBER_BYTES
    for name, data in files.items():
        if not name or "/" in name:
            raise ValueError(f"{name!r} is no name of a file in an image")
        body += file_record(name, data, start + len(body))
    body += b"\x01\x80\x00" * ((start + len(body)) % 2)  # an odd size: padding of three bytes
    return MAGIC + number(len(body)) + body
