# SPDX-License-Identifier: Apache-2.0
"""Pooling, reductions, products and layers of 16 bits that TFLM refuses are refused when opened, with the same reason
in words; and scales that only a double tells apart."""

from __future__ import annotations

import numpy as np
import pytest
from moteforge import Model
from refusals import QUANT, SHAPE, TYPE, Refusal, byte
from single_op import INT16, INT32, INT64, Spec

runtime = pytest.importorskip("tflite_micro").runtime
WINDOW = {"filterHeight": 1, "filterWidth": 1, "strideH": 1, "strideW": 1}
STEP = {"strideH": 1, "strideW": 1, "dilationHFactor": 1, "dilationWFactor": 1}


def half(*shape: int, zero: int = 0) -> Spec:
    return Spec(shape, INT16, 0.5, zero)


def axis(*values: int, kind: int = INT32) -> Spec:
    return Spec((len(values),), kind, data=np.array(values))


def weights(*shape: int) -> Spec:
    return byte(*shape, data=np.ones(shape, np.int8))


IMAGE = (1, 2, 2, 1)
REFUSED = [
    Refusal("MAX_POOL_2D", [byte(*IMAGE)], byte(*IMAGE, scale=0.6), f", tensor 1: {QUANT}", WINDOW),
    Refusal("MAX_POOL_2D", [half(*IMAGE)], half(*IMAGE, zero=1), f", tensor 1: {QUANT}", WINDOW),
    Refusal("MEAN", [byte(4, 2), axis(0, kind=INT64)], byte(2), f", tensor 1: {TYPE} INT64"),
    Refusal("REDUCE_MAX", [byte(4, 2), axis(0)], byte(2, scale=0.6), f", tensor 2: {QUANT}"),
    Refusal("REDUCE_MAX", [byte(4, 2), axis(0)], byte(2, zero=1), f", tensor 2: {QUANT}"),
    Refusal("ARG_MAX", [byte(4), axis(0)], byte(1), f", tensor 2: {TYPE} INT8, want INT32"),
    Refusal("ARG_MAX", [half(4), axis(0)], Spec((), INT32), f", tensor 0: {TYPE} INT16, want INT8"),
    Refusal("BATCH_MATMUL", [byte(2, 3), byte(4, 2)], byte(2, 2), f", tensor 1: {SHAPE}: have 4"),
    Refusal("BATCH_MATMUL", [byte(2, 2, 3), byte(3, 3, 2)], byte(2, 2, 2), f", tensor 1: {SHAPE}"),
    Refusal("BATCH_MATMUL", [byte(3), byte(3, 2)], byte(2), f", tensor 0: {SHAPE}: have 1, want 2"),
    Refusal(
        "CONV_2D",
        [half(*IMAGE), weights(1, 1, 1, 1), Spec((1,), INT16, 0.25, data=np.zeros(1))],
        half(*IMAGE),
        f", tensor 2: {TYPE} INT16, want INT64",
        STEP,
    ),
    Refusal("MUL", [half(4), half(4, zero=3)], half(4), f", tensor 1: {QUANT}"),
]
UNCHECKED = [
    Refusal("MEAN", [byte(4, 2), axis(2)], byte(4), ", tensor 1: .*have 2, want 1$"),
    Refusal("MEAN", [byte(4, 2), axis(0)], byte(3), f", tensor 2: {SHAPE}: have 3, want 2"),
    Refusal("ARG_MAX", [byte(4, 2), axis(-3)], Spec((4,), INT32), ", tensor 1: .*have -3, want 1$"),
]


@pytest.mark.parametrize("case", REFUSED + UNCHECKED, ids=str)
def test_refused_with_operator_tensor_and_reason(case):
    case.assert_refused()


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_tflm_refuses_them_too(case):
    case.assert_refused_by_tflm()


def test_computed_axes_that_do_not_fit_are_an_error_of_the_run():
    computed = Spec((1,), INT32)
    model = Model(Refusal("MEAN", [byte(4, 2), computed], byte(2), "").pack())
    x = np.array([[1, 2], [3, 4], [5, 6], [7, 8]], np.int8)
    assert model.run(x, np.array([0], np.int32))[0].tolist() == [4, 5]
    for wrong in (1, 2, -3, np.iinfo(np.int32).min):
        with pytest.raises(ValueError, match=r"^MEAN \(operator 0\), tensor 1: "):
            model.run(x, np.array([wrong], np.int32))


def test_factors_of_products_are_derived_in_double_precision():
    """Scales a, b and c of which a * b / c is next to an odd number over an even one, so that products lie at the
    limit between two outputs: rounded as a single on the way, several of these would fall on the other side."""
    rng, outputs = np.random.default_rng(1), 0
    left = np.arange(-128, 128).astype(np.int8).reshape(256, 1)
    right = np.ones((1, 1), np.int8)
    for _ in range(400):
        a, b = (float(np.float32(2.0 ** rng.uniform(-6, 0))) for _ in range(2))
        odd = int(rng.choice([3, 5, 7, 9, 11, 13, 15, 21, 33, 45, 63]))
        c = float(np.float32(a * b * odd / (int(rng.integers(0, 60)) + 0.5)))
        case = Refusal(
            "BATCH_MATMUL", [byte(256, 1, scale=a), byte(1, 1, scale=b)], byte(256, 1, scale=c), ""
        )
        tflm = runtime.Interpreter.from_bytes(case.pack(), arena_size=1 << 16)
        tflm.set_input(left, 0)
        tflm.set_input(right, 1)
        tflm.invoke()
        want = tflm.get_output(0)
        outputs += len(np.unique(want))
        assert np.array_equal(Model(case.pack()).run(left, right)[0], want)
    assert outputs > 400
