# SPDX-License-Identifier: Apache-2.0
"""Code and stack that a model needs, from what `mote bench` measured; nothing is compiled or estimated here."""

from __future__ import annotations

from typing import Any

from . import _native
from .bench import codegraph, results
from .bench.clock import DEFAULT
from .bench.image import Cpu, cpu_of, get_cpu
from .boards import Board
from .mote.model import _TYPES

CODE_BASIS = (
    "sections of the compiled core that the operators reach, without the compiler's library"
)
STACK_BASIS = "emulated: the stack was painted, the model opened and run"


def describe(data: bytes, report: dict[str, Any], board: Board | None) -> dict[str, Any]:
    """{code, stack} of an inspected model, for the board's processor, else for Cortex-M0+.

    code: {cpu, bytes, base_bytes, operators [{name, type, bytes}], unknown, current, basis}; stack: {cpu, bytes (the
    most), open_bytes, run_bytes, current, basis}; either is {missing: why} where it was not measured. current: whether
    the core is still the one that was measured.
    """
    if not report["supported"]:
        missing = {"missing": "the model is refused"}
        return {"code": missing, "stack": missing}
    cpu = get_cpu(DEFAULT) if board is None else cpu_of(board.mpy_arch)
    if cpu is None:
        missing = {"missing": f"no processor of architecture {board.mpy_arch} is measured"}
        return {"code": missing, "stack": missing}
    return {"code": code(data, report, cpu), "stack": stack(data, cpu)}


def code(data: bytes, report: dict[str, Any], cpu: Cpu) -> dict[str, Any]:
    """Bytes of code and constants for the model's operators."""
    measured = results.code_result(cpu)
    if "missing" in measured:
        return measured
    found = codegraph.need(measured, operator_types(data, report))
    return {"cpu": cpu.name, **found, "current": measured["current"], "basis": CODE_BASIS}


def operator_types(data: bytes, report: dict[str, Any]) -> list[tuple[str, str]]:
    """Name in a build's list, and type of the first output (first input where there is none) of each operator."""
    from .model import Model

    model, found = Model(data), []
    for operator in report["operators"]:
        inputs, outputs = _native.operator_tensors(data, operator["index"])
        tensors = [index for index in (*outputs[:1], *inputs[:1]) if index >= 0]
        number = _native.model_tensor(model._state, 2, tensors[0])[2] if tensors else -1
        found.append((operator["choice"], _TYPES[number][0] if number in _TYPES else ""))
    return found


def stack(data: bytes, cpu: Cpu) -> dict[str, Any]:
    """The most stack that opening and running the model took."""
    measured = results.model_result(data, cpu)
    if "missing" in measured:
        return measured
    run, opening = measured["stack_bytes"], measured["stack_open_bytes"]
    return {
        "cpu": cpu.name,
        "bytes": max(run, opening),
        "open_bytes": opening,
        "run_bytes": run,
        "current": measured["current"],
        "basis": STACK_BASIS,
    }
