# SPDX-License-Identifier: Apache-2.0
"""Images of the read-only file system: read back by the format's rules, files aligned."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from moteforge import romfs

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "keyword" / "keyword.tflite"


def number(image: bytes, at: int) -> tuple[int, int]:
    """A number and where it ends."""
    value = 0
    while True:
        value = value << 7 | image[at] & 0x7F
        at += 1
        if image[at - 1] < 0x80:
            return value, at


def record(image: bytes, at: int) -> tuple[int, int, int]:
    """Kind, begin and end of a record's payload."""
    kind, at = number(image, at)
    length, at = number(image, at)
    return kind, at, at + length


def files(image: bytes) -> dict[str, tuple[int, bytes]]:
    """Name to offset and data."""
    kind, at, end = record(image, 0)
    assert (kind, end) == (0x14A6B1, len(image))
    found = {}
    while at < end:
        kind, begin, at = record(image, at)
        if kind == 5:
            length, begin = number(image, begin)
            name = image[begin : begin + length].decode()
            kind, begin, stop = record(image, begin + length)
            assert (kind, stop) == (2, at)
            found[name] = (begin, image[begin:stop])
        else:
            assert kind == 1
    assert at == end
    return found


@pytest.mark.parametrize("count", range(4))
def test_files_are_whole_and_aligned(count):
    given = {f"{'n' * n}{n}.tflite": bytes([n]) * (1000 * n + n) for n in range(count)}
    image = romfs.image(given)
    assert len(image) % 2 == 0
    found = files(image)
    assert {name: data for name, (_, data) in found.items()} == given
    assert all(at % romfs.ALIGN == 0 for at, _ in found.values())


@pytest.mark.parametrize("name", ["", "a/b"])
def test_names_that_cannot_be(name):
    with pytest.raises(ValueError, match="is no name of a file"):
        romfs.image({name: b""})


def test_more_than_numbers_hold():
    assert romfs.number(romfs.LIMIT - 1) == b"\xff\xff\xff\x7f"
    with pytest.raises(ValueError, match="268435455 is the most"):
        romfs.number(romfs.LIMIT)


def test_the_command_writes_an_image(mote, tmp_path):
    shutil.copy(EXAMPLE, tmp_path / "other.tflite")
    image = tmp_path / "models.romfs"
    document = mote("romfs", image, EXAMPLE, tmp_path / "other.tflite", "--json").json()
    assert document["schema"] == "moteforge.romfs/1"
    assert document["bytes"] == image.stat().st_size
    found = files(image.read_bytes())
    assert list(found) == ["keyword.tflite", "other.tflite"]
    assert found["keyword.tflite"][1] == EXAMPLE.read_bytes()
    assert "mpremote romfs deploy" in mote("romfs", image, EXAMPLE).out


def test_the_command_refuses_what_it_cannot_put_there(mote, tmp_path):
    image = tmp_path / "models.romfs"
    result = mote("romfs", image, EXAMPLE, EXAMPLE)
    assert result.code == 2
    assert f"the same name keyword.tflite: {EXAMPLE} and {EXAMPLE}" in result.err
    bad = tmp_path / "bad.tflite"
    bad.write_bytes(b"no model at all")
    assert mote("romfs", image, bad).code == 4
    assert mote("romfs", tmp_path, EXAMPLE).code == 2
    assert not image.exists()


@pytest.mark.parametrize("over", [0, 1])
def test_an_image_that_our_firmware_cannot_hold(mote, monkeypatch, tmp_path, over):
    image = tmp_path / "models.romfs"
    size = mote("romfs", image, EXAMPLE, "--json").json()["bytes"]
    monkeypatch.setattr(romfs, "FIRMWARE_BYTES", size - over)
    result = mote("romfs", image, EXAMPLE)
    assert result.code == 0
    assert ("too large for our firmware, whose ROMFS has" in result.out) == bool(over)


def test_the_firmware_s_room_is_the_board_definition_s():
    text = (EXAMPLE.parents[2] / "boards" / "RPI_PICO_MOTE" / "mpconfigboard.h").read_text()
    kib = text.split("#define MICROPY_HW_ROMFS_BYTES (")[1].split(" * 1024")[0]
    assert int(kib) * 1024 == romfs.FIRMWARE_BYTES
