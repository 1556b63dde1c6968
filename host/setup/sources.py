# SPDX-License-Identifier: Apache-2.0
"""Third-party trees in build/third_party: pinned Debian packages, or directories of the user's."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from command import Log
from debian import KEYRING, Archive, unpack, version
from paths import THIRD_PARTY, WORK, is_harmless, link, remove, replace_tree
from pins import SOURCES, SUITE, Pin
from report import SetupError
from step import Step, state_of

# What lib/ of MicroPython's release gets from the other trees; Debian's package comes without them.
_LIBRARIES = ("pico-sdk", "tinyusb", "mbedtls")


def own_directory(pin: Pin) -> Path | None:
    """The user's tree for a pin, checked, or None where the variable is not set."""
    named = os.environ.get(pin.variable)
    if not named:
        return None
    path = Path(named).expanduser().resolve()
    if not (path / pin.marker).exists():
        raise SetupError(
            f"{pin.variable}={named} is no {pin.title} tree: it has no {pin.marker}",
            f"correct {pin.variable}",
        )
    if not is_harmless(path):
        raise SetupError(
            f"{pin.variable}={named} has a space or special character in its path",
            "move it elsewhere",
        )
    return path


def _key() -> list[str]:
    own = {pin.name: own_directory(pin) for pin in SOURCES}
    return [SUITE] + [
        f"{pin.name} {state_of(path) if (path := own[pin.name]) else version(pin)}"
        for pin in SOURCES
    ]


def _make(log: Log) -> None:
    fresh = WORK / "third_party.new"
    remove(fresh)
    fresh.mkdir()
    packaged = [pin for pin in SOURCES if own_directory(pin) is None]
    if packaged:
        _fetch(packaged, fresh, log)
    for pin in SOURCES:
        path = own_directory(pin)
        if path is not None:
            _adopt(pin, path, fresh / pin.name)
        _check(pin, fresh / pin.name)
    _complete(fresh / "micropython")
    for pin in SOURCES:
        replace_tree(fresh / pin.name, THIRD_PARTY / pin.name)
    remove(fresh)


def _fetch(pins: list[Pin], fresh: Path, log: Log) -> None:
    if not KEYRING.exists():
        raise SetupError(f"{KEYRING} is missing", "install the package debian-archive-keyring")
    scratch = WORK / "apt"
    remove(scratch)
    archive = Archive(scratch, log)
    archive.update()
    archive.fetch(pins, scratch / "packages")
    for pin in pins:
        unpack(pin, scratch / "packages", fresh / pin.name, log)
    remove(scratch)


def _adopt(pin: Pin, path: Path, target: Path) -> None:
    """MicroPython is copied, since its lib/ is completed and built in; the others are linked."""
    if pin.name != "micropython":
        target.symlink_to(path)
        return
    ignore = shutil.ignore_patterns(".git", "build", "build-*")
    shutil.copytree(path, target, symlinks=True, ignore=ignore)


def _check(pin: Pin, tree: Path) -> None:
    if not (tree / pin.marker).exists():
        raise SetupError(
            f"the package {pin.package} has no {pin.marker}",
            f"set {pin.variable} to a {pin.title} tree",
        )


def _complete(micropython: Path) -> None:
    """Gives MicroPython's lib/ the trees that its release leaves to submodules."""
    for name in _LIBRARIES:
        remove(micropython / "lib" / name)
        (micropython / "lib" / name).symlink_to(Path("../..") / name)
    # The build rules ask for this file, and for nothing else as long as no module is required.
    readme = micropython / "lib" / "micropython-lib" / "README.md"
    readme.parent.mkdir(parents=True, exist_ok=True)
    readme.touch()
    tinyusb = micropython.parent / "pico-sdk" / "lib" / "tinyusb"
    if not micropython.parent.joinpath("pico-sdk").is_symlink():
        tinyusb.parent.mkdir(exist_ok=True)
        link(tinyusb, Path("../../tinyusb"))


STEP = Step(
    name="sources",
    title="MicroPython, Pico SDK, TinyUSB and Mbed TLS from Debian " + SUITE,
    seconds=25,
    key=_key,
    outputs=tuple(THIRD_PARTY / pin.name / pin.marker for pin in SOURCES),
    make=_make,
)
