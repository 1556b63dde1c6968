# SPDX-License-Identifier: Apache-2.0
"""What every stage of a chain gives, keeps and costs: `mote pipeline plan`."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from .. import _native
from ..boards import Board
from ..errors import MoteError
from ..mote import chain
from ..signal import Frontend
from .check import KINDS, Examined, about_chain, about_model, input_of, memory, words_of

STREAM, LANE, FRAME = range(3)
PLACES = ("stream", "window", "frame")
DEFAULT_BOARD = "rpi_pico"
ARCH = "armv6m"  # of boards whose cycles are modelled
DTYPES = (None, "int16", "complex int16", "uint32", "uint32", "int16", "int8", "int32", "int16")
SLOT_BYTES = 8  # of a stage in the chain's header
SETTLING = (4, 64)  # least and most frames of noise by which what a stage remembers is found
SAMPLES = 1 << 18  # about so many of them


def info_of(found: Examined, index: int) -> dict[str, int]:
    """What the core says of stage `index`, 0 being the input."""
    return _native.chain_stage(words_of(found.resolved, found.model), index)


def place_of(found: Examined, index: int) -> int:
    """STREAM, LANE or FRAME."""
    return info_of(found, index)["place"]


# ---- Memory ----


def header_bytes() -> int:
    """Of a chain without stages, beside its scratch memory: one window."""
    config = {"format": 1, "sampleRate": 100, "bufferSize": 64, "windowSize": 64, "hopLength": 64,
              "stages": []}  # fmt: skip
    return len(Frontend(config).state) - 2 * config["windowSize"]


def layout(found: Examined) -> dict[str, int]:
    """Bytes of a chain's state by what they are: header, stages, history (windows of all lanes), scratch."""
    infos = [info_of(found, index) for index in range(len(found.resolved["stages"]) + 1)]
    last = [info for info in infos if info["place"] == STREAM][-1]
    kept = len([i for i in infos if i["place"] == STREAM]) > 1 or infos[0]["lanes"] > 1
    history = -(-2 * last["window"] * last["lanes"] // 4) * 4 if kept else 0
    header = header_bytes() + SLOT_BYTES * (len(infos) - 1)
    stages = sum(info["state_bytes"] for info in infos)
    total = len(found.frontend.state)
    return {
        "header": header,
        "stages": stages,
        "history": history,
        "scratch": total - header - stages - history,
    }


def remembered(found: Examined) -> list[int]:
    """Bytes of each stage's state that change as the stream goes on; the others are tables and settings.

    Found by running noise of full scale and comparing the state, word by word, after every frame.
    """
    frontend = Frontend(found.resolved, input_of(found.resolved, found.model))
    start = layout(found)["header"]
    fresh = np.frombuffer(bytes(frontend.state), np.uint32)
    changed = np.zeros(len(fresh), bool)
    rng = np.random.default_rng(2)
    for at in range(max(SETTLING[0], min(SETTLING[1], SAMPLES // frontend.hop))):
        count = frontend.hop if at else frontend.window
        frontend.push(rng.integers(-32768, 32768, count).astype(np.int16))
        changed |= np.frombuffer(bytes(frontend.state), np.uint32) != fresh
    sums = []
    for index in range(1, len(found.resolved["stages"]) + 1):
        size = info_of(found, index)["state_bytes"]
        sums.append(4 * int(changed[start // 4 : (start + size) // 4].sum()))
        start += size
    return sums


# ---- The report ----


def describe(found: Examined, board: Board, measured: bool = True) -> dict[str, Any]:
    """What `mote pipeline plan --json` gives, without its schema's name. measured: with cycles, from the emulator."""
    spent = cycles(found) if measured else {"missing": "not asked for"}
    known = "missing" not in spent
    each = spent["stages"] if known else [None] * len(found.resolved["stages"])
    rows = [row(found, 0, 0, spent["input"] if known else None)]
    for index, kept in enumerate(remembered(found), 1):
        rows.append(row(found, index, kept, each[index - 1]))
    frame = about_chain(found)
    return {
        "pipeline": str(found.path),
        "name": found.config.get("name", ""),
        "model": about_model(found),
        "stand_in": found.stand_in,
        "chain": frame,
        "stages": rows,
        "frame": {
            "values": frame["values"],
            "kind": frame["kind"],
            "dtype": dtype_of(frame["kind"]),
        },
        "memory": {**memory(found), "state": layout(found)},
        "cycles": spent,
        **load(found, board, spent),
    }


def cycles(found: Examined) -> dict[str, Any]:
    """As cost.measure, or {missing: why}."""
    from . import cost

    try:
        return cost.measure(found)
    except MoteError as error:
        return {"missing": " ".join(str(error).split())}


def row(found: Examined, index: int, kept: int, spent: int | None) -> dict[str, Any]:
    """A stage: what flows out, bytes, and cycles a frame (None: not measured)."""
    info = info_of(found, index)
    stage = found.resolved["stages"][index - 1] if index else {"type": "input"}
    stream = info["place"] == STREAM
    return {
        "index": index,
        "type": stage["type"],
        "place": PLACES[info["place"]],
        "parameters": parameters(stage),
        "lanes": info["lanes"],
        "values": 1 if stream else info["values"],
        "appended": info["appended"],
        "kind": KINDS[info["kind"]],
        "dtype": DTYPES[info["kind"]],
        "rate": info["rate"],
        "state_bytes": kept,
        "tables_bytes": info["state_bytes"] - kept,
        "cycles": spent,
    }


def dtype_of(kind: str) -> str | None:
    """The type of values of a kind."""
    return DTYPES[KINDS.index(kind)]


def parameters(stage: dict[str, Any]) -> dict[str, Any]:
    """A stage's parameters with their defaults."""
    if stage["type"] == "input":
        return {}
    rules = {rule[0]: rule[1] for rule in chain.row(stage["type"])[1]}
    return {**rules, **{key: copy.copy(value) for key, value in stage.items() if key != "type"}}


def load(found: Examined, board: Board, spent: dict[str, Any]) -> dict[str, Any]:
    """The share of a board's processor that the chain takes, and how much faster than the stream it is."""
    answer = {"board": board.id, "clock_hz": board.clock_hz, "load": None, "times_real_time": None}
    if "missing" in spent or board.mpy_arch != ARCH:
        return answer
    config = found.resolved
    a_second = (spent["total"] + spent["push"]) * config["sampleRate"] / config["hopLength"]
    return {
        **answer,
        "load": a_second / board.clock_hz,
        "times_real_time": board.clock_hz / a_second if a_second else None,
    }
