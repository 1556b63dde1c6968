# SPDX-License-Identifier: Apache-2.0
"""The words that boards with native modules have for a fault are the core's own."""

from __future__ import annotations

import itertools

import pytest
from moteforge import _native
from moteforge._native import ffi, lib
from moteforge.mote import faults, names

STATUSES = sorted(
    value for name, value in vars(lib).items() if name.startswith(("MOTE_ERR_", "MOTE_OK"))
)


def both(*fields: int) -> tuple[str, str]:
    """The board's words and the core's for the fields of a mote_fault, status first."""
    core = ffi.new("char[]", 400)
    length = lib.mote_fault_text(ffi.new("mote_fault *", fields), core, 400)
    assert length < 399
    return faults.text(-fields[0], *fields[1:]), ffi.string(core).decode()


def test_every_status_of_the_core_is_tried():
    assert STATUSES[-1] == lib.MOTE_OK == 0
    assert list(range(-len(STATUSES) + 1, 1)) == STATUSES
    assert len(faults._TEXTS) == len(STATUSES)


@pytest.mark.parametrize("status", [*STATUSES, STATUSES[0] - 1, 1])
def test_words_are_the_cores(status):
    places = [(-1, -1, -1), (0, 3, -1), (17, 9, 2), (32767, 224, 0), (2, 1, 0), (3, 99, 1)]
    numbers = [(0, 0), (5, 4), (5, -1), (-1, -1), (0, -1), (-(2**31), 2**31 - 1), (16, 9)]
    for place, pair in itertools.product(places, numbers):
        board, core = both(status, *place, *pair)
        assert board == core


def test_operators_have_the_cores_names():
    known = [code for code in range(256) if lib.mote_operator_name(code) != ffi.NULL]
    assert len(known) > 80
    for code in known:
        assert names.name(code) == ffi.string(lib.mote_operator_name(code)).decode()


def test_types_have_the_cores_names():
    for have, want in itertools.product(range(20), (0, 9, 16)):
        board, core = both(lib.MOTE_ERR_TYPE, 1, 3, 0, have, want)
        assert board == core


def test_stages_have_the_cores_names():
    for stage in range(-1, 12):
        board, core = both(lib.MOTE_ERR_CONFIG, 2, stage, -1, 7, 8)
        assert board == core


@pytest.mark.parametrize("status", [lib.MOTE_ERR_ARENA_SIZE, lib.MOTE_ERR_SHAPE])
def test_exceptions_are_those_of_the_pc(status):
    fields = (status, 4, 3, 1, 10, 20)
    with pytest.raises((MemoryError, ValueError)) as pc:
        _native._raise(ffi.new("mote_fault *", fields))
    with pytest.raises((MemoryError, ValueError)) as board:
        faults.refuse(*fields)
    assert board.type is pc.type
    assert str(board.value) == str(pc.value)
