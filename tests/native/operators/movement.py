# SPDX-License-Identifier: Apache-2.0
"""Movement of elements within and between tensors."""

from __future__ import annotations

from functools import partial

import numpy as np
from single_op import (
    BOOL,
    FLOAT32,
    INT8,
    INT16,
    INT32,
    INT64,
    TYPE_NAMES,
    Case,
    Graph,
    Spec,
    option_table,
    random_scale,
    random_zero,
    tfl,
)

CODES = tfl.BuiltinOperator


class Builder:
    """A graph of one operator whose tensors all have one type and quantization."""

    def __init__(self, rng: np.random.Generator, type_: int):
        self.rng, self.type, self.graph = rng, type_, Graph()
        self.quant = {}
        if type_ == INT8 and rng.random() < 0.9:
            self.quant = {"scale": random_scale(rng), "zero": random_zero(rng)}
        if type_ == INT16 and rng.random() < 0.9:
            self.quant = {"scale": random_scale(rng)}
        self.sources: list[int] = []
        self.given: dict[int, np.ndarray] = {}  # what computed operands must be

    def tensor(self, shape, **changes) -> int:
        return self.graph.tensor(Spec(tuple(shape), self.type, **(self.quant | changes)))

    def source(self, shape) -> int:
        """An input of the graph."""
        self.sources.append(self.tensor(shape))
        return self.sources[-1]

    def numbers(self, values, type_: int = INT32) -> int:
        data = np.array(values, np.int64 if type_ == INT64 else np.int32)
        return self.graph.tensor(Spec(data.shape, type_, data=data))

    def operand(self, values, type_: int = INT32) -> int:
        """Numbers that are constant or, sometimes, given at run time."""
        if self.rng.random() < 0.7:
            return self.numbers(values, type_)
        data = np.array(values, np.int64 if type_ == INT64 else np.int32)
        self.sources.append(self.graph.tensor(Spec(data.shape, type_)))
        self.given[self.sources[-1]] = data
        return self.sources[-1]

    def feed(self, rng: np.random.Generator) -> list[np.ndarray]:
        tensors = self.graph.graph.tensors
        return [
            self.given[i] if i in self.given else self.random(tensors[i].shape, rng)
            for i in self.sources
        ]

    def random(self, shape, rng: np.random.Generator) -> np.ndarray:
        low, high = (0, 2) if self.type == BOOL else (-128, 128)
        dtypes = {INT8: np.int8, INT16: np.int16, FLOAT32: np.float32, BOOL: np.bool_}
        return rng.integers(low, high, shape).astype(dtypes.get(self.type, np.int32))

    def case(self, name: str, inputs, shapes, options=None, kind: int = 0) -> Case:
        """The packed model; shapes: of all outputs."""
        outputs = [self.tensor(shape) for shape in shapes]
        self.graph.operator(getattr(CODES, name), inputs, outputs, options, kind)
        return Case(self.graph.pack(self.sources, outputs), self.feed if self.given else None)


def _shape(rng, low: int = 1, high: int = 4, most: int = 6) -> list[int]:
    return [int(n) for n in rng.integers(1, most, int(rng.integers(low, high + 1)))]


def _either_sign(rng, axis: int, rank: int) -> int:
    return axis - rank if rng.random() < 0.4 else axis


def reshape(rng: np.random.Generator, type_: int) -> Case:
    b = Builder(rng, type_)
    dims = _shape(rng, 4, 6, 5)
    target = [dims[0] * dims[1], *dims[2:]]
    if rng.random() < 0.3:
        target = [int(np.prod(dims))]
    inputs = [b.source(dims)]
    if rng.random() < 0.7:
        inputs.append(b.numbers(target))
    return b.case("RESHAPE", inputs, [target], *option_table("Reshape", newShape=target))


def squeeze(rng: np.random.Generator, type_: int) -> Case:
    b = Builder(rng, type_)
    dims = [1 if rng.random() < 0.5 else dim for dim in _shape(rng, 1, 5)]
    ones = [i for i, dim in enumerate(dims) if dim == 1]
    if len(ones) == len(dims):
        dims[-1], ones = 3, ones[:-1]
    taken = [i for i in ones if rng.random() < 0.7]
    stated = [_either_sign(rng, i, len(dims)) for i in taken]
    gone = taken or ones  # none stated: all
    left = [dim for i, dim in enumerate(dims) if i not in gone]
    return b.case("SQUEEZE", [b.source(dims)], [left], *option_table("Squeeze", squeezeDims=stated))


def expand_dims(rng: np.random.Generator, type_: int) -> Case:
    b = Builder(rng, type_)
    dims = _shape(rng, 1, 5)
    axis = int(rng.integers(0, len(dims) + 1))
    stated = _either_sign(rng, axis, len(dims) + 1)
    operand = b.numbers(stated if rng.random() < 0.5 else [stated])
    return b.case("EXPAND_DIMS", [b.source(dims), operand], [[*dims[:axis], 1, *dims[axis:]]])


def shape(rng: np.random.Generator, type_: int) -> Case:
    b = Builder(rng, type_)
    dims = _shape(rng, 1, 6)
    source = b.source(dims)
    output = b.graph.tensor(Spec((len(dims),), INT32))
    b.graph.operator(CODES.SHAPE, [source], [output], *option_table("Shape", outType=INT32))
    return Case(b.graph.pack([source], [output]))


def pad(rng: np.random.Generator, type_: int, name: str = "PAD") -> Case:
    b = Builder(rng, type_)
    dims = _shape(rng, 1, 5)
    amounts = rng.integers(0, 3, (len(dims), 2)) * rng.integers(0, 2, (len(dims), 1))
    inputs = [b.source(dims), b.numbers(amounts)]
    if name == "PADV2" and rng.random() < 0.8:
        scalar = () if rng.random() < 0.5 else (1,)
        if rng.random() < 0.5:
            inputs.append(b.source(scalar))
        else:
            inputs.append(b.tensor(scalar, data=rng.integers(-128, 128, scalar or None)))
    return b.case(name, inputs, [np.array(dims) + amounts.sum(1)])


def concatenation(rng: np.random.Generator, type_: int) -> Case:
    b = Builder(rng, type_)
    dims = _shape(rng, 1, 5)
    axis, inputs, total = int(rng.integers(0, len(dims))), [], 0
    for i in range(int(rng.integers(1, 11))):
        size = int(rng.integers(1, 5))
        part = [*dims[:axis], size, *dims[axis + 1 :]]
        total += size
        constant = i > 0 and rng.random() < 0.2
        data = rng.integers(0, 2, part)
        inputs.append(b.tensor(part, data=data) if constant else b.source(part))
    whole = [*dims[:axis], total, *dims[axis + 1 :]]
    stated = _either_sign(rng, axis, len(dims))
    return b.case("CONCATENATION", inputs, [whole], *option_table("Concatenation", axis=stated))


def pack(rng: np.random.Generator, type_: int) -> Case:
    b = Builder(rng, type_)
    dims = _shape(rng, 0, 5)
    axis, count = int(rng.integers(0, len(dims) + 1)), int(rng.integers(1, 13))
    inputs = [b.source(dims) for _ in range(count)]
    whole = [*dims[:axis], count, *dims[axis:]]
    stated = _either_sign(rng, axis, len(whole))
    return b.case("PACK", inputs, [whole], *option_table("Pack", axis=stated, valuesCount=count))


def unpack(rng: np.random.Generator, type_: int) -> Case:
    b = Builder(rng, type_)
    dims = _shape(rng, 1, 6)
    axis = int(rng.integers(0, len(dims)))
    parts = [[*dims[:axis], *dims[axis + 1 :]]] * dims[axis]
    stated = _either_sign(rng, axis, len(dims))
    options = option_table("Unpack", axis=stated, num=dims[axis])
    return b.case("UNPACK", [b.source(dims)], parts, *options)


def split(rng: np.random.Generator, type_: int) -> Case:
    b = Builder(rng, type_)
    part = _shape(rng, 1, 5)
    axis, count = int(rng.integers(0, len(part))), int(rng.integers(1, 6))
    whole = [dim * count if i == axis else dim for i, dim in enumerate(part)]
    operand = b.numbers(_either_sign(rng, axis, len(part)))
    inputs = [operand, b.source(whole)]
    return b.case("SPLIT", inputs, [part] * count, *option_table("Split", numSplits=count))


def split_v(rng: np.random.Generator, type_: int) -> Case:
    b = Builder(rng, type_)
    dims = _shape(rng, 1, 5)
    axis = int(rng.integers(0, len(dims)))
    sizes = [int(n) for n in rng.integers(1, 5, int(rng.integers(1, 6)))]
    parts = [[*dims[:axis], size, *dims[axis + 1 :]] for size in sizes]
    whole = [*dims[:axis], sum(sizes), *dims[axis + 1 :]]
    inputs = [b.source(whole), b.numbers(sizes)]
    inputs.append(b.numbers(_either_sign(rng, axis, len(dims))))
    return b.case("SPLIT_V", inputs, parts, *option_table("SplitV", numSplits=len(sizes)))


def slice_(rng: np.random.Generator, type_: int) -> Case:
    b = Builder(rng, type_)
    dims = _shape(rng, 1, 5)
    begin = [int(rng.integers(0, dim)) for dim in dims]
    size = [int(rng.integers(1, dim - at + 1)) for dim, at in zip(dims, begin, strict=True)]
    wide = INT64 if rng.random() < 0.3 else INT32
    source = b.source(dims)
    stated = [
        -1 if at + n == dim and rng.random() < 0.5 else n
        for at, n, dim in zip(begin, size, dims, strict=True)
    ]
    inputs = [source, b.operand(begin, wide), b.operand(stated, wide)]
    return b.case("SLICE", inputs, [size])


def strided_slice(rng: np.random.Generator, type_: int) -> Case:
    b = Builder(rng, type_)
    dims = _shape(rng, 1, 4, 7)
    begin, end, strides, output = [], [], [], []
    masks = [0, 0, 0]  # begin, end, shrink
    for i, dim in enumerate(dims):
        stride = int(rng.choice([1, 1, 2, 3, 9, -1, -2]))
        bits = rng.random(3) < [0.3, 0.3, 0.2]
        start, stop = (int(n) for n in rng.integers(-dim - 1, dim + 2, 2))
        if bits[2]:  # one index, which must exist
            start, stride, bits[0] = int(rng.integers(-dim, dim)), 1, False
        taken = range(dim)[slice(None if bits[0] else start, None if bits[1] else stop, stride)]
        if not bits[2] and len(taken) == 0:
            bits[0] = bits[1] = True
            taken = range(dim)[::stride]
        masks = [mask | int(bit) << i for mask, bit in zip(masks, bits, strict=True)]
        begin, end, strides = [*begin, start], [*end, stop], [*strides, stride]
        if not bits[2]:
            output.append(len(taken))
    options = option_table(
        "StridedSlice", beginMask=masks[0], endMask=masks[1], shrinkAxisMask=masks[2]
    )
    inputs = [b.source(dims), *map(b.numbers, (begin, end, strides))]
    return b.case("STRIDED_SLICE", inputs, [output], *options)


def transpose(rng: np.random.Generator, type_: int) -> Case:
    b = Builder(rng, type_)
    dims = _shape(rng, 1, 5)
    order = [int(i) for i in rng.permutation(len(dims))]
    inputs = [b.source(dims), b.numbers(order)]
    return b.case("TRANSPOSE", inputs, [[dims[i] for i in order]])


def mirror_pad(rng: np.random.Generator, type_: int) -> Case:
    b = Builder(rng, type_)
    dims, mode = _shape(rng, 1, 5), int(rng.integers(0, 2))  # REFLECT, SYMMETRIC
    most = [dim if mode else dim - 1 for dim in dims]
    amounts = np.array([rng.integers(0, min(n, 3) + 1, 2) for n in most])
    inputs = [b.source(dims), b.operand(amounts, INT64 if rng.random() < 0.3 else INT32)]
    options = option_table("MirrorPad", mode=mode)
    return b.case("MIRROR_PAD", inputs, [np.array(dims) + amounts.sum(1)], *options)


def _blocks(rng) -> tuple[int, list[int], list[int]]:
    """A block size, and shapes of an image and of its blocks' channels."""
    block, (n, h, w, c) = int(rng.integers(1, 5)), (int(i) for i in rng.integers(1, 5, 4))
    return block, [n, h * block, w * block, c], [n, h, w, c * block * block]


def space_to_depth(rng: np.random.Generator, type_: int) -> Case:
    b = Builder(rng, type_)
    block, image, deep = _blocks(rng)
    options = option_table("SpaceToDepth", blockSize=block)
    return b.case("SPACE_TO_DEPTH", [b.source(image)], [deep], *options)


def depth_to_space(rng: np.random.Generator, type_: int) -> Case:
    b = Builder(rng, type_)
    block, image, deep = _blocks(rng)
    options = option_table("DepthToSpace", blockSize=block)
    return b.case("DEPTH_TO_SPACE", [b.source(deep)], [image], *options)


def random_batches(rng, bordered: bool):
    """Block sizes, borders, and shapes of images with one or two spatial axes and of their blocks."""
    axes = int(rng.integers(1, 3))
    block, count = rng.integers(1, 4, axes), rng.integers(1, 5, axes)
    borders = np.zeros((axes, 2), int)
    for i in range(axes if bordered else 0):
        room = int(block[i] * count[i]) - 1
        borders[i, 0] = rng.integers(0, min(room, 4) + 1) * rng.integers(0, 2)
        borders[i, 1] = rng.integers(0, min(room - borders[i, 0], 4) + 1) * rng.integers(0, 2)
    batch, depth = (int(n) for n in rng.integers(1, 4, 2))
    image = [batch, *(block * count - borders.sum(1)), depth]
    return block, borders, image, [batch * int(np.prod(block)), *count, depth]


def space_to_batch_nd(rng: np.random.Generator, type_: int) -> Case:
    b = Builder(rng, type_)
    # TFLM fills borders with whatever its memory holds.
    block, borders, image, blocks = random_batches(rng, bordered=False)
    inputs = [b.source(image), b.operand(block), b.operand(borders)]
    return b.case("SPACE_TO_BATCH_ND", inputs, [blocks])


def batch_to_space_nd(rng: np.random.Generator, type_: int) -> Case:
    b = Builder(rng, type_)
    block, borders, image, blocks = random_batches(rng, bordered=True)
    inputs = [b.source(blocks), b.operand(block), b.operand(borders)]
    return b.case("BATCH_TO_SPACE_ND", inputs, [image])


def gather(rng: np.random.Generator, type_: int) -> Case:
    b = Builder(rng, type_)
    dims = _shape(rng, 1, 4)
    axis = int(rng.integers(0, len(dims)))
    batch = int(rng.integers(0, axis + 1)) if rng.random() < 0.4 else 0
    shape = [*dims[:batch], *_shape(rng, 0, min(2, 5 - len(dims)))]
    output = [*dims[:axis], *shape[batch:], *dims[axis + 1 :]]
    if not output:  # scalars cannot be compared
        shape, output = [3], [3]
    indices = rng.integers(0, dims[axis], shape)
    stated = _either_sign(rng, axis, len(dims))
    if batch < len(shape):  # else a negative number would be 0
        batch = _either_sign(rng, batch, len(shape))
    options = option_table("Gather", axis=stated, batchDims=batch)
    return b.case("GATHER", [b.source(dims), b.operand(indices)], [output], *options)


def gather_nd(rng: np.random.Generator, type_: int) -> Case:
    b = Builder(rng, type_)
    dims = _shape(rng, 1, 5)
    depth = int(rng.integers(1, len(dims) + 1))
    shape = _shape(rng, 1, 2)
    indices = np.stack([rng.integers(0, dim, shape) for dim in dims[:depth]], axis=-1)
    inputs = [b.source(dims), b.operand(indices)]
    return b.case("GATHER_ND", inputs, [[*shape, *dims[depth:]]])


def _resize(rng, type_: int, name: str, kind: str, both: bool) -> Case:
    b = Builder(rng, type_)
    batch, depth = (int(n) for n in rng.integers(1, 4, 2))
    height, width = (int(n) for n in rng.integers(1, 9, 2))
    size = [int(n) for n in rng.integers(1, 25, 2)]
    if rng.random() < 0.1:
        height, width = (int(n) for n in rng.integers(1, 200, 2))
        size = [int(n) for n in rng.integers(1, 200, 2)]
        batch = depth = 1
    align, half = (bool(n) for n in rng.integers(0, 2, 2))
    half = half and (both or not align)
    for i, dim in enumerate((height, width)):
        if not both and not _stays_inside(dim, size[i], align, half):
            size[i] = dim
    options = option_table(kind, alignCorners=align, halfPixelCenters=half)
    inputs = [b.source([batch, height, width, depth]), b.numbers(size)]
    return b.case(name, inputs, [[batch, *size, depth]], *options)


def _stays_inside(size: int, output: int, align: bool, half: bool) -> bool:
    """Whether the last place that RESIZE_BILINEAR computes is inside: else TFLM reads beyond the input."""
    corners = int(align and output > 1)
    step = (1024 * (size - corners) + (output - corners) // 2) // (output - corners)
    return (output - 1) * step + (step // 2 - 512 if half else 0) < 1024 * size


def resize_nearest(rng: np.random.Generator, type_: int) -> Case:
    return _resize(rng, type_, "RESIZE_NEAREST_NEIGHBOR", "ResizeNearestNeighbor", True)


def resize_bilinear(rng: np.random.Generator, type_: int) -> Case:
    return _resize(rng, type_, "RESIZE_BILINEAR", "ResizeBilinear", False)


def fill(rng: np.random.Generator, type_: int) -> Case:
    b = Builder(rng, type_)
    dims = _shape(rng, 1, 5)
    shape = b.numbers(dims, INT64 if rng.random() < 0.3 else INT32)
    value = b.source(()) if rng.random() < 0.5 else b.tensor((), data=rng.integers(-128, 128))
    return b.case("FILL", [shape, value], [dims])


def broadcast_to(rng: np.random.Generator, type_: int) -> Case:
    b = Builder(rng, type_)
    target = _shape(rng, 1, 5)
    dims = [1 if rng.random() < 0.4 else dim for dim in target][int(rng.integers(0, len(target))) :]
    shape = b.numbers(target, INT64 if rng.random() < 0.3 else INT32)
    return b.case("BROADCAST_TO", [b.source(dims), shape], [target])


GENERATORS = (
    (reshape, "RESHAPE", (INT8, INT16, INT32, FLOAT32, BOOL)),
    (squeeze, "SQUEEZE", (INT8, INT16, INT32, FLOAT32, BOOL)),
    (expand_dims, "EXPAND_DIMS", (INT8, INT16, FLOAT32)),
    (shape, "SHAPE", (INT8, INT16, FLOAT32)),
    (pad, "PAD", (INT8, INT16, INT32, FLOAT32)),
    (partial(pad, name="PADV2"), "PADV2", (INT8, INT16, INT32, FLOAT32)),
    (concatenation, "CONCATENATION", (INT8, INT16, INT32, INT64, FLOAT32, BOOL)),
    (pack, "PACK", (INT8, INT16, INT32, INT64, FLOAT32)),
    (unpack, "UNPACK", (INT8, INT16, INT32, FLOAT32)),
    (split, "SPLIT", (INT8, INT16, INT32, FLOAT32)),
    (split_v, "SPLIT_V", (INT8, INT16, INT32, FLOAT32)),
    (slice_, "SLICE", (INT8, INT16, INT32, FLOAT32, BOOL)),
    (strided_slice, "STRIDED_SLICE", (INT8, INT16, INT32, FLOAT32, BOOL)),
    (transpose, "TRANSPOSE", (INT8, INT16, FLOAT32)),
    (mirror_pad, "MIRROR_PAD", (INT8, FLOAT32)),
    (space_to_depth, "SPACE_TO_DEPTH", (INT8, FLOAT32)),
    (depth_to_space, "DEPTH_TO_SPACE", (INT8, FLOAT32)),
    (space_to_batch_nd, "SPACE_TO_BATCH_ND", (INT8, FLOAT32)),
    (batch_to_space_nd, "BATCH_TO_SPACE_ND", (INT8, FLOAT32)),
    (gather, "GATHER", (INT8, FLOAT32)),
    (gather_nd, "GATHER_ND", (INT8, FLOAT32)),
    (resize_nearest, "RESIZE_NEAREST_NEIGHBOR", (INT8, INT16, FLOAT32)),
    (resize_bilinear, "RESIZE_BILINEAR", (INT8,)),
    (fill, "FILL", (INT8, INT32, FLOAT32)),
    (broadcast_to, "BROADCAST_TO", (INT8, INT16, INT32, FLOAT32, BOOL)),
)

OPERATORS = {
    f"{name} {TYPE_NAMES[type_]}": partial(generator, type_=type_)
    for generator, name, types in GENERATORS
    for type_ in types
}
