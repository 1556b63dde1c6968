# SPDX-License-Identifier: Apache-2.0
"""The core as native modules for stock firmware: build/natmod/ARCH/_mote.mpy."""

from __future__ import annotations

import os
from pathlib import Path

from command import Log
from firmware import stage
from micropython import TREE, arm_compiler, environment, host_compiler, jobs, riscv_compiler
from paths import BUILD, OBJ, STAGE, VENV, publish, remove
from step import Step, contents

ARCHITECTURES = ("x64", "armv6m", "armv7m", "armv7emsp", "armv7emdp", "rv32imc")


def file(architecture: str) -> Path:
    return BUILD / "natmod" / architecture / "_mote.mpy"


def _make(log: Log) -> None:
    stage()
    for architecture in ARCHITECTURES:
        directory = OBJ / "natmod" / architecture
        remove(directory)
        directory.mkdir(parents=True)
        log.run(
            [
                *(
                    "make",
                    f"-j{jobs()}",
                    "-f",
                    STAGE / "native" / "micropython" / "natmod" / "Makefile",
                ),
                *(f"MPY_DIR={TREE}", f"ARCH={architecture}"),
            ],
            cwd=directory,
            # MicroPython's linker needs two packages that are in .venv.
            env={**environment(), "PATH": f"{VENV / 'bin'}:{os.environ.get('PATH', '')}"},
            remedy="the compiler's message is above",
        )
        publish(directory / "_mote.mpy", file(architecture))


STEP = Step(
    name="natmod",
    title=f"native modules for {', '.join(ARCHITECTURES)}",
    seconds=30,
    key=lambda: [
        *(host_compiler(), arm_compiler(), riscv_compiler()),
        *contents(
            "native/*.h",
            "native/*.mk",
            "native/src/**/*.[ch]",
            "native/src/*.def",
            "native/micropython/*.[ch]",
        ),
        *contents("native/micropython/natmod/*"),
    ],
    outputs=tuple(file(architecture) for architecture in ARCHITECTURES),
    make=_make,
    needs=("mpy-cross", "python"),
)
