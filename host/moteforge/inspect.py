# SPDX-License-Identifier: Apache-2.0
"""What a model is and needs, before it goes to a board: `mote inspect`."""

from __future__ import annotations

import math
import os
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from . import _native, natives, needs, plan
from .boards import Board, get_board, load_boards
from .model import Model, TensorInfo
from .mote.names import spell_out
from .mote.native import GROUPS

SCHEMA = "moteforge.inspect/1"

# What the command and the package take of a board's heap while a model runs, rounded up, as `mote run` showed on stock
# firmware; a pipeline takes the second more, and its modules.
RUNTIME_BYTES = 17_000
PIPELINE_BYTES = 20_000
SENSE_BYTES = (
    4_500  # and chains with stages for sensors, whose parameters are a part of the package
)
# `_mote` on a Cortex-M0, where no modules are at hand to tell. Firmware with the module inside has it in flash.
MODULE_BYTES = 33_000
# Kept free of every heap: blocks of a fragmented heap that are too small for anything.
MARGIN = 1 / 16


def inspect(source: str | os.PathLike | bytes, board: str | None = None) -> dict[str, Any]:
    """The report on a model, as a JSON-ready dict.

    source: a path or the bytes of a .tflite file. board: the id of the one board to judge, else all.
    A model that cannot run has supported False, refusal saying why, and for each operator its own reason;
    arena_bytes and plan are then None. Sizes are bytes. ops: the operators that a firmware for this model alone needs
    (OPS=); modules: the native modules that stock firmware needs. code, stack: what was measured, see needs.py.
    Raises OSError where the file cannot be read.
    """
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    report: dict[str, Any] = {
        "schema": SCHEMA,
        "file": None if isinstance(source, bytes) else os.fspath(source),
        "file_bytes": len(data),
    }
    report.update(_contents(data))
    report.update(_memory(data))
    boards = [get_board(board)] if board else list(load_boards().values())
    report.update(needs.describe(data, report, boards[0] if board else None))
    report["fits"] = {b.id: judge(report, b) for b in boards}
    return report


def _contents(data: bytes) -> dict[str, Any]:
    """Operators and weights; empty where not even the structure can be read."""
    try:
        survey = _native.file_survey(data)
    except ValueError:
        survey = {"operators": 0, "constant_bytes": None}
    operators = [_operator(data, index) for index in range(survey["operators"])]
    return {
        "operators": operators,
        "operator_counts": dict(Counter(op["name"] for op in operators)),
        "ops": sorted({op["choice"] for op in operators}),
        "modules": _modules(data),
        "weights_bytes": survey["constant_bytes"],
        "macs": sum(op["macs"] for op in operators),
    }


def _operator(data: bytes, index: int) -> dict[str, Any]:
    found = _native.operator_check(data, index)
    reason = found["reason"]
    name, choice = _native.operator_names(found["code"])
    return {
        "index": index,
        "name": name,
        "choice": choice,
        "supported": reason is None,
        "reason": None if reason is None else spell_out(reason),
        "macs": found["macs"],
    }


def _modules(data: bytes) -> list[str]:
    """Names of native modules; empty where the file's operators cannot be read."""
    try:
        return natives.needed_by(data)
    except ValueError:
        return []


def _memory(data: bytes) -> dict[str, Any]:
    """What opening the model says: tensors and memory, or the refusal."""
    try:
        model = Model(data)
    except ValueError as error:
        return {
            "supported": False,
            "refusal": str(error),
            "inputs": [],
            "outputs": [],
            "arena_bytes": None,
            "state_bytes": None,
            "activation_bytes": None,
            "plan": None,
        }
    return {
        "supported": True,
        "refusal": None,
        "inputs": [_tensor(t) for t in model.inputs],
        "outputs": [_tensor(t) for t in model.outputs],
        "arena_bytes": model.arena_bytes,
        "state_bytes": model.state_bytes,
        "activation_bytes": model.arena_bytes - model.state_bytes,
        "plan": plan.describe(model, data),
    }


def _tensor(info: TensorInfo) -> dict[str, Any]:
    return {
        "name": info.name,
        "shape": list(info.shape),
        "dtype": info.dtype,
        "scale": info.scale,
        "zero_point": info.zero_point,
    }


def _tensor_bytes(tensor: dict[str, Any]) -> int:
    return np.dtype(tensor["dtype"]).itemsize * math.prod(tensor["shape"])


def judge(report: dict[str, Any], board: Board) -> dict[str, Any]:
    """Whether a board runs it from its heap: {fits, estimated, reason, needed_bytes, available_bytes}.

    `Model.run` copies the outputs out of the arena.
    """
    if not report["supported"]:
        return _verdict(False, report["refusal"], None, board)
    parts = {
        "file": report["file_bytes"],
        "arena": report["arena_bytes"],
        "outputs": sum(map(_tensor_bytes, report["outputs"])),
    }
    return weigh(report["modules"], parts, board)


def weigh(names: list[str], parts: dict[str, int], board: Board) -> dict[str, Any]:
    """As judge, for the native modules of these names and parts in bytes by what they are.

    Native modules, which stock firmware has in RAM, count with the sizes of their files; estimated: where one is not
    built, so that the verdict may be wrong.
    """
    folder = natives.native_folder(None)
    if not native_module_exists(board, folder):
        return _verdict(False, f"no native module for {board.mpy_arch} is built", None, board)
    modules = natives.sizes(board.mpy_arch, names, folder)
    guessed = modules.get(GROUPS[0], 0) is None
    if guessed:
        modules[GROUPS[0]] = MODULE_BYTES
    unknown = [name for name, size in modules.items() if size is None]
    parts = {
        "runtime": RUNTIME_BYTES,
        **{name: size for name, size in modules.items() if size is not None},
        **parts,
        "margin": int(board.heap_bytes * MARGIN),
    }
    needed = sum(parts.values())
    fits = needed <= board.heap_bytes
    estimated = guessed or (fits and bool(unknown))
    words = "fits" if fits else f"{needed - board.heap_bytes} bytes too large"
    words += " probably" if estimated else ""
    summed = " + ".join(
        f"{name} {'~' if guessed and name == GROUPS[0] else ''}{size}"
        for name, size in parts.items()
    )
    lacking = f"; not counted, as not built: {', '.join(unknown)}" if unknown else ""
    heap = f"{'' if board.heap_basis == 'measured' else '~'}{board.heap_bytes}"
    reason = (
        f"{words}: {summed} = {'~' if guessed else ''}{needed} of {heap} bytes of heap{lacking}"
    )
    return _verdict(fits, reason, needed, board, estimated)


def _verdict(
    fits: bool, reason: str, needed: int | None, board: Board, estimated: bool = False
) -> dict[str, Any]:
    return {
        "fits": fits,
        "estimated": estimated,
        "reason": reason,
        "needed_bytes": needed,
        "available_bytes": board.heap_bytes,
    }


def native_module_exists(board: Board, folder: Path) -> bool:
    """Whether a native module for the board was built; True where no modules are at hand to tell."""
    return not natives.native_modules(folder) or bool(natives.best_arch(board.mpy_arch, folder))
