# SPDX-License-Identifier: Apache-2.0
"""Every operator against TFLM itself: random models of one operator, no differing output.

MOTE_SEEDS sets the number of models an operator (500 for the table in docs/CONFORMANCE.md);
build/conformance.json holds the counts of the last run.
"""

import os

import numpy as np
import pytest
from cases import INPUTS, random_generator, random_rounds
from conformance import Counts, record
from moteforge import Model
from operators import GENERATORS

runtime = pytest.importorskip("tflite_micro").runtime

MODELS = int(os.environ.get("MOTE_SEEDS", "100"))
ARENA = 1 << 18
FLOAT_TOLERANCE = 1e-5  # relative above 1


def tflm_outputs(interpreter, inputs: list[np.ndarray], count: int) -> list[np.ndarray]:
    for index, array in enumerate(inputs):
        interpreter.set_input(array, index)
    interpreter.invoke()
    return [np.array(interpreter.get_output(i)) for i in range(count)]


def differences(got: np.ndarray, want: np.ndarray) -> int:
    """Elements that differ; floats beyond FLOAT_TOLERANCE. Shapes and types must agree."""
    assert got.shape == want.shape
    assert got.dtype == want.dtype
    if got.dtype.kind != "f":
        return int(np.count_nonzero(got != want))
    with np.errstate(invalid="ignore"):  # infinite both
        near = np.abs(got - want) <= FLOAT_TOLERANCE * np.maximum(1, np.abs(want))
    return int(np.count_nonzero(~(near | (got == want) | (np.isnan(got) & np.isnan(want)))))


def compare(case, rng: np.random.Generator) -> Counts:
    """INPUTS runs in a row, so that state shows, and after a reset the first once more."""
    model = Model(case.data)
    interpreter = runtime.Interpreter.from_bytes(case.data, arena_size=ARENA)
    rounds = random_rounds(case, model, rng)
    counts = Counts(models=1)
    for index, inputs in enumerate([*rounds, rounds[0]]):
        if index == len(rounds):
            model.reset()
            interpreter.reset()
        want = tflm_outputs(interpreter, inputs, len(model.outputs))
        for result, expected in zip(model.run(*inputs), want, strict=True):
            counts.outputs += result.size
            counts.differences += differences(result, expected)
    return counts


@pytest.mark.parametrize("name", GENERATORS)
def test_random_models_give_the_outputs_of_tflm(name):
    total, wrong = Counts(), []
    for seed in range(MODELS):
        rng = random_generator(name, seed)
        counts = compare(GENERATORS[name](rng), rng)
        if counts.differences:
            wrong.append(f"{name}, seed {seed}: {counts}")
        total += counts
    record(name, total)
    assert not wrong, f"{len(wrong)} models differ:\n" + "\n".join(wrong[:20])
    assert total.outputs >= MODELS * INPUTS
