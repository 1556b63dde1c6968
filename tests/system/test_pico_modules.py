# SPDX-License-Identifier: Apache-2.0
"""Models and the signal chain each without the other's native module, on the virtual Pico (emulated)."""

from __future__ import annotations

import contextlib
import json
from array import array

import numpy as np
import pytest
from moteforge import Frontend, Model, _native, natives
from moteforge.bench.suite import ROOT
from moteforge.errors import BoardError, MoteError
from moteforge.replay import ready_board
from test_pico_exact import FLASH, INPUTS_AT, MODEL_AT, board

EXAMPLE = ROOT / "examples" / "keyword"
MODEL = (EXAMPLE / "keyword.tflite").read_bytes()
CONFIG = json.loads((EXAMPLE / "keyword.pipeline.json").read_text("utf-8"))
FRAMES = 5

RUN_MODEL = f"""
import sys, uctypes, mote
from binascii import hexlify
model = mote.Model(bytearray(uctypes.bytearray_at({FLASH + MODEL_AT}, {len(MODEL)})))
given = uctypes.bytearray_at({FLASH + INPUTS_AT}, {{size}})
names = [name for name in sorted(sys.modules) if name.startswith("_mote")]
print("#mote", (names, hexlify(bytes(model.run(given)[0])).decode()))
"""
RUN_CHAIN = f"""
import json, sys, uctypes, mote
from binascii import hexlify
frontend = mote.Frontend(json.loads({json.dumps(CONFIG)!r}))
given = uctypes.bytearray_at({FLASH + INPUTS_AT}, {{samples}})
frames = frontend.push(given)
names = [name for name in sorted(sys.modules) if name.startswith("_mote")]
print("#mote", (names, [hexlify(bytes(frame)).decode() for frame in frames]))
"""


def samples() -> np.ndarray:
    """Noise for FRAMES windows, as many bytes as the model takes or more."""
    count = CONFIG["windowSize"] + (FRAMES - 1) * CONFIG["hopLength"]
    return np.random.default_rng(11).integers(-9000, 9000, count).astype(np.int16)


def model_input() -> np.ndarray:
    """The first bytes of the samples as the model's input."""
    shape = Model(MODEL).inputs[0].shape
    return np.frombuffer(samples().tobytes()[: int(np.prod(shape))], np.int8).reshape(shape)


@pytest.fixture(scope="module", params=["RPI_PICO", "RPI_PICO_MOTE"])
def any_firmware(request, tmp_path_factory):
    """Stock firmware with the package installed, and ours, with model and samples in flash."""
    folder = tmp_path_factory.mktemp("flash")
    with board(request.param, {MODEL_AT: MODEL, INPUTS_AT: samples().tobytes()}, folder) as link:
        yield link


@pytest.fixture(scope="module")
def stock(tmp_path_factory):
    """Stock firmware alone."""
    folder = tmp_path_factory.mktemp("flash")
    with board("RPI_PICO", {MODEL_AT: MODEL, INPUTS_AT: samples().tobytes()}, folder) as link:
        yield link


@contextlib.contextmanager
def instead(link, module: str, data: bytes | None):
    """The board with another file for a native module, or none."""
    path = natives.path_on_board(module)
    kept = (natives.native_folder(None) / "armv6m" / f"{module}.mpy").read_bytes()
    link.remove(path) if data is None else link.put(path, data)
    try:
        link.restart()
        yield kept
    finally:
        link.put(path, kept)
        link.restart()


def run_model(link) -> list[str]:
    """Runs the model, compares it with the PC's; the native modules that were loaded."""
    given = model_input()
    loaded, output = link.ask(RUN_MODEL.format(size=given.size), "running the model")
    assert output == Model(MODEL).run(given)[0].tobytes().hex()
    return loaded


def run_chain(link) -> list[str]:
    """Computes frames, compares them with the PC's; the native modules that were loaded."""
    loaded, frames = link.ask(
        RUN_CHAIN.replace("{samples}", str(2 * len(samples()))), "computing features"
    )
    expected = Frontend(CONFIG).push(samples())
    assert len(expected) == FRAMES
    assert frames == [frame.tobytes().hex() for frame in expected]
    return loaded


def refusal(link, code: str) -> str:
    """What a statement that cannot import its module says."""
    with pytest.raises(BoardError) as caught:
        link.run(f"import mote\n{code}", "importing")
    assert caught.value.kind == "ImportError"
    return caught.value.message


def test_a_model_runs_without_the_chain(stock):
    with instead(stock, "_mote_chain", None):
        assert run_model(stock) == ["_mote"]
        for name in ("Ring", "Frontend", "Pipeline"):
            text = refusal(stock, f"mote.{name}")
            assert "native module '_mote_chain' is needed (no module named '_mote_chain')" in text
            assert text.endswith("run 'mote install' on the PC")


def test_the_chain_runs_without_models(stock):
    with instead(stock, "_mote", None):
        assert run_chain(stock) == ["_mote_chain"]
        for code in ("mote.Model", "from mote.model import Model; Model(b'')"):
            text = refusal(stock, code)
            assert "native module '_mote' is needed (no module named '_mote')" in text
            assert text.endswith("run 'mote install' on the PC")


def test_a_chain_of_another_abi_is_refused(stock):
    ours = (natives.native_folder(None) / "armv6m" / "_mote_chain.mpy").read_bytes()
    with instead(stock, "_mote_chain", ours[:1] + bytes([5]) + ours[2:]):
        assert "'_mote_chain' is needed (incompatible .mpy" in refusal(stock, "mote.Frontend")


def test_replay_looks_for_the_chain_and_run_does_not(stock):
    with instead(stock, "_mote_chain", None):
        ready_board(stock, "device", None, MODEL, "m.tflite")
        with pytest.raises(MoteError, match="native module '_mote_chain' is needed") as caught:
            ready_board(stock, "device", None, MODEL, "m.tflite", CONFIG)
        assert caught.value.remedy == "Run `mote install --model m.tflite`."
    ready_board(stock, "device", None, MODEL, "m.tflite", CONFIG)


# A stage of every build, then one of `_mote_sense`.
FURTHER = {"stages": [{"type": "window"}, {"type": "statistics", "values": ["mean"]}]}


def test_further_stages_need_their_module(stock):
    config = {**CONFIG, **FURTHER}
    make = f"mote.Frontend({config!r})"
    assert "native module '_mote_sense' is needed (no module" in refusal(stock, make)
    with pytest.raises(MoteError, match="native module '_mote_sense' is needed") as caught:
        ready_board(stock, "device", None, MODEL, "m.tflite", config, "p.json")
    assert caught.value.remedy == "Run `mote install --model m.tflite --pipeline p.json`."


def test_further_stages_of_another_version_are_refused(stock):
    make = "import _mote_sense; _mote_sense.attach(bytearray(16), 1)"
    ours = (natives.native_folder(None) / "armv6m" / "_mote_sense.mpy").read_bytes()
    stock.put(natives.path_on_board("_mote_sense"), ours)
    try:
        stock.restart()
        with pytest.raises(BoardError, match="of another version than _mote_chain"):
            stock.run(make, "attaching")
        ready_board(stock, "device", None, MODEL, "m.tflite", {**CONFIG, **FURTHER})
    finally:
        stock.remove(natives.path_on_board("_mote_sense"))
        stock.restart()


def test_each_loads_its_own_module(any_firmware):
    builtin = any_firmware.facts().builtin
    any_firmware.restart()
    assert run_model(any_firmware) == ([] if builtin else ["_mote"])
    any_firmware.restart()
    assert run_chain(any_firmware) == ([] if builtin else ["_mote_chain"])


def test_modules_have_their_own_functions(any_firmware):
    code = (
        "import _mote, _mote_chain\n"
        "names = [sorted(n for n in dir(m) if n[0] != '_') for m in (_mote, _mote_chain)]\n"
        "print('#mote', names)"
    )
    any_firmware.restart()
    model, chain = any_firmware.ask(code, "listing functions")
    assert {"model_open", "model_run", "copy"} < set(model)
    assert {"ring_push", "chain_next", "unroll"} < set(chain)
    assert not set(model) & set(chain)


REFUSED = (
    ("_mote_chain", "chain_measure(array('i', [1, 2, 16000, 0]), None)"),
    ("_mote_chain", "chain_measure(array('i', [1, 5, 16000, 1, 480, 160, 7]), None)"),
    ("_mote_chain", "ring_init(bytearray(32), 0, 1)"),
    ("_mote", "model_measure(b'no model' * 9)"),
    ("_mote", "model_open(bytearray(4), model, None)"),
    ("_mote", "model_tensor(state, 0, 99)"),
)


@pytest.mark.parametrize(("module", "call"), REFUSED)
def test_refusals_have_the_words_of_the_pc(any_firmware, module, call):
    """Native modules have no texts: the package puts their faults in words. Firmware has the core's."""
    given = f"""
from array import array
import uctypes, _mote
model = uctypes.bytearray_at({FLASH + MODEL_AT}, {len(MODEL)})
state = bytearray(_mote.model_measure(model))
_mote.model_open(state, model, None)
"""
    state = bytearray(_native.model_measure(MODEL))
    _native.model_open(state, MODEL)
    with pytest.raises((MemoryError, ValueError)) as pc:
        eval(
            f"_native.{call}", {"_native": _native, "array": array, "model": MODEL, "state": state}
        )
    with pytest.raises(BoardError) as board:
        any_firmware.run(f"{given}import {module}\n{module}.{call}", "asking")
    assert board.value.message == f"{pc.type.__name__} on the board while asking: {pc.value}"
