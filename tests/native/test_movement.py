# SPDX-License-Identifier: Apache-2.0
"""Movement of elements where TFLM gives no answer to compare with, and the chains that converters emit."""

import numpy as np
import pytest
from moteforge import Model
from operators.movement import INT8, INT32, Builder, random_batches
from single_op import Graph, Spec, tfl

runtime = pytest.importorskip("tflite_micro").runtime
CODES = tfl.BuiltinOperator


def space_to_batch(x: np.ndarray, block, borders, fill: int) -> np.ndarray:
    """By tf.space_to_batch's definition: pad, cut into blocks, places of a block to the front."""
    axes = len(block)
    padded = np.pad(x, [(0, 0), *map(tuple, borders), (0, 0)], constant_values=fill)
    shape = [x.shape[0]]
    for size, step in zip(padded.shape[1:-1], block, strict=True):
        shape += [size // step, int(step)]
    cut = padded.reshape([*shape, x.shape[-1]])
    places, counts = range(2, 2 * axes + 1, 2), range(1, 2 * axes, 2)
    moved = cut.transpose([*places, 0, *counts, 2 * axes + 1])
    return moved.reshape(-1, *moved.shape[axes + 1 :])


@pytest.mark.parametrize("seed", range(60))
def test_space_to_batch_fills_borders_with_zero(seed):
    rng = np.random.default_rng(seed)
    b = Builder(rng, INT8)
    block, borders, image, blocks = random_batches(rng, bordered=True)
    inputs = [b.source(image), b.numbers(block), b.numbers(borders)]
    model = Model(b.case("SPACE_TO_BATCH_ND", inputs, [blocks]).data)
    x = rng.integers(-128, 128, image, dtype=np.int8)
    want = space_to_batch(x, block, borders, b.quant.get("zero", 0))
    assert np.array_equal(model.run(x)[0], want)


def test_bilinear_places_beyond_the_last_pixel_are_held_inside():
    """167 steps of 43/1024, which is 7/168 rounded, lead to row 7.01 of 0..6: TFLM reads what lies behind the image."""
    b = Builder(np.random.default_rng(0), INT8)
    source, options = b.source([1, 7, 1, 1]), tfl.ResizeBilinearOptionsT()
    case = b.case("RESIZE_BILINEAR", [source, b.numbers([168, 1])], [[1, 168, 1, 1]], options, 15)
    x = np.array([0, 10, 20, 30, 40, 50, 60], np.int8).reshape(1, 7, 1, 1)
    y = Model(case.data).run(x)[0].ravel()
    assert list(y[:50:24]) == [0, 10, 20]
    assert list(y[-24:]) == [60] * 24


def flattening_model(batch: int) -> bytes:
    """What Keras' Flatten becomes: the batch is taken from SHAPE, the rest is a constant."""
    graph = Graph()
    source = graph.tensor(Spec((batch, 3, 4, 2), scale=0.1, zero=3))
    output = graph.tensor(Spec((batch, 24), scale=0.1, zero=3))
    dims, taken, packed = (graph.tensor(Spec(s, INT32)) for s in ((4,), (), (2,)))
    numbers = [
        graph.tensor(Spec((1,), INT32, data=np.array([n], np.int32)))  # begin, end, strides
        for n in (0, 1, 1)
    ]
    rest = graph.tensor(Spec((), INT32, data=np.array(24, np.int32)))
    shrink, pack = tfl.StridedSliceOptionsT(), tfl.PackOptionsT()
    shrink.shrinkAxisMask, pack.valuesCount, pack.axis = 1, 2, 0
    graph.operator(CODES.SHAPE, [source], [dims], tfl.ShapeOptionsT(), 55)
    graph.operator(CODES.STRIDED_SLICE, [dims, *numbers], [taken], shrink, 32)
    graph.operator(CODES.PACK, [taken, rest], [packed], pack, 59)
    graph.operator(CODES.RESHAPE, [source, packed], [output])
    return graph.pack([source], [output, packed])


@pytest.mark.parametrize("batch", [1, 5])
def test_the_chain_that_keras_flatten_becomes(batch):
    data = flattening_model(batch)
    model = Model(data)
    interpreter = runtime.Interpreter.from_bytes(data, arena_size=1 << 16)
    x = np.random.default_rng(batch).integers(-128, 128, (batch, 3, 4, 2), dtype=np.int8)
    interpreter.set_input(x, 0)
    interpreter.invoke()
    flat, shape = model.run(x)
    assert np.array_equal(flat, interpreter.get_output(0))
    assert np.array_equal(flat, x.reshape(batch, 24))
    assert np.array_equal(shape, interpreter.get_output(1))
    assert list(shape) == [batch, 24]


def indexing_model(code: int, kind: int, options) -> Model:
    """Operator with computed operands: a (4, 3) tensor and three or two numbers."""
    graph = Graph()
    source = graph.tensor(Spec((4, 3), scale=0.1))
    if code == CODES.GATHER:
        operands, output = [graph.tensor(Spec((3,), INT32))], (3, 3)
    else:
        operands, output = [graph.tensor(Spec((2,), INT32)) for _ in range(2)], (2, 2)
    result = graph.tensor(Spec(output, scale=0.1))
    graph.operator(code, [source, *operands], [result], options, kind)
    return Model(graph.pack([source, *operands], [result]))


def test_computed_indices_out_of_range_are_refused_when_they_are_used():
    x = np.arange(12, dtype=np.int8).reshape(4, 3)
    model = indexing_model(CODES.GATHER, 23, tfl.GatherOptionsT())
    assert np.array_equal(model.run(x, np.array([3, 0, 1], np.int32))[0], x[[3, 0, 1]])
    for bad in (-1, 4, 2**31 - 1, -(2**31)):
        with pytest.raises(ValueError, match=rf"^GATHER \(operator 0\), tensor 1: .*have {bad}"):
            model.run(x, np.array([0, bad, 0], np.int32))


def test_computed_slices_must_lie_inside_and_fill_the_output():
    x = np.arange(12, dtype=np.int8).reshape(4, 3)
    model = indexing_model(CODES.SLICE, 48, tfl.SliceOptionsT())

    def run(begin, size):
        return model.run(x, np.array(begin, np.int32), np.array(size, np.int32))[0]

    assert np.array_equal(run([1, 0], [2, 2]), x[1:3, :2])
    assert np.array_equal(run([2, 1], [-1, -1]), x[2:, 1:])
    for begin, size in (
        ([3, 0], [2, 2]),
        ([-1, 0], [2, 2]),
        ([2**31 - 1, 0], [2, 2]),
        ([0, 0], [2, 3]),
        ([0, 0], [-1, 2]),
        ([0, 0], [2, -(2**31)]),
    ):
        with pytest.raises(ValueError, match=r"^SLICE \(operator 0\), tensor [12]: "):
            run(begin, size)
