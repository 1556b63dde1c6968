# SPDX-License-Identifier: Apache-2.0
"""The virtual Pico: RP2040 firmware in an emulator, its USB serial port on a pseudo-terminal.

    with VirtualPico(flash="pico.flash") as pico:
        subprocess.run(["mpremote", "connect", pico.port, "exec", "print(1)"])

What is emulated and what is not: docs/SIMULATOR.md. Times are emulated times.
"""

from .pico import State, VirtualPico

__all__ = ["State", "VirtualPico"]
