# SPDX-License-Identifier: Apache-2.0
"""Chains of every stage on emulated processors and boards: the bytes of the PC.

Bare-metal images of the core; MicroPython under QEMU with native modules; the virtual Pico, with stock firmware and
native modules, and with ours. All of it is emulated.
"""

from __future__ import annotations

import json

import numpy as np
import pytest
from chains import CHAINS, MODEL, MODEL_SOURCE, samples
from moteforge import Frontend
from moteforge.bench.emulator import run_frontend
from moteforge.mote import chain
from moteforge.mote.frontend import input_scale
from moteforge.mote.native import CHAIN, SENSE
from moteforge.natives import DEFAULT
from qemu import QemuBoard, QemuMissing, available, package
from test_pico_exact import FLASH, INPUTS_AT, board

FRAMES = 20
PIECE = (
    202  # bytes that a board is handed at a time: no whole number of hops, and cuts within instants
)

RUN_CHAINS = """
import binascii, gc, json, mote
def show(frame):
    print(binascii.hexlify(frame).decode())
def run(config, samples):
    frontend = mote.Frontend(json.loads(config), Model)
    samples = memoryview(samples)
    for at in range(0, len(samples), PIECE):
        frontend.push(samples[at : at + PIECE], show)
    print("-")
    gc.collect()
"""


def trials() -> dict[str, tuple[dict, np.ndarray, list[bytes]]]:
    """Every chain with its samples and frames on this computer."""
    found = {}
    for seed, (name, config) in enumerate(CHAINS.items()):
        given = samples(config, FRAMES, seed)
        frames = [frame.tobytes() for frame in Frontend(config, MODEL).push(given)]
        assert len(frames) == FRAMES
        assert len(set(frames)) > FRAMES / 2, "the frames hardly differ: equality would mean little"
        found[name] = config, given, frames
    return found


SILENCE = (
    400.0  # seconds that one chain may take under QEMU on a machine that does other things too
)


def first_difference(there: list[bytes], here: list[bytes]) -> str:
    """Where frames leave those of this computer; "" where they do not."""
    if len(there) != len(here):
        return f"{len(there)} frames, here {len(here)}"
    for index, (got, want) in enumerate(zip(there, here, strict=True)):
        if got != want:
            at = next(i for i, (a, b) in enumerate(zip(got, want, strict=True)) if a != b)
            return f"frame {index}, byte {at}: {got[at:].hex()[:16]}, here {want[at:].hex()[:16]}"
    return ""


@pytest.mark.parametrize("name", CHAINS)
def test_bare_metal(cpu, name):
    config, given, frames = trials()[name]
    words = chain.words(config, input_scale(MODEL))
    there = run_frontend(list(words), given.astype("<i2").tobytes(), cpu)["frames"]
    assert first_difference(there, frames) == ""


def check_board(run, view: str, image: dict[str, bytes]) -> None:
    """Runs all chains on a board, each with a call of its own; view: an expression that gives a name's bytes there."""
    wrong = {}
    for name, (config, _, frames) in trials().items():
        text = json.dumps(
            {key: config[key] for key in config if key not in ("model", "labels", "decision")}
        )
        call = f"run({text!r}, {view.format(name=name)})"
        lines = run("\n".join([f"PIECE = {PIECE}", MODEL_SOURCE, RUN_CHAINS, call]))
        assert lines.endswith("-\n")
        there = [bytes.fromhex(line) for line in lines.removesuffix("-\n").split()]
        wrong[name] = first_difference(there, frames)
    assert set(wrong.values()) == {""}, wrong
    assert set(image) == set(CHAINS)


@pytest.mark.parametrize("arch", ["armv6m", "armv7m", "rv32imc"])
def test_native_modules_under_qemu(arch):
    image = {name: given.tobytes() for name, (_, given, _) in trials().items()}
    try:
        available(arch)
        files = {**package(arch, (*DEFAULT, SENSE)), **image}
        link = QemuBoard(arch, files)
    except QemuMissing as missing:
        pytest.skip(str(missing))
    with link:
        check_board(lambda script: link.run(script, SILENCE), "view({name!r})", image)
        loaded = link.run("import sys; print(sorted(n for n in sys.modules if n[:5] == '_mote'))")
        assert loaded == f"{[CHAIN, SENSE]}\n"


@pytest.mark.parametrize("firmware", ["RPI_PICO", "RPI_PICO_MOTE"])
def test_virtual_pico(firmware, tmp_path):
    image = {name: given.tobytes() for name, (_, given, _) in trials().items()}
    places, blob = {}, b""
    for name, data in image.items():
        places[name] = FLASH + INPUTS_AT + len(blob), len(data)
        blob += data + bytes(-len(data) % 16)
    with board(firmware, {INPUTS_AT: blob}, tmp_path, modules=(SENSE,)) as link:

        def run(script: str) -> str:
            head = f"import uctypes\nPLACES = {places!r}\n"
            return "".join(
                f"{line}\n" for line in link.run(head + script, "computing features").split()
            )

        check_board(run, "uctypes.bytearray_at(*PLACES[{name!r}])", image)
