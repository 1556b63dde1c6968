# SPDX-License-Identifier: Apache-2.0
"""Reduction along axes."""

from __future__ import annotations

from functools import partial

import numpy as np
from single_op import INT32, Case, Graph, Spec, random_scale, random_zero, tfl

_BUILTIN = tfl.BuiltinOperator
_RESCALING = (_BUILTIN.MEAN, _BUILTIN.SUM)


def _axis_inputs(shape: tuple[int, ...], axes: np.ndarray, rng) -> list[np.ndarray]:
    return [rng.integers(-128, 128, shape, dtype=np.int8), axes]


def _finish(rng, graph: Graph, shape, source: int, axes: np.ndarray, code: int, options, kind, out):
    """A constant axis tensor, or now and then one that is an input of the model."""
    computed = rng.random() < 0.2
    axis = graph.tensor(Spec(axes.shape, INT32, data=None if computed else axes))
    output = graph.tensor(out)
    graph.operator(code, [source, axis], [output], options, kind, 2)
    if computed:
        return Case(graph.pack([source, axis], [output]), partial(_axis_inputs, shape, axes))
    return Case(graph.pack([source], [output]))


def _output_scale(rng: np.random.Generator, code: int, scale: float, each: int) -> float:
    if code not in _RESCALING:
        return scale
    spread = each**0.5 if code == _BUILTIN.SUM else each**-0.5
    return float(np.float32(scale * spread * 2.0 ** rng.uniform(-3, 4)))


def _reduce(code: int, rng: np.random.Generator) -> Case:
    graph, rank = Graph(), int(rng.integers(1, 6))
    shape = tuple(int(n) for n in rng.integers(1, 12 if rank < 4 else 6, rank))
    axes = rng.choice(rank, int(rng.integers(1, rank + 1)), replace=rng.random() < 0.2)
    keep = bool(rng.integers(0, 2))
    target = tuple(1 if i in axes else n for i, n in enumerate(shape) if keep or i not in axes)
    each = int(np.prod([shape[i] for i in set(axes.tolist())]))
    axes = np.where(rng.random(len(axes)) < 0.3, axes - rank, axes).astype(np.int32)
    scale, zero = random_scale(rng), random_zero(rng)
    out_zero = random_zero(rng) if code in _RESCALING else zero
    options = tfl.ReducerOptionsT()
    options.keepDims = keep
    source = graph.tensor(Spec(shape, scale=scale, zero=zero))
    out = Spec(target, scale=_output_scale(rng, code, scale, each), zero=out_zero)
    return _finish(rng, graph, shape, source, axes, code, options, 27, out)


def _arg(code: int, kind: int, rng: np.random.Generator) -> Case:
    graph, rank = Graph(), int(rng.integers(1, 6))
    shape = tuple(int(n) for n in rng.integers(1, 12 if rank < 4 else 6, rank))
    axis = int(rng.integers(0, rank))
    target = shape[:axis] + shape[axis + 1 :]
    options = tfl.ArgMaxOptionsT() if code == _BUILTIN.ARG_MAX else tfl.ArgMinOptionsT()
    options.outputType = INT32
    stated = np.array(axis - rank if rng.random() < 0.5 else axis, np.int32)
    if rng.random() < 0.5:
        stated = stated.reshape(1)
    source = graph.tensor(Spec(shape, scale=random_scale(rng), zero=random_zero(rng)))
    return _finish(rng, graph, shape, source, stated, code, options, kind, Spec(target, INT32))


OPERATORS = {
    "MEAN int8": partial(_reduce, _BUILTIN.MEAN),
    "SUM int8": partial(_reduce, _BUILTIN.SUM),
    "REDUCE_MAX int8": partial(_reduce, _BUILTIN.REDUCE_MAX),
    "REDUCE_MIN int8": partial(_reduce, _BUILTIN.REDUCE_MIN),
    "ARG_MAX int8": partial(_arg, _BUILTIN.ARG_MAX, 40),
    "ARG_MIN int8": partial(_arg, _BUILTIN.ARG_MIN, 57),
}
