# SPDX-License-Identifier: Apache-2.0
"""The UF2 writer against the format's own rules, block by block."""

from __future__ import annotations

import random
import struct

import pytest


def blocks(data: bytes) -> list[tuple]:
    """(fields of the head, payload, last word) of each 512-byte block."""
    assert len(data) % 512 == 0
    parts = (data[at : at + 512] for at in range(0, len(data), 512))
    return [
        (struct.unpack_from("<8I", part), part[32:508], struct.unpack_from("<I", part, 508)[0])
        for part in parts
    ]


@pytest.mark.parametrize("size", [1, 255, 256, 257, 476, 4096, 331804])
def test_image_comes_back(script_path, size):
    from uf2 import to_uf2

    image = random.Random(size).randbytes(size)
    found = blocks(to_uf2(image))
    flash = bytearray()
    for number, (head, payload, last) in enumerate(found):
        assert head[:3] == (0x0A324655, 0x9E5D5157, 0x2000)
        assert head[3:] == (0x10000000 + 256 * number, 256, number, len(found), 0xE48BFF56)
        assert last == 0x0AB16F30
        assert not any(payload[256:])
        flash += payload[:256]
    assert flash[:size] == image
    assert not any(flash[size:])


def test_empty_image(script_path):
    from uf2 import to_uf2

    assert to_uf2(b"") == b""
