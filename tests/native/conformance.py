# SPDX-License-Identifier: Apache-2.0
"""Counts of comparisons with TFLM, kept in build/conformance.json for the tables in docs/."""

from __future__ import annotations

import fcntl
import json
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = Path(__file__).resolve().parents[2] / "build" / "conformance.json"


@dataclass
class Counts:
    """models compared, output elements compared, elements that differed."""

    models: int = 0
    outputs: int = 0
    differences: int = 0

    def __iadd__(self, other: Counts) -> Counts:
        self.models += other.models
        self.outputs += other.outputs
        self.differences += other.differences
        return self


def record(name: str, counts: Counts, where: str = "PC") -> None:
    """Writes one row ("ADD int8", on the PC or a processor); rows of other operators stay."""
    FILE.parent.mkdir(exist_ok=True)
    with FILE.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        rows = json.loads(FILE.read_text()) if FILE.exists() else {}
        rows.setdefault(where, {})[name] = asdict(counts)
        part = FILE.with_suffix(".part")
        part.write_text(json.dumps(rows, indent=1, sort_keys=True) + "\n")
        part.replace(FILE)
