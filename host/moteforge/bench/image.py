# SPDX-License-Identifier: Apache-2.0
"""The bare-metal image and the plugin: built when stale, and what lies in them."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import UsageError
from .layout import BENCH_SOURCE, build_folder, run_tool, tool

BUILD_SECONDS = 300.0
CORE = BENCH_SOURCE.parent / "src"


@dataclass(frozen=True)
class Cpu:
    """A processor that can be measured. folder: below build/bench; job: its address in memory."""

    name: str
    folder: str
    emulator: str
    machine: tuple[str, ...]
    package: str
    prefix: str  # of the compiler's tools
    job: int
    has_cycles: bool  # false: instructions only
    archs: tuple[str, ...]  # of boards whose processors run the same instructions (mpy_arch)
    board: str  # whose clock is used where none is named


CPUS = {
    cpu.name: cpu
    for cpu in (
        Cpu("cortex-m0plus", "m0plus", "qemu-system-arm", ("-M", "mps2-an385"),
            "qemu-system-arm", "arm-none-eabi-", 0x21000000, True, ("armv6", "armv6m"), "rpi_pico"),
        Cpu("cortex-m4", "m4", "qemu-system-arm", ("-M", "mps2-an386"),
            "qemu-system-arm", "arm-none-eabi-", 0x21000000, False,
            ("armv7m", "armv7em", "armv7emdp"), "rpi_pico2"),
        Cpu("cortex-m33", "m33", "qemu-system-arm", ("-M", "mps2-an505"),
            "qemu-system-arm", "arm-none-eabi-", 0x80000000, False, ("armv7emsp",), "rpi_pico2"),
        Cpu("rv32imc", "rv32", "qemu-system-riscv32", ("-M", "virt", "-bios", "none"),
            "qemu-system-misc", "riscv64-unknown-elf-", 0x84000000, False, ("rv32imc",), "esp32c3"),
    )
}  # fmt: skip


ALIASES = {"rv32": "rv32imc", "cortex-m0": "cortex-m0plus", "cortex-m0+": "cortex-m0plus"}


def cpu_of(arch: str) -> Cpu | None:
    """The processor that runs a board's instructions; None where none is emulated."""
    return next((cpu for cpu in CPUS.values() if arch in cpu.archs), None)


def get_cpu(name: str) -> Cpu:
    """The processor of that name, or UsageError with the names there are."""
    name = ALIASES.get(name, name)
    if name not in CPUS:
        raise UsageError(f"there is no processor {name!r}", f"Known: {', '.join(CPUS)}.")
    return CPUS[name]


@contextlib.contextmanager
def build_lock() -> Iterator[None]:
    """One build at a time, also between processes."""
    with (build_folder() / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def build(cpu: Cpu, out: Path | None = None, core: Path | None = None) -> Path:
    """Brings image and plugin up to date; returns the image. core: sources of another core."""
    out = out or build_folder()
    tool(cpu.prefix + "gcc", f"gcc-{cpu.prefix.rstrip('-')}")
    command = [tool("make", "make"), "-s", "-C", str(BENCH_SOURCE), "plugin", "image", "-j2",
               f"ARCH={cpu.folder}", f"OUT={os.path.relpath(out, BENCH_SOURCE)}"]  # fmt: skip
    if core is not None:
        command.append(f"CORE={os.path.relpath(core, BENCH_SOURCE)}")
    with build_lock():
        run_tool(command, BUILD_SECONDS)
    return out / cpu.folder / "bench.elf"


def symbols(cpu: Cpu, image: Path, kinds: str = "") -> dict[str, int]:
    """Addresses by name. kinds: letters of nm, all if empty."""
    lines = run_tool([tool(cpu.prefix + "nm", "binutils"), str(image)], 60).splitlines()
    fields = (line.split() for line in lines)
    return {
        field[2]: int(field[0], 16)
        for field in fields
        if len(field) == 3 and (not kinds or field[1] in kinds) and not field[2].startswith("$")
    }


def code_symbols(cpu: Cpu, image: Path) -> dict[str, int]:
    """Addresses of functions."""
    return symbols(cpu, image, "tTwW")


def section_sizes(cpu: Cpu, path: Path) -> dict[str, int]:
    """Bytes of code (.text*), constants (.rodata*) and data (.data*, .bss*) of one object file."""
    sizes = {"text": 0, "rodata": 0, "data": 0}
    kinds = {".text": "text", ".rodata": "rodata", ".srodata": "rodata", ".data": "data",
             ".sdata": "data", ".bss": "data", ".sbss": "data"}  # fmt: skip
    listing = run_tool([tool(cpu.prefix + "size", "binutils"), "-A", str(path)], 60)
    for line in listing.splitlines():
        field = line.split()
        if len(field) == 3 and field[1].isdigit():
            kind = kinds.get("." + field[0].split(".")[1] if field[0].startswith(".") else "")
            if kind:
                sizes[kind] += int(field[1])
    return sizes


def core_objects(cpu: Cpu) -> list[tuple[str, Path]]:
    """Source and object file of each part of the core; the image must have been built."""
    folder = build_folder() / cpu.folder / "core"
    found = ((path.relative_to(folder).with_suffix(".c"), path) for path in folder.rglob("*.o"))
    # not the object of a source that is gone
    return sorted((name.as_posix(), path) for name, path in found if (CORE / name).is_file())


def core_sizes(cpu: Cpu) -> list[dict[str, int | str]]:
    """One entry an object file of the core, largest first; the image must have been built."""
    rows = [{"name": name, **section_sizes(cpu, path)} for name, path in core_objects(cpu)]
    return sorted(rows, key=lambda row: -int(row["text"]) - int(row["rodata"]))
