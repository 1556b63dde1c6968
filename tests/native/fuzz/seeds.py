# SPDX-License-Identifier: Apache-2.0
"""Files that fuzzing begins with: random models of one operator, and of several that a mutation can connect."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from operators import GENERATORS
from single_op import flatbuffers, tfl

MOST_BYTES = 16384


def unpacked(data: bytes) -> tfl.ModelT:
    return tfl.ModelT.InitFromPackedBuf(data, 0)


def packed(model: tfl.ModelT, whole: bool) -> bytes:
    """A file; whole: with the fields that have their default values too, so that mutations find them."""
    builder = flatbuffers.Builder(1024)
    builder.ForceDefaults(whole)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _indices(values, offset: int) -> list[int]:
    return [int(v) + offset if v >= 0 else -1 for v in (values if values is not None else [])]


def joined(first: tfl.ModelT, second: tfl.ModelT) -> tfl.ModelT:
    """A model with the operators of both main graphs, each on its own tensors."""
    model = copy.deepcopy(first)
    graph, other = model.subgraphs[0], copy.deepcopy(second.subgraphs[0])
    tensors, buffers, codes = len(graph.tensors), len(model.buffers), len(model.operatorCodes)
    for tensor in other.tensors:
        tensor.buffer = tensor.buffer + buffers if tensor.buffer else 0
    for operator in other.operators:
        operator.opcodeIndex += codes
        operator.inputs = _indices(operator.inputs, tensors)
        operator.outputs = _indices(operator.outputs, tensors)
    graph.tensors = [*graph.tensors, *other.tensors]
    graph.operators = [*graph.operators, *other.operators]
    graph.inputs = [*_indices(graph.inputs, 0), *_indices(other.inputs, tensors)]
    graph.outputs = [*_indices(graph.outputs, 0), *_indices(other.outputs, tensors)]
    model.buffers = [*model.buffers, *second.buffers]
    model.operatorCodes = [*model.operatorCodes, *second.operatorCodes]
    return model


def _plan(model: tfl.ModelT, rng: np.random.Generator) -> None:
    """Gives the model a memory plan of its own: places apart for some activations, the rest is left to the planner."""
    buffer, entry = tfl.BufferT(), tfl.MetadataT()
    offsets, end = [], 0
    for tensor in model.subgraphs[0].tensors:
        given = rng.random() < 0.5 and model.buffers[tensor.buffer].data is None
        offsets.append(end if given else -1)
        if given:
            end += 8 * int(np.prod(tensor.shape)) + 15 & ~15
    words = np.array([1, 0, len(offsets), *offsets], "<i4")
    buffer.data = np.frombuffer(words.tobytes(), np.uint8)
    model.buffers.append(buffer)
    entry.name, entry.buffer = "OfflineMemoryAllocation", len(model.buffers) - 1
    model.metadata = [*(model.metadata or []), entry]


def seeds(models: int) -> Iterator[tuple[str, bytes]]:
    """(name, file): `models` of each operator, half of them whole, then chains of two to four operators."""
    made = []
    for name, generator in GENERATORS.items():
        for seed in range(models):
            model = unpacked(generator(np.random.default_rng([seed, 7])).data)
            made.append(model)
            yield f"{name} {seed}".replace(" ", "-"), packed(model, seed % 2 == 0)
    rng = np.random.default_rng(models)
    for chain in range(len(made) // 4):
        model = made[rng.integers(len(made))]
        for _ in range(rng.integers(1, 4)):
            model = joined(model, made[rng.integers(len(made))])
        if chain % 4 == 0:
            _plan(model, rng)
        yield f"chain-{chain}", packed(model, True)


def write_seeds(folder: Path, models: int) -> int:
    """Writes seeds that are not too large for quick mutation; returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for name, data in seeds(models):
        if len(data) <= MOST_BYTES:
            (folder / name).write_bytes(data + bytes(8))
            count += 1
    return count
