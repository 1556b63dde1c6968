# SPDX-License-Identifier: Apache-2.0
"""Board files: all of them are whole, and a bad one is named with its field."""

import pytest
from moteforge.boards import data_folder, load_boards, read_board
from moteforge.errors import MoteError

FILES = sorted(data_folder().glob("*.toml"))
BOARDS = {"rpi_pico", "rpi_pico_w", "rpi_pico2", "esp32", "esp32s3", "esp32c3"}


def test_the_boards_that_are_promised_are_there():
    assert set(load_boards()) >= BOARDS
    assert {path.stem for path in FILES} >= BOARDS


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_is_whole_and_gives_its_sources(path):
    board = read_board(path)
    assert board.id == path.stem
    assert board.heap_bytes < board.ram_bytes + 8 * 2**20  # PSRAM at most
    assert board.heap_source
    assert all(len(source) > 20 for source in board.sources)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("clock_hz = 125_000_000", "clock_hz = 12", "clock_hz = 12"),
        ('mpy_arch = "armv6m"', 'mpy_arch = "z80"', "mpy_arch = 'z80'"),
        ("cores = 2", "corez = 2", "cor"),
        ("ram_bytes = 270_336", "ram_bytes = 200_000", "exceeds ram_bytes"),
        ('id = "rpi_pico"', 'id = "other"', "says id 'other'"),
        ("cores = 2", "cores = = 2", "cannot be read"),
    ],
)
def test_a_bad_file_is_named_with_its_field(tmp_path, old, new, words):
    text = (data_folder() / "rpi_pico.toml").read_text("utf-8")
    assert old in text
    path = tmp_path / "rpi_pico.toml"
    path.write_text(text.replace(old, new))
    with pytest.raises(MoteError, match=words) as caught:
        read_board(path)
    assert str(path) in str(caught.value)
