# SPDX-License-Identifier: Apache-2.0
"""The same random models and inputs wherever they are run: seed n of an operator is one of them."""

from __future__ import annotations

import numpy as np
from moteforge import Model
from single_op import Case

INPUTS = 3  # runs in a row of each model


def random_generator(name: str, seed: int) -> np.random.Generator:
    """The generator of one model of an operator ("ADD int8") and of its inputs after it."""
    return np.random.default_rng([seed, sum(name.encode())])


def random_rounds(case: Case, model: Model, rng: np.random.Generator) -> list[list[np.ndarray]]:
    """The inputs of INPUTS runs."""
    return [case.inputs(rng) if case.inputs else random_inputs(model, rng) for _ in range(INPUTS)]


def random_inputs(model: Model, rng: np.random.Generator) -> list[np.ndarray]:
    """One array an input over the whole range of its type; floats of some magnitude."""
    return [random_tensor(info.shape, np.dtype(info.dtype), rng) for info in model.inputs]


def random_tensor(shape: tuple[int, ...], dtype: np.dtype, rng: np.random.Generator) -> np.ndarray:
    if dtype.kind == "f":
        return rng.normal(0, 3, shape).astype(dtype)
    if dtype.kind == "b":
        return rng.integers(0, 2, shape).astype(dtype)
    limits = np.iinfo(dtype)
    return rng.integers(limits.min, int(limits.max) + 1, shape, dtype=dtype)
