# SPDX-License-Identifier: Apache-2.0
"""Every operator of the core is compared with TFLM and stands in docs/OPERATORS.md."""

import pytest
from operator_table import DOCUMENT, further, operators, remarks, render


def test_the_table_is_up_to_date():
    text = DOCUMENT.read_text()
    assert text == render(text), "run: python tests/native/operator_table.py"


def test_every_remark_belongs_to_an_operator():
    assert remarks(DOCUMENT.read_text()).keys() == {operator.text for operator in operators()}


# What small Keras models convert to: dense and convolutional layers, poolings, residual sums, a Flatten of any batch.
TYPICAL = (
    *("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "AVERAGE_POOL_2D", "MAX_POOL_2D", "MEAN"),
    *(
        "ADD",
        "MUL",
        "SUB",
        "RELU",
        "RELU6",
        "SOFTMAX",
        "LOGISTIC",
        "TANH",
        "QUANTIZE",
        "DEQUANTIZE",
    ),
    *(
        "RESHAPE",
        "SQUEEZE",
        "EXPAND_DIMS",
        "SHAPE",
        "STRIDED_SLICE",
        "PACK",
        "PAD",
        "CONCATENATION",
    ),
)


def test_typical_operators_need_no_further_module():
    groups = {operator.name: operator.group for operator in operators()}
    assert {name: groups[name] for name in TYPICAL} == dict.fromkeys(TYPICAL, "CORE")


@pytest.mark.parametrize("operator", operators(), ids=lambda operator: operator.name)
def test_an_operator_has_random_models_of_all_its_kernels(operator):
    types = operator.types()
    assert types
    for kind, prefix in (("INT16", "int16"), ("FLOAT", "float32")):
        own = operator.name in further(kind)
        assert own == (f"HAS_{kind}" in operator.flags)
        assert not own or any(entry.startswith(prefix) for entry in types)
