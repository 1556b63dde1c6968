# SPDX-License-Identifier: Apache-2.0
"""What `mote bench` refuses, without an emulator."""

from __future__ import annotations

from pathlib import Path

import pytest
from moteforge import Model
from moteforge.bench import emulator, measure
from moteforge.errors import MoteError, Refused

MODEL = Path(__file__).resolve().parents[2] / "examples" / "keyword" / "keyword.tflite"


@pytest.mark.parametrize("lacking", [0, 1])
def test_an_arena_that_is_larger_than_the_image(mote, monkeypatch, lacking):
    need = Model(str(MODEL)).arena_bytes
    places = {"bench_heap": 4096, "bench_heap_end": 4096 + need - lacking}
    monkeypatch.setattr(measure, "build", lambda cpu: Path("bench.elf"))
    monkeypatch.setattr(emulator, "symbols", lambda cpu, image: places)

    def started(*arguments):
        raise MoteError("the emulator was started")

    monkeypatch.setattr(measure, "run_model", started)
    result = mote("bench", MODEL)
    assert result.code == 1
    if lacking:
        assert f"arena has {need:,} bytes" in result.err
        assert f"cortex-m0plus {need - 1:,} bytes of memory" in result.err
        assert "mote inspect" in result.err.splitlines()[1]
    else:
        assert "the emulator was started" in result.err


def test_memory_that_runs_out_is_no_refusal_of_the_core():
    with pytest.raises(MoteError, match="memory: heap exhausted by 640 bytes") as caught:
        emulator.parse_lines("fault heap exhausted by 640\n")
    assert not isinstance(caught.value, Refused)
    assert "mote inspect" in caught.value.remedy
    with pytest.raises(Refused, match="the core in the emulator refused: SIN"):
        emulator.parse_lines("fault SIN is not there\n")


def test_processors_have_one_name_in_help_and_errors(mote):
    assert "rv32imc" in mote("bench", "--help").out
    assert "rv32imc" in mote("bench", MODEL, "--cpu", "z80").err
    said = mote("bench", MODEL, "--board", "rpi_pico", "--cpu", "rv32").err
    assert "the processor of rpi_pico is Arm Cortex-M0+, which is not measured as rv32" in said
