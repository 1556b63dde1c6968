# SPDX-License-Identifier: Apache-2.0
"""RAM that the package takes on the virtual Pico: MicroPython's own count of free heap."""

from __future__ import annotations

import json
import sys
from typing import Any

from ..errors import MoteError
from .layout import run_tool

COMMAND_SECONDS = 120.0
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


def measure(port: str) -> dict[str, Any]:
    """Bytes of heap taken by `import mote`, then by each part when it is first used."""
    mpremote = [sys.executable, "-m", "mpremote", "connect", port, "resume"]
    output = run_tool([*mpremote, "soft-reset", "exec", SCRIPT], COMMAND_SECONDS)
    lines = output.strip().splitlines()
    try:
        return {"method": "emulated: RP2040 firmware in rp2040js", **json.loads(lines[-1])}
    except (IndexError, ValueError):
        raise MoteError(f"the virtual Pico answered {lines[-3:]!r}") from None


def measure_stock() -> dict[str, Any]:
    """Stock firmware with the package installed by `mote install`."""
    from ..sim import VirtualPico

    with VirtualPico() as board:
        install = [sys.executable, "-m", "moteforge.cli", "install", "--device", board.port]
        run_tool(install, COMMAND_SECONDS)
        return measure(board.port)


def measure_built_in() -> dict[str, Any]:
    """Our firmware, which has module and package inside."""
    from ..sim import VirtualPico

    with VirtualPico("RPI_PICO_MOTE") as board:
        return measure(board.port)
