# SPDX-License-Identifier: Apache-2.0
"""Models of one operator that are refused when opened, and the words that say why."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from moteforge import Model
from single_op import Graph, Spec, option_table, tfl

runtime = pytest.importorskip("tflite_micro").runtime
TYPE, SHAPE, QUANT = "element type .*: have", "shapes do not fit", "quantization parameters"
OPTION = "option is not supported"
TABLES = {
    "ADD": "Add",
    "ARG_MAX": "ArgMax",
    "BATCH_MATMUL": "BatchMatMul",
    "CONV_2D": "Conv2D",
    "DIV": "Div",
    "LEAKY_RELU": "LeakyRelu",
    "MAX_POOL_2D": "Pool2D",
    "MEAN": "Reducer",
    "MUL": "Mul",
    "REDUCE_MAX": "Reducer",
    "SUB": "Sub",
}


def byte(
    *shape: int, scale: float | None = 0.5, zero: int = 0, data: np.ndarray | None = None
) -> Spec:
    """An INT8 tensor."""
    return Spec(shape, scale=scale, zero=zero, data=data)


@dataclass
class Refusal:
    """An operator, its inputs and output, and the words of the message after the operator's place."""

    name: str
    inputs: list[Spec]
    output: Spec
    words: str
    options: dict[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.name}: {self.words}"

    def pack(self) -> bytes:
        """The model; its inputs are the tensors without data."""
        graph = Graph()
        inputs, output = [graph.tensor(spec) for spec in self.inputs], graph.tensor(self.output)
        table = TABLES.get(self.name)
        options = option_table(table, **self.options) if table else (None, 0)
        graph.operator(getattr(tfl.BuiltinOperator, self.name), inputs, [output], *options)
        fed = [i for i, spec in zip(inputs, self.inputs, strict=True) if spec.data is None]
        return graph.pack(fed, [output])

    def assert_refused(self) -> None:
        with pytest.raises(ValueError, match=rf"^{self.name} \(operator 0\){self.words}"):
            Model(self.pack())

    def assert_refused_by_tflm(self) -> None:
        with pytest.raises(RuntimeError, match=r"failed|Failed"):
            runtime.Interpreter.from_bytes(self.pack(), arena_size=1 << 16).invoke()
