# SPDX-License-Identifier: Apache-2.0
"""Writes UF2, the format of the RP2040's USB boot loader: 512-byte blocks of 256 bytes of flash.

The format is in the UF2 specification (little-endian words) and in the RP2040 datasheet, 2.8.4.2.
"""

from __future__ import annotations

import struct

MAGIC_START = (0x0A324655, 0x9E5D5157)
MAGIC_END = 0x0AB16F30
FAMILY_PRESENT = 0x2000
FAMILY_RP2040 = 0xE48BFF56
FLASH_BASE = 0x10000000
PAYLOAD = 256  # a flash page


def to_uf2(image: bytes, base: int = FLASH_BASE, family: int = FAMILY_RP2040) -> bytes:
    """UF2 file that writes image at the address base; the last page is filled with zeros."""
    pages = [image[at : at + PAYLOAD] for at in range(0, len(image), PAYLOAD)]
    return b"".join(
        _block(page, base + number * PAYLOAD, number, len(pages), family)
        for number, page in enumerate(pages)
    )


def _block(page: bytes, address: int, number: int, count: int, family: int) -> bytes:
    head = struct.pack("<8I", *MAGIC_START, FAMILY_PRESENT, address, PAYLOAD, number, count, family)
    return head + page.ljust(476, b"\0") + struct.pack("<I", MAGIC_END)
