# SPDX-License-Identifier: Apache-2.0
"""Operators with state that TFLM refuses, or would run out of bounds with, are refused when the model is opened."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from moteforge import Model
from operators import GENERATORS
from operators.state import assign, call_once, handle, read
from refusals import QUANT, SHAPE, TYPE
from single_op import FLOAT32, INT8, INT16, RESOURCE, UINT8, Graph, Spec, flatbuffers, tfl

runtime = pytest.importorskip("tflite_micro").runtime

SVDF, WIDE_SVDF = "SVDF int8", "SVDF int8 with state int16"
LSTM = "UNIDIRECTIONAL_SEQUENCE_LSTM int8"


class Sample:
    """A random model's first operator, to be changed."""

    def __init__(self, name: str):
        data = GENERATORS[name](np.random.default_rng(1)).data
        self.model = tfl.ModelT.InitFromPackedBuf(data, 0)
        self.graph = self.model.subgraphs[0]
        self.op = self.graph.operators[0]
        self.options = self.op.builtinOptions

    def input(self, position: int) -> tfl.TensorT:
        return self.graph.tensors[self.op.inputs[position]]

    @property
    def output(self) -> tfl.TensorT:
        return self.graph.tensors[self.op.outputs[0]]

    def pack(self) -> bytes:
        builder = flatbuffers.Builder(1024)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def put(field: str, value, position: int | None = None) -> Callable[[Sample], None]:
    """Sets a field of an input, or of the output."""

    def change(sample: Sample) -> None:
        tensor = sample.output if position is None else sample.input(position)
        setattr(tensor, field, value)

    return change


def option(field: str, value) -> Callable[[Sample], None]:
    return lambda sample: setattr(sample.options, field, value)


def grown(position: int | None, axis: int) -> Callable[[Sample], None]:
    """One more along an axis."""

    def change(sample: Sample) -> None:
        tensor = sample.output if position is None else sample.input(position)
        tensor.shape = [n + (i == axis) for i, n in enumerate(tensor.shape)]
        tensor.buffer = 0

    return change


def rescaled(position: int, factor: float) -> Callable[[Sample], None]:
    def change(sample: Sample) -> None:
        quant = sample.input(position).quantization
        quant.scale = [float(s * factor) for s in quant.scale]

    return change


def connected(position: int, to: int) -> Callable[[Sample], None]:
    def change(sample: Sample) -> None:
        inputs = list(sample.op.inputs)
        inputs[position] = inputs[to] if to >= 0 else -1
        sample.op.inputs = inputs

    return change


def without_last_input(sample: Sample) -> None:
    sample.op.inputs = list(sample.op.inputs)[:-1]


REFUSED = {
    "SVDF whose rank does not divide the filters": (SVDF, option("rank", 5), "option"),
    "SVDF of fewer input values than weights": (SVDF, grown(1, 1), SHAPE),
    "SVDF of other time weights": (SVDF, grown(2, 0), SHAPE),
    "SVDF of a longer memory than its state": (SVDF, grown(2, 1), SHAPE),
    "SVDF of another bias": (SVDF, grown(3, 0), SHAPE),
    "SVDF of a larger state": (SVDF, grown(4, 1), SHAPE),
    "SVDF of a larger output": (SVDF, grown(None, 1), SHAPE),
    "SVDF whose state is no variable": (SVDF, put("isVariable", False, 4), ""),
    "SVDF with time weights without a sign": (SVDF, put("type", UINT8, 2), TYPE),
    "SVDF with an output of 16 bits": (SVDF, put("type", INT16), TYPE),
    "SVDF of singles in part": (SVDF, put("type", FLOAT32, 0), TYPE),
    "SVDF without its state": (SVDF, without_last_input, ""),
    "SVDF whose bias has another scale": (WIDE_SVDF, rescaled(3, 1e9), QUANT),
    "LSTM of 23 inputs": (LSTM, without_last_input, ""),
    "LSTM with peepholes": (LSTM, connected(9, 12), "option"),
    "LSTM with a projection": (LSTM, connected(16, 12), "option"),
    "LSTM with normalization": (LSTM, connected(23, 12), "option"),
    "LSTM without a gate's weights": (LSTM, connected(5, -1), ""),
    "LSTM without a bias": (LSTM, connected(12, -1), ""),
    "LSTM whose hidden state is no variable": (LSTM, put("isVariable", False, 18), ""),
    "LSTM whose cell state is no variable": (LSTM, put("isVariable", False, 19), ""),
    "LSTM with a cell state of 8 bits": (LSTM, put("type", INT8, 19), TYPE),
    "LSTM with a hidden state of 16 bits": (LSTM, put("type", INT16, 18), TYPE),
    "LSTM of wider weights": (LSTM, grown(2, 1), SHAPE),
    "LSTM of more recurrent weights": (LSTM, grown(7, 0), SHAPE),
    "LSTM of a longer bias": (LSTM, grown(14, 0), SHAPE),
    "LSTM of more cells": (LSTM, grown(19, 1), SHAPE),
    "LSTM of more steps than it shows": (LSTM, grown(None, 1), SHAPE),
}
# What TFLM does not check, and then divides by 0, aborts or uses memory that is not its own.
ONLY_HERE = {
    "SVDF of rank 0": (SVDF, option("rank", 0), "option"),
    "SVDF without a bias": (SVDF, connected(3, -1), ""),
    "SVDF of mixed widths": (WIDE_SVDF, put("type", INT8, 4), TYPE),
    "LSTM with another activation": (LSTM, option("fusedActivationFunction", 1), "option"),
    "LSTM with several scales": (
        LSTM,
        lambda s: setattr(s.input(3).quantization, "scale", [0.1, 0.2]),
        QUANT,
    ),
}


@pytest.mark.parametrize("name", [*REFUSED, *ONLY_HERE])
def test_a_changed_layer_is_refused_with_its_name(name):
    start, change, words = (REFUSED | ONLY_HERE)[name]
    sample = Sample(start)
    assert Model(sample.pack())
    change(sample)
    data = sample.pack()
    if name in REFUSED:
        with pytest.raises(RuntimeError):
            runtime.Interpreter.from_bytes(data, arena_size=1 << 18)
    with pytest.raises(ValueError, match=rf"^{start.split()[0]} \(operator 0\).*{words}"):
        Model(data)


class Stream:
    """READ_VARIABLE and ASSIGN_VARIABLE of one variable behind a CALL_ONCE; each part may be another."""

    def __init__(self, first: Spec | None = None, index: int = 1):
        self.main = Graph()
        call_once(self.main, index)
        self.first = Graph(self.main)
        spec = Spec((1, 4), scale=0.1)
        self.source, self.result = self.main.tensor(spec), self.main.tensor(spec)
        self.handle = handle(self.main, "v")
        if first:
            assign(self.first, handle(self.first, "v"), self.first.tensor(first))

    def pack(self) -> bytes:
        return self.main.pack([self.source], [self.result])

    def both(self) -> bytes:
        read(self.main, self.handle, self.result)
        assign(self.main, self.handle, self.source)
        return self.pack()


CONSTANT = Spec((1, 4), scale=0.1, data=np.arange(4))


def never_assigned() -> bytes:
    stream = Stream()
    read(stream.main, stream.handle, stream.result)
    return stream.pack()


def other_size() -> bytes:
    return Stream(Spec((1, 5), scale=0.1, data=np.arange(5))).both()


def read_in_another_size() -> bytes:
    stream = Stream(CONSTANT)
    wide = stream.main.tensor(Spec((1, 8), scale=0.1))
    read(stream.main, stream.handle, wide)
    assign(stream.main, stream.handle, stream.source)
    return stream.main.pack([stream.source], [wide])


def computed_first_value() -> bytes:
    return Stream(Spec((1, 4), scale=0.1)).both()


def first_graph_that_computes() -> bytes:
    stream = Stream(CONSTANT)
    tensors = [stream.first.tensor(CONSTANT), stream.first.tensor(Spec((4,), scale=0.1))]
    stream.first.operator(tfl.BuiltinOperator.RESHAPE, tensors[:1], tensors[1:])
    return stream.both()


def first_graph_that_calls_itself() -> bytes:
    stream = Stream(CONSTANT)
    call_once(stream.first, 1)
    return stream.both()


def without_a_name() -> bytes:
    stream = Stream(CONSTANT)
    read(stream.main, stream.main.tensor(Spec((), RESOURCE)), stream.result)
    return stream.pack()


def handle_as_input() -> bytes:
    stream = Stream(CONSTANT)
    read(stream.main, stream.handle, stream.result)
    assign(stream.main, stream.handle, stream.source)
    return stream.main.pack([stream.source, stream.handle], [stream.result])


def handle_as_output() -> bytes:
    """Nothing that TFLM refuses, but the number that it gives a variable is no result, and here has no bytes."""
    stream = Stream(CONSTANT)
    read(stream.main, stream.handle, stream.result)
    assign(stream.main, stream.handle, stream.source)
    return stream.main.pack([stream.source], [stream.result, stream.handle])


def handle_given_twice() -> bytes:
    stream = Stream(CONSTANT)
    handle(stream.main, "w")
    stream.main.graph.operators[-1].outputs = [stream.handle]
    return stream.both()


def handle_that_is_a_variable_tensor() -> bytes:
    stream = Stream(CONSTANT)
    stream.main.graph.tensors[stream.handle].isVariable = True
    return stream.both()


def wide_handle() -> bytes:
    stream = Stream(CONSTANT)
    stream.main.graph.tensors[stream.handle].shape = [2]
    return stream.both()


def long_name() -> bytes:
    stream = Stream(CONSTANT)
    assign(stream.main, handle(stream.main, "v" * 256), stream.source)
    return stream.both()


VARIABLES = {
    long_name: r"VAR_HANDLE \(operator 2\): larger than this build handles",
    never_assigned: r"READ_VARIABLE \(operator 2\), tensor 0: variables need",
    other_size: r"CALL_ONCE \(operator 0\): shapes do not fit: have 5, want 4",
    read_in_another_size: r"READ_VARIABLE \(operator 2\), tensor 1: shapes .* have 8, want 4",
    computed_first_value: r"CALL_ONCE \(operator 0\): variables need .* CALL_ONCE only assigns",
    first_graph_that_computes: r"CALL_ONCE \(operator 0\): variables need .*: have 22",
    first_graph_that_calls_itself: r"CALL_ONCE \(operator 0\): variables need .*: have 129",
    lambda: Stream(CONSTANT, 0).both(): r"CALL_ONCE \(operator 0\): option .*: have 0, want 1",
    lambda: Stream(CONSTANT, 2).both(): r"CALL_ONCE \(operator 0\): option .*: have 2, want 1",
    without_a_name: r"READ_VARIABLE \(operator 2\), tensor 0: variables need",
    handle_as_input: "not a well-formed",
    handle_as_output: "not a well-formed",
    handle_given_twice: r"VAR_HANDLE \(operator 2\), tensor 0: not a well-formed",
    handle_that_is_a_variable_tensor: r"VAR_HANDLE \(operator 1\), tensor 0: variables need",
    wide_handle: r"VAR_HANDLE \(operator 1\), tensor 0: shapes do not fit: have 2, want 1",
}


def test_a_variable_with_a_first_value_opens():
    assert Model(Stream(CONSTANT).both()).run(np.zeros((1, 4), np.int8))[0].tolist() == [
        [0, 1, 2, 3]
    ]


@pytest.mark.parametrize("make", VARIABLES)
def test_variables_that_do_not_fit_are_refused(make):
    with pytest.raises(ValueError, match=f"^{VARIABLES[make]}"):
        Model(make())


@pytest.mark.parametrize("index", [2, 50])
def test_tflm_refuses_a_graph_that_is_not_there(index):
    with pytest.raises(RuntimeError):
        runtime.Interpreter.from_bytes(Stream(CONSTANT, index).both(), arena_size=1 << 16)
