# SPDX-License-Identifier: Apache-2.0
"""Runs one job of the bare-metal image in QEMU and reads its report and the plugin's counts."""

from __future__ import annotations

import bisect
import contextlib
import struct
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import MoteError, Refused
from .image import Cpu, build, code_symbols, symbols
from .layout import build_folder, tool

RUN_SECONDS = 300.0
JOB_HEADER = 32
TOO_LARGE = "See what memory the model needs: mote inspect."
KIND_MODEL, KIND_FRONTEND, KIND_EXACT = 1, 2, 3
REGION_OPEN, REGION_RUN, REGION_PUSH, REGION_FIRST = 1, 2, 3, 16  # native/bench/bench.c


@dataclass
class Report:
    """The image's lines by their first word, and (cycles, instructions) by region."""

    lines: dict[str, list[str]] = field(default_factory=dict)
    regions: dict[int, tuple[int | None, int]] = field(default_factory=dict)
    blocks: dict[int, tuple[int | None, int]] = field(default_factory=dict)  # by address

    def number(self, name: str) -> int:
        """The value of a line that occurs once."""
        return int(self.lines[name][0])

    def blobs(self, name: str) -> list[bytes]:
        """The bytes of lines that carry hexadecimal."""
        return [bytes.fromhex(text) for text in self.lines.get(name, [])]

    def counts(self, region: int) -> dict[str, int | None]:
        """Cycles (None where they are not modelled) and instructions of a region."""
        cycles, instructions = self.regions.get(region, (None, 0))
        return {"cycles": cycles, "instructions": instructions}


def align(data: bytes, boundary: int = 16) -> bytes:
    """The data, zeros up to the boundary."""
    return data + bytes(-len(data) % boundary)


def make_job(kind: int, first: bytes, second: bytes, runs: int = 1) -> bytes:
    """The job as native/bench/bench.c reads it."""
    start = JOB_HEADER + len(align(first))
    header = struct.pack("<4s6I", b"MJOB", kind, JOB_HEADER, len(first), start, len(second), runs)
    return header.ljust(JOB_HEADER, b"\0") + align(first) + align(second)


def escape(path: Path) -> str:
    """A path as the value of a QEMU option: commas doubled."""
    return str(path).replace(",", ",,")


def command_line(cpu: Cpu, image: Path, folder: Path) -> list[str]:
    """QEMU's arguments for the job in folder/job."""
    return [
        tool(cpu.emulator, cpu.package), *cpu.machine,
        "-display", "none", "-monitor", "none", "-serial", "none", "-chardev", "stdio,id=out",
        "-semihosting-config", "enable=on,target=native,chardev=out",
        "-kernel", str(image),
        "-device", f"loader,file={escape(folder / 'job')},addr={cpu.job:#x},force-raw=on",
    ]  # fmt: skip


def plugin_options(cpu: Cpu, image: Path, folder: Path) -> list[str]:
    """QEMU's arguments for the counts in folder/counts; the plugin lies two folders above the image."""
    at = symbols(cpu, image)
    plugin, model = image.parent.parent / "cyclemodel.so", "m0plus" if cpu.has_cycles else "none"
    return [
        "-plugin", f"file={escape(plugin)},out={escape(folder / 'counts')},model={model},"
        f"store={at['bench_mark_store']:#x},base={at['bench_marks']:#x},profile={REGION_RUN}",
    ]  # fmt: skip


def parse_lines(text: str) -> dict[str, list[str]]:
    """Lines by their first word; Refused where the core refused, MoteError where it broke."""
    lines: dict[str, list[str]] = {}
    for line in text.splitlines():
        name, _, rest = line.partition(" ")
        lines.setdefault(name, []).append(rest)
    exhausted = next((line for line in lines.get("fault", []) if line.startswith("heap")), None)
    if exhausted is not None:
        raise MoteError(f"the emulated processor's memory: {exhausted} bytes", TOO_LARGE)
    if "fault" in lines:
        raise Refused(f"the core in the emulator refused: {lines['fault'][0]}")
    if "end" not in lines:
        raise MoteError(f"the image ended too early; it printed {text[-400:]!r}", TOO_LARGE)
    return lines


def check_memory(arena_bytes: int, cpu: Cpu, image: Path) -> None:
    """MoteError where the image has less memory than a model's arena takes."""
    at = symbols(cpu, image)
    room = at["bench_heap_end"] - at["bench_heap"]
    if arena_bytes > room:
        raise MoteError(
            f"the model's arena has {arena_bytes:,} bytes, the image for the emulated {cpu.name} "
            f"{room:,} bytes of memory",
            "Its largest tensors set the size: mote inspect shows the arena's plan.",
        )


def parse_counts(text: str, kind: str, has_cycles: bool) -> dict[int, tuple[int | None, int]]:
    """(cycles, instructions) in the plugin's file by a region's number or a block's address."""
    rows = [line.split() for line in text.splitlines()]
    if ["end"] not in rows or ["inner_branches", "0"] not in rows:
        raise MoteError("the plugin's counts are incomplete, or its model does not fit this QEMU")
    counts: dict[int, tuple[int | None, int]] = {}
    for row in rows:
        if row[0] == kind:
            cycles, before = int(row[2]), counts.get(int(row[1]), (0, 0))
            total = cycles + (before[0] or 0) if has_cycles else None
            counts[int(row[1])] = (total, int(row[3]) + before[1])
    return counts


def run_qemu(cpu: Cpu, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Runs QEMU to its end; MoteError where it does not end in time."""
    try:
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=RUN_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise MoteError(f"{cpu.emulator} did not end within {RUN_SECONDS:.0f} s") from None


@contextlib.contextmanager
def job_folder(job: bytes) -> Iterator[Path]:
    """A folder with the job in a file of that name."""
    with tempfile.TemporaryDirectory(dir=build_folder(), prefix="job.") as name:
        folder = Path(name)
        (folder / "job").write_bytes(job)
        yield folder


def run_image(cpu: Cpu, job: bytes) -> str:
    """Runs a job of the core's own image without counting; what the image printed."""
    image = build(cpu)
    with job_folder(job) as folder:
        done = run_qemu(cpu, command_line(cpu, image, folder))
    return done.stdout or done.stderr


def run_job(cpu: Cpu, job: bytes, image: Path | None = None) -> Report:
    """Runs a job and counts; image: another one than the core's own."""
    image = image or build(cpu)
    with job_folder(job) as folder:
        command = [*command_line(cpu, image, folder), *plugin_options(cpu, image, folder)]
        done = run_qemu(cpu, command)
        if not (folder / "counts").is_file():
            raise MoteError(f"{cpu.emulator} counted nothing: {done.stderr.strip()[-400:]}")
        lines = parse_lines(done.stdout)
        counts = (folder / "counts").read_text()
        kinds = (parse_counts(counts, kind, cpu.has_cycles) for kind in ("region", "block"))
        return Report(lines, *kinds)


def operators(report: Report) -> list[dict[str, Any]]:
    """One entry an operator, in order of execution."""
    rows = []
    for index, line in enumerate(report.lines.get("operator", [])):
        name, macs = line.split()
        counts = report.counts(REGION_FIRST + index)
        rows.append({"index": index, "name": name, "macs": int(macs), **counts})
    return rows


def functions(report: Report, cpu: Cpu, image: Path) -> list[dict[str, Any]]:
    """One entry a function of the image that ran in the whole runs, dearest first."""
    starts = sorted((address & ~1, name) for name, address in code_symbols(cpu, image).items())
    addresses = [address for address, _ in starts]
    spent: dict[str, list[int]] = {}
    for address, (cycles, instructions) in report.blocks.items():
        name = starts[max(bisect.bisect_right(addresses, address) - 1, 0)][1]
        entry = spent.setdefault(name, [0, 0])
        entry[0] += cycles or 0
        entry[1] += instructions
    rows = sorted(spent.items(), key=lambda item: [-n for n in item[1]])
    return [
        {"name": name, "cycles": cycles if cpu.has_cycles else None, "instructions": instructions}
        for name, (cycles, instructions) in rows
    ]


def run_model(
    model: bytes, inputs: Sequence[bytes], cpu: Cpu, image: Path | None = None
) -> dict[str, Any]:
    """Opens the model and runs it once for each of inputs (all input tensors, one after the other).

    cycles and instructions are those of one run (mean), operators those of the first one.
    """
    job = make_job(KIND_MODEL, model, b"".join(inputs), len(inputs))
    image = image or build(cpu)
    report = run_job(cpu, job, image)
    outputs = report.blobs("output")
    if report.blobs("steps")[0] != outputs[0]:
        raise MoteError("running operator by operator gave another output than running the model")
    total = report.counts(REGION_RUN)
    return {
        "cycles": total["cycles"] and round(total["cycles"] / len(inputs)),
        "instructions": round((total["instructions"] or 0) / len(inputs)),
        "operators": operators(report),
        "functions": functions(report, cpu, image),
        "open": report.counts(REGION_OPEN),
        "arena_bytes": report.number("arena"),
        "state_bytes": report.number("state"),
        "stack_bytes": report.number("stack_run"),
        "stack_open_bytes": report.number("stack_open"),
        "output": outputs,
    }


def run_frontend(
    words: Sequence[int], samples: bytes, cpu: Cpu, image: Path | None = None
) -> dict[str, Any]:
    """Feeds int16 samples hop by hop to a chain; cycles and instructions: means over frames."""
    chain = struct.pack(f"<{len(words)}i", *words)
    report = run_job(cpu, make_job(KIND_FRONTEND, chain, samples), image)
    frames = report.blobs("frame")
    if not frames:
        raise MoteError(f"{len(samples) // 2} samples are too few for a frame")
    counts = [report.counts(REGION_FIRST + index) for index in range(len(frames))]
    cycles = [row["cycles"] for row in counts if row["cycles"] is not None]
    return {
        "cycles": round(sum(cycles) / len(cycles)) if cycles else None,
        "cycles_max": max(cycles) if cycles else None,
        "instructions": round(sum(row["instructions"] or 0 for row in counts) / len(frames)),
        "open": report.counts(REGION_OPEN),
        "push": report.counts(REGION_PUSH),
        "state_bytes": report.number("state"),
        "ring_bytes": report.number("ring"),
        "stack_bytes": report.number("stack_run"),
        "frames": frames,
    }
