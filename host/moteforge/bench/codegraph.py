# SPDX-License-Identifier: Apache-2.0
"""Which code each operator needs: sections of the core's object files, and which of them refer to which.

Every function and constant has a section of its own (-ffunction-sections, -fdata-sections), and a linker keeps those
that can be reached. The same walk from an operator's kernel gives the bytes that it needs, helpers included; the walk
from a model's kernels together counts what they share once, as a firmware built with OPS= for that model has it. The
compiler's own library (division, memcpy) is not counted.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import MoteError

SHT_SYMTAB, SHT_RELA, SHT_NOBITS, SHT_REL = 2, 4, 8, 9
SHF_ALLOC = 2
UNDEFINED = 0
KERNEL = "mote_kernel_"
# What the board's module calls: the part of the core that every model needs.
CALLED = ("mote_model_measure", "mote_model_open", "mote_model_run", "mote_model_run_operator",
          "mote_model_reset", "mote_model_arena_bytes", "mote_model_inputs", "mote_model_outputs",
          "mote_model_operators", "mote_model_input", "mote_model_output", "mote_model_tensor",
          "mote_fault_text", "mote_file_groups", "mote_operator_check", "mote_execute",
          "mote_abi", "mote_groups")  # fmt: skip
ROW = re.compile(r"^MOTE_(OPERATOR|CUSTOM|INT16|FLOAT)\((\w+), (.*)\)\s*$", re.MULTILINE)

Node = tuple[str, int]  # object file, section


@dataclass
class Graph:
    """sizes: of sections that are in memory. names: of their functions. calls: symbols or sections referred to."""

    sizes: dict[Node, int] = field(default_factory=dict)
    names: dict[str, Node] = field(default_factory=dict)
    calls: dict[Node, set[Node | str]] = field(default_factory=dict)

    def reach(self, roots: Iterable[str], without: str | None = None) -> set[Node]:
        """Sections that the functions need. without: a prefix of functions that are not followed."""
        todo: list[Node | str] = [name for name in roots if name in self.names]
        found: set[Node] = set()
        while todo:
            at = todo.pop()
            if isinstance(at, str):
                skipped = without is not None and at.startswith(without)
                if not skipped and at in self.names:
                    todo.append(self.names[at])
            elif at not in found and at in self.sizes:
                found.add(at)
                todo += self.calls.get(at, ())
        return found

    def size(self, nodes: Iterable[Node]) -> int:
        """Bytes of sections."""
        return sum(self.sizes[node] for node in nodes)


@dataclass
class Section:
    """An entry of the section header table."""

    kind: int
    flags: int
    offset: int
    size: int
    link: int
    info: int
    entry: int


def sections(data: bytes) -> list[Section]:
    """Of a 32-bit little-endian object file; MoteError for any other."""
    if data[:6] != b"\x7fELF\x01\x01":
        raise MoteError("an object file of the core is no 32-bit little-endian ELF file")
    start = struct.unpack_from("<I", data, 32)[0]
    size, count = struct.unpack_from("<HH", data, 46)
    rows = (struct.unpack_from("<10I", data, start + at * size) for at in range(count))
    return [Section(row[1], row[2], row[4], row[5], row[6], row[7], row[9]) for row in rows]


def symbols(data: bytes, table: Section, strings: Section) -> list[tuple[str, int, bool]]:
    """(name, section, whether other files see it) in the order of the symbol table."""
    found = []
    for at in range(table.offset, table.offset + table.size, table.entry):
        name, _, _, info, _, section = struct.unpack_from("<IIIBBH", data, at)
        end = data.index(b"\0", strings.offset + name)
        text = data[strings.offset + name : end].decode("ascii", "replace")
        found.append((text, section, info >> 4 != 0))
    return found


def add_object(graph: Graph, path: Path) -> None:
    """Puts one object file into the graph."""
    data, name = path.read_bytes(), path.as_posix()
    found = sections(data)
    table = next((s for s in found if s.kind == SHT_SYMTAB), None)
    if table is None:
        raise MoteError(f"{path} has no symbols")
    known = symbols(data, table, found[table.link])
    for index, section in enumerate(found):
        if section.flags & SHF_ALLOC and section.kind != SHT_NOBITS and section.size:
            graph.sizes[(name, index)] = section.size
        if section.kind in (SHT_REL, SHT_RELA):
            targets = graph.calls.setdefault((name, section.info), set())
            for at in range(section.offset, section.offset + section.size, section.entry):
                symbol, place, _ = known[struct.unpack_from("<I", data, at + 4)[0] >> 8]
                targets.add(symbol if place == UNDEFINED else (name, place))
    for symbol, place, shared in known:
        if shared and place != UNDEFINED:
            graph.names[symbol] = (name, place)


def read_objects(paths: Iterable[Path]) -> Graph:
    """The graph of object files."""
    graph = Graph()
    for path in paths:
        add_object(graph, path)
    return graph


def groups(definitions: str) -> dict[str, list[tuple[str, str]]]:
    """Group to its operators, each as (name, type), from native/src/operators.def."""
    found: dict[str, list[tuple[str, str]]] = {}
    for kind, name, rest in ROW.findall(definitions):
        group = kind if kind in ("INT16", "FLOAT") else rest.split(",")[1].strip()
        variant = {"INT16": "int16", "FLOAT": "float32"}.get(kind, "")
        found.setdefault(group, []).append((name, variant))
    return found


def kernels(definitions: str) -> dict[str, dict[str, str]]:
    """Operator to kernel by type ("" for all without a row of their own), from native/src/operators.def."""
    found: dict[str, dict[str, str]] = {}
    for kind, name, rest in ROW.findall(definitions):
        parts = [part.strip() for part in rest.split(",")]
        kernel = parts[0] if kind in ("INT16", "FLOAT") else parts[3]
        variant = {"INT16": "int16", "FLOAT": "float32"}.get(kind, "")
        found.setdefault(name, {})[variant] = kernel
    return found


def table(graph: Graph, definitions: str) -> dict[str, Any]:
    """What `mote inspect` needs, small enough for a file: sections (bytes), base and kernels as indices of sections."""
    operators = kernels(definitions)
    base = graph.reach(CALLED, without=KERNEL)
    names = sorted({kernel for row in operators.values() for kernel in row.values()})
    reached = {name: graph.reach([KERNEL + name]) for name in names if KERNEL + name in graph.names}
    used = sorted(base.union(*reached.values()))
    number = {node: index for index, node in enumerate(used)}
    return {
        "sections": [graph.sizes[node] for node in used],
        "base": sorted(number[node] for node in base),
        "kernels": {name: sorted(number[n] for n in nodes) for name, nodes in reached.items()},
        "operators": operators,
        "groups": groups(definitions),
    }


def need(code: dict[str, Any], wanted: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Bytes that operators need, each given as (name, type of its first output).

    base_bytes: of what every model needs. operators [{name, type, bytes: its kernel with all helpers beyond the base}].
    bytes: all together, helpers counted once. unknown: operators that the table does not have.
    """
    sizes, base, rows, unknown = code["sections"], set(code["base"]), {}, []
    every = set(base)
    for name, dtype in wanted:
        row = code["operators"].get(name, {})
        variant = dtype if dtype in row else ""
        kernel = row.get(variant)
        if kernel not in code["kernels"]:
            unknown.append(name)
            continue
        own = set(code["kernels"][kernel])
        every |= own
        rows[name, variant] = sum(sizes[i] for i in own - base)
    return {
        "bytes": sum(sizes[i] for i in every),
        "base_bytes": sum(sizes[i] for i in base),
        "operators": [
            {"name": name, "type": variant or None, "bytes": count}
            for (name, variant), count in sorted(rows.items())
        ],
        "unknown": sorted(set(unknown)),
    }


def shares(code: dict[str, Any]) -> dict[str, Any]:
    """The whole table for people: base_bytes, operators as need() has them, and beyond the base the bytes of each group
    together, and of all int8 operators (CORE, OPS and MOVE) together."""
    every = [(name, variant) for rows in code["groups"].values() for name, variant in rows]
    found = need(code, every)

    def beyond(names: Iterable[str]) -> int:
        wanted = [tuple(row) for name in names for row in code["groups"].get(name, ())]
        return need(code, wanted)["bytes"] - found["base_bytes"]

    return {
        "base_bytes": found["base_bytes"],
        "bytes": found["bytes"],
        "operators": found["operators"],
        "groups": {name: beyond([name]) for name in code["groups"]},
        "int8_bytes": beyond(["CORE", "OPS", "MOVE"]),
    }
