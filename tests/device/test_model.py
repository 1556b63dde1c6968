# SPDX-License-Identifier: Apache-2.0
"""What a Model takes and refuses: the board's class here and on MicroPython, and the PC's, which all say the same."""

from __future__ import annotations

import json
import math
import os
import subprocess
from array import array
from pathlib import Path

import numpy as np
import pytest
from moteforge import Model
from moteforge.inspect import inspect
from moteforge.mote import model as board
from single_op import FLOAT32, INT8, INT32, Graph, Spec, option_table, tfl

ROOT = Path(__file__).resolve().parents[2]
UNIX = ROOT / "build" / "unix" / "micropython"
MODULES = ROOT / "build" / "natmod" / "x64"


def reshape(kind: int, scale: float | None = None, zero: int = 0, count: int = 4) -> bytes:
    """A model that hands its input on."""
    graph = Graph()
    shape = Spec((1,), INT32, data=np.array([count], np.int32))
    specs = (Spec((1, count), kind, scale, zero), shape, Spec((count,), kind, scale, zero))
    tensors = [graph.tensor(spec) for spec in specs]
    code, options = tfl.BuiltinOperator.RESHAPE, option_table("Reshape", newShape=[count])
    graph.operator(code, tensors[:2], tensors[2:], *options)
    return graph.pack(tensors[:1], tensors[2:])


def renamed(data: bytes, name: bytes) -> bytes:
    """The model with another name of the same length for its first input."""
    old = Model(data).inputs[0].name.encode()
    assert data.count(old) == 1
    assert len(old) == len(name)
    return data.replace(old, name)


FILES = {
    "float": reshape(FLOAT32),
    "bare": reshape(INT8),
    "steps": reshape(INT8, 0.25, 3),
    "whole": reshape(INT32),
}

# Expressions and what they give, or the exception that they raise. A list stands for any sequence.
ASKED = {
    "models['float'].dequantize([1.5, -2.0])": [1.5, -2.0],
    "models['float'].quantize([1.5, -2.0])": [1.5, -2.0],
    "models['float'].quantize([inf])": [math.inf],
    "models['steps'].quantize([1.0, -1.0, 0.125, -0.125])": [7, -1, 4, 2],
    "models['steps'].quantize([1e30, -1e30, 40.0])": [127, -128, 127],
    "models['steps'].dequantize(array('b', [7, -1]))": [1.0, -1.0],
    "models['steps'].quantize([0.0, nan])": "ValueError: nan cannot be quantized",
    "models['steps'].quantize([inf])": "ValueError: inf cannot be quantized",
    "models['steps'].quantize([-inf])": "ValueError: -inf cannot be quantized",
    "models['bare'].quantize([1.0])":
        "ValueError: input 0 (t0) is int8 without a scale: it is not quantized",
    "models['bare'].dequantize([1])":
        "ValueError: output 0 (t2) is int8 without a scale: it is not quantized",
    "models['whole'].dequantize([1])":
        "ValueError: output 0 (t2) is int32 without a scale: it is not quantized",
    "models['steps'].run(bytes([1, 2, 255, 4]))[0]": [1, 2, -1, 4],
    "models['steps'].run(memoryview(bytes([1, 2, 255, 4])))[0]": [1, 2, -1, 4],
    "models['steps'].run(array('b', [1, 2, -1, 4]))[0]": [1, 2, -1, 4],
    "models['steps'].run(array('B', [1, 2, 255, 4]))": "ValueError: input 0 (t0) is int8 of shape",
    "models['steps'].run([1, 2, 3, 4])": "ValueError: input 0 (t0) is int8 of shape",
    "models['steps'].run(7)": "ValueError: input 0 (t0) is int8 of shape",
    "Model(None)":
        "TypeError: a model is a path, or a buffer that holds a .tflite file, got NoneType",
    "Model([1])": "TypeError: a model is a path, or a buffer that holds a .tflite file, got list",
    "Model(files['steps'], array('h', [0] * 5000))":
        "TypeError: arena must be bytes that can be written, as bytearray(n), got array",
    "Model(files['steps'], bytes(9000))":
        "TypeError: arena must be bytes that can be written, as bytearray(n), got bytes",
    "Model(files['steps'], 'x' * 9000)":
        "TypeError: arena must be bytes that can be written, as bytearray(n), got str",
    "Model(files['steps'], bytearray(9000)).run(bytes(4))[0]": [0, 0, 0, 0],
    "Model(files['steps'], memoryview(bytearray(9000))[:16])": "MemoryError: arena is too small: have 16",
    "Model(files['steps'], memoryview(bytearray(9000))[8:])":
        "ValueError: the address is not aligned: the arena lies 8 past a multiple of 16, pass a whole bytearray",
    "Model(memoryview(b'123' + files['steps'])[3:])":
        "ValueError: the address is not aligned: the file lies 3 past a multiple of 4, copy it into a bytearray",
    "Model(b'abc')": "ValueError: ",
    "Model(broken).inputs[0].name": "",
    "Model(broken).run(bytes(4))[0]": [0, 0, 0, 0],
    "Model(accented).inputs[0].name": "é",
}  # fmt: skip

ANSWER = """
def answer(question, names):
    try:
        result = eval(question, names)
        return result if isinstance(result, str) else list(result)
    except Exception as error:
        return "%s: %s" % (type(error).__name__, error)
"""
SCRIPT = """
import json
from array import array
from mote import Model
def read(name):
    with open(name, "rb") as file:
        return file.read()
with open("questions.json") as file:
    questions, names = json.load(file)
files = {name: read(name) for name in names}
names = {"Model": Model, "files": files, "models": {name: Model(files[name]) for name in MODELS},
         "array": array, "inf": float("inf"), "nan": float("nan"), "broken": files["broken"],
         "accented": files["accented"]}
for question in questions:
    print(repr(answer(question, names)))
"""


def files() -> dict[str, bytes]:
    broken, accented = (renamed(FILES["steps"], name) for name in (b"\xc3\x28", "é".encode()))
    return {**FILES, "broken": broken, "accented": accented}


def micropython(folder: Path) -> list[str]:
    """Lines that ask.py in the folder prints on MicroPython on this computer, with the native modules for it."""
    if not UNIX.is_file() or not (MODULES / "_mote.mpy").is_file():
        pytest.skip("MicroPython for this computer is not built (run `make setup`)")
    path = {**os.environ, "MICROPYPATH": f"{ROOT / 'device'}:{MODULES}"}
    done = subprocess.run(
        [UNIX, "ask.py"], cwd=folder, env=path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def on_micropython(tmp_path_factory):
    """What MicroPython answers."""
    folder = tmp_path_factory.mktemp("unix")
    for name, data in files().items():
        (folder / name).write_bytes(data)
    (folder / "questions.json").write_text(json.dumps([list(ASKED), list(files())]))
    (folder / "ask.py").write_text(ANSWER + f"MODELS = {list(FILES)}" + SCRIPT)
    names = {"inf": math.inf, "nan": math.nan}
    return dict(zip(ASKED, (eval(line, names) for line in micropython(folder)), strict=True))


def here(kind: type, question: str):
    given = files()
    names = {
        "Model": kind,
        "files": given,
        "models": {name: kind(given[name]) for name in FILES},
        "array": array,
        "inf": math.inf,
        "nan": math.nan,
        "broken": given["broken"],
        "accented": given["accented"],
    }
    exec(ANSWER, names)
    return names["answer"](question, names)


def agrees(found, expected) -> bool:
    """Whether an answer is the expected one; of an exception's text the beginning is."""
    if isinstance(expected, str) and expected and isinstance(found, str):
        return found.startswith(expected)
    return found == expected


@pytest.mark.parametrize("kind", [board.Model, Model], ids=["board", "pc"])
@pytest.mark.parametrize("question", ASKED)
def test_answers_here(kind, question):
    found = here(kind, question)
    assert agrees(found, ASKED[question]), found


@pytest.mark.parametrize("question", ASKED)
def test_answers_of_micropython(on_micropython, question):
    found = on_micropython[question]
    assert agrees(found, ASKED[question]), found
    if isinstance(found, str) and "of shape" not in found:
        assert found == here(board.Model, question)


def test_a_refusal_raises_even_where_the_words_are_replaced(tmp_path):
    """Nothing goes on with a model that was refused."""
    (tmp_path / "ask.py").write_text(
        "import mote\nmote.Model\nmote.refuse = print\n" + ANSWER
        + "print(answer('Model(b\"abc\")', {'Model': mote.Model}))\n"
    )  # fmt: skip
    assert micropython(tmp_path)[-1] == "ValueError: mote.refuse did not raise"


def test_values_keep_their_shape_and_bits_on_the_pc():
    model = Model(FILES["float"])
    values = np.array([[1e-40, -0.0], [np.inf, 3.3]], np.float32)
    for function in (model.quantize, model.dequantize):
        found = function(values)
        assert found.dtype == np.float32
        assert found.shape == values.shape
        assert found.tobytes() == values.tobytes()
        assert found is not values


def test_an_arena_of_other_items_is_refused():
    for arena in (np.zeros(10_000, np.int16), np.zeros((100, 100), np.float32)):
        with pytest.raises(TypeError, match="arena must be bytes that can be written"):
            Model(FILES["steps"], arena)


def test_an_arenas_bytes_count_not_its_rows():
    model = Model(FILES["steps"], np.zeros((9, 1000), np.uint8))
    assert model.run(np.array([1, 2, -3, 4], np.int8))[0].tolist() == [1, 2, -3, 4]


def test_a_file_in_every_second_byte_is_refused():
    spread = np.repeat(np.frombuffer(FILES["steps"], np.uint8), 2)[::2]
    with pytest.raises(TypeError, match="contiguous"):
        Model(spread)


def test_outputs_that_do_not_fit_are_named(monkeypatch):
    class Full(array):
        def frombytes(self, view):
            raise MemoryError

    monkeypatch.setattr(board, "array", Full)
    with pytest.raises(
        MemoryError, match=r"the model's output 0 needs 4 bytes of RAM, .* are free"
    ):
        board.Model(FILES["steps"])


def test_inspect_counts_the_outputs():
    count = 70_000
    report = inspect(reshape(FLOAT32, count=count), "rpi_pico")
    verdict = report["fits"]["rpi_pico"]
    assert f" + outputs {4 * count} + " in verdict["reason"]
    assert verdict["fits"] is False
    assert verdict["needed_bytes"] > report["arena_bytes"] + 4 * count
