# SPDX-License-Identifier: Apache-2.0
"""Where the simulator's parts are: Node.js, the rp2040js package, the firmware image."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

from ..errors import SimError

NODE_MAJOR = 18
MAX_LEVELS = 12  # folders looked through upward for build/
SETUP = "Run `make setup`"


def build_folder() -> Path:
    """build/: MOTE_BUILD, else of the repository of this package, else above the working folder."""
    named = os.environ.get("MOTE_BUILD")
    if named:
        return Path(named)
    here = [Path(__file__).resolve().parents[3]]
    above = [Path.cwd(), *Path.cwd().parents][:MAX_LEVELS]
    for folder in here + above:
        if (folder / "build" / "node_modules").is_dir() or (folder / "build" / "firmware").is_dir():
            return folder / "build"
    return here[0] / "build"


@lru_cache(maxsize=4)
def node_version(program: str) -> int:
    """Major version of a Node.js program; raises SimError where it does not run."""
    try:
        text = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=20, check=True
        ).stdout
        return int(text.strip().lstrip("v").split(".")[0])
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise SimError(f"{program} does not run: {error}", f"{SETUP}, or set MOTE_NODE.") from None


def find_node() -> str:
    """The Node.js program: MOTE_NODE, else node or nodejs on PATH."""
    program = os.environ.get("MOTE_NODE") or shutil.which("node") or shutil.which("nodejs")
    if not program:
        raise SimError(
            "Node.js is not installed; the virtual Pico runs in it",
            f"{SETUP}, or install Node.js {NODE_MAJOR} or newer (Debian: nodejs).",
        )
    major = node_version(program)
    if major < NODE_MAJOR:
        raise SimError(
            f"{program} is Node.js {major}; the virtual Pico needs {NODE_MAJOR} or newer",
            "Install a newer Node.js, or name one in MOTE_NODE.",
        )
    return program


def find_rp2040js() -> Path:
    """The folder of the rp2040js package: MOTE_RP2040JS, else in build/node_modules."""
    named = os.environ.get("MOTE_RP2040JS")
    folder = Path(named) if named else build_folder() / "node_modules" / "rp2040js"
    if not (folder / "dist" / "esm" / "rp2040.js").is_file():
        raise SimError(
            f"the emulator package rp2040js is not at {folder}",
            f"{SETUP}, or name the package's folder in MOTE_RP2040JS.",
        )
    return folder


def find_firmware(firmware: str | os.PathLike[str] | None) -> Path:
    """The UF2 image: a path, a name in build/firmware such as RPI_PICO_MOTE, or None for stock."""
    text = os.fspath(firmware) if firmware is not None else "RPI_PICO"
    path = Path(text)
    if not path.suffix and not path.exists() and path.name == text:
        path = build_folder() / "firmware" / f"{text}.uf2"
        if not path.is_file():
            raise SimError(
                f"the firmware image {path} is not there",
                f"{SETUP} and `make firmware`, or name a UF2 file.",
            )
    if not path.is_file():
        raise SimError(f"the firmware image {path} is not there", "Name an RP2040 UF2 file.")
    return path
