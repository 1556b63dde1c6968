# SPDX-License-Identifier: Apache-2.0
"""The npm package rp2040js, pinned, in build/node_modules."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from command import Log, output
from paths import BUILD, link, remove, replace_tree
from pins import RP2040JS
from report import SetupError
from step import Step, state_of

MODULES = BUILD / "node_modules"
OLDEST_NODE = 18


def _own() -> Path | None:
    named = os.environ.get("RP2040JS_DIR")
    if not named:
        return None
    path = Path(named).expanduser().resolve()
    if not (path / "package.json").is_file():
        raise SetupError(
            f"RP2040JS_DIR={named} is no rp2040js: it has no package.json", "correct RP2040JS_DIR"
        )
    return path


def _key() -> list[str]:
    own = _own()
    return [state_of(own) if own else RP2040JS]


def _make(log: Log) -> None:
    _check_node()
    own = _own()
    if own is not None:
        MODULES.mkdir(exist_ok=True)
        link(MODULES / "rp2040js", own)
        return
    fresh = BUILD / "node.new"
    remove(fresh)
    fresh.mkdir()
    # A package.json of its own keeps npm from climbing to one further up.
    (fresh / "package.json").write_text(json.dumps({"private": True}))
    log.run(
        ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", f"rp2040js@{RP2040JS}"],
        cwd=fresh,
        remedy="check the network, or set RP2040JS_DIR to an unpacked rp2040js package",
        timeout=300,
    )
    _check_version(fresh / "node_modules" / "rp2040js" / "package.json")
    replace_tree(fresh / "node_modules", MODULES)
    remove(fresh)


def _check_node() -> None:
    found = re.match(r"v(\d+)", output(["node", "--version"]))
    if found is None:
        raise SetupError(
            "node is missing",
            f"install Node.js {OLDEST_NODE} or newer (Debian: apt-get install nodejs npm)",
        )
    if int(found[1]) < OLDEST_NODE:
        raise SetupError(f"node is version {found[1]}", f"install Node.js {OLDEST_NODE} or newer")


def _check_version(package: Path) -> None:
    have = json.loads(package.read_text())["version"] if package.is_file() else "nothing"
    if have != RP2040JS:
        raise SetupError(
            f"npm installed rp2040js {have} instead of {RP2040JS}",
            "set RP2040JS_DIR to a copy of your own",
        )


STEP = Step(
    name="node",
    title=f"rp2040js {RP2040JS}, the RP2040 emulator, by npm",
    seconds=5,
    key=_key,
    outputs=(MODULES / "rp2040js" / "package.json",),
    make=_make,
)
