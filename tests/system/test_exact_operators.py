# SPDX-License-Identifier: Apache-2.0
"""Random models of every operator on emulated processors: the bytes of the PC, whose models are compared with TFLM.

The models are those of tests/native/test_operators.py. MOTE_BOARD_SEEDS sets how many an operator (50 for
docs/CONFORMANCE.md); build/conformance.json holds the counts of the last run.
"""

from __future__ import annotations

import functools
import os

import numpy as np
import pytest
from cases import random_generator, random_rounds
from conformance import Counts, record
from moteforge import Model
from moteforge.bench.emulator import run_model
from moteforge.bench.exact import Trial, digest, digests_there, outputs_here
from operators import FAMILIES, GENERATORS

MODELS = int(os.environ.get("MOTE_BOARD_SEEDS", "10"))


@functools.cache
def trials(name: str) -> list[tuple[Trial, list[list[np.ndarray]]]]:
    """The models of an operator and what this computer makes of them."""
    found = []
    for seed in range(MODELS):
        rng = random_generator(name, seed)
        case = GENERATORS[name](rng)
        model = Model(case.data)
        trial = Trial(case.data, random_rounds(case, model, rng))
        found.append((trial, outputs_here(model, trial)))
    return found


def first_difference(cpu, trial: Trial, expected: list[list[np.ndarray]]) -> str:
    """Runs a model alone and says where its outputs leave those of this computer."""
    there = run_model(trial.data, trial.inputs(), cpu)["output"]
    for run, (outputs, bytes_there) in enumerate(zip(expected, there, strict=False)):
        at = 0
        for index, output in enumerate(outputs):
            got = np.frombuffer(bytes_there, output.dtype, output.size, at)
            at += output.nbytes
            flat = output.ravel()
            wrong = np.flatnonzero(got.view(np.uint8) != flat.view(np.uint8)) // output.itemsize
            if wrong.size:
                first, many = wrong[0], len(set(wrong.tolist()))
                return (
                    f"run {run}, output {index}, {many} of {flat.size} elements, first "
                    f"{first}: {got[first]!r}, here {flat[first]!r}"
                )
    return "alone it agrees: only after other models, or after a reset"


def compare(cpu, name: str, there: list[list[int] | str]) -> tuple[Counts, list[str]]:
    """The counts of an operator's models, and what differed."""
    counts, wrong = Counts(), []
    for seed, ((trial, expected), got) in enumerate(zip(trials(name), there, strict=True)):
        counts.models += 1
        counts.outputs += sum(output.size for outputs in expected for output in outputs)
        if got != [digest(outputs) for outputs in expected]:
            counts.differences += 1
            what = got if isinstance(got, str) else first_difference(cpu, trial, expected)
            wrong.append(f"{name}, seed {seed}: {what}")
    return counts, wrong


@pytest.mark.parametrize("family", FAMILIES)
def test_random_models_give_the_outputs_of_this_computer(cpu, family):
    names = FAMILIES[family]
    there = digests_there(cpu, [trial for name in names for trial, _ in trials(name)])
    wrong = []
    for index, name in enumerate(names):
        counts, lines = compare(cpu, name, there[index * MODELS : (index + 1) * MODELS])
        wrong += lines
        record(name, counts, where=cpu.name)
    assert not wrong, f"{len(wrong)} models differ on {cpu.name}:\n" + "\n".join(wrong[:20])


def test_a_digest_is_of_every_output_of_every_run(cpu):
    """Were a run's outputs not those of its inputs, or one left out, this would not fail alone."""
    ((first, outputs), (second, _)) = trials("ADD int8")[:2]
    there = digests_there(cpu, [first, second, first])
    assert there[0] == there[2] == [digest(run) for run in outputs]
    assert there[0] != there[1]
    damaged = Trial(first.data[:64], first.runs)
    refused, after = digests_there(cpu, [damaged, first])
    assert isinstance(refused, str)
    assert "points past" in refused or "not a" in refused, refused
    assert after == there[0]
