# SPDX-License-Identifier: Apache-2.0
"""What was measured, kept in build/bench for `mote inspect`: by model and processor, and which core it was."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from ..errors import MoteError
from . import codegraph
from .image import CORE, Cpu, build, core_objects
from .layout import build_folder

STACK_KEYS = ("stack_bytes", "stack_open_bytes")
CODE_KEYS = ("sections", "base", "kernels", "operators", "groups")


def core_version() -> str:
    """A hash of the core's sources and of how they are compiled."""
    native = CORE.parent
    paths = [native / "mote.h", native / "flags.mk", *CORE.rglob("*.[ch]"), *CORE.rglob("*.def")]
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.relative_to(native).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def store(path: Path, document: dict[str, Any]) -> None:
    """Writes a file whole or not at all."""
    path.parent.mkdir(exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(json.dumps(document) + "\n", "utf-8")
    fresh.replace(path)


def load(path: Path, how: str, keys: tuple[str, ...]) -> dict[str, Any]:
    """The document, with `current`: whether the core is still the one measured; else {"missing": how to get it}."""
    try:
        document = json.loads(path.read_text("utf-8"))
        if not set(keys) <= set(document):
            raise ValueError("another version wrote it")
        document["current"] = document["core"] == core_version()
    except (OSError, ValueError, KeyError, TypeError):
        return {"missing": f"not measured: {how}"}
    return document


# ---- models


def result_path(model: bytes, cpu: Cpu) -> Path:
    """Where a model's figures lie."""
    name = f"{hashlib.sha256(model).hexdigest()[:24]}-{cpu.folder}.json"
    return build_folder() / "results" / name


def keep_result(model: bytes, cpu: Cpu, result: dict[str, Any]) -> None:
    """Keeps a model's figures, those of its functions excepted."""
    kept = {key: value for key, value in result.items() if key not in ("functions", "output")}
    store(result_path(model, cpu), {"core": core_version(), **kept})


def model_result(model: bytes, cpu: Cpu) -> dict[str, Any]:
    """A model's figures, or {"missing": ...}."""
    try:
        path = result_path(model, cpu)
    except MoteError as error:
        return {"missing": f"not measured: {error}"}
    return load(path, f"run `mote bench MODEL --cpu {cpu.name}`", STACK_KEYS)


# ---- code


def code_path(cpu: Cpu) -> Path:
    """Where the table of sections lies."""
    return build_folder() / cpu.folder / "code.json"


def measure_code(cpu: Cpu) -> dict[str, Any]:
    """The table of codegraph.table for the core as it is, measured anew where the core has changed."""
    kept, version = load(code_path(cpu), "", CODE_KEYS), core_version()
    if kept.get("current"):
        return kept
    build(cpu)
    graph = codegraph.read_objects(path for _, path in core_objects(cpu))
    definitions = (CORE / "operators.def").read_text("utf-8")
    document = {"core": version, "cpu": cpu.name, **codegraph.table(graph, definitions)}
    store(code_path(cpu), document)
    return code_result(cpu)


def code_result(cpu: Cpu) -> dict[str, Any]:
    """The table that was measured last, or {"missing": ...}."""
    try:
        path = code_path(cpu)
    except MoteError as error:
        return {"missing": f"not measured: {error}"}
    return load(path, f"run `mote bench MODEL --cpu {cpu.name}`", CODE_KEYS)
