# SPDX-License-Identifier: Apache-2.0
"""Layers with weights."""

from __future__ import annotations

from functools import partial

import numpy as np
from single_op import (
    FLOAT32,
    INT8,
    INT16,
    INT32,
    INT64,
    SAME,
    VALID,
    Case,
    Graph,
    Spec,
    random_activation,
    random_scale,
    random_spatial,
    random_weights,
    random_zero,
    tfl,
)

_BUILTIN = tfl.BuiltinOperator


def _output_scale(
    rng: np.random.Generator, in_scale: float, w_scale: np.ndarray, depth: int
) -> float:
    """About what calibration would give: outputs that use the range, now and then saturating or vanishing. Some
    factors from sums to outputs are 1/2 and more, which have a rounding of their own."""
    if rng.random() < 0.1:
        return float(np.float32(in_scale * np.max(w_scale) * 2.0 ** rng.uniform(-2, 4)))
    spread = in_scale * float(np.max(w_scale)) * 75 * 60 * np.sqrt(depth)
    return float(np.float32(spread / 127 * 2.0 ** rng.uniform(-2, 4)))


def _bias(rng, code: int, kind: int, channels: int) -> np.ndarray | None:
    """int32, beside int16 activations also what TFLM takes there."""
    if rng.random() < 0.2:
        return None
    if kind == INT8:
        most = int(rng.choice([20000] * 7 + [2**30]))
        return rng.integers(-most, most + 1, (channels,), dtype=np.int32)
    types = {_BUILTIN.DEPTHWISE_CONV_2D: [np.int64], _BUILTIN.TRANSPOSE_CONV: [np.int64, np.int16]}
    most = int(rng.choice([20000, 20000, 2**30]))
    kept = rng.choice(types.get(code, [np.int64, np.int32]))
    return (
        rng.integers(-most, most + 1, (channels,))
        .clip(*((-20000, 20000) if kept == np.int16 else (-most, most)))
        .astype(kept)
    )


def _weights(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Converters keep to -127..127, TFLM takes -128 too: now and then some, now and then nothing else."""
    chance = rng.random()
    if chance < 0.1:
        return np.full(shape, -128, np.int8)
    return (
        rng.integers(-128, 128, shape, dtype=np.int8)
        if chance < 0.3
        else random_weights(rng, shape)
    )


def _size(rng: np.random.Generator, usual: int, most: int) -> int:
    """1 to `usual`, now and then to `most`: layers larger than what the loops take at a time."""
    return int(rng.integers(1, 1 + (most if rng.random() < 0.15 else usual)))


def _layer(rng, graph: Graph, in_shape, w_shape, out_shape, channels, axis, depth, code, kind):
    """Input, filter, bias and output of a layer with weights: their tensor indices."""
    in_scale = random_scale(rng) if kind == INT8 else random_scale(rng, -16, -8)
    per_channel = rng.random() < 0.7
    w_scale = np.array([random_scale(rng, -10, -4) for _ in range(channels if per_channel else 1)])
    out_scale = _output_scale(rng, in_scale, w_scale, depth)
    zeros = [random_zero(rng), random_zero(rng)] if kind == INT8 else [0, 0]
    inputs = [
        graph.tensor(Spec(in_shape, kind, in_scale, zeros[0])),
        graph.tensor(Spec(w_shape, scale=list(w_scale), data=_weights(rng, w_shape), axis=axis)),
    ]
    bias = _bias(rng, code, kind, channels)
    if bias is not None:
        scale = list(np.float64(np.float32(in_scale)) * w_scale)
        type_ = {np.int16: INT16, np.int32: INT32, np.int64: INT64}[bias.dtype.type]
        inputs.append(graph.tensor(Spec((channels,), type_, scale, data=bias)))
    output = graph.tensor(Spec(out_shape, kind, out_scale, zeros[1]))
    return inputs, output


def conv_2d(rng: np.random.Generator, kind: int = INT8) -> Case:
    graph, (y, x, padding) = Graph(), random_spatial(rng)
    groups = int(rng.choice([1, 1, 1, 2, 3]))
    in_depth = groups * _size(rng, 8, 90)
    channels = groups * _size(rng, 7, 40)
    batch = int(rng.integers(1, 3))
    filter_depth = in_depth // groups
    depth = y[1] * x[1] * filter_depth
    inputs, output = _layer(
        rng, graph, (batch, y[0], x[0], in_depth), (channels, y[1], x[1], filter_depth),
        (batch, y[4], x[4], channels), channels, 0, depth, _BUILTIN.CONV_2D, kind,
    )  # fmt: skip
    options = tfl.Conv2DOptionsT()
    options.quantizedBiasType = int(rng.choice([FLOAT32, INT32])) if kind == INT16 else FLOAT32
    options.padding, options.fusedActivationFunction = padding, random_activation(rng)
    options.strideH, options.strideW = y[2], x[2]
    options.dilationHFactor, options.dilationWFactor = y[3], x[3]
    graph.operator(tfl.BuiltinOperator.CONV_2D, inputs, [output], options, 1, 3)
    return Case(graph.pack(inputs[:1], [output]))


def depthwise_conv_2d(rng: np.random.Generator, kind: int = INT8) -> Case:
    graph, (y, x, padding) = Graph(), random_spatial(rng)
    multiplier = int(rng.choice([1, 1, 2, 3, 4, 8]))
    in_depth = _size(rng, 10, 40)
    channels, batch = in_depth * multiplier, int(rng.integers(1, 3))
    inputs, output = _layer(
        rng, graph, (batch, y[0], x[0], in_depth), (1, y[1], x[1], channels),
        (batch, y[4], x[4], channels), channels, 3, y[1] * x[1], _BUILTIN.DEPTHWISE_CONV_2D, kind,
    )  # fmt: skip
    options = tfl.DepthwiseConv2DOptionsT()
    options.padding, options.fusedActivationFunction = padding, random_activation(rng)
    options.strideH, options.strideW, options.depthMultiplier = y[2], x[2], multiplier
    options.dilationHFactor, options.dilationWFactor = y[3], x[3]
    graph.operator(tfl.BuiltinOperator.DEPTHWISE_CONV_2D, inputs, [output], options, 2, 3)
    return Case(graph.pack(inputs[:1], [output]))


def fully_connected(rng: np.random.Generator, kind: int = INT8) -> Case:
    graph, batch = Graph(), int(rng.integers(1, 4))
    in_depth, channels = _size(rng, 79, 400), int(rng.integers(1, 20))
    inputs, output = _layer(
        rng,
        graph,
        (batch, in_depth),
        (channels, in_depth),
        (batch, channels),
        channels,
        0,
        in_depth,
        _BUILTIN.FULLY_CONNECTED,
        kind,
    )
    options = tfl.FullyConnectedOptionsT()
    options.quantizedBiasType = int(rng.choice([FLOAT32, INT32])) if kind == INT16 else FLOAT32
    options.fusedActivationFunction = random_activation(rng)
    graph.operator(tfl.BuiltinOperator.FULLY_CONNECTED, inputs, [output], options, 8, 4)
    return Case(graph.pack(inputs[:1], [output]))


def transpose_conv(rng: np.random.Generator, kind: int = INT8) -> Case:
    """Outputs of the size that a converter states, and now and then of another: TFLM takes any."""
    graph, padding = Graph(), int(rng.choice([SAME, VALID]))
    axes = []
    for _ in range(2):
        kernel, stride, size = (int(n) for n in rng.integers(1, (6, 4, 7)))
        output = size * stride if padding == SAME else (size - 1) * stride + kernel
        if rng.random() < 0.2:
            output = max(1, output + int(rng.integers(-4, 5)))
        axes.append((size, kernel, stride, output))
    y, x = axes
    batch, in_depth, channels = (int(n) for n in rng.integers(1, (3, 9, 8)))
    target = (batch, y[3], x[3], channels)
    inputs, output = _layer(
        rng, graph, (batch, y[0], x[0], in_depth), (channels, y[1], x[1], in_depth),
        target, channels, 0, max(1, in_depth * y[1] * x[1] // (y[2] * x[2])), _BUILTIN.TRANSPOSE_CONV, kind,
    )  # fmt: skip
    shape = graph.tensor(Spec((4,), INT32, data=np.array(target, np.int32)))
    options = tfl.TransposeConvOptionsT()
    options.padding, options.fusedActivationFunction = padding, random_activation(rng)
    options.strideH, options.strideW = y[2], x[2]
    operands = [shape, inputs[1], inputs[0], *inputs[2:]]
    graph.operator(tfl.BuiltinOperator.TRANSPOSE_CONV, operands, [output], options, 49, 3)
    return Case(graph.pack(inputs[:1], [output]))


def _batch_shapes(rng) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Batch dimensions of both operands, which may be broadcast, and of the output."""
    whole = tuple(int(n) for n in rng.integers(1, 4, int(rng.integers(0, 4))))
    both = []
    for _ in range(2):
        kept = [1 if rng.random() < 0.25 else n for n in whole]
        both.append(tuple(kept[int(rng.integers(0, len(kept) + 1)) if rng.random() < 0.2 else 0 :]))
    longest = max(len(batches) for batches in both)
    left, right = ((1,) * (longest - len(batches)) + batches for batches in both)
    return both[0], both[1], tuple(max(pair) for pair in zip(left, right, strict=True))


def batch_matmul(rng: np.random.Generator) -> Case:
    graph = Graph()
    rows, terms, columns = (int(n) for n in rng.integers(1, (8, 30, 8)))
    options = tfl.BatchMatMulOptionsT()
    options.adjX, options.adjY = bool(rng.integers(0, 2)), bool(rng.integers(0, 2))
    left, right, batches = _batch_shapes(rng)
    shapes = [
        (*left, *((terms, rows) if options.adjX else (rows, terms))),
        (*right, *((columns, terms) if options.adjY else (terms, columns))),
    ]
    scales = [random_scale(rng), random_scale(rng)]
    constant = int(rng.choice([-1, -1, 0, 1]))
    tensors = [
        graph.tensor(
            Spec(shape, scale=scale, zero=random_zero(rng), data=random_weights(rng, shape) if i == constant else None)
        )
        for i, (shape, scale) in enumerate(zip(shapes, scales, strict=True))
    ]  # fmt: skip
    out_scale = float(np.float32(np.prod(scales) * 75 * terms**0.5 * 2.0 ** rng.uniform(-2, 4)))
    output = graph.tensor(Spec((*batches, rows, columns), scale=out_scale, zero=random_zero(rng)))
    graph.operator(tfl.BuiltinOperator.BATCH_MATMUL, tensors, [output], options, 101, 1)
    activations = [tensor for i, tensor in enumerate(tensors) if i != constant]
    return Case(graph.pack(activations, [output]))


OPERATORS = {
    "CONV_2D int16": partial(conv_2d, kind=INT16),
    "DEPTHWISE_CONV_2D int16": partial(depthwise_conv_2d, kind=INT16),
    "FULLY_CONNECTED int16": partial(fully_connected, kind=INT16),
    "TRANSPOSE_CONV int16": partial(transpose_conv, kind=INT16),
    "TRANSPOSE_CONV int8": transpose_conv,
    "BATCH_MATMUL int8": batch_matmul,
    "CONV_2D int8": conv_2d,
    "DEPTHWISE_CONV_2D int8": depthwise_conv_2d,
    "FULLY_CONNECTED int8": fully_connected,
}
