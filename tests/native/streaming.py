# SPDX-License-Identifier: Apache-2.0
"""Whole models with state, as converters write them for streams."""

from __future__ import annotations

import numpy as np
from operators.state import assign, call_once, handle, read
from single_op import INT8, INT16, INT32, VALID, Graph, Spec, random_weights, tfl

CODES, KINDS = tfl.BuiltinOperator, tfl.BuiltinOptions


def _numbers(graph: Graph, *values: int) -> int:
    return graph.tensor(Spec((len(values),), INT32, data=np.array(values)))


def _bias(graph: Graph, rng: np.random.Generator, count: int, scale: float) -> int:
    data = rng.integers(-3000, 3001, (count,))
    return graph.tensor(Spec((count,), INT32, scale, data=data))


class Stream:
    """A graph under construction: `top` is the activation that the next layer takes."""

    def __init__(self, rng: np.random.Generator, shape: tuple[int, ...]):
        self.rng, self.graph = rng, Graph()
        self.scale, self.zero, self.shape = 0.05, int(rng.integers(-20, 20)), shape
        self.variables, self.first = 0, None
        self.top = self.source = self.activation(shape)

    def activation(self, shape: tuple[int, ...]) -> int:
        return self.graph.tensor(Spec(shape, INT8, self.scale, self.zero))

    def initialized(self) -> None:
        """From here on variables are given first values by a CALL_ONCE."""
        call_once(self.graph, 1)
        self.first = Graph(self.graph)

    def layer(self, shape: tuple[int, ...], scale: float) -> int:
        """The next activation, which becomes the top."""
        self.scale, self.zero, self.shape = scale, int(self.rng.integers(-20, 20)), shape
        self.top = self.activation(shape)
        return self.top

    def remember(self, kept: int) -> None:
        """The last `kept` frames of the time axis 1 before this run's: [batch, kept + time, ...]."""
        graph, name = self.graph, f"stream {self.variables}"
        self.variables += 1
        past = (self.shape[0], kept, *self.shape[2:])
        whole = (self.shape[0], kept + self.shape[1], *self.shape[2:])
        variable, before = handle(graph, name), self.activation(past)
        read(graph, variable, before)
        both = self.activation(whole)
        options = tfl.ConcatenationOptionsT()
        options.axis = 1
        graph.operator(
            CODES.CONCATENATION, [before, self.top], [both], options, KINDS.ConcatenationOptions, 2
        )
        rank, left = len(whole), self.activation(past)
        begin = _numbers(graph, 0, self.shape[1], *[0] * (rank - 2))
        end, strides = _numbers(graph, *whole), _numbers(graph, *[1] * rank)
        graph.operator(
            CODES.STRIDED_SLICE, [both, begin, end, strides], [left],
            tfl.StridedSliceOptionsT(), KINDS.StridedSliceOptions, 2,
        )  # fmt: skip
        assign(graph, variable, left)
        if self.first:
            data = self.rng.integers(-128, 128, past)
            value = self.first.tensor(Spec(past, INT8, self.scale, self.zero, data=data))
            assign(self.first, handle(self.first, name), value)
        self.top, self.shape = both, whole

    def convolution(self, channels: int) -> None:
        """Over all frames that are there: [batch, 1, width, channels]."""
        batch, time, width, depth = self.shape
        kernel = (channels, time, min(width, 3), depth)
        weights = Spec(kernel, scale=0.02, data=random_weights(self.rng, kernel))
        inputs = [self.top, self.graph.tensor(weights)]
        inputs.append(_bias(self.graph, self.rng, channels, self.scale * 0.02))
        options = tfl.Conv2DOptionsT()
        options.padding, options.fusedActivationFunction = VALID, int(self.rng.integers(0, 2))
        options.strideH = options.strideW = 1
        options.dilationHFactor = options.dilationWFactor = 1
        output = self.layer((batch, 1, width - kernel[2] + 1, channels), self.scale * 3)
        self.graph.operator(CODES.CONV_2D, inputs, [output], options, KINDS.Conv2DOptions, 3)

    def reshape(self, shape: tuple[int, ...]) -> None:
        source, self.shape = self.top, shape
        self.top = self.activation(shape)
        self.graph.operator(CODES.RESHAPE, [source], [self.top])

    def dense(self, units: int) -> None:
        depth = self.shape[-1]
        weights = Spec((units, depth), scale=0.02, data=random_weights(self.rng, (units, depth)))
        inputs = [self.top, self.graph.tensor(weights)]
        inputs.append(_bias(self.graph, self.rng, units, self.scale * 0.02))
        output = self.layer((*self.shape[:-1], units), self.scale * depth**0.5)
        options = tfl.FullyConnectedOptionsT()
        self.graph.operator(
            CODES.FULLY_CONNECTED, inputs, [output], options, KINDS.FullyConnectedOptions, 4
        )

    def svdf(self, units: int, rank: int, memory: int) -> None:
        graph, rng, (batch, depth) = self.graph, self.rng, self.shape
        filters, state_scale, time_scale = units * rank, self.scale * 3, 2.0**-15
        time = rng.integers(-32767, 32768, (filters, memory))
        inputs = [
            self.top,
            graph.tensor(
                Spec((filters, depth), scale=0.02, data=random_weights(rng, (filters, depth)))
            ),
            graph.tensor(Spec((filters, memory), INT16, time_scale, data=time)),
            _bias(graph, rng, units, state_scale * time_scale),
            graph.tensor(Spec((batch, memory * filters), INT16, state_scale / 64, variable=True)),
        ]
        graph.graph.tensors[inputs[3]].quantization.scale = [state_scale / 64 * time_scale]
        options = tfl.SVDFOptionsT()
        options.rank, options.fusedActivationFunction = rank, 1
        output = self.layer((batch, units), state_scale * memory**0.5)
        graph.operator(CODES.SVDF, inputs, [output], options, KINDS.SVDFOptions, 3)

    def pack(self, *further: int) -> bytes:
        """The file; further outputs before the last layer's."""
        return self.graph.pack([self.source], [*further, self.top])


def streaming_convolutions(rng: np.random.Generator, first_values: bool) -> bytes:
    """Two convolutions over the last frames and a layer on top of them."""
    width, depth = int(rng.integers(4, 9)), int(rng.integers(1, 4))
    stream = Stream(rng, (1, int(rng.integers(1, 3)), width, depth))
    if first_values:
        stream.initialized()
    stream.remember(int(rng.integers(1, 5)))
    stream.convolution(int(rng.integers(2, 6)))
    below = stream.top
    stream.remember(int(rng.integers(1, 4)))
    stream.convolution(int(rng.integers(2, 5)))
    stream.reshape((1, int(np.prod(stream.shape))))
    stream.dense(4)
    return stream.pack(below)


def svdf_layers(rng: np.random.Generator) -> bytes:
    """Two SVDF layers and a dense one, as in keyword spotting."""
    stream = Stream(rng, (1, int(rng.integers(4, 20))))
    stream.svdf(int(rng.integers(4, 12)), int(rng.integers(1, 3)), int(rng.integers(2, 9)))
    stream.svdf(int(rng.integers(4, 12)), 2, int(rng.integers(2, 9)))
    stream.dense(3)
    return stream.pack()


def counters() -> bytes:
    """Two inputs and three outputs: two running sums that share a step, and the sums of both."""
    graph, quant = Graph(), {"scale": 0.1, "zero": 0}
    sources = [graph.tensor(Spec((1, 20), **quant)) for _ in range(2)]
    sums = []
    for name, source in zip("ab", sources, strict=True):
        variable, before = handle(graph, name), graph.tensor(Spec((1, 20), **quant))
        read(graph, variable, before)
        sums.append(add(graph, before, source))
        assign(graph, variable, sums[-1])
    total = add(graph, *sums)
    return graph.pack(sources, [total, *sums])


def add(graph: Graph, a: int, b: int) -> int:
    output = graph.tensor(Spec((1, 20), scale=0.1))
    graph.operator(CODES.ADD, [a, b], [output], tfl.AddOptionsT(), KINDS.AddOptions, 2)
    return output


MODELS = {
    "streaming convolutions": lambda rng: streaming_convolutions(rng, False),
    "streaming convolutions, first values": lambda rng: streaming_convolutions(rng, True),
    "SVDF layers": svdf_layers,
    "two running sums": lambda rng: counters(),
}
