# SPDX-License-Identifier: Apache-2.0
"""`mote sim`: a virtual Pico on a serial port, until Ctrl-C."""

from __future__ import annotations

import signal
from typing import Any

import click

from ..options import Request, verb


@verb()
@click.option("--firmware", metavar="UF2", help="Image, or its name in build/firmware [RPI_PICO].")
@click.option("--flash", metavar="FILE", help="Keep the flash in FILE; made where it is missing.")
@click.option("--link", metavar="PATH", help="Give the port this name as well.")
def command(request: Request, firmware: str | None, flash: str | None, link: str | None) -> None:
    """Boot a virtual Pico and keep it running until Ctrl-C (exit code 0).

    Exit code 1: it could not start, or its firmware crashed.
    """
    from ..errors import SimError
    from ..sim import VirtualPico

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the port is cleaned up either way
    settings = request.settings
    try:
        with VirtualPico(
            firmware or settings.get("firmware"),
            flash or settings.get("flash"),
            link,
            verbose=request.verbose,
            on_event=lambda event: tell(request, event),
        ) as pico:
            request.emit(describe(request, pico), lambda console: show(console, pico))
            pico.wait()
            raise SimError(pico.fault or "the virtual Pico has stopped")
    except KeyboardInterrupt:
        request.note("virtual Pico switched off")


def tell(request: Request, event: dict[str, Any]) -> None:
    """Resets are worth a line of progress; the end is reported by the error."""
    if event["event"] == "reset":
        request.note(f"virtual Pico: reset by {event['cause']}")
    elif event["event"] == "fault" and not event["fatal"]:
        request.note(f"virtual Pico: {event['text']}; the watchdog is armed")


def describe(request: Request, pico: Any) -> dict[str, Any]:
    """The JSON document."""
    return {
        "schema": request.schema,
        "port": pico.port,
        "firmware": str(pico.firmware),
        "flash": str(pico.flash) if pico.flash else None,
        "emulated": True,
    }


def show(console: Any, pico: Any) -> None:
    """The port first, for scripts that read one line; then how to connect."""
    console.print(pico.port, markup=False)
    kept = f"flash kept in {pico.flash}" if pico.flash else "flash lost at the end"
    console.print(f"  {pico.firmware.name}, emulated, {kept}", markup=False)
    console.print(f"  mpremote connect {pico.port}", markup=False)
    console.print("  Ctrl-C ends it.")
    console.file.flush()
