# SPDX-License-Identifier: Apache-2.0
"""Every operator against TFLM itself: random models of one operator, no differing output."""

import numpy as np
import pytest
from moteforge import Model
from single_op import OPERATORS

runtime = pytest.importorskip("tflite_micro").runtime

MODELS = 120
INPUTS = 3


def tflm_outputs(data: bytes, inputs: list[np.ndarray]) -> np.ndarray:
    interpreter = runtime.Interpreter.from_bytes(data, arena_size=1 << 18)
    for index, array in enumerate(inputs):
        interpreter.set_input(array, index)
    interpreter.invoke()
    return interpreter.get_output(0)


def random_inputs(model: Model, rng: np.random.Generator) -> list[np.ndarray]:
    return [rng.integers(-128, 128, info.shape, dtype=np.int8) for info in model.inputs]


@pytest.mark.parametrize("name", OPERATORS)
def test_random_models_give_the_bytes_of_tflm(name):
    outputs = 0
    for seed in range(MODELS):
        rng = np.random.default_rng([seed, len(name)])
        data = OPERATORS[name](rng)
        model = Model(data)
        for _ in range(INPUTS):
            inputs = random_inputs(model, rng)
            want = tflm_outputs(data, inputs)
            got = model.run(*inputs)[0]
            assert np.array_equal(got, want), f"{name}, seed {seed}"
            outputs += got.size
    assert outputs >= MODELS * INPUTS
