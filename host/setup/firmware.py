# SPDX-License-Identifier: Apache-2.0
"""RP2040 firmware: stock RPI_PICO, and RPI_PICO_MOTE with the native modules and mote inside."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from command import Log
from micropython import TREE, arm_compiler, environment, jobs
from paths import BUILD, OBJ, ROOT, STAGE, mirror, publish, remove
from report import SetupError
from selection import selected
from step import Step, contents
from uf2 import to_uf2

_STALE = "the compiler's message is above; `make clean` removes all objects"


@dataclass(frozen=True)
class Image:
    """A firmware image: title for reports, limit in bytes of flash, options of cmake."""

    name: str
    title: str
    limit: int
    options: tuple[str, ...]

    def file(self, suffix: str) -> Path:
        return BUILD / "firmware" / f"{self.name}.{suffix}"


STOCK = Image(
    name="RPI_PICO",
    title="stock MicroPython for the Raspberry Pi Pico",
    limit=640 << 10,  # the file system takes the other 1408 KiB
    options=(
        "-DMICROPY_BOARD=RPI_PICO",
        f"-DMICROPY_FROZEN_MANIFEST={STAGE}/native/micropython/manifest_stock.py",
    ),
)
MOTE = Image(
    name="RPI_PICO_MOTE",
    title="the same with MoteForge inside",
    limit=512 << 10,  # where model slot A begins: boards/RPI_PICO_MOTE/mpconfigboard.h
    options=(
        "-DMICROPY_BOARD=RPI_PICO_MOTE",
        f"-DMICROPY_BOARD_DIR={STAGE}/boards/RPI_PICO_MOTE",
        f"-DUSER_C_MODULES={STAGE}/native/micropython/micropython.cmake",
    ),
)


def stage() -> None:
    """Copies what sub-builds need of our sources to where make can read them."""
    mirror(
        ROOT / "native",
        STAGE / "native",
        ("*.c", "*.h", "*.def", "*.py", "*.mk", "*.cmake", "Makefile"),
    )
    mirror(ROOT / "device", STAGE / "device", ("*.py",))
    mirror(ROOT / "boards", STAGE / "boards", ("*/*",))


def _make(image: Image, log: Log) -> None:
    stage()
    build = OBJ / "firmware" / image.name
    try:
        _compile(image, build, log)
    except SetupError:
        # A configuration of other sources or compilers may be what failed: once more from nothing.
        if not (build / ".complete").exists():
            raise
        remove(build)
        _compile(image, build, log)
    (build / ".complete").touch()
    _publish(image, build)


def _compile(image: Image, build: Path, log: Log) -> None:
    log.run(
        [
            *("cmake", "-G", "Ninja", "-S", TREE / "ports" / "rp2", "-B", build),
            *("-DCMAKE_BUILD_TYPE=MinSizeRel", "-DPICO_NO_PICOTOOL=1"),
            *(f"-DPython3_EXECUTABLE={sys.executable}", *image.options),
            *((f"-DMOTE_OPS={';'.join(selected())}",) if image is MOTE else ()),
        ],
        env=environment(),
        remedy=_STALE,
    )
    log.run(["cmake", "--build", build, "-j", str(jobs())], env=environment(), remedy=_STALE)


def _publish(image: Image, build: Path) -> None:
    data = (build / "firmware.bin").read_bytes()
    if len(data) > image.limit:
        raise SetupError(
            f"{image.name} takes {len(data)} bytes of flash and may take {image.limit}",
            "optimise for size in native/flags.mk, or freeze less in its manifest.py",
        )
    (build / "firmware.uf2").write_bytes(to_uf2(data))
    for suffix in ("bin", "elf", "uf2"):
        publish(build / f"firmware.{suffix}", image.file(suffix))


def _step(image: Image, name: str, seconds: int, *patterns: str) -> Step:
    return Step(
        name=name,
        title=image.title,
        seconds=seconds,
        key=lambda: [
            *(arm_compiler(), repr(image), *(selected() if image is MOTE else ())),
            *contents("host/setup/uf2.py", *patterns),
        ],
        outputs=tuple(image.file(suffix) for suffix in ("uf2", "bin", "elf")),
        make=lambda log: _make(image, log),
        needs=("mpy-cross",),
    )


STEPS = (
    _step(STOCK, "stock", 60, "native/micropython/manifest_stock.py"),
    _step(
        MOTE,
        "mote",
        70,
        *(
            "native/*.h",
            "native/*.mk",
            "native/src/**/*.[ch]",
            "native/src/**/*.def",
            "native/micropython/*.[ch]",
        ),
        *("native/micropython/*.cmake", "native/micropython/manifest*.py"),
        *("device/mote/*.py", "boards/RPI_PICO_MOTE/*"),
    ),
)
