# SPDX-License-Identifier: Apache-2.0
"""Pooling, reductions, products and layers of 16 bits that TFLM refuses are refused when opened, with the same reason
in words."""

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
