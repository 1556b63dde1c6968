# SPDX-License-Identifier: Apache-2.0
"""What random .tflite models of one operator are made of, with the schema that TFLM's wheel carries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

flatbuffers = pytest.importorskip("flatbuffers")
flexbuffers = pytest.importorskip("flatbuffers.flexbuffers")
tfl = pytest.importorskip("tflite_micro.tensorflow.lite.micro.python.schema_py_generated")

INT8, INT16, INT32, INT64 = (getattr(tfl.TensorType, f"INT{bits}") for bits in (8, 16, 32, 64))
UINT8, BOOL, FLOAT32 = tfl.TensorType.UINT8, tfl.TensorType.BOOL, tfl.TensorType.FLOAT32
RESOURCE = tfl.TensorType.RESOURCE
UINT32, UINT64 = tfl.TensorType.UINT32, tfl.TensorType.UINT64
SAME, VALID = tfl.Padding.SAME, tfl.Padding.VALID
_DTYPES = {
    INT8: np.int8,
    INT16: np.int16,
    INT32: np.int32,
    INT64: np.int64,
    UINT8: np.uint8,
    BOOL: np.bool_,
    FLOAT32: np.float32,
    UINT32: np.uint32,
    UINT64: np.uint64,
}
TYPE_NAMES = {kind: np.dtype(dtype).name for kind, dtype in _DTYPES.items()}


@dataclass
class Case:
    """A model and how to feed it. inputs: makes one array an input; None: each type's whole range."""

    data: bytes
    inputs: Callable[[np.random.Generator], list[np.ndarray]] | None = None


@dataclass
class Spec:
    """One tensor. data None: an activation. scale: one, or one for each index along axis."""

    shape: tuple[int, ...]
    type: int = INT8
    scale: float | list[float] | None = None
    zero: int = 0
    data: np.ndarray | None = None
    axis: int = 0
    variable: bool = False


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

    def __init__(self, main: Graph | None = None) -> None:
        """A file's main graph, or, with main, a further one of the same file."""
        self.model = main.model if main else tfl.ModelT()
        self.graph = tfl.SubGraphT()
        self.graph.tensors, self.graph.operators = [], []
        self.graph.inputs, self.graph.outputs = [], []
        if main:
            self.model.subgraphs.append(self.graph)
            return
        self.model.version = 3
        self.model.buffers = [tfl.BufferT()]
        self.model.operatorCodes = []
        self.model.metadata = []
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
        entry.isVariable = spec.variable
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
    ) -> tfl.OperatorT:
        """Adds an operator. kind: of the options, a member of tfl.BuiltinOptions."""
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
        return op

    def custom(
        self, name: str, inputs: list[int], outputs: list[int], options: dict[str, int | bool]
    ) -> tfl.OperatorT:
        """Adds a custom operator with its options as a FlexBuffer."""
        op = self.operator(tfl.BuiltinOperator.CUSTOM, inputs, outputs)
        self.model.operatorCodes[op.opcodeIndex].customCode = name
        op.customOptions = np.frombuffer(flexbuffers.Dumps(options), np.uint8)
        return op

    def metadata(self, name: str, data: bytes) -> None:
        entry = tfl.MetadataT()
        entry.name, entry.buffer = name, self.buffer(data)
        self.model.metadata.append(entry)

    def pack(self, inputs: list[int], outputs: list[int]) -> bytes:
        self.graph.inputs, self.graph.outputs = inputs, outputs
        builder = flatbuffers.Builder(1024)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def option_table(name: str, **fields):
    """A table of builtin options, and its number in the union. name: without "Options", as "Conv2D"."""
    table = getattr(tfl, f"{name}OptionsT")()
    for key, value in fields.items():
        assert hasattr(table, key), key
        setattr(table, key, value)
    return table, getattr(tfl.BuiltinOptions, f"{name}Options")


def random_scale(rng: np.random.Generator, low: float = -9, high: float = 0) -> float:
    return float(np.float32(2.0 ** rng.uniform(low, high)))


def random_zero(rng: np.random.Generator) -> int:
    return int(rng.choice([-128, 127, 0, rng.integers(-128, 128)]))


def random_activation(rng: np.random.Generator) -> int:
    return int(rng.choice([0, 0, 1, 2, 3]))  # NONE, RELU, RELU_N1_TO_1, RELU6


def random_weights(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.integers(-127, 128, shape, dtype=np.int8)


def window_output(size: int, kernel: int, stride: int, dilation: int, padding: int) -> int:
    reach = (kernel - 1) * dilation + 1
    return -(-size // stride) if padding == SAME else -(-(size - reach + 1) // stride)


def random_spatial(rng, most_kernel: int = 4, dilate: bool = True):
    """(size, kernel, stride, dilation, padding, output size) of both axes."""
    padding = int(rng.choice([SAME, VALID]))
    axes = []
    for _ in range(2):
        kernel, stride = int(rng.integers(1, most_kernel + 1)), int(rng.integers(1, 4))
        dilation = int(rng.integers(1, 4)) if dilate and rng.random() < 0.3 else 1
        least = (kernel - 1) * dilation + 1 if padding == VALID else 1
        size = least + int(rng.integers(0, 8))
        axes.append(
            (size, kernel, stride, dilation, window_output(size, kernel, stride, dilation, padding))
        )
    return axes[0], axes[1], padding
