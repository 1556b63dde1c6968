# SPDX-License-Identifier: Apache-2.0
"""RAM that the package takes on the virtual Pico: MicroPython's own count of free heap."""

from __future__ import annotations

import json
import sys
from typing import Any

from ..errors import MoteError
from ..mote.native import MODULES
from .layout import run_tool

COMMAND_SECONDS = 240.0
METHOD = "emulated: RP2040 firmware in rp2040js"
SCRIPT = """
import gc, json
def free():
    gc.collect()
    return gc.mem_free()
start = free()
import mote
package = free()
mote.Model
model = free()
mote.Frontend
frontend = free()
mote.Pipeline
print(json.dumps({"free": start, "import": start - package, "with_model": start - model,
                  "with_frontend": start - frontend, "with_pipeline": start - free()}))
"""

FRONTEND = """
import gc, json
gc.collect()
start = gc.mem_free()
import mote
mote.Frontend
gc.collect()
print(json.dumps(start - gc.mem_free()))
"""

IMPORT = """
import gc, json
gc.collect()
start = gc.mem_free()
import {module}
gc.collect()
print(json.dumps(start - gc.mem_free()))
"""


def ask(port: str, script: str) -> Any:
    """What a script prints as JSON in its last line, on a fresh interpreter."""
    mpremote = [sys.executable, "-m", "mpremote", "connect", port, "resume"]
    lines = run_tool([*mpremote, "soft-reset", "exec", script], COMMAND_SECONDS).strip().split("\n")
    try:
        return json.loads(lines[-1])
    except ValueError:
        raise MoteError(f"the virtual Pico answered {lines[-3:]!r}") from None


def measure(port: str) -> dict[str, Any]:
    """Bytes of heap taken by `import mote`, then by each part when it is first used; and by a frontend alone."""
    return {"method": METHOD, **ask(port, SCRIPT), "frontend_alone": ask(port, FRONTEND)}


def install(port: str, *options: str) -> None:
    """`mote install` as a user runs it."""
    run_tool([sys.executable, "-m", "moteforge.cli", "install", "--device", port, *options],
             COMMAND_SECONDS)  # fmt: skip


def measure_stock() -> dict[str, Any]:
    """Stock firmware with the package installed by `mote install`."""
    from ..sim import VirtualPico

    with VirtualPico() as board:
        install(board.port)
        return measure(board.port)


def measure_modules() -> dict[str, int]:
    """Bytes of heap that importing each native module takes on stock firmware (emulated)."""
    from ..sim import VirtualPico

    with VirtualPico() as board:
        install(board.port, "--all")
        return {module: ask(board.port, IMPORT.format(module=module)) for module in MODULES}


def measure_built_in() -> dict[str, Any]:
    """Our firmware, which has module and package inside."""
    from ..sim import VirtualPico

    with VirtualPico("RPI_PICO_MOTE") as board:
        return measure(board.port)
