# SPDX-License-Identifier: Apache-2.0
"""Factors are derived from scales in the precision that TFLM has, where its source often says another.

Few models tell: the core is compiled once more with a precision that can be chosen and runs many models twice. Where
the outputs differ, TFLM is asked. MOTE_TELLING: how many times as many models that tell are looked for.

In the wheel, quantized operators derive factors in double precision, products and quotients alike. Quotients are
singles in QUANTIZE of floats and in the limits of fused activations; quotients and products are in the places of
RESIZE_NEAREST_NEIGHBOR. Nothing is left to tell where one scale is shifted (comparisons, LOGISTIC and TANH of int8),
where no scale exists that would (HARD_SWISH's 2^8 / 3 times the input's, of which 15 bits stay), and where outputs are
at their least either way (the quotient of LOG_SOFTMAX).
"""

from __future__ import annotations

import os

import numpy as np
import pytest
from flipped import AS_IS, DOUBLE, SINGLE, outputs
from moteforge import Model
from telling import PRODUCT, QUOTIENT, TELLING
from telling.state import around_half_power

runtime = pytest.importorskip("tflite_micro").runtime

TIMES = int(os.environ.get("MOTE_TELLING", "1"))
MOST = 100  # models for each that tells
ARENA = 1 << 20


def other_precisions(name: str) -> dict[str, tuple[int, int]]:
    """Bits of products and quotients: one of both is not as the core has it."""
    own, other = (DOUBLE, SINGLE) if TELLING[name].double else (SINGLE, DOUBLE)
    return {PRODUCT: (other, own), QUOTIENT: (own, other)}


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
    told, packed, precisions = dict.fromkeys(case.tells, 0), case.pack(), other_precisions(name)
    wanted = case.wanted * TIMES
    for _ in range(MOST * wanted):
        data, rounds = case.trial(packed, rng)
        own = outputs(data, rounds, AS_IS, AS_IS)
        assert own is not None, Model(data)
        telling = [w for w in told if outputs(data, rounds, *precisions[w]) not in (own, None)]
        if not telling:
            continue
        model = Model(data)
        assert core_outputs(model, rounds) == own
        want = tflm_outputs(data, rounds, len(model.outputs))
        assert want == own, f"TFLM's {' or '.join(telling)} has the other precision; so far {told}"
        for what in telling:
            told[what] += 1
        if min(told.values()) >= wanted:
            break
    print(f"{name}: TFLM has the core's precision in all models that tell: {told}")
    assert min(told.values()) >= wanted, f"few models tell: {told}"


@pytest.mark.parametrize("k", range(-30, 1))
def test_lstm_takes_scales_between_powers_of_two_for_those_of_tflm(k):
    """TFLM rounds a logarithm in singles, wrong by up to some units of the last place."""
    results = []
    for data, rounds in around_half_power(k, range(-6, 18)):
        results += core_outputs(Model(data), rounds)
        assert results[-1:] == tflm_outputs(data, rounds, 1)
    assert results[0] != results[-1]
