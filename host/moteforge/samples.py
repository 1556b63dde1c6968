# SPDX-License-Identifier: Apache-2.0
"""Many inputs for one model: from files of arrays, or random ones."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from .errors import UsageError
from .modelfile import as_input, load_array, read_file, shape_remedy, squeezed
from .output import plural

Sample = list[np.ndarray]  # one array for each input of the model


def random_samples(model: Any, count: int, seed: int) -> list[Sample]:
    """Values over the whole range of each input's type; float inputs in -1..1. The same for the same seed."""
    generator = np.random.default_rng(seed)
    return [[random_array(info, generator) for info in model.inputs] for _ in range(count)]


def random_array(info: Any, generator: np.random.Generator) -> np.ndarray:
    """One input."""
    dtype = np.dtype(info.dtype)
    if dtype.kind == "f":
        return generator.uniform(-1, 1, info.shape).astype(dtype)
    if dtype.kind == "b":
        return generator.integers(0, 2, info.shape).astype(dtype)
    limits = np.iinfo(dtype)
    return generator.integers(limits.min, limits.max, info.shape, dtype, endpoint=True)


def load_samples(model: Any, paths: Sequence[str]) -> list[Sample]:
    """The inputs in files: a .npy for each input of the model, or one .npz with an array for each.

    An array holds one input or, along its first axis, many. Raises UsageError naming file and shape.
    """
    found = load_npz(model, paths[0]) if len(paths) == 1 and is_npz(paths[0]) else None
    if found is None:
        found = [(path, load_array(path)) for path in paths]
    if len(found) != len(model.inputs):
        raise UsageError(
            f"the model has {plural(len(model.inputs), 'input')}, {plural(len(found), 'array')} given",
            "Name one .npy file for each input, or a .npz file with an array for each.",
        )
    batches = [split(model, index, array, name) for index, (name, array) in enumerate(found)]
    counts = {len(batch) for batch in batches}
    if len(counts) > 1:
        sizes = ", ".join(
            f"{name} {len(batch)}" for (name, _), batch in zip(found, batches, strict=True)
        )
        raise UsageError(
            f"the arrays hold different numbers of inputs: {sizes}", "Save equally many."
        )
    return [list(sample) for sample in zip(*batches, strict=True)]


def is_npz(path: str) -> bool:
    """By name: what is in it is checked when it is read."""
    return Path(path).suffix == ".npz"


def load_npz(model: Any, path: str) -> list[tuple[str, np.ndarray]]:
    """(name, array) for each input: by the inputs' names where the file has them all, else in the file's order."""
    try:
        with np.load(BytesIO(read_file(path, "input")), allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
    except (
        OSError,
        ValueError,
        EOFError,
        SyntaxError,
        AttributeError,
        zipfile.BadZipFile,
    ) as error:
        raise UsageError(
            f"{path} is no .npz file of arrays: {error}", "Save the arrays with numpy.savez."
        ) from None
    names = [info.name for info in model.inputs]
    keys = names if set(names) <= set(arrays) else list(arrays)
    bad = next((key for key in keys if arrays[key].dtype.kind not in "iufb"), None)
    if bad is not None:
        raise UsageError(f"{path}: {bad} holds no numbers", "Save arrays of numbers.")
    return [(f"{path}:{key}", arrays[key]) for key in keys]


def split(model: Any, index: int, array: np.ndarray, name: str) -> list[np.ndarray]:
    """The inputs that an array holds, each of the model's type and shape."""
    info = model.inputs[index]
    shapes = (squeezed(info.shape), squeezed((int(np.prod(info.shape)),)))
    if squeezed(array.shape) in shapes:
        return [as_input(model, index, array, name)]
    if array.ndim < 1 or squeezed(array.shape[1:]) not in shapes:
        raise UsageError(
            f"{name} has shape {tuple(array.shape)}; input {info.name!r} takes {tuple(info.shape)}, "
            "or many of these along a first axis",
            shape_remedy(info.shape, array.shape, many=True),
        )
    if not len(array):
        raise UsageError(
            f"{name} holds no input: its shape is {tuple(array.shape)}", "Save one or more."
        )
    return [as_input(model, index, part, f"{name}[{at}]") for at, part in enumerate(array)]
