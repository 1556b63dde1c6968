# SPDX-License-Identifier: Apache-2.0
"""Models and features on emulated Cortex-M0 and RV32 have the bytes of the PC and of TFLM."""

from __future__ import annotations

import json
import wave

import numpy as np
import pytest
from moteforge import Frontend, Model
from moteforge.bench.layout import shared_folder
from moteforge.bench.suite import MODELS, PIPELINE
from moteforge.mote.native import CHAIN, MODEL
from qemu import QemuBoard, QemuMissing, available, package

SHARED = shared_folder()
ARCHS = ("armv6m", "rv32imc")
RUNS = 5

RUN_MODEL = """
import binascii, mote
model = mote.Model(view("model.tflite"))
inputs = memoryview(view("inputs.bin"))
size = len(inputs) // RUNS
for run in range(RUNS):
    outputs = model.run(inputs[run * size : (run + 1) * size])
    print(" ".join(binascii.hexlify(output).decode() for output in outputs))
print(model.arena_bytes)
"""

RUN_FRONTEND = """
import array, binascii, json, mote
frontend = mote.Frontend(json.loads(open("/pipeline.json").read()))
samples = view("samples.bin")
show = lambda frame: print(binascii.hexlify(frame).decode())
for at in range(0, len(samples), 2 * BLOCK):
    frontend.push(array.array("h", samples[at : at + 2 * BLOCK]), show)
"""


def shared(name: str) -> bytes:
    """A file of the shared folder; the test is skipped where it is not there."""
    path = SHARED / name
    if not path.is_file():
        pytest.skip(f"{path} is not there (set MOTE_SHARED to the folder of shared models)")
    return path.read_bytes()


def start(arch: str, files: dict[str, bytes], module: str) -> QemuBoard:
    """A board with the package, a native module and these files; skips the test where something is not built."""
    try:
        available(arch)
        return QemuBoard(arch, {**package(arch, (module,)), **files})
    except QemuMissing as missing:
        pytest.skip(str(missing))


def random_inputs(model: Model, seed: int) -> list[np.ndarray]:
    """RUNS inputs over the whole range of the model's only input."""
    generator = np.random.default_rng(seed)
    (info,) = model.inputs
    limits = np.iinfo(info.dtype)
    return [
        generator.integers(limits.min, limits.max + 1, info.shape, dtype=info.dtype)
        for _ in range(RUNS)
    ]


def outputs_of_tflm(data: bytes, inputs: list[np.ndarray]) -> list[bytes]:
    """What TensorFlow Lite Micro itself makes of the inputs."""
    runtime = pytest.importorskip("tflite_micro").runtime
    interpreter = runtime.Interpreter.from_bytes(data, arena_size=1 << 20)
    outputs = []
    for given in inputs:
        interpreter.set_input(given, 0)
        interpreter.invoke()
        outputs.append(interpreter.get_output(0).tobytes())
    return outputs


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("arch", ARCHS)
def test_outputs(arch, name):
    data = shared("models/" + MODELS[name][1])
    model = Model(data)
    inputs = random_inputs(model, seed=len(data))
    on_pc = [model.run(given)[0].tobytes() for given in inputs]
    files = {"model.tflite": data, "inputs.bin": b"".join(x.tobytes() for x in inputs)}
    with start(arch, files, MODEL) as board:
        *lines, arena = board.run(f"RUNS = {RUNS}\n" + RUN_MODEL).split("\n")[:-1]
    on_board = [bytes.fromhex(line) for line in lines]
    assert on_board == on_pc
    assert on_board == outputs_of_tflm(data, inputs)
    assert len(set(on_pc)) > 1, "all inputs gave one output: the comparison would mean little"
    assert int(arena) > 0


@pytest.mark.parametrize("recording", ["yes", "no"])
@pytest.mark.parametrize("arch", ARCHS)
def test_features(arch, recording):
    shared(f"data/speech/{recording}_1000ms.wav")
    with wave.open(str(SHARED / f"data/speech/{recording}_1000ms.wav")) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    config = json.loads(PIPELINE.read_text("utf-8"))
    on_pc = [np.asarray(frame).tobytes() for frame in Frontend(config).push(samples)]
    files = {"samples.bin": samples.tobytes(), "pipeline.json": PIPELINE.read_bytes()}
    with start(arch, files, CHAIN) as board:
        text = board.run("BLOCK = 800\n" + RUN_FRONTEND)
    on_board = [bytes.fromhex(line) for line in text.split()]
    assert len(on_pc) == 49
    assert on_board == on_pc
    assert len(set(on_pc)) > 10, "the frames hardly differ: the comparison would mean little"
