# SPDX-License-Identifier: Apache-2.0
"""`mote romfs`: an image of models that a board uses where they lie in flash."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..options import Request, verb

EXAMPLE = """Example, for our firmware, whose ROMFS has 384 KiB:

  mote romfs models.romfs keyword.tflite

  mpremote romfs deploy models.romfs

Then on the board: mote.Model("/rom/keyword.tflite")."""


@verb(epilog=EXAMPLE)
@click.argument("output", metavar="IMAGE", type=click.Path())
@click.argument("models", metavar="MODEL...", type=click.Path(), nargs=-1, required=True)
def command(request: Request, output: str, models: tuple[str, ...]) -> None:
    """Write an IMAGE of MicroPython's read-only file system that holds MODELs.

    Their data begins at multiples of 16 bytes, so that the board needs no copy in RAM.
    """
    from .. import modelfile, outfile, romfs
    from ..errors import UsageError

    outfile.check_place("IMAGE", output, models)
    check_names(models)
    files = {Path(path).name: modelfile.open_model(path)[1] for path in models}
    try:
        made = romfs.image(files)
    except ValueError as error:
        raise UsageError(str(error), "Name fewer models.") from None
    outfile.replace_file(output, lambda file: file.write(made))
    document = {
        "schema": request.schema,
        "image": output,
        "bytes": len(made),
        "files": [{"name": name, "bytes": len(data)} for name, data in files.items()],
    }
    request.emit(document, lambda console: show(console, document))


def check_names(models: tuple[str, ...]) -> None:
    """UsageError where two models would be one file of the image."""
    from ..errors import UsageError

    seen: dict[str, str] = {}
    for path in models:
        name = Path(path).name
        if name in seen:
            raise UsageError(
                f"two models have the same name {name}: {seen[name]} and {path}",
                "Rename one: the image has one folder.",
            )
        seen[name] = path


def show(console: Any, document: dict[str, Any]) -> None:
    """The image, its files, and what to do with it."""
    from ..output import size
    from ..romfs import FIRMWARE_BYTES

    console.print(f"{document['image']}  {size(document['bytes'])}", markup=False)
    for file in document["files"]:
        console.print(f"  /rom/{file['name']}  {size(file['bytes'])}", markup=False)
    if document["bytes"] > FIRMWARE_BYTES:
        console.print(f"  too large for our firmware, whose ROMFS has {size(FIRMWARE_BYTES)}")
    console.print(f"  mpremote romfs deploy {document['image']}", markup=False)
