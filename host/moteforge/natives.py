# SPDX-License-Identifier: Apache-2.0
"""Native modules: which are built, which of them a board runs, and which a model needs.

`_mote` runs models of the operators that most have; each further group of operators is a module of its own
(mote.native.GROUPS), and so are ring and signal chain, `_mote_chain`, and the chain's further stages, `_mote_sense`. A
board imports what it needs. All that it has must be of one build.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import _native
from .errors import MoteError, Refused
from .mote import chain
from .mote.native import CHAIN, GROUPS, MODEL, MODULES, SENSE
from .transport import ARCHS, Facts

LIB = "/lib"
MPY_MAGIC = ord("M")
THUMB = ARCHS[ARCHS.index("armv6m") : ARCHS.index("armv7emdp") + 1]  # each runs those before it
BUILD = "Run `make natmod`."
DEFAULT = (MODEL, CHAIN)  # what every board is given


@dataclass(frozen=True)
class Item:
    """A file for the board."""

    path: str
    data: bytes

    @property
    def sha256(self) -> str:
        """Its hash in hex."""
        return hashlib.sha256(self.data).hexdigest()


def path_on_board(module: str) -> str:
    """Where a board keeps a native module."""
    return f"{LIB}/{module}.mpy"


def needed_by(data: bytes) -> list[str]:
    """The modules that a model needs, in the order of GROUPS; ValueError where its file cannot be read."""
    mask = _native.file_groups(data)
    return [name for group, name in enumerate(GROUPS) if group == 0 or mask >> group & 1]


def needed_by_chain(config: dict[str, Any]) -> list[str]:
    """The modules that a pipeline's signal chain needs; config: one of which the chain's words can be made."""
    return [CHAIN, SENSE] if chain.has_stage(config, chain.SENSE) else [CHAIN]


def on_board(names: Iterable[str]) -> list[str]:
    """Those of our modules whose files are among names, in the order of MODULES."""
    files = set(names)
    return [name for name in MODULES if f"{name}.mpy" in files]


def mpy_header(data: bytes) -> tuple[str, str | None]:
    """ABI ("6.3") and architecture of a .mpy file; raises ValueError where it is none."""
    if len(data) < 4 or data[0] != MPY_MAGIC:
        raise ValueError("no .mpy file")
    number = (data[2] >> 2) & 0x0F
    arch = ARCHS[number] if number < len(ARCHS) else f"arch-{number}"
    return f"{data[1]}.{data[2] & 3}", arch


def runs(arch: str | None) -> tuple[str, ...]:
    """Architectures of native modules that a board of this one runs, the best first."""
    if arch in THUMB:
        return tuple(reversed(THUMB[: THUMB.index(arch) + 1]))
    return (arch,) if arch else ()


def native_folder(build: str | None) -> Path:
    """The folder of native modules: natmod in the build folder, else the package's own."""
    from .sim.places import build_folder

    folder = (Path(build) if build else build_folder()) / "natmod"
    return folder if folder.is_dir() else Path(__file__).with_name("natmod")


def native_modules(folder: Path) -> dict[str, Path]:
    """Architecture to the file of `_mote`, of what has been built."""
    return {path.parent.name: path for path in sorted(folder.glob("*/_mote.mpy"))}


def best_arch(arch: str | None, folder: Path) -> str | None:
    """The built architecture that suits a board of this one best."""
    built = native_modules(folder)
    return next((name for name in runs(arch) if name in built), None)


def choose_native(facts: Facts, folder: Path, names: Iterable[str] = DEFAULT) -> list[Item]:
    """The named modules for a board; Refused, naming both sides, where there is none."""
    built = native_modules(folder)
    listed = ", ".join(built) or "none"
    if facts.arch is None:
        raise Refused(
            f"{facts.machine} with {facts.implementation} {facts.version} loads no native modules",
            f"Use a firmware with the module inside. Native modules exist for: {listed}.",
        )
    arch = best_arch(facts.arch, folder)
    if arch is None:
        raise Refused(
            f"{facts.machine} needs a native module for {facts.arch}; there is none (only: {listed})",
            BUILD if not built else "Use a firmware with the module inside.",
        )
    return [check_abi(folder / arch / f"{name}.mpy", facts, listed) for name in names]


def check_abi(path: Path, facts: Facts, listed: str) -> Item:
    """The module as an Item; Refused where its ABI or architecture is not the board's."""
    if not path.is_file():
        raise Refused(f"native module {path.parent.name}/{path.name} is not built", BUILD)
    data = path.read_bytes()
    try:
        abi, arch = mpy_header(data)
    except ValueError as error:
        raise MoteError(f"{path}: {error}", BUILD) from None
    if abi != facts.abi or arch not in runs(facts.arch):
        raise Refused(
            f"{facts.machine} loads .mpy files of ABI {facts.abi} for {facts.arch}; "
            f"{path.parent.name}/{path.name} has ABI {abi} for {arch} (modules: {listed})",
            f"Install a MicroPython whose .mpy ABI is {abi}, or build the modules for {facts.abi}.",
        )
    return Item(path_on_board(path.stem), data)


def sizes(arch: str, names: Iterable[str], folder: Path) -> dict[str, int | None]:
    """Bytes of each module's file for a board of an architecture, None for one that is not built."""
    best = best_arch(arch, folder)
    files = {name: folder / best / f"{name}.mpy" if best else None for name in names}
    return {
        name: path.stat().st_size if path and path.is_file() else None
        for name, path in files.items()
    }
