# SPDX-License-Identifier: Apache-2.0
"""The five public models: TFLM's bytes, and the arena that the planner finds."""

import numpy as np
import pytest
from moteforge import Model
from public import MODELS, model_bytes

runtime = pytest.importorskip("tflite_micro").runtime

INPUTS = 1000
# Bytes of activations alive at the busiest operator: no plan can need less.
FLOORS = {"ad": 768, "kws": 16000, "ic": 49152, "vww": 55296}


@pytest.mark.parametrize("name", MODELS)
def test_a_thousand_random_inputs_give_the_bytes_of_tflm(name):
    data = model_bytes(name)
    model = Model(data)
    interpreter = runtime.Interpreter.from_bytes(data, arena_size=1 << 18)
    rng = np.random.default_rng(20260101)
    for _ in range(INPUTS):
        x = rng.integers(-128, 128, model.inputs[0].shape, dtype=np.int8)
        interpreter.set_input(x, 0)
        interpreter.invoke()
        assert np.array_equal(model.run(x)[0], interpreter.get_output(0))


@pytest.mark.parametrize("name", FLOORS)
def test_the_plan_needs_no_more_than_the_tensors_alive(name):
    model = Model(model_bytes(name))
    assert model.arena_bytes - model.state_bytes == FLOORS[name]


def test_operator_by_operator_is_the_same_as_at_once():
    model = Model(model_bytes("kws"))
    x = np.random.default_rng(5).integers(-128, 128, model.inputs[0].shape, dtype=np.int8)
    want = model.run(x)[0]
    rows = model.profile(x)
    assert np.array_equal(model.results()[0], want)
    assert [row[0] for row in rows] == list(range(model.operators))
    assert rows[0][1] == "CONV_2D"
    assert rows[-1][1] == "SOFTMAX"


def test_an_arena_of_the_caller_gives_the_same_and_may_not_be_smaller():
    data = model_bytes("micro_speech")
    model = Model(data)
    x = np.random.default_rng(6).integers(-128, 128, model.inputs[0].shape, dtype=np.int8)
    own = Model(data, arena=bytearray(model.arena_bytes))
    assert np.array_equal(own.run(x)[0], model.run(x)[0])
    with pytest.raises(
        MemoryError, match=rf"have {model.arena_bytes - 1}, want {model.arena_bytes} "
    ):
        Model(data, arena=bytearray(model.arena_bytes - 1))
    with pytest.raises(MemoryError, match="arena is too small: have 10"):
        Model(data, arena=bytearray(10))
