# SPDX-License-Identifier: Apache-2.0
"""Models of every group of operators on the virtual Pico (emulated), stock firmware with modules: the PC's bytes.

Several inputs and outputs, state that is kept and cleared, and what a board says that lacks a module or has it from
another build.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from moteforge import Model, deploy, natives
from moteforge.errors import BoardError, MoteError, SimError
from moteforge.mote.native import GROUPS
from moteforge.replay import ready_board
from moteforge.sim import VirtualPico, places
from moteforge.transport import attach

pytest.importorskip("tflite_micro")
sys.path.append(str(Path(__file__).resolve().parents[1] / "native"))
from cases import INPUTS, random_generator, random_rounds
from operators import GENERATORS

SECONDS = 240.0
CASES = {
    "_mote": ("CONV_2D int8", "CONCATENATION int8", "SPLIT_V int8"),
    "_mote_ops": ("PRELU int8", "HARD_SWISH int8", "LESS int8"),
    "_mote_move": ("GATHER int8", "SELECT_V2 int8", "RESIZE_BILINEAR int8"),
    "_mote_state": ("SVDF int8", "UNIDIRECTIONAL_SEQUENCE_LSTM int8", "ASSIGN_VARIABLE any"),
    "_mote_signal": ("SignalFramer int16", "SignalFilterBankSpectralSubtraction uint32"),
    "_mote_int16": ("SOFTMAX int16", "AVERAGE_POOL_2D int16"),
    "_mote_float": ("FULLY_CONNECTED float32", "SOFTMAX float32", "MUL float32"),
}

RUN_MODEL = """
import sys, mote
from binascii import hexlify
model = mote.Model("/model.tflite")
with open("/inputs.bin", "rb") as file:
    for run in range({runs} + 1):
        if run == {runs}:
            model.reset()
            file.seek(0)
        for output in model.run(*[file.read(size) for size in {sizes}]):
            print(hexlify(bytes(output)).decode())
print(model.arena_bytes, *[name for name in sorted(sys.modules) if name.startswith("_mote")])
"""


@pytest.fixture(scope="module")
def link():
    """A virtual Pico with stock firmware and the modules of every group; skips where something is not built."""
    missing = [name for name, size in natives.sizes("armv6m", GROUPS, natives.native_folder(None)).items()
               if size is None]  # fmt: skip
    if missing:
        pytest.skip(f"not built: {', '.join(missing)} (make natmod)")
    try:
        image = places.find_firmware("RPI_PICO")
    except SimError as error:
        pytest.skip(f"{error} ({error.remedy})")
    with VirtualPico(firmware=image) as pico, attach(str(pico.port), SECONDS) as link:
        deploy.install(link, modules=GROUPS, quiet=True)
        yield link


def model_and_inputs(operator: str) -> tuple[bytes, list[list[np.ndarray]]]:
    """A random model and what INPUTS runs are given."""
    rng = random_generator(operator, seed=7)
    case = GENERATORS[operator](rng)
    return case.data, random_rounds(case, Model(case.data), rng)


def on_pc(data: bytes, rounds: list[list[np.ndarray]]) -> list[bytes]:
    """Outputs of all runs, and of the first again after a reset."""
    model = Model(data)
    outputs = [output.tobytes() for inputs in rounds for output in model.run(*inputs)]
    model.reset()
    return outputs + [output.tobytes() for output in model.run(*rounds[0])]


@pytest.mark.parametrize(
    ("module", "operator"), [(module, name) for module, names in CASES.items() for name in names]
)
def test_a_model_of_each_group_has_the_bytes_of_the_pc(link, module, operator):
    data, rounds = model_and_inputs(operator)
    expected = on_pc(data, rounds)
    link.put("/model.tflite", data)
    link.put("/inputs.bin", b"".join(array.tobytes() for inputs in rounds for array in inputs))
    link.restart()
    script = RUN_MODEL.format(runs=INPUTS, sizes=[array.nbytes for array in rounds[0]])
    *lines, last = link.run(script, "running the model").splitlines()
    assert [bytes.fromhex(line) for line in lines] == expected
    arena, *modules = last.split()
    assert int(arena) == Model(data).arena_bytes
    assert modules == list(dict.fromkeys(["_mote", module]))


def test_state_shows_and_is_cleared():
    """Of the models above, one gives for the first input another output when it comes again without a reset."""
    data, rounds = model_and_inputs("SVDF int8")
    first, *_, again = on_pc(data, [*rounds, rounds[0]])
    assert first == again
    assert on_pc(data, [*rounds, rounds[0]])[INPUTS] != first


def test_a_missing_module_is_named_with_the_command(link, tmp_path):
    data, _ = model_and_inputs("GATHER int8")
    path = tmp_path / "gather.tflite"
    module = link.ask(
        "with open('/lib/_mote_move.mpy', 'rb') as f: print('#mote', f.read())", "reading"
    )
    link.put("/model.tflite", data)
    link.remove("/lib/_mote_move.mpy")
    try:
        with pytest.raises(MoteError, match="native module '_mote_move' is needed") as caught:
            ready_board(link, "device", None, data, path)
        assert caught.value.remedy == f"Run `mote install --model {path}`."
        link.restart()
        with pytest.raises(BoardError) as caught:
            link.run("import mote\nmote.Model('/model.tflite')", "opening")
        assert caught.value.kind == "ImportError"
        assert "/model.tflite: native module '_mote_move' is needed" in caught.value.message
        assert "run 'mote install --model FILE' on the PC" in caught.value.message
    finally:
        link.put("/lib/_mote_move.mpy", module)
    ready_board(link, "device", None, data, path)


def test_modules_of_another_abi_or_build_are_refused_on_the_board(link):
    data, _ = model_and_inputs("GATHER int8")
    link.put("/model.tflite", data)
    module = (natives.native_folder(None) / "armv6m" / "_mote_move.mpy").read_bytes()
    alien = module[:1] + bytes([5]) + module[2:]
    try:
        link.put("/lib/_mote_move.mpy", alien)
        link.restart()
        with pytest.raises(BoardError, match=r"'_mote_move' is needed \(incompatible .mpy"):
            link.run("import mote\nmote.Model('/model.tflite')", "opening")
    finally:
        link.put("/lib/_mote_move.mpy", module)
    link.restart()
    script = "import _mote_move\n_mote_move.attach(bytearray(64), 1)"
    with pytest.raises(BoardError, match="of another version than _mote"):
        link.run(script, "attaching")


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        ("'/none.tflite'", "OSError", "ENOENT: /none.tflite"),
        ("'/inputs.bin'", "ValueError", "/inputs.bin: "),
        ("memoryview(open('/model.tflite', 'rb').read())[1:]", "ValueError", "multiple of 4"),
    ],
)
def test_what_is_no_model_is_named(link, call, kind, words):
    link.put("/model.tflite", model_and_inputs("CONV_2D int8")[0])
    link.put("/inputs.bin", b"no model" * 9)
    link.restart()
    with pytest.raises(BoardError) as caught:
        link.run(f"import mote\nmote.Model({call})", "opening")
    assert caught.value.kind == kind
    assert words in caught.value.message
