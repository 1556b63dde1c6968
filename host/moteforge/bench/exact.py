# SPDX-License-Identifier: Apache-2.0
"""Many small models on an emulated processor: a digest of the outputs of every run, to be compared with the PC's."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import MoteError
from .emulator import KIND_EXACT, align, make_job, run_image
from .image import Cpu

if TYPE_CHECKING:
    from ..model import Model

JOB_BYTES = 8 << 20  # half of the job's memory on the smallest machine


@dataclass(frozen=True)
class Trial:
    """A .tflite file and the inputs of its runs; each run's arrays in the model's order."""

    data: bytes
    runs: Sequence[Sequence[np.ndarray]]

    def inputs(self) -> list[bytes]:
        """Each run's inputs one after the other."""
        return [b"".join(array.tobytes() for array in run) for run in self.runs]

    def record(self) -> bytes:
        """As native/bench/exact.c reads it."""
        given = b"".join(self.inputs())
        head = struct.pack("<4I", len(self.data), len(given), len(self.runs), 0)
        return head + align(self.data) + align(given)


def outputs_here(model: Model, trial: Trial) -> list[list[np.ndarray]]:
    """What this computer makes of every run, and of the first once more after a reset."""
    outputs = []
    for index, run in enumerate([*trial.runs, trial.runs[0]]):
        if index in (0, len(trial.runs)):
            model.reset()
        outputs.append([np.array(output) for output in model.run(*run)])
    return outputs


def digest(outputs: Iterable[np.ndarray]) -> int:
    """The CRC-32 of a run's outputs, as the image gives it."""
    return zlib.crc32(b"".join(array.tobytes() for array in outputs))


def _jobs(trials: Sequence[Trial]) -> Iterable[tuple[bytes, int]]:
    """Jobs of at most JOB_BYTES, and how many trials each has."""
    records: list[bytes] = []
    for record in (trial.record() for trial in trials):
        if records and sum(map(len, records)) + len(record) > JOB_BYTES:
            yield make_job(KIND_EXACT, b"".join(records), b"", len(records)), len(records)
            records = []
        records.append(record)
    yield make_job(KIND_EXACT, b"".join(records), b"", len(records)), len(records)


def digests_there(cpu: Cpu, trials: Sequence[Trial]) -> list[list[int] | str]:
    """For each trial the digests of its runs on the processor, or the text of the core's fault.

    Raises MoteError that says at which trial the processor stopped, should it.
    """
    found: list[list[int] | str] = []
    for job, count in _jobs(trials):
        text = run_image(cpu, job)
        lines = [line[len("model ") :] for line in text.splitlines() if line.startswith("model ")]
        if len(lines) != count or not text.endswith("end\n"):
            at = len(found) + max(len(lines) - 1, 0)
            raise MoteError(f"{cpu.name} stopped at model {at}: {text[-200:].strip()!r}")
        found += [_digests(line) for line in lines]
    return found


def _digests(line: str) -> list[int] | str:
    if "fault " in line:
        return line.partition("fault ")[2]
    return [int(word) for word in line.split()]
