# SPDX-License-Identifier: Apache-2.0
"""The cycle model and the image's report, against a core with cycles known by hand (bench_core)."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from moteforge.bench import emulator, image
from moteforge.errors import Refused

CORE = Path(__file__).with_name("bench_core")
MODEL = b"FAKE" + bytes(12)
INPUTS = [bytes([1, 2, 3, 4, 250, 251, 252, 255]), bytes(8)]

# (cycles, instructions) that an operator has beyond operator 0, which is a single BX.
BY_HAND = {
    1: (2 + 100 * 2 + 99, 201),  # ldr; subs and bne a hundred times, 99 of them taken
    # push of 4, ldr, mov, add, ldm of 3, muls, sub, str, mov, strb, ldrh, b, add, pop of 4 with pc
    2: (5 + 2 + 1 + 1 + 4 + 1 + 1 + 2 + 1 + 2 + 2 + 2 + 1 + 7 - 2, 13),
    4: (600, 600),  # nops over the end of a page
    3: (1 + 1 + 1 + 2 + 3 + 2 + 3, 7),  # mov, cmp, beq not taken, bne taken, bl, its bx, mrs
}


@pytest.fixture(scope="module")
def elf(cpu):
    """The image of the hand-written core."""
    return image.build(cpu, image.build_folder() / "selftest", CORE)


def test_cycles_by_hand(cpu, elf):
    operators = emulator.run_model(MODEL, INPUTS, cpu, elf)["operators"]
    if not cpu.has_cycles:
        assert [row["cycles"] for row in operators] == [None] * 6
        return
    first = operators[0]
    beyond = {
        row["index"]: (
            row["cycles"] - first["cycles"], row["instructions"] - first["instructions"]
        )
        for row in operators[1:5]
    }  # fmt: skip
    assert beyond == BY_HAND


def test_report(cpu, elf):
    result = emulator.run_model(MODEL, INPUTS, cpu, elf)
    assert result["output"] == [bytes((b + 1) % 256 for b in given) for given in INPUTS]
    assert [(row["name"], row["macs"]) for row in result["operators"]] == [
        ("OTHER", 0), ("LOOP", 10), ("OTHER", 20), ("OTHER", 30), ("OTHER", 40), ("OTHER", 50)
    ]  # fmt: skip
    assert result["arena_bytes"] == 32
    assert 0 < result["stack_bytes"] < 512
    assert result["instructions"] > max(row["instructions"] for row in result["operators"])


def test_functions_by_hand(cpu, elf):
    result = emulator.run_model(MODEL, INPUTS, cpu, elf)
    spent = {row["name"]: row for row in result["functions"]}
    runs = len(INPUTS)
    if cpu.has_cycles:
        for index, name in ((1, "op_loop"), (2, "op_mix")):
            cycles, instructions = (count * runs for count in BY_HAND[index])
            got = spent[name]
            assert (got["cycles"], got["instructions"]) == (cycles + 2 * runs, instructions + runs)
    whole = sum(row["instructions"] for row in result["functions"])
    assert whole / runs == pytest.approx(result["instructions"], abs=0.5)


def test_counts_repeat_exactly(cpu, elf):
    first, second = (emulator.run_model(MODEL, INPUTS, cpu, elf) for _ in range(2))
    assert first == second


def test_frames(cpu, elf):
    samples = [3, -4, 5, 1000, -2000, 7, 8]
    result = emulator.run_frontend([1, 0], struct.pack("<7h", *samples), cpu, elf)
    sums = [sum(samples[at : at + 4]) for at in (0, 2)]
    assert [struct.unpack("<h", frame)[0] for frame in result["frames"]] == sums
    assert result["instructions"] > 0
    assert result["push"]["instructions"] > 0


def test_refusal_names_the_fault(cpu, elf):
    with pytest.raises(Refused, match="no index"):
        emulator.run_model(b"NONE" + bytes(12), INPUTS, cpu, elf)


def test_unaligned_access_faults_where_the_processor_would(cpu, elf):
    aligned, unaligned = (b"FAKE" + bytes([offset]) + bytes(11) for offset in (4, 1))
    assert emulator.run_model(aligned, INPUTS, cpu, elf)["arena_bytes"] == 32
    if cpu.name == "cortex-m0plus":
        with pytest.raises(Refused, match="processor exception"):
            emulator.run_model(unaligned, INPUTS, cpu, elf)
    else:
        assert emulator.run_model(unaligned, INPUTS, cpu, elf)["arena_bytes"] == 32


def test_unknown_processor():
    from moteforge.errors import UsageError

    with pytest.raises(UsageError, match="z80"):
        image.get_cpu("z80")
