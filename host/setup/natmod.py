# SPDX-License-Identifier: Apache-2.0
"""The core as native modules for stock firmware: build/natmod/ARCH/_mote.mpy, _mote_chain.mpy and those of further
operators and stages."""

from __future__ import annotations

import os
from pathlib import Path

from command import Log
from firmware import stage
from micropython import TREE, arm_compiler, environment, host_compiler, jobs, riscv_compiler
from paths import BUILD, OBJ, STAGE, VENV, publish, remove
from selection import selected
from step import Step, contents

ARCHITECTURES = ("x64", "armv6m", "armv7m", "armv7emsp", "armv7emdp", "rv32imc")
MODULES = (
    "_mote",
    "_mote_chain",
    "_mote_sense",
    "_mote_ops",
    "_mote_state",
    "_mote_signal",
    "_mote_int16",
    "_mote_float",
    "_mote_move",
)


def file(architecture: str, module: str) -> Path:
    return BUILD / "natmod" / architecture / f"{module}.mpy"


def _module(log: Log, directory: Path, architecture: str, module: str) -> None:
    makefile = STAGE / "native" / "micropython" / "natmod" / "Makefile"
    names = (f"MPY_DIR={TREE}", f"ARCH={architecture}", f"MOD={module}")
    names += (f"MOTE_OPS={' '.join(selected())}",)
    log.run(
        ["make", f"-j{jobs()}", "-f", makefile, *names],
        cwd=directory,
        # MicroPython's linker needs two packages that are in .venv.
        env={**environment(), "PATH": f"{VENV / 'bin'}:{os.environ.get('PATH', '')}"},
        remedy="the compiler's message is above",
    )
    publish(directory / f"{module}.mpy", file(architecture, module))


def _make(log: Log) -> None:
    stage()
    for architecture in ARCHITECTURES:
        directory = OBJ / "natmod" / architecture
        remove(directory)
        directory.mkdir(parents=True)
        for module in MODULES:
            _module(log, directory, architecture, module)


STEP = Step(
    name="natmod",
    title=f"native modules for {', '.join(ARCHITECTURES)}",
    seconds=60,
    key=lambda: [
        *(host_compiler(), arm_compiler(), riscv_compiler(), *selected()),
        *contents(
            "native/*.h",
            "native/*.mk",
            "native/src/**/*.[ch]",
            "native/src/**/*.def",
            "native/micropython/*.[ch]",
        ),
        *contents("native/micropython/natmod/*"),
    ],
    outputs=tuple(file(arch, module) for arch in ARCHITECTURES for module in MODULES),
    make=_make,
    needs=("mpy-cross", "python"),
)
