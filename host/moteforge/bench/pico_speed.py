# SPDX-License-Identifier: Apache-2.0
"""Whole inferences on the virtual Pico: the native module on stock firmware, and the core inside our own.

The cycle model of QEMU's bare-metal image sees neither the position-independent code of a native module nor
MicroPython around it; here `model.run` is timed by the board's own clock, emulated. The model lies in flash.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from . import pico

MODELS_AT = (
    0x200000  # behind the 2 MiB that the firmware knows, so that no file system is disturbed
)
FLASH_BYTES = 0x400000
ALIGNMENT = 0x1000
SCRIPT = """
import json, machine, mote, time, uctypes
hertz, cycles = machine.freq(), {{}}
for name, place, size in {models!r}:
    model = mote.Model(uctypes.bytearray_at(place, size))
    count = 1
    for size in model.inputs[0].shape:
        count *= size
    given = bytearray(n & 255 for n in range(count))
    model.run(given)
    start = time.ticks_us()
    model.run(given)
    cycles[name] = time.ticks_diff(time.ticks_us(), start) * (hertz // 1000000)
    del model, given
print(json.dumps(cycles))
"""


def places(models: dict[str, bytes]) -> dict[str, int]:
    """Flash offsets, each at a multiple of a sector."""
    offsets, at = {}, MODELS_AT
    for name, data in models.items():
        offsets[name] = at
        at += -(-len(data) // ALIGNMENT) * ALIGNMENT
    return offsets


def measure(firmware: str, models: dict[str, bytes]) -> dict[str, int]:
    """Cycles of one `model.run` by model (emulated, no wait states). firmware: RPI_PICO or RPI_PICO_MOTE.

    Raises MoteError where the simulator, the firmware or the native modules are missing.
    """
    from ..sim import VirtualPico, flashfile

    offsets = places(models)
    with tempfile.TemporaryDirectory(prefix="mote-bench-") as name:
        folder = Path(name)
        flashfile.create(folder / "flash.bin", FLASH_BYTES)
        for model, data in models.items():
            (folder / model).write_bytes(data)
        load = [(offset, folder / model) for model, offset in offsets.items()]
        with VirtualPico(firmware, folder / "flash.bin", load=load) as board:
            if firmware == "RPI_PICO":
                pico.install(board.port)
            rows = [(m, 0x10000000 + offsets[m], len(data)) for m, data in models.items()]
            cycles = pico.ask(board.port, SCRIPT.format(models=rows))
    return {model: cycles[model] for model in models}


def measure_both(models: dict[str, bytes]) -> dict[str, Any]:
    """By firmware, then by model."""
    return {firmware: measure(firmware, models) for firmware in ("RPI_PICO", "RPI_PICO_MOTE")}
