# SPDX-License-Identifier: Apache-2.0
"""What the package accepts and refuses on the virtual Pico (emulated), stock firmware with the native module."""

from __future__ import annotations

import json

import pytest
from moteforge.bench.suite import ROOT
from moteforge.mote.native import SENSE
from test_pico_exact import FLASH, INPUTS_AT, MODEL_AT, board

EXAMPLE = ROOT / "examples" / "keyword"
PREPARE = f"""
import json, uctypes, mote
from array import array
model = mote.Model(bytearray(uctypes.bytearray_at({FLASH + MODEL_AT}, {{size}})))
config = json.loads(bytes(uctypes.bytearray_at({FLASH + INPUTS_AT}, {{config_size}})))
pipeline = mote.Pipeline(config, model)
size = model.inputs[0].shape[1] * model.inputs[0].shape[2]
def refused(function, *args):
    try:
        function(*args)
    except (ValueError, MemoryError) as error:
        return str(error)
    raise AssertionError("not refused: %r" % (args,))
"""


@pytest.fixture(scope="module")
def link(tmp_path_factory):
    model = (EXAMPLE / "keyword.tflite").read_bytes()
    config = json.dumps(json.loads((EXAMPLE / "keyword.pipeline.json").read_text())).encode()
    folder = tmp_path_factory.mktemp("flash")
    with board("RPI_PICO", {MODEL_AT: model, INPUTS_AT: config}, folder, modules=(SENSE,)) as link:
        link.run(PREPARE.format(size=len(model), config_size=len(config)), "preparing")
        yield link


def answer(link, code: str) -> str:
    return link.run(code, "asking").strip()


def test_an_interrupts_samples_are_worked_on_by_poll(link):
    script = "pipeline.ring.push(array('h', bytes(2000))); print(pipeline.poll(), pipeline.count)"
    assert answer(link, script) == "() 2"


REFUSED = (
    (
        {"windowSize": 4096},
        "bufferSize is 2048, must be a power of two, at least windowSize x chan",
    ),
    ({"hopLength": 0}, "pipeline: hopLength is 0, must be an integer from 1"),
    (
        {"stages": [{"type": "fft", "size": 4096}]},
        "stage 1 (fft): size is 4096, must be an integer",
    ),
    (
        {"stages": [{"type": "fft", "size": 256}]},
        "size is 256, must be at least 480 (no less than",
    ),
    (
        {"stages": [{"type": "biquad", "design": "lowpass 800 Hz"}]},
        "stage 1 (biquad): sections are missing: on the PC, 'mote pipeline design FILE'",
    ),
    (
        {"stages": [{"type": "biquad", "sections": [[1 << 28, 0, 0, 0, 1 << 28]]}]},
        "sections[0][4] is 268435456, must be at most 268435455 (a section is stable where",
    ),
    (
        {"bufferSize": 1 << 17},
        "are free: choose a smaller bufferSize",
    ),
    (
        {
            "bufferSize": 8192,
            "windowSize": 8192,
            "channels": 1,
            "stages": [{"type": "window"}] * 12,
        },
        "are free: choose a smaller windowSize or fft, fewer channels or stages",
    ),
)


@pytest.mark.parametrize(("change", "words"), REFUSED)
def test_chains_that_cannot_be_are_refused_with_the_remedy(link, change, words):
    told = answer(link, f"print(refused(mote.Frontend, dict(config, **{change!r})))")
    assert words in told


@pytest.mark.parametrize(
    "samples", ["array('f', [0.0] * 8)", "array('i', [0] * 8)", "bytearray(3)", "'text'"]
)
def test_only_int16_samples_are_taken(link, samples):
    for where in ("pipeline.push", "pipeline.ring.push"):
        assert "samples must be int16" in answer(link, f"print(refused({where}, {samples}))")


@pytest.mark.parametrize(
    "data",
    [
        "array('h', [0] * (size // 2))",
        "array('f', [0.0] * (size // 4))",
        "'x' * size",
        "array('B', bytes(size))",
    ],
)
def test_only_int8_inputs_are_taken(link, data):
    text = answer(link, f"print(refused(model.run, {data}))")
    assert "is int8 of shape" in text
    assert "items are of another type" in text


def test_an_input_without_a_buffer_is_named(link):
    text = answer(link, "print(refused(model.run, [0] * size))")
    assert "is int8 of shape" in text
    assert " bytes: got " in text


@pytest.mark.parametrize("value", ["inf", "-inf", "nan"])
def test_only_finite_floats_are_quantized(link, value):
    text = answer(link, f"print(refused(model.quantize, [0.5, float('{value}')]))")
    assert text == f"{value} cannot be quantized"
    assert answer(link, "print(list(model.quantize([1e38, -1e38])))") == "[127, -128]"


@pytest.mark.parametrize("arena", ["array('h', bytes(1000))", "bytes(1000)", "'x'", "7"])
def test_an_arena_is_bytes_that_can_be_written(link, arena):
    script = f"""
try:
    mote.Model(model._file, {arena})
except TypeError as error:
    print(error)
"""
    assert "arena must be bytes that can be written, as bytearray(n), got " in answer(link, script)


def test_an_arena_off_its_place_is_named(link):
    script = (
        "print(refused(mote.Model, model._file, memoryview(bytearray(model.arena_bytes + 16))[4:]))"
    )
    assert "the arena lies 4 past a multiple of 16" in answer(link, script)


def test_windows_stay_within_the_ring(link):
    text = answer(link, "print(refused(mote.Ring(16).window, 17))")
    assert text == "Ring.window: n is 17, must be 1 to 16"
    script = "print(refused(mote.Ring(16).window, 4, 4, bytearray(2)))"
    assert "at least n items" in answer(link, script)


def test_profile_has_every_operator(link):
    script = "p = model.profile(bytes(size)); print(len(p) == model.operators, p[0][1], p[-1][1])"
    assert answer(link, script) == "True CONV_2D SOFTMAX"
