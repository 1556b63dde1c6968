# SPDX-License-Identifier: Apache-2.0
"""Element-wise operators that TFLM refuses, stops at or would read out of bounds for are refused when opened."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from moteforge import Model
from refusals import QUANT, SHAPE, TYPE, Refusal, byte, runtime
from single_op import BOOL, FLOAT32, INT16, INT32, Graph, Spec, tfl

RUN_TFLM = """
import sys
from tflite_micro import runtime
model = runtime.Interpreter.from_bytes(sys.stdin.buffer.read(), arena_size=1 << 16)
model.invoke()
"""


def word(*shape: int, scale: float | None = None) -> Spec:
    return Spec(shape, INT32, scale)


def flag(*shape: int) -> Spec:
    return Spec(shape, BOOL)


# A limit of RELU6 or RELU_N1_TO_1 that is beyond int32 when divided by such a scale; the test below has one that fits.
FINE, BEYOND = 2.0**-16, 1.9 * 2.0**-32
RELU_N1_TO_1, RELU6 = ({"fusedActivationFunction": code} for code in (2, 3))

# TFLM answers these with an error.
REFUSED = [
    Refusal("MUL", [byte(4, scale=FINE)] * 2, byte(4, scale=BEYOND), f", tensor 2: {QUANT}", RELU6),
    Refusal("ADD", [byte(4, scale=BEYOND)] * 2, byte(4, scale=BEYOND), f", tensor 2: {QUANT}",
            RELU6),
    Refusal("SUB", [byte(4, scale=BEYOND / 5)] * 2, byte(4, scale=BEYOND / 5),
            f", tensor 2: {QUANT}", RELU_N1_TO_1),
    Refusal("ADD", [word(4, scale=0.5), word(4)], word(4), f", tensor 0: {QUANT}"),
    Refusal("SUB", [word(4), word(4)], word(4, scale=0.5), f", tensor 2: {QUANT}"),
    Refusal("DIV", [word(4), word(4, scale=0.5)], word(4), f", tensor 1: {QUANT}"),
    Refusal("MAXIMUM", [flag(4), flag(4)], flag(4), f", tensor 1: {TYPE} BOOL, want INT8"),
    Refusal("SQUARED_DIFFERENCE", [byte(4), word(4)], byte(4), f", tensor 1: {TYPE} INT32"),
    Refusal("NEG", [byte(4)], byte(4), f", tensor 0: {TYPE} INT8, want FLOAT32"),
    Refusal("ABS", [word(4)], word(4), f", tensor 0: {TYPE} INT32, want INT8"),
    Refusal("RELU", [word(4)], word(4), f", tensor 0: {TYPE} INT32, want INT8"),
    Refusal("LEAKY_RELU", [byte(4)], word(4), f", tensor 1: {TYPE} INT32, want INT8"),
    Refusal("LOGICAL_NOT", [byte(4)], byte(4), f", tensor 0: {TYPE} INT8, want BOOL"),
    Refusal("LESS", [flag(4), flag(4)], flag(4), f", tensor 0: {TYPE} BOOL, want INT8"),
    Refusal("EQUAL", [Spec((4,), INT16, 0.5)] * 2, flag(4), f", tensor 0: {TYPE} INT16, want INT8"),
    Refusal(
        "SELECT_V2", [flag(4), word(4), word(4)], word(4), f", tensor 1: {TYPE} INT32, want INT8"
    ),
    Refusal("SELECT_V2", [byte(4), byte(4), byte(4)], byte(4), f", tensor 0: {TYPE} INT8"),
    Refusal("SELECT_V2", [flag(4), byte(4), byte(3)], byte(4), f", tensor 2: {SHAPE}: have 3"),
    Refusal("SELECT_V2", [flag(1), byte(4), byte(4)], byte(1, 4), f", tensor 3: {SHAPE}: have 2"),
]  # fmt: skip
# TFLM stops the whole program at these.
STOPPED = [
    Refusal("LESS", [byte(4, scale=1.0), byte(4)], flag(4), f", tensor 0: {QUANT}"),
    Refusal("ADD", [byte(4), byte(4)], byte(4, scale=2**-21), f", tensor 2: {QUANT}"),
    Refusal("ADD", [byte(4), byte(4)], byte(5), f", tensor 0: {SHAPE}: have 4, want 5"),
]
# TFLM checks none of these, and reads what is not there.
UNCHECKED = [
    Refusal("ADD", [byte(4), byte(3)], byte(4), f", tensor 1: {SHAPE}: have 3, want 4"),
    Refusal("MUL", [byte(4), byte(2, 2)], byte(4), f", tensor 1: {SHAPE}: have 2, want 4"),
    Refusal("MINIMUM", [byte(1), byte(1, 1, 1)], byte(4), f", tensor 2: {SHAPE}: have 4, want 1"),
    Refusal("MAXIMUM", [byte(1, 4), byte(3, 1)], byte(2, 3, 4), f", tensor 2: {SHAPE}: have 2"),
    Refusal("SUB", [byte(4), byte(4)], word(4), f", tensor 1: {TYPE} INT8, want INT32"),
    Refusal("ADD", [byte(4), word(4)], byte(4), f", tensor 1: {TYPE} INT32, want INT8"),
    Refusal("MUL", [byte(4), byte(4, zero=300)], byte(4), f", tensor 1: {QUANT} .*have 300"),
    Refusal("PRELU", [byte(4), byte(4, scale=None)], byte(4), f", tensor 1: {QUANT}"),
    Refusal("EQUAL", [byte(4), byte(4)], byte(4), f", tensor 2: {TYPE} INT8, want BOOL"),
    Refusal(
        "LEAKY_RELU", [byte(4)], byte(4), f", tensor 1: {QUANT}", {"alpha": float("inf")}
    ),
    Refusal("NEG", [Spec((4,), FLOAT32)], Spec((3,), FLOAT32), f", tensor 1: {SHAPE}: have 3"),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED + STOPPED + UNCHECKED, ids=str)
def test_refused_with_operator_tensor_and_reason(case):
    case.assert_refused()


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_tflm_refuses_them_too(case):
    case.assert_refused_by_tflm()


@pytest.mark.parametrize("case", STOPPED, ids=str)
def test_tflm_stops_at_them(case):
    done = subprocess.run(
        [sys.executable, "-c", RUN_TFLM], input=case.pack(), capture_output=True, timeout=60
    )
    assert done.returncode < 0


@pytest.mark.parametrize(("limit", "options"), [(6, RELU6), (1, RELU_N1_TO_1)])
def test_a_limit_that_just_fits_is_taken_as_by_tflm(limit, options):
    scale = limit * 2.0**-31 * (1 + 2.0**-20)
    case = Refusal("MUL", [byte(4, scale=FINE)] * 2, byte(4, scale=scale), "", options)
    model, inputs = Model(case.pack()), [np.array([-128, -3, 0, 127], np.int8)] * 2
    assert model.run(*inputs)[0].tolist() == tflm(case.pack(), inputs)


def tflm(data: bytes, inputs: list[np.ndarray]) -> list[int]:
    model = runtime.Interpreter.from_bytes(data, arena_size=1 << 16)
    for index, array in enumerate(inputs):
        model.set_input(array, index)
    model.invoke()
    return model.get_output(0).tolist()


def test_a_division_by_zero_is_an_error_of_the_run():
    graph = Graph()
    inputs = [graph.tensor(word(2)), graph.tensor(word())]
    output = graph.tensor(word(2))
    graph.operator(tfl.BuiltinOperator.DIV, inputs, [output], tfl.DivOptionsT(), 29)
    model = Model(graph.pack(inputs, [output]))
    words = r"^DIV \(operator 0\), tensor 1: division by zero$"
    with pytest.raises(ValueError, match=words):
        model.run(np.array([3, 4], np.int32), np.array([0], np.int32))
    least = np.iinfo(np.int32).min
    results = model.run(np.array([7, least], np.int32), np.array([-1], np.int32))
    assert results[0].tolist() == [-7, least]
