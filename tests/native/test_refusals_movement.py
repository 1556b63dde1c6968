# SPDX-License-Identifier: Apache-2.0
"""Operators that move elements: where TFLM refuses a model, so does this, when the model is opened."""

import numpy as np
import pytest
from moteforge import Model
from refusals import OPTION, SHAPE, TYPE
from single_op import BOOL, FLOAT32, INT8, INT16, INT32, UINT8, Graph, Spec, option_table, tfl

runtime = pytest.importorskip("tflite_micro").runtime
QUANTIZED = {INT8: {"scale": 0.1, "zero": 3}, INT16: {"scale": 0.1}}


def model(name: str, inputs, outputs, type_: int = INT8, options=None) -> bytes:
    """inputs: shapes of activations, arrays of numbers for constant operands; options: kind and fields."""
    graph = Graph()
    quant = QUANTIZED.get(type_, {})
    sources, operands = [], []
    for entry in inputs:
        if isinstance(entry, np.ndarray):
            operands.append(graph.tensor(Spec(entry.shape, INT32, data=entry)))
        else:
            operands.append(graph.tensor(Spec(tuple(entry), type_, **quant)))
            sources.append(operands[-1])
    results = [
        graph.tensor(spec if isinstance(spec, Spec) else Spec(tuple(spec), type_, **quant))
        for spec in outputs
    ]
    table, kind = None, 0
    if options:
        table, kind = option_table(options[0], **options[1])
    graph.operator(getattr(tfl.BuiltinOperator, name), operands, results, table, kind)
    return graph.pack(sources, results)


def numbers(*values) -> np.ndarray:
    return np.array(values, np.int32)


def tflm_takes(data: bytes) -> bool:
    try:
        runtime.Interpreter.from_bytes(data, arena_size=1 << 16).invoke()
    except RuntimeError:
        return False
    return True


CONCAT, SLICE = ("Concatenation", {"axis": 0}), ("StridedSlice", {})
ZERO = numbers([1, 0], [0, 0])
CASES = {
    "CONCATENATION of ten": (None, [(2,)] * 10, [(20,)], INT8, CONCAT),
    "CONCATENATION of eleven": ("larger .*have 11, want 10", [(2,)] * 11, [(22,)], INT8, CONCAT),
    "CONCATENATION shifted": (
        "tensor 0: quantization .*have 3, want 4",
        [(2,), (2,)],
        [Spec((4,), INT8, 0.1, 4)],
        INT8,
        CONCAT,
    ),
    "CONCATENATION rescaled": (
        "tensor 0: quantization",
        [(2,), (2,)],
        [Spec((4,), INT8, 0.2, 3)],
        INT8,
        CONCAT,
    ),
    "CONCATENATION activated": (
        OPTION,
        [(2,), (2,)],
        [(4,)],
        INT8,
        ("Concatenation", {"axis": 0, "fusedActivationFunction": 1}),
    ),
    "CONCATENATION bytes": (TYPE, [(2,), (2,)], [(4,)], UINT8, CONCAT),
    "PAD five": (None, [(1,) * 5, np.zeros((5, 2), np.int32)], [(1,) * 5]),
    "PAD six": (SHAPE, [(1,) * 6, np.zeros((6, 2), np.int32)], [(1,) * 6]),
    "PAD wrong": (SHAPE, [(2, 3), ZERO], [(3, 4)]),
    "PAD bool": (TYPE, [(2, 3), ZERO], [(3, 3)], BOOL),
    "MIRROR_PAD int16": (TYPE, [(2, 3), ZERO], [(3, 3)], INT16, ("MirrorPad", {"mode": 0})),
    "TRANSPOSE six": (SHAPE, [(1,) * 6, np.arange(6, dtype=np.int32)], [(1,) * 6]),
    "TRANSPOSE range": ("tensor 1: " + OPTION, [(2, 2), numbers(1, 2)], [(2, 2)]),
    "TRANSPOSE int32": (TYPE, [(2, 2), numbers(1, 0)], [(2, 2)], INT32),
    "STRIDED_SLICE five": (
        SHAPE,
        [(1,) * 5, *[np.full(5, n, np.int32) for n in (0, 1, 1)]],
        [(1,) * 5],
        INT8,
        SLICE,
    ),
    "STRIDED_SLICE zero": (
        "tensor 3: " + OPTION,
        [(2,), numbers(1), numbers(2), numbers(0)],
        [(1,)],
        INT8,
        SLICE,
    ),
    "STRIDED_SLICE wrong": (
        "tensor 4: " + SHAPE,
        [(4,), numbers(1), numbers(2), numbers(1)],
        [(2,)],
        INT8,
        SLICE,
    ),
    "SPLIT axis": (OPTION, [numbers(5), (2, 3)], [(1, 3)] * 2, INT8, ("Split", {"numSplits": 2})),
    "UNPACK bool": (TYPE, [(2, 3)], [(3,)] * 2, BOOL, ("Unpack", {"num": 2})),
    "GATHER axis": (OPTION, [(2, 3), numbers(1, 0)], [(2, 3)], INT8, ("Gather", {"axis": 2})),
    "GATHER int16": (TYPE, [(2, 3), numbers(1, 0)], [(2, 3)], INT16, ("Gather", {"axis": 0})),
    "SQUEEZE of three": (SHAPE, [(1, 3)], [(3,)], INT8, ("Squeeze", {"squeezeDims": [1]})),
    "EXPAND_DIMS elsewhere": (SHAPE, [(2, 3), numbers(0)], [(2, 3, 1)]),
    "EXPAND_DIMS int32": (TYPE, [(2, 3), numbers(0)], [(1, 2, 3)], INT32),
    "SPACE_TO_DEPTH uneven": (
        SHAPE,
        [(1, 3, 2, 1)],
        [(1, 1, 1, 4)],
        INT8,
        ("SpaceToDepth", {"blockSize": 2}),
    ),
    "BATCH_TO_SPACE_ND five": (
        SHAPE,
        [(4, 1, 1, 1, 1), numbers(2, 2), numbers([0, 0], [0, 0])],
        [(1, 2, 2, 1, 1)],
    ),
    "RESIZE_BILINEAR both": (
        OPTION,
        [(1, 2, 2, 1), numbers(4, 4)],
        [(1, 4, 4, 1)],
        INT8,
        ("ResizeBilinear", {"alignCorners": True, "halfPixelCenters": True}),
    ),
    "RESIZE_NEAREST_NEIGHBOR int32": (TYPE, [(1, 2, 2, 1), numbers(4, 4)], [(1, 4, 4, 1)], INT32),
    "FILL wrong": ("tensor 2: " + SHAPE, [numbers(2, 3), ()], [(3, 2)]),
    "FILL int16": (TYPE, [numbers(2, 3), ()], [(2, 3)], INT16),
    "BROADCAST_TO six": (SHAPE, [(1, 3), np.ones(6, np.int32)], [(1,) * 6]),
    "BROADCAST_TO two to four": (SHAPE, [(2, 3), numbers(4, 3)], [(4, 3)], FLOAT32),
}


@pytest.mark.parametrize("case", CASES)
def test_what_tflm_refuses_is_refused_when_opened(case):
    words, *parts = CASES[case]
    name, data = case.split()[0], model(case.split()[0], *parts)
    assert tflm_takes(data) == (words is None)
    if words is None:
        assert Model(data).inputs
        return
    with pytest.raises(ValueError, match=rf"^{name} \(operator 0\).*{words}"):
        Model(data)
