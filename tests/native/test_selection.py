# SPDX-License-Identifier: Apache-2.0
"""A core built with a list of operators (OPS=) refuses the others by name and runs those."""

from __future__ import annotations

import ctypes
import functools
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from compiled import CORE, ROOT, compiled
from moteforge import _native
from operators import GENERATORS

CHOSEN = ("ADD", "SOFTMAX")
OK, ABSENT = 0, -14


@functools.cache
def flags() -> list[str]:
    """As native/selection.mk gives them."""
    rule = "include native/selection.mk\nall:;@echo $(MOTE_OPS_FLAGS)\n"
    done = subprocess.run(["make", "-f", "-", f"MOTE_OPS={' '.join(CHOSEN)}"], input=rule, cwd=ROOT,
                          capture_output=True, text=True, timeout=60, check=True)  # fmt: skip
    return done.stdout.split()


def build(*selection: str) -> Path:
    options = ["-std=c99", "-Os", "-fPIC", "-shared", "-fvisibility=default", "-ffunction-sections",
               "-fdata-sections"]  # fmt: skip
    return compiled("selection.so", CORE, [*options, *selection])


@functools.cache
def library() -> ctypes.CDLL:
    return ctypes.CDLL(str(build(*flags())))


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("ADD int8", OK), ("ADD float32", OK), ("SOFTMAX int16", OK), ("SUB int8", ABSENT),
        ("MUL float32", ABSENT), ("LOGISTIC int16", ABSENT), ("GATHER int8", ABSENT),
        ("SVDF int8", ABSENT), ("SignalRfft int16", ABSENT),
    ],
)  # fmt: skip
def test_only_the_operators_named_are_there(name, status):
    data = GENERATORS[name](np.random.default_rng(2)).data
    info, fault, text = (ctypes.create_string_buffer(size) for size in (64, 64, 160))
    check = library().mote_operator_check
    assert check(data, ctypes.c_size_t(len(data)), 0, info, fault) == status
    assert _native.operator_check(data, 0)["reason"] is None  # the build with all of them
    if status == ABSENT:
        library().mote_fault_text(fault, text, ctypes.c_size_t(len(text)))
        operator = _native.operator_names(_native.operator_check(data, 0)["code"])[0]
        assert text.value.decode() == f"{operator} (operator 0): operator is not in this build"


def test_inspect_names_operators_as_the_list_takes_them():
    text = (ROOT / "native/src/operators.def").read_text("utf-8")
    rows = re.findall(r"^MOTE_(?:OPERATOR|CUSTOM)\((\w+), (\d+),", text, re.MULTILINE)
    assert len(rows) > 60
    assert [_native.operator_names(int(code))[1] for _, code in rows] == [name for name, _ in rows]
