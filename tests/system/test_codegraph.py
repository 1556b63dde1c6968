# SPDX-License-Identifier: Apache-2.0
"""Code by operator: the walk through sections against the linker's own, and figures by hand."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from moteforge.bench import codegraph, image, results

CPU = image.CPUS["cortex-m0plus"]


@pytest.fixture(scope="module")
def objects():
    """The core's object files."""
    for program in (CPU.emulator, CPU.prefix + "gcc"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed (run `make setup`)")
    image.build(CPU)
    return [path for _, path in image.core_objects(CPU)]


def linked_bytes(objects, root: str, out) -> int:
    """Bytes of code and constants that the linker keeps for one function."""
    gcc = CPU.prefix + "gcc"
    options = ["-mcpu=cortex-m0plus", "-mthumb", "-nostdlib", "-r"]
    options += ["-Wl,--gc-sections", f"-Wl,-u,{root}", "-o", str(out)]
    subprocess.run([gcc, *options, *map(str, objects)], check=True, timeout=60)
    sizes = image.section_sizes(CPU, out)
    return sizes["text"] + sizes["rodata"]


@pytest.mark.parametrize("kernel", ["conv_2d", "depthwise_conv_2d", "softmax", "reshape"])
def test_the_walk_finds_what_the_linker_keeps(objects, kernel, tmp_path):
    root = codegraph.KERNEL + kernel
    graph = codegraph.read_objects(objects)
    found = graph.size(graph.reach([root]))
    assert found > 100
    assert found == linked_bytes(objects, root, tmp_path / "linked.o")


def test_every_kernel_of_the_list_is_in_the_table(objects):
    code = results.measure_code(CPU)
    assert code["current"] is True
    named = {kernel for row in code["operators"].values() for kernel in row.values()}
    assert set(code["kernels"]) == named
    assert results.code_result(CPU) == code


def test_a_table_of_another_core_is_told(objects, monkeypatch):
    results.measure_code(CPU)
    monkeypatch.setattr(results, "core_version", lambda: "another")
    assert results.code_result(CPU)["current"] is False


# ---- figures by hand

CODE = {
    "sections": [10, 20, 40, 80, 160],
    "base": [0],
    "kernels": {"a": [0, 1, 2], "b": [2, 3], "b16": [4]},
    "operators": {"ADD": {"": "a"}, "SUB": {"": "b", "int16": "b16"}, "GONE": {"": "gone"}},
    "groups": {"CORE": [("ADD", ""), ("SUB", "")], "INT16": [("SUB", "int16")]},
}


def test_shared_helpers_count_once():
    found = codegraph.need(CODE, [("ADD", "int8"), ("SUB", "int8"), ("SUB", "int8")])
    assert found["bytes"] == 10 + 20 + 40 + 80
    assert found["base_bytes"] == 10
    assert found["operators"] == [
        {"name": "ADD", "type": None, "bytes": 60},
        {"name": "SUB", "type": None, "bytes": 120},
    ]
    assert found["unknown"] == []


def test_types_have_their_own_kernels():
    found = codegraph.need(CODE, [("SUB", "int16")])
    assert found["bytes"] == 10 + 160
    assert found["operators"] == [{"name": "SUB", "type": "int16", "bytes": 160}]


def test_shares_of_groups():
    found = codegraph.shares(CODE)
    assert found["groups"] == {"CORE": 20 + 40 + 80, "INT16": 160}
    assert found["int8_bytes"] == 140
    assert found["bytes"] == 310
    assert [row["bytes"] for row in found["operators"]] == [60, 120, 160]


def test_what_is_not_in_the_table_is_said():
    assert codegraph.need(CODE, [("GONE", ""), ("SIN", "")])["unknown"] == ["GONE", "SIN"]


def test_list_of_operators_is_read():
    text = """
MOTE_OPERATOR(ADD, 0, CORE, HAS_INT16 | HAS_FLOAT, add)
MOTE_CUSTOM(SIGNAL_X, 224, SIGNAL, WORK, signal_x, "SignalX")
MOTE_INT16(ADD, add_int16)
#define MOTE_OPERATOR(name, code, group, flags, kernel)
"""
    assert codegraph.kernels(text) == {
        "ADD": {"": "add", "int16": "add_int16"}, "SIGNAL_X": {"": "signal_x"},
    }  # fmt: skip
    assert codegraph.groups(text) == {
        "CORE": [("ADD", "")], "SIGNAL": [("SIGNAL_X", "")], "INT16": [("ADD", "int16")],
    }  # fmt: skip


def test_an_object_of_another_kind_is_refused(tmp_path):
    from moteforge.errors import MoteError

    path = tmp_path / "x.o"
    path.write_bytes(b"\x7fELF\x02\x01" + bytes(60))
    with pytest.raises(MoteError, match="no 32-bit little-endian ELF"):
        codegraph.read_objects([path])
