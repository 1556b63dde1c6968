# SPDX-License-Identifier: Apache-2.0
"""The QEMU boards themselves: files in memory, imports, errors, a fresh interpreter."""

from __future__ import annotations

import pytest
from qemu import MACHINES, QemuBoard, QemuError, QemuMissing, available, lay_out

FILES = {
    "hello/__init__.py": b"from .inner import answer\n",
    "hello/inner.py": b"answer = 42\n",
    "data.bin": bytes(range(256)) * 1000,
}


@pytest.fixture(scope="module", params=MACHINES)
def board(request):
    """Each architecture's board with FILES."""
    try:
        available(request.param)
    except QemuMissing as missing:
        pytest.skip(str(missing))
    with QemuBoard(request.param, FILES) as running:
        yield running


def test_is_the_architecture_it_says(board):
    number = int(board.run("import sys; print(sys.implementation._mpy >> 10 & 15)"))
    # MicroPython calls a Cortex-M3 armv7em (6), which loads armv7m (5) as well.
    assert {"armv6m": 4, "armv7m": 6, "rv32imc": 11}[board.machine.arch] == number


def test_files_import_open_and_lie_in_place(board):
    assert board.run("import hello; print(hello.answer)").strip() == "42"
    code = "f = open('/data.bin', 'rb'); f.seek(250); print(list(f.read(8)), len(f.read(999)))"
    assert board.run(code).strip() == "[250, 251, 252, 253, 254, 255, 0, 1] 999"
    before, after, last = board.run(
        "import gc\ngc.collect(); a = gc.mem_alloc(); v = view('data.bin')\n"
        "print(a); print(gc.mem_alloc()); print(v[255999])"
    ).split()
    assert int(after) - int(before) < 1000, "view() copied the file"
    assert last == "255"


def test_failures_are_told(board):
    with pytest.raises(QemuError, match="ZeroDivisionError"):
        board.run("1 / 0")
    with pytest.raises(QemuError, match="ENOENT"):
        board.run("open('/missing')")
    assert board.run("print('still here')").strip() == "still here"


def test_restart_forgets(board):
    board.run("kept = 1")
    board.restart()
    assert board.run("print('kept' in globals())").strip() == "False"
    assert board.run("import hello; print(hello.answer)").strip() == "42"


def test_too_many_files_are_refused():
    try:
        room = available("armv6m").files_room
    except QemuMissing as missing:
        pytest.skip(str(missing))
    with pytest.raises(ValueError, match=str(room)):
        QemuBoard("armv6m", {"big": bytes(room + 16)})


def test_layout_is_aligned_and_complete():
    image, places = lay_out({"a": b"123", "b": b"4" * 17, "c": b""}, 0x1000)
    assert places == {"a": (0x1000, 3), "b": (0x1010, 17), "c": (0x1030, 0)}
    assert image[:3] == b"123"
    assert image[16:33] == b"4" * 17
    assert len(image) == 48
