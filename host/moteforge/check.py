# SPDX-License-Identifier: Apache-2.0
"""A board's outputs, or this computer's, compared with TensorFlow Lite Micro's on many inputs.

All inputs go through the model as one stream, in order, on both sides, so that models with state are compared as they
are used. Where outputs differ, the first such input is run again operator by operator, and every activation is
compared, so that the operator at fault is named.
"""

from __future__ import annotations

import binascii
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from . import plan
from .errors import BoardError
from .model import Model
from .onboard.check import mote_trace
from .reference import Reference, version
from .replay import mounted, run_package
from .samples import Sample
from .transport import MARK, Board, call, parse_value, snippet

SCHEMA = "moteforge.check/1"
DOING = "running the model on the inputs"
TOLERANCE = 1e-5  # of single precision, absolute and relative; integers must be equal


@dataclass
class Line:
    """A tensor to compare, when, and what TFLM has in it. after: the operator has run."""

    operator: int
    after: bool
    place: dict[str, Any]
    want: np.ndarray

    @property
    def crc(self) -> int:
        """CRC-32 of the bytes wanted; -1 where they need not be equal."""
        return -1 if self.want.dtype.kind == "f" else binascii.crc32(self.want.tobytes())

    def numbers(self) -> tuple[int, int, int, int, int]:
        """As onboard/check.py takes it."""
        return (self.operator, int(self.after), self.place["offset"], self.place["bytes"], self.crc)


@dataclass
class Run:
    """A pass over all inputs. outputs: for each input, each output's array; latency_us: of an inference, mean."""

    outputs: list[list[np.ndarray]] = field(default_factory=list)
    latency_us: int = 0
    complete: bool = False


class Host:
    """This computer."""

    emulated = False

    def __init__(self, data: bytes):
        self.data = data

    def run(self, samples: list[Sample]) -> Run:
        """Outputs of all inputs."""
        model, start = Model(self.data), time.perf_counter_ns()
        outputs = [model.run(*sample) for sample in samples]
        return Run(outputs, (time.perf_counter_ns() - start) // 1000 // len(samples), True)

    def trace(self, samples: list[Sample], lines: list[Line]) -> dict[int, bytes]:
        """The last input operator by operator: bytes by line, of those that differ and of floats."""
        model, found = Model(self.data), {}
        for sample in samples[:-1]:
            model.run(*sample)
        model.load(*samples[-1])
        numbers = (line.numbers() for line in lines)
        mote_trace(model, numbers, lambda line, view: found.update({line: bytes(view)}))
        return found


class Attached:
    """A board that has the package; data: the file that it opens; name: that file's, for errors."""

    def __init__(self, board: Board, data: bytes, name: str = "the model"):
        self.board, self.data, self.model, self.name = board, data, Model(data), name
        self.emulated = board.emulated

    def run(self, samples: list[Sample]) -> Run:
        """As Host.run."""
        result, parts = Run(), [bytearray() for _ in self.model.outputs]

        def take(kind: str, values: list[Any]) -> None:
            if kind == "output":
                parts[values[0]] += binascii.a2b_base64(values[1])
            elif kind == "sample":
                result.outputs.append(self._arrays(parts))
                for part in parts:
                    part.clear()
            elif kind == "end":
                result.latency_us, result.complete = values[0] // len(samples), True

        self._call("mote_check", samples, None, take)
        if not result.complete or len(result.outputs) != len(samples):
            raise BoardError(f"the board ended before {DOING} was done")
        return result

    def trace(self, samples: list[Sample], lines: list[Line]) -> dict[int, bytes]:
        """As Host.trace."""
        found: dict[int, bytes] = {}
        ends = []

        def take(kind: str, values: list[Any]) -> None:
            if kind == "tensor":
                found[values[0]] = found.get(values[0], b"") + binascii.a2b_base64(values[1])
            elif kind == "end":
                ends.append(values)

        self._call("mote_check_operators", samples, lines, take)
        if not ends:
            raise BoardError(f"the board ended before {DOING} was done")
        return found

    def _arrays(self, parts: list[bytearray]) -> list[np.ndarray]:
        infos = self.model.outputs
        wrong = [len(part) for part, info in zip(parts, infos, strict=True)
                 if len(part) != np.dtype(info.dtype).itemsize * int(np.prod(info.shape))]  # fmt: skip
        if wrong:
            raise BoardError(f"the board sent an output of {wrong[0]} bytes while {DOING}")
        return [np.frombuffer(bytes(part), info.dtype).reshape(info.shape)
                for part, info in zip(parts, infos, strict=True)]  # fmt: skip

    def _call(
        self,
        function: str,
        samples: list[Sample],
        lines: list[Line] | None,
        take: Callable[[str, list[Any]], None],
    ) -> None:
        def line(text: str) -> None:
            if text.startswith(MARK):
                kind, *values = parse_value(text, DOING)
                take(kind, values)

        sizes = [array.nbytes for array in samples[0]]
        code = snippet("check") + call(function, sizes, len(samples))
        with staged(self.data, samples, lines) as folder, mounted(self.board, folder):
            run_package(self.board, code, DOING, line, self.name)


@contextmanager
def staged(data: bytes, samples: list[Sample], lines: list[Line] | None) -> Iterator[Path]:
    """A folder with the files that the board reads."""
    with tempfile.TemporaryDirectory(prefix="mote-check-") as name:
        folder = Path(name)
        (folder / "model.tflite").write_bytes(data)
        with (folder / "inputs.raw").open("wb") as file:
            for sample in samples:
                file.writelines(array.tobytes() for array in sample)
        if lines is not None:
            rows = (" ".join(map(str, line.numbers())) + "\n" for line in lines)
            (folder / "trace.txt").write_text("".join(rows))
        yield folder


# ---- comparing


def different(have: np.ndarray, want: np.ndarray) -> np.ndarray:
    """Which elements differ, flat."""
    have, want = have.ravel(), want.ravel()
    if want.dtype.kind == "f":
        return ~np.isclose(have, want, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)
    return have != want


def account(have: np.ndarray, want: np.ndarray) -> dict[str, Any] | None:
    """How many elements differ and the first of them; None where none does."""
    wrong = np.flatnonzero(different(have, want))
    if not len(wrong):
        return None
    first = int(wrong[0])
    return {
        "differences": len(wrong),
        "values": int(want.size),
        "element": first,
        "have": number(have.ravel()[first]),
        "want": number(want.ravel()[first]),
    }


def number(value: Any) -> int | float | str:
    """A value as JSON has it; JSON has no infinities."""
    plain = value.item()
    return plain if np.isfinite(plain) else str(plain)


def check(
    model: Model, data: bytes, samples: list[Sample], target: Host | Attached
) -> dict[str, Any]:
    """Runs target and TFLM on all samples; the report, without schema and names of files."""
    tensor_bytes = sum(place["placed_bytes"] for place in plan.describe(model, data)["places"])
    reference = Reference(data, tensor_bytes)
    want = [reference.run(sample, len(model.outputs)) for sample in samples]
    run = target.run(samples)
    first, differences = None, 0
    for at, (ours, theirs) in enumerate(zip(run.outputs, want, strict=True)):
        for output, pair in enumerate(zip(ours, theirs, strict=True)):
            found = account(*pair)
            differences += found["differences"] if found else 0
            if found and first is None:
                first = {"input": at, "output": output, "name": model.outputs[output].name, **found}
    report = {
        "reference": version(),
        "inputs": len(samples),
        "values": sum(array.size for arrays in want for array in arrays),
        "differences": differences,
        "identical": differences == 0,
        "tolerance": TOLERANCE if any(info.dtype == "float32" for info in model.outputs) else 0,
        "latency_us": run.latency_us,
        "first": first,
        "operator": None,
    }
    if first:
        upto = samples[: first["input"] + 1]
        report["operator"] = first_operator(model, data, upto, target, tensor_bytes)
    return report


def first_operator(
    model: Model, data: bytes, samples: list[Sample], target: Host | Attached, tensor_bytes: int
) -> dict[str, Any] | None:
    """The first operator that differs on the last sample, or None where each on its own agrees.

    cause: "output" where the operator computed something else from right inputs, "input" where an input of it was
    overwritten after it had been computed.
    """
    reference = Reference(data, tensor_bytes, keep=True)
    for sample in samples:
        reference.run(sample, len(model.outputs))
    described = plan.describe(model, data)
    lines = trace_lines(described, reference)
    found = target.trace(samples, lines)
    for at, line in enumerate(lines):
        if at not in found:
            continue
        if len(found[at]) != line.want.nbytes:
            raise BoardError(f"the board sent a tensor of {len(found[at])} bytes while {DOING}")
        have = np.frombuffer(found[at], line.want.dtype)
        wrong = account(have, line.want)
        if wrong:
            return {
                "index": line.operator,
                "name": described["operators"][line.operator],
                "cause": "output" if line.after else "input",
                "tensor": line.place["tensor"],
                "tensor_name": line.place["name"],
                **wrong,
            }
    return None


def trace_lines(described: dict[str, Any], reference: Reference) -> list[Line]:
    """What to compare: before each operator what it reads, after it what it wrote.

    Left out: variables, whose values before the run TFLM no longer has, and tensors that are no arrays of numbers.
    """
    lines = []
    for place in described["places"]:
        tensor = place["tensor"]
        if place["kind"] != "tensor" or tensor is None or place["dtype"].startswith("type "):
            continue
        want = reference.tensor(tensor)
        if want.nbytes != place["bytes"]:
            continue
        readers = place["read_by"] if want.dtype.kind != "f" else []
        lines += [Line(operator, False, place, want) for operator in readers]
        if place["written_by"] is not None:
            lines.append(Line(place["written_by"], True, place, want))
    return sorted(lines, key=lambda line: (line.operator, line.after, line.place["tensor"]))
