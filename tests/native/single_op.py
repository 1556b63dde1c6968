# SPDX-License-Identifier: Apache-2.0
"""Random .tflite models of one operator, written with the schema that TFLM's wheel carries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

flatbuffers = pytest.importorskip("flatbuffers")
tfl = pytest.importorskip("tflite_micro.tensorflow.lite.micro.python.schema_py_generated")

INT8, INT32, FLOAT32 = tfl.TensorType.INT8, tfl.TensorType.INT32, tfl.TensorType.FLOAT32
SAME, VALID = tfl.Padding.SAME, tfl.Padding.VALID
_DTYPES = {INT8: np.int8, INT32: np.int32, FLOAT32: np.float32}


@dataclass
class Spec:
    """One tensor. data None: an activation. scale: one, or one for each index along axis."""

    shape: tuple[int, ...]
    type: int = INT8
    scale: float | list[float] | None = None
    zero: int = 0
    data: np.ndarray | None = None
    axis: int = 0


def _quantization(spec: Spec) -> tfl.QuantizationParametersT | None:
    if spec.scale is None:
        return None
    quant = tfl.QuantizationParametersT()
    quant.scale = list(np.atleast_1d(spec.scale).astype(np.float32))
    quant.zeroPoint = [spec.zero] * len(quant.scale)
    quant.quantizedDimension = spec.axis
    return quant


class Graph:
    """Collects tensors and operators and packs them as a file."""

    def __init__(self) -> None:
        self.model = tfl.ModelT()
        self.model.version = 3
        self.model.buffers = [tfl.BufferT()]
        self.model.operatorCodes = []
        self.model.metadata = []
        self.graph = tfl.SubGraphT()
        self.graph.tensors, self.graph.operators = [], []
        self.graph.inputs, self.graph.outputs = [], []
        self.model.subgraphs = [self.graph]

    def buffer(self, data: bytes) -> int:
        entry = tfl.BufferT()
        entry.data = np.frombuffer(data, np.uint8)
        self.model.buffers.append(entry)
        return len(self.model.buffers) - 1

    def tensor(self, spec: Spec) -> int:
        entry = tfl.TensorT()
        entry.shape, entry.type = list(spec.shape), spec.type
        entry.name = f"t{len(self.graph.tensors)}"
        entry.quantization = _quantization(spec)
        entry.buffer = 0
        if spec.data is not None:
            entry.buffer = self.buffer(
                np.ascontiguousarray(spec.data, _DTYPES[spec.type]).tobytes()
            )
        self.graph.tensors.append(entry)
        return len(self.graph.tensors) - 1

    def operator(
        self,
        code: int,
        inputs: list[int],
        outputs: list[int],
        options=None,
        kind: int = 0,
        version: int = 1,
    ) -> None:
        entry = tfl.OperatorCodeT()
        entry.builtinCode = code
        entry.deprecatedBuiltinCode = min(code, 127)
        entry.version = version
        self.model.operatorCodes.append(entry)
        op = tfl.OperatorT()
        op.opcodeIndex = len(self.model.operatorCodes) - 1
        op.inputs, op.outputs = inputs, outputs
        op.builtinOptionsType, op.builtinOptions = kind, options
        self.graph.operators.append(op)

    def metadata(self, name: str, data: bytes) -> None:
        entry = tfl.MetadataT()
        entry.name, entry.buffer = name, self.buffer(data)
        self.model.metadata.append(entry)

    def pack(self, inputs: list[int], outputs: list[int]) -> bytes:
        self.graph.inputs, self.graph.outputs = inputs, outputs
        builder = flatbuffers.Builder(1024)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def _scale(rng: np.random.Generator, low: float = -9, high: float = 0) -> float:
    return float(np.float32(2.0 ** rng.uniform(low, high)))


def _zero(rng: np.random.Generator) -> int:
    return int(rng.choice([-128, 127, 0, rng.integers(-128, 128)]))


def _activation(rng: np.random.Generator) -> int:
    return int(rng.choice([0, 0, 1, 2, 3]))  # NONE, RELU, RELU_N1_TO_1, RELU6


def _weights(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.integers(-127, 128, shape, dtype=np.int8)


def _output_scale(
    rng: np.random.Generator, in_scale: float, w_scale: np.ndarray, depth: int
) -> float:
    """About what calibration would give: outputs that use the range, now and then saturating or vanishing."""
    spread = in_scale * float(np.max(w_scale)) * 75 * 60 * np.sqrt(depth)
    return float(np.float32(spread / 127 * 2.0 ** rng.uniform(-2, 4)))


def _layer(rng, graph: Graph, in_shape, w_shape, out_shape, channels: int, axis: int, depth: int):
    """Input, filter, bias and output of a layer with weights: their tensor indices."""
    in_scale = _scale(rng)
    per_channel = rng.random() < 0.7
    w_scale = np.array([_scale(rng, -10, -4) for _ in range(channels if per_channel else 1)])
    out_scale = _output_scale(rng, in_scale, w_scale, depth)
    inputs = [
        graph.tensor(Spec(in_shape, scale=in_scale, zero=_zero(rng))),
        graph.tensor(Spec(w_shape, scale=list(w_scale), data=_weights(rng, w_shape), axis=axis)),
    ]
    if rng.random() < 0.8:
        bias = rng.integers(-20000, 20001, (channels,), dtype=np.int32)
        scale = list(np.float64(np.float32(in_scale)) * w_scale)
        inputs.append(graph.tensor(Spec((channels,), INT32, scale, data=bias)))
    output = graph.tensor(Spec(out_shape, scale=out_scale, zero=_zero(rng)))
    return inputs, output


def _window(rng, size: int, kernel: int, stride: int, dilation: int, padding: int) -> int:
    reach = (kernel - 1) * dilation + 1
    return -(-size // stride) if padding == SAME else -(-(size - reach + 1) // stride)


def _spatial(rng, most_kernel: int = 4, dilate: bool = True):
    """(size, kernel, stride, dilation, padding, output size) of both axes."""
    padding = int(rng.choice([SAME, VALID]))
    axes = []
    for _ in range(2):
        kernel, stride = int(rng.integers(1, most_kernel + 1)), int(rng.integers(1, 4))
        dilation = int(rng.integers(1, 4)) if dilate and rng.random() < 0.3 else 1
        least = (kernel - 1) * dilation + 1 if padding == VALID else 1
        size = least + int(rng.integers(0, 8))
        axes.append(
            (size, kernel, stride, dilation, _window(rng, size, kernel, stride, dilation, padding))
        )
    return axes[0], axes[1], padding


def conv_2d(rng: np.random.Generator) -> bytes:
    graph, (y, x, padding) = Graph(), _spatial(rng)
    groups = int(rng.choice([1, 1, 1, 2, 3]))
    in_depth = groups * int(rng.integers(1, 9))
    channels = groups * int(rng.integers(1, 8))
    batch = int(rng.integers(1, 3))
    filter_depth = in_depth // groups
    depth = y[1] * x[1] * filter_depth
    inputs, output = _layer(
        rng, graph, (batch, y[0], x[0], in_depth), (channels, y[1], x[1], filter_depth),
        (batch, y[4], x[4], channels), channels, 0, depth,
    )  # fmt: skip
    options = tfl.Conv2DOptionsT()
    options.padding, options.fusedActivationFunction = padding, _activation(rng)
    options.strideH, options.strideW = y[2], x[2]
    options.dilationHFactor, options.dilationWFactor = y[3], x[3]
    graph.operator(tfl.BuiltinOperator.CONV_2D, inputs, [output], options, 1, 3)
    return graph.pack(inputs[:1], [output])


def depthwise_conv_2d(rng: np.random.Generator) -> bytes:
    graph, (y, x, padding) = Graph(), _spatial(rng)
    multiplier = int(rng.choice([1, 1, 2, 3, 4, 8]))
    in_depth = int(rng.integers(1, 11))
    channels, batch = in_depth * multiplier, int(rng.integers(1, 3))
    inputs, output = _layer(
        rng, graph, (batch, y[0], x[0], in_depth), (1, y[1], x[1], channels),
        (batch, y[4], x[4], channels), channels, 3, y[1] * x[1],
    )  # fmt: skip
    options = tfl.DepthwiseConv2DOptionsT()
    options.padding, options.fusedActivationFunction = padding, _activation(rng)
    options.strideH, options.strideW, options.depthMultiplier = y[2], x[2], multiplier
    options.dilationHFactor, options.dilationWFactor = y[3], x[3]
    graph.operator(tfl.BuiltinOperator.DEPTHWISE_CONV_2D, inputs, [output], options, 2, 3)
    return graph.pack(inputs[:1], [output])


def fully_connected(rng: np.random.Generator) -> bytes:
    graph, batch = Graph(), int(rng.integers(1, 4))
    in_depth, channels = int(rng.integers(1, 80)), int(rng.integers(1, 20))
    inputs, output = _layer(
        rng,
        graph,
        (batch, in_depth),
        (channels, in_depth),
        (batch, channels),
        channels,
        0,
        in_depth,
    )
    options = tfl.FullyConnectedOptionsT()
    options.fusedActivationFunction = _activation(rng)
    graph.operator(tfl.BuiltinOperator.FULLY_CONNECTED, inputs, [output], options, 8, 4)
    return graph.pack(inputs[:1], [output])


def average_pool_2d(rng: np.random.Generator) -> bytes:
    graph, (y, x, padding) = Graph(), _spatial(rng, 6, dilate=False)
    batch, depth = int(rng.integers(1, 3)), int(rng.integers(1, 9))
    scale, zero = _scale(rng), _zero(rng)
    source = graph.tensor(Spec((batch, y[0], x[0], depth), scale=scale, zero=zero))
    output = graph.tensor(Spec((batch, y[4], x[4], depth), scale=scale, zero=zero))
    options = tfl.Pool2DOptionsT()
    options.padding, options.fusedActivationFunction = padding, _activation(rng)
    options.strideH, options.strideW = y[2], x[2]
    options.filterHeight, options.filterWidth = y[1], x[1]
    graph.operator(tfl.BuiltinOperator.AVERAGE_POOL_2D, [source], [output], options, 5, 2)
    return graph.pack([source], [output])


def _broadcast(rng, shape: tuple[int, ...]) -> tuple[int, ...]:
    kept = tuple(1 if rng.random() < 0.4 else dim for dim in shape)
    return kept[int(rng.integers(0, len(kept))) :] if rng.random() < 0.3 else kept


def add(rng: np.random.Generator) -> bytes:
    graph = Graph()
    shape = tuple(int(n) for n in rng.integers(1, 7, int(rng.integers(1, 5))))
    other = _broadcast(rng, shape) if rng.random() < 0.5 else shape
    shapes = [shape, other] if rng.random() < 0.5 else [other, shape]
    scales = [_scale(rng, -6, 0), _scale(rng, -6, 0)]
    inputs = [
        graph.tensor(Spec(s, scale=c, zero=_zero(rng))) for s, c in zip(shapes, scales, strict=True)
    ]
    out_scale = float(np.float32(max(scales) * 2.0 ** rng.uniform(-1, 3)))
    output = graph.tensor(Spec(shape, scale=out_scale, zero=_zero(rng)))
    options = tfl.AddOptionsT()
    options.fusedActivationFunction = _activation(rng)
    graph.operator(tfl.BuiltinOperator.ADD, inputs, [output], options, 11, 2)
    return graph.pack(inputs, [output])


def softmax(rng: np.random.Generator) -> bytes:
    graph = Graph()
    shape = tuple(int(n) for n in rng.integers(1, 9, int(rng.integers(0, 4))))
    shape = (*shape, int(rng.integers(1, 40)))
    source = graph.tensor(Spec(shape, scale=_scale(rng, -8, 2), zero=_zero(rng)))
    output = graph.tensor(Spec(shape, scale=1 / 256, zero=-128))
    options = tfl.SoftmaxOptionsT()
    options.beta = float(rng.choice([1.0, 1.0, 0.5, 2.0, np.float32(rng.uniform(0.1, 4))]))
    graph.operator(tfl.BuiltinOperator.SOFTMAX, [source], [output], options, 9, 2)
    return graph.pack([source], [output])


def reshape(rng: np.random.Generator) -> bytes:
    graph = Graph()
    dims = [int(n) for n in rng.integers(1, 6, 4)]
    target = [dims[0] * dims[1], dims[2], dims[3]]
    scale, zero = _scale(rng), _zero(rng)
    source = graph.tensor(Spec(tuple(dims), scale=scale, zero=zero))
    shape = graph.tensor(Spec((3,), INT32, data=np.array(target, np.int32)))
    output = graph.tensor(Spec(tuple(target), scale=scale, zero=zero))
    options = tfl.ReshapeOptionsT()
    options.newShape = target
    graph.operator(tfl.BuiltinOperator.RESHAPE, [source, shape], [output], options, 17)
    return graph.pack([source], [output])


OPERATORS = {
    "CONV_2D": conv_2d,
    "DEPTHWISE_CONV_2D": depthwise_conv_2d,
    "FULLY_CONNECTED": fully_connected,
    "AVERAGE_POOL_2D": average_pool_2d,
    "ADD": add,
    "SOFTMAX": softmax,
    "RESHAPE": reshape,
}
