# SPDX-License-Identifier: Apache-2.0
"""One inference, on this computer or on a board."""

from __future__ import annotations

import binascii
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .errors import BoardError
from .replay import mounted, run_package
from .transport import MARK, Board, call, parse_value, snippet

DOING = "running the model"


@dataclass
class Result:
    """Outputs as the model states them; latency in microseconds; heap_free: bytes on the board."""

    outputs: list[np.ndarray] = field(default_factory=list)
    latency_us: int = 0
    heap_free: int | None = None
    complete: bool = False


def on_host(model: Any, inputs: list[np.ndarray]) -> Result:
    """Runs the model on this computer."""
    start = time.perf_counter_ns()
    outputs = model.run(*inputs)
    return Result(outputs, (time.perf_counter_ns() - start) // 1000, complete=True)


def on_board(board: Board, model: Any, data: bytes, inputs: list[np.ndarray], name: str) -> Result:
    """Runs the model on a board, which reads model and inputs from this computer. name: the model's, for errors."""
    result, raw = Result(), [bytearray()]

    def line(text: str) -> None:
        if not text.startswith(MARK):
            return
        kind, *values = parse_value(text, DOING)
        if kind == "output":
            raw[-1] += binascii.a2b_base64(values[0])
        elif kind == "next":
            raw.append(bytearray())
        elif kind == "end":
            result.latency_us, result.heap_free = values[:2]
            result.complete = True

    with tempfile.TemporaryDirectory(prefix="mote-run-") as folder:
        stage(Path(folder), data, inputs)
        with mounted(board, Path(folder)):
            run_package(board, snippet("run") + call("mote_run", len(inputs)), DOING, line, name)
    if not result.complete or len(raw) != len(model.outputs) + 1:
        raise BoardError(f"the board ended before {DOING} was done")
    result.outputs = [
        np.frombuffer(bytes(part), info.dtype).reshape(info.shape)
        for part, info in zip(raw, model.outputs, strict=False)
    ]
    return result


def stage(folder: Path, data: bytes, inputs: list[np.ndarray]) -> None:
    """The files that the board reads."""
    (folder / "model.tflite").write_bytes(data)
    for index, array in enumerate(inputs):
        (folder / f"input{index}.raw").write_bytes(array.tobytes())


def describe(model: Any, result: Result) -> list[dict[str, Any]]:
    """The outputs as JSON objects: integers, and what they stand for; top: index of the largest."""
    rows = []
    for index, (info, output) in enumerate(zip(model.outputs, result.outputs, strict=True)):
        values = output.ravel()
        real = model.dequantize(output, index).ravel() if info.scale else values
        rows.append(
            {
                "name": info.name,
                "shape": list(info.shape),
                "dtype": info.dtype,
                "top": int(values.argmax()),
                "quantized": values.tolist(),
                "values": [float(value) for value in real],
            }
        )
    return rows
