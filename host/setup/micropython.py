# SPDX-License-Identifier: Apache-2.0
"""MicroPython's cross compiler, unix port and QEMU machines, from build/third_party/micropython."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from command import Log, output
from paths import BUILD, OBJ, THIRD_PARTY, publish, remove
from report import SetupError
from step import Step

TREE = THIRD_PARTY / "micropython"
CROSS = BUILD / "mpy-cross" / "mpy-cross"
UNIX = BUILD / "unix" / "micropython"
_OBJ_CROSS = OBJ / "mpy-cross"

# What MicroPython's makefiles would take from the environment of a parent make or a user's shell.
_FOREIGN = (
    *("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "BOARD", "BUILD", "DEBUG", "V"),
    *("CROSS", "CROSS_COMPILE", "CC", "CFLAGS", "CFLAGS_EXTRA", "CPPFLAGS", "LDFLAGS"),
    *("LDFLAGS_EXTRA", "VARIANT", "FROZEN_MANIFEST", "USER_C_MODULES", "PROG"),
)


def jobs() -> int:
    """Compilers at a time: MOTE_JOBS, or the processors that this process may use."""
    return int(os.environ.get("MOTE_JOBS") or len(os.sched_getaffinity(0)))


def environment() -> dict[str, str | None]:
    """What makes a sub-build reproducible; None removes a variable."""
    return {
        **dict.fromkeys(_FOREIGN),
        # The version comes from mpconfig.h, not from a git repository that lies above the tree.
        "GIT_CEILING_DIRECTORIES": str(THIRD_PARTY),
        "SOURCE_DATE_EPOCH": str(int((TREE / "py" / "mpconfig.h").stat().st_mtime)),
        "MICROPY_MPYCROSS": str(_OBJ_CROSS / "mpy-cross"),
    }


def run_make(log: Log, directory: str, build: Path, *words: str, **variables: str) -> None:
    """Runs make in MicroPython's tree, from scratch: it would not notice changed flags."""
    remove(build)
    build.parent.mkdir(parents=True, exist_ok=True)
    log.run(
        ["make", f"-j{jobs()}", "-C", TREE / directory, f"BUILD={build}", *words],
        env={**environment(), **variables},
        remedy="the compiler's message is above",
    )


def compiler(command: str, package: str) -> str:
    """First line of a compiler's --version, for keys; raises where it is missing."""
    text = output([command, "--version"])
    if not text:
        raise SetupError(f"{command} is missing", f"apt-get install {package}, or put it on PATH")
    return text.splitlines()[0]


def host_compiler() -> str:
    return compiler("gcc", "build-essential")


def arm_compiler() -> str:
    return compiler(
        "arm-none-eabi-gcc",
        "gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib",
    )


def riscv_compiler() -> str:
    return compiler(
        "riscv64-unknown-elf-gcc", "gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf"
    )


def _make_cross(log: Log) -> None:
    run_make(log, "mpy-cross", _OBJ_CROSS)
    publish(_OBJ_CROSS / "mpy-cross", CROSS)


def _make_unix(log: Log) -> None:
    build = OBJ / "unix"
    # What is switched off needs libraries that Debian's source package leaves out.
    off = (
        "MICROPY_PY_SSL=0",
        "MICROPY_PY_BTREE=0",
        "MICROPY_PY_FFI=0",
        "MICROPY_PY_BLUETOOTH=0",
        "FROZEN_MANIFEST=",
    )
    run_make(log, "ports/unix", build, "VARIANT=standard", *off)
    publish(build / "micropython", UNIX)


@dataclass(frozen=True)
class Machine:
    """A board of ports/qemu. heap: bytes, what the machine's RAM leaves beside data and stack."""

    name: str
    processor: str
    heap: int
    words: tuple[str, ...] = ()
    assembler: str = ""  # AFLAGS; from the environment, since the makefile adds to it

    @property
    def elf(self) -> Path:
        return BUILD / "qemu" / self.name / "firmware.elf"

    def compiler(self) -> str:
        return riscv_compiler() if self.name.endswith("rv32") else arm_compiler()


# littlefs 1: the only file system that links without a clock, which the port does not have.
_FILE_SYSTEMS = ("MICROPY_VFS_LFS1=1",)
MACHINES = (
    # The port leaves native code out here; without its emitter it loads no native module either.
    Machine(
        "microbit",
        "Cortex-M0",
        240 * 1024,
        ("CFLAGS_EXTRA=-DMICROPY_EMIT_THUMB=1 -DMICROPY_EMIT_THUMB_ARMV7M=0",),
    ),
    Machine("mps2_an385", "Cortex-M3", 3 * 1024 * 1024),
    # For the port's own rv32imac_zicsr, GCC 12 links a 64-bit libgcc.
    Machine("virt_rv32", "RV32", 1920 * 1024, ("RV32_ARCH=rv32imac",), "-misa-spec=2.2"),
)


def _make_machine(machine: Machine, log: Log) -> None:
    build = OBJ / "qemu" / machine.name
    run_make(
        log,
        "ports/qemu",
        build,
        f"BOARD={machine.name.upper()}",
        f"MICROPY_HEAP_SIZE={machine.heap}",
        "FROZEN_MANIFEST=",
        *_FILE_SYSTEMS,
        *machine.words,
        AFLAGS=machine.assembler,
    )
    publish(build / "firmware.elf", machine.elf)


MPY_CROSS = Step(
    name="mpy-cross",
    title="MicroPython's cross compiler",
    seconds=15,
    key=lambda: [host_compiler()],
    outputs=(CROSS, _OBJ_CROSS / "mpy-cross"),  # sub-builds use the one whose path has no space
    make=_make_cross,
    needs=("sources",),
)

UNIX_PORT = Step(
    name="unix",
    title="MicroPython for this machine",
    seconds=35,
    key=lambda: [host_compiler()],
    outputs=(UNIX,),
    make=_make_unix,
    needs=("mpy-cross",),
)


def _machine_step(machine: Machine) -> Step:
    return Step(
        name=machine.name,
        title=f"MicroPython for QEMU: {machine.processor}",
        seconds=20,
        key=lambda: [machine.compiler(), repr(machine), repr(_FILE_SYSTEMS)],
        outputs=(machine.elf,),
        make=lambda log: _make_machine(machine, log),
        needs=("mpy-cross",),
    )


QEMU = tuple(map(_machine_step, MACHINES))
