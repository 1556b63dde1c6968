# SPDX-License-Identifier: Apache-2.0
"""Factors are derived from scales in the precision that TFLM has, though its source often says another.

Few models tell: the core is compiled once more with a precision that can be chosen, runs many models twice, and TFLM is
asked where the outputs differ. MOTE_TRIALS sets the number of models an operator.
"""

from __future__ import annotations

import os

import numpy as np
import pytest
from flipped import AS_IS, DOUBLE, SINGLE, outputs
from moteforge import Model
from telling import PRODUCT, QUOTIENT, TELLING

runtime = pytest.importorskip("tflite_micro").runtime

TRIALS = int(os.environ.get("MOTE_TRIALS", "400"))
LEAST = 5  # models that tell
ARENA = 1 << 20


def others(name: str) -> dict[str, tuple[int, int]]:
    """Precisions of products and quotients that are not the core's."""
    bits = SINGLE if TELLING[name].double else DOUBLE
    whole = DOUBLE if TELLING[name].double else SINGLE
    return {PRODUCT: (bits, whole), QUOTIENT: (whole, bits)}


def tflm_outputs(data: bytes, rounds: list[list[np.ndarray]], count: int) -> list[bytes]:
    tflm, results = runtime.Interpreter.from_bytes(data, arena_size=ARENA), []
    for inputs in rounds:
        for index, array in enumerate(inputs):
            tflm.set_input(array, index)
        tflm.invoke()
        results += [np.array(tflm.get_output(i)).tobytes() for i in range(count)]
    return results


def core_outputs(model: Model, rounds: list[list[np.ndarray]]) -> list[bytes]:
    return [result.tobytes() for inputs in rounds for result in model.run(*inputs)]


@pytest.mark.parametrize("name", TELLING)
def test_where_precision_tells_tflm_has_the_one_of_the_core(name):
    case, rng = TELLING[name], np.random.default_rng(sum(name.encode()))
    told, agreed, packed = dict.fromkeys(case.tells, 0), 0, case.pack()
    for _ in range(TRIALS):
        data, rounds = case.trial(packed, rng)
        own = outputs(data, rounds, AS_IS, AS_IS)
        assert own is not None, f"refused: {Model(data)}"
        showing = [
            what
            for what in case.tells
            if outputs(data, rounds, *others(name)[what]) not in (own, None)
        ]
        for what in showing:
            told[what] += 1
        if showing:
            model = Model(data)
            want = tflm_outputs(data, rounds, len(model.outputs))
            assert core_outputs(model, rounds) == own
            assert want == own, f"{name}: TFLM has another precision after {agreed} models"
            agreed += 1
    print(f"{name}: {told}, TFLM agrees on {agreed}")
    assert min(told.values()) >= LEAST, told
