# SPDX-License-Identifier: Apache-2.0
"""Models and features on the virtual Pico (emulated) have the bytes of the PC and of TFLM.

Our firmware reads all five models from flash, where they lie; stock firmware with the native module holds those in RAM
that fit there.
"""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pytest
from moteforge import Model
from moteforge.bench.suite import MODELS
from moteforge.deploy import install
from moteforge.errors import SimError
from moteforge.sim import VirtualPico, places
from moteforge.transport import attach
from test_qemu_exact import RUNS, outputs_of_tflm, random_inputs, shared

SECONDS = 240.0
MODEL_AT, INPUTS_AT = 0x80000, 0x100000  # the two model slots of RPI_PICO_MOTE
FLASH = 0x10000000
IN_RAM = ("kws", "ic", "micro_speech")  # with their arenas, on stock firmware

RUN_MODEL = """
import binascii, gc, uctypes, mote
file = uctypes.bytearray_at({at}, {size})
if {copy}:
    file = bytearray(file)
model = mote.Model(file)
inputs = memoryview(uctypes.bytearray_at({inputs_at}, {inputs_size}))
size = len(inputs) // {runs}
for run in range({runs}):
    output = model.run(inputs[run * size : (run + 1) * size])[0]
    print(binascii.hexlify(output).decode())
print(model.arena_bytes)
"""


@contextmanager
def board(firmware: str, files: dict[int, bytes], folder, modules=()):
    """A virtual Pico with files in its flash and the package at hand; skips where something is not built."""
    paths = []
    for offset, data in files.items():
        path = folder / f"{offset:x}.bin"
        path.write_bytes(data)
        paths.append((offset, path))
    try:
        image = places.find_firmware(firmware)
    except SimError as error:
        pytest.skip(f"{error} ({error.remedy})")
    with VirtualPico(firmware=image, load=paths) as pico, attach(str(pico.port), SECONDS) as link:
        if firmware == "RPI_PICO":
            install(link, modules=modules, quiet=True)
            link.restart()
        yield link


def run_on(firmware: str, name: str, folder, copy: bool) -> None:
    data = shared("models/" + MODELS[name][1])
    model = Model(data)
    inputs = random_inputs(model, seed=len(data) + 1)
    on_pc = [model.run(given)[0].tobytes() for given in inputs]
    given = b"".join(x.tobytes() for x in inputs)
    script = RUN_MODEL.format(
        at=FLASH + MODEL_AT, size=len(data), copy=copy,
        inputs_at=FLASH + INPUTS_AT, inputs_size=len(given), runs=RUNS,
    )  # fmt: skip
    with board(firmware, {MODEL_AT: data, INPUTS_AT: given}, folder) as link:
        *lines, arena = link.run(script, "running the model").split()
    on_board = [bytes.fromhex(line) for line in lines]
    assert on_board == on_pc
    assert on_board == outputs_of_tflm(data, inputs)
    assert len(set(on_pc)) > 1, "all inputs gave one output: the comparison would mean little"
    assert int(arena) == model.arena_bytes


@pytest.mark.parametrize("name", MODELS)
def test_our_firmware_runs_every_model_from_flash(name, tmp_path):
    run_on("RPI_PICO_MOTE", name, tmp_path, copy=False)


@pytest.mark.parametrize("name", IN_RAM)
def test_stock_firmware_runs_what_fits_in_ram(name, tmp_path):
    run_on("RPI_PICO", name, tmp_path, copy=True)


RUN_FRONTEND = """
import binascii, json, uctypes, mote
frontend = mote.Frontend(json.loads(bytes(uctypes.bytearray_at({at}, {size}))))
samples = memoryview(uctypes.bytearray_at({inputs_at}, {inputs_size}))
for start in range(0, len(samples), 1600):
    for frame in frontend.push(samples[start : start + 1600]):
        print(binascii.hexlify(frame).decode())
"""


@pytest.mark.parametrize("firmware", ["RPI_PICO", "RPI_PICO_MOTE"])
@pytest.mark.parametrize("word", ["yes", "no"])
def test_features_of_both_recordings(word, firmware, tmp_path):
    from moteforge import Frontend
    from moteforge.bench.suite import PIPELINE

    samples = np.frombuffer(shared(f"data/speech/{word}_1000ms.wav")[44:], np.int16)
    config = PIPELINE.read_bytes()
    on_pc = Frontend(PIPELINE).push(samples)
    script = RUN_FRONTEND.format(
        at=FLASH + MODEL_AT, size=len(config),
        inputs_at=FLASH + INPUTS_AT, inputs_size=samples.nbytes,
    )  # fmt: skip
    with board(firmware, {MODEL_AT: config, INPUTS_AT: samples.tobytes()}, tmp_path) as link:
        lines = link.run(script, "computing features").split()
    assert len(lines) == 49
    assert [bytes.fromhex(line) for line in lines] == [np.asarray(f).tobytes() for f in on_pc]
