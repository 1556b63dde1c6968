# SPDX-License-Identifier: Apache-2.0
"""Single precision."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from single_op import (
    FLOAT32,
    Case,
    Graph,
    Spec,
    random_activation,
    random_spatial,
    tfl,
)

OP = tfl.BuiltinOperator


def _shape(rng: np.random.Generator) -> tuple[int, ...]:
    return tuple(int(n) for n in rng.integers(1, 7, int(rng.integers(0, 5))))


def _feed(*shapes: tuple[int, ...], special: bool = True) -> Callable:
    """Of many magnitudes, small ones and such that functions overflow or saturate."""
    values = np.array([0.0, -0.0, 1e-30, -1e-4, 9.5, -9.5, 17.0, -40.0, 88.5, -87.0, -100.0, 120.0])

    def inputs(rng: np.random.Generator) -> list[np.ndarray]:
        spread = rng.choice([0.01, 1, 3, 20])
        arrays = [rng.normal(0, spread, shape) for shape in shapes]
        if special:
            arrays = [
                np.where(rng.random(a.shape) < 0.2, rng.choice(values, a.shape), a) for a in arrays
            ]
        return [a.astype(np.float32) for a in arrays]

    return inputs


def _one(
    code: int, shape, result, options=None, kind: int = 0, version: int = 1, special: bool = True
) -> Case:
    graph = Graph()
    tensors = [graph.tensor(Spec(shape, FLOAT32)), graph.tensor(Spec(result, FLOAT32))]
    graph.operator(code, tensors[:1], tensors[1:], options, kind, version)
    return Case(graph.pack(tensors[:1], tensors[1:]), _feed(shape, special=special))


def function(code: int, rng: np.random.Generator) -> Case:
    shape = _shape(rng)
    return _one(code, shape, shape)


def leaky_relu(rng: np.random.Generator) -> Case:
    shape, options = _shape(rng), tfl.LeakyReluOptionsT()
    options.alpha = float(np.float32(rng.choice([0.2, 0.0, -0.5, 1.5, rng.uniform(0, 1)])))
    return _one(OP.LEAKY_RELU, shape, shape, options, 75)


def softmax(rng: np.random.Generator) -> Case:
    shape, options = (*_shape(rng)[:3], int(rng.integers(1, 60))), tfl.SoftmaxOptionsT()
    options.beta = float(np.float32(rng.choice([1.0, 1.0, 0.3, 2.5])))
    return _one(OP.SOFTMAX, shape, shape, options, 9)


def arithmetic(code: int, options_type: type, kind: int, rng: np.random.Generator) -> Case:
    graph, shape = Graph(), tuple(int(n) for n in rng.integers(1, 6, int(rng.integers(1, 5))))
    other = tuple(1 if rng.random() < 0.4 else n for n in shape)[int(rng.integers(0, len(shape))) :]
    shapes = [shape, other if rng.random() < 0.5 else shape]
    if rng.random() < 0.5:
        shapes.reverse()
    constant = rng.random() < 0.3
    second = rng.normal(0, 3, shapes[1]).astype(np.float32) if constant else None
    inputs = [
        graph.tensor(Spec(shapes[0], FLOAT32)),
        graph.tensor(Spec(shapes[1], FLOAT32, data=second)),
    ]
    output, options = graph.tensor(Spec(shape, FLOAT32)), options_type()
    options.fusedActivationFunction = random_activation(rng)
    graph.operator(code, inputs, [output], options, kind)
    free = 1 if constant else 2
    return Case(graph.pack(inputs[:free], [output]), _feed(*shapes[:free]))


def pool(code: int, rng: np.random.Generator) -> Case:
    y, x, padding = random_spatial(rng, 6, dilate=False)
    batch, depth, options = int(rng.integers(1, 3)), int(rng.integers(1, 7)), tfl.Pool2DOptionsT()
    options.padding, options.fusedActivationFunction = padding, random_activation(rng)
    options.strideH, options.strideW = y[2], x[2]
    options.filterHeight, options.filterWidth = y[1], x[1]
    shapes = (batch, y[0], x[0], depth), (batch, y[4], x[4], depth)
    return _one(code, *shapes, options, 5)


def _layer(rng, code: int, in_shape, w_shape, out_shape, channels: int, options, kind: int) -> Case:
    graph = Graph()
    weights = rng.normal(0, 0.3, w_shape).astype(np.float32)
    inputs = [
        graph.tensor(Spec(in_shape, FLOAT32)),
        graph.tensor(Spec(w_shape, FLOAT32, data=weights)),
    ]
    if rng.random() < 0.8:
        bias = rng.normal(0, 1, (channels,)).astype(np.float32)
        inputs.append(graph.tensor(Spec((channels,), FLOAT32, data=bias)))
    output = graph.tensor(Spec(out_shape, FLOAT32))
    options.fusedActivationFunction = random_activation(rng)
    graph.operator(code, inputs, [output], options, kind)
    return Case(graph.pack(inputs[:1], [output]), _feed(in_shape, special=False))


def conv_2d(rng: np.random.Generator) -> Case:
    (y, x, padding), groups = random_spatial(rng), int(rng.choice([1, 1, 1, 2, 3]))
    depth, per_group, batch = (int(rng.integers(1, n)) for n in (6, 5, 3))
    channels, options = groups * per_group, tfl.Conv2DOptionsT()
    options.padding, options.strideH, options.strideW = padding, y[2], x[2]
    options.dilationHFactor, options.dilationWFactor = y[3], x[3]
    return _layer(
        rng, OP.CONV_2D, (batch, y[0], x[0], groups * depth), (channels, y[1], x[1], depth),
        (batch, y[4], x[4], channels), channels, options, 1,
    )  # fmt: skip


def depthwise_conv_2d(rng: np.random.Generator) -> Case:
    y, x, padding = random_spatial(rng)
    depth, batch, multiplier = (
        int(rng.integers(1, 7)),
        int(rng.integers(1, 3)),
        int(rng.integers(1, 5)),
    )
    channels, options = depth * multiplier, tfl.DepthwiseConv2DOptionsT()
    options.padding, options.strideH, options.strideW = padding, y[2], x[2]
    options.dilationHFactor, options.dilationWFactor = y[3], x[3]
    options.depthMultiplier = multiplier
    return _layer(
        rng, OP.DEPTHWISE_CONV_2D, (batch, y[0], x[0], depth), (1, y[1], x[1], channels),
        (batch, y[4], x[4], channels), channels, options, 2,
    )  # fmt: skip


def fully_connected(rng: np.random.Generator) -> Case:
    batch, depth, channels = (int(rng.integers(1, n)) for n in (4, 60, 16))
    return _layer(
        rng, OP.FULLY_CONNECTED, (batch, depth), (channels, depth), (batch, channels), channels,
        tfl.FullyConnectedOptionsT(), 8,
    )  # fmt: skip


OPERATORS = {
    "FULLY_CONNECTED float32": fully_connected,
    "CONV_2D float32": conv_2d,
    "DEPTHWISE_CONV_2D float32": depthwise_conv_2d,
    **{
        f"{name} float32": partial(pool, getattr(OP, name))
        for name in ("AVERAGE_POOL_2D", "MAX_POOL_2D", "L2_POOL_2D")
    },
    "ADD float32": partial(arithmetic, OP.ADD, tfl.AddOptionsT, 11),
    "SUB float32": partial(arithmetic, OP.SUB, tfl.SubOptionsT, 28),
    "MUL float32": partial(arithmetic, OP.MUL, tfl.MulOptionsT, 21),
    **{
        f"{name} float32": partial(function, getattr(OP, name))
        for name in ("RELU", "RELU6", "LOGISTIC", "TANH", "HARD_SWISH")
    },
    "LEAKY_RELU float32": leaky_relu,
    "SOFTMAX float32": softmax,
}
