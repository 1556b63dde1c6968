# SPDX-License-Identifier: Apache-2.0
"""A .tflite model: opened once, run for ever in memory that is sized beforehand."""

import os
import struct
import time
from array import array
from collections import namedtuple

from .memory import allocate, too_little
from .native import functions, group_modules

TensorInfo = namedtuple("TensorInfo", ("name", "shape", "dtype", "scale", "zero_point"))

# TFLite's TensorType: name and code of the array module.
_TYPES = {
    0: ("float32", "f"),
    2: ("int32", "i"),
    3: ("uint8", "B"),
    4: ("int64", "q"),
    6: ("bool", "B"),
    7: ("int16", "h"),
    9: ("int8", "b"),
    12: ("uint64", "Q"),
    15: ("uint32", "I"),
    16: ("uint16", "H"),
}
_INPUT, _OUTPUT = 0, 1
NOT_FINITE = "%s cannot be quantized"


def _copied(view, code, what):
    """The view's bytes as a new array; array(code, bytes) would need twice the RAM in passing."""
    room = array(code)
    try:
        # MicroPython's array takes any bytes to extend it, CPython's has another method for that.
        getattr(room, "frombytes", room.extend)(view)
    except MemoryError:
        raise too_little(len(view), what) from None
    return room


def buffer(source):
    """A view of what holds a file; TypeError that says what is wanted."""
    try:
        return memoryview(source)
    except TypeError:
        raise TypeError(
            "a model is a path, or a buffer that holds a .tflite file, got %s"
            % type(source).__name__
        ) from None


def text(name):
    """A tensor's name, empty where its bytes are not UTF-8."""
    try:
        return str(name, "utf-8")
    except UnicodeError:
        return ""


def _read(path):
    """A file's bytes: where they lie, if the file system maps them (ROMFS), else in RAM."""
    try:
        with open(path, "rb") as file:
            mapped = _in_place(file)
            if mapped is not None:
                return mapped
            size = os.stat(path)[6]
            data = allocate(size, path)
            count = file.readinto(data)
    except OSError as error:
        if len(error.args) > 1:
            raise
        raise OSError(error.args[0], path) from None  # MicroPython's own has no name
    if count != size:
        raise OSError("%s: read %d of %d bytes" % (path, count, size))
    return data


def _in_place(file):
    """A file of a file system that maps it, as the core needs it aligned; else None."""
    try:
        view = memoryview(file)
        from uctypes import addressof
    except (TypeError, ImportError):
        return None
    return None if addressof(view) % 4 else view


def _split(arena, state_bytes, native):
    """The caller's arena as (state, activations)."""
    try:
        native.copy(arena, arena, ord("B"))  # which tells bytes that can be written from all else
        view = memoryview(arena)
    except (TypeError, ValueError):
        raise TypeError(
            "arena must be bytes that can be written, as bytearray(n), got %s"
            % type(arena).__name__
        ) from None
    if len(view) < state_bytes:
        raise MemoryError(
            "arena is too small: have %d, want more than %d bytes" % (len(view), state_bytes)
        )
    return view[:state_bytes], view[state_bytes:]


def _round(value):
    """To the nearest integer, halves away from zero, as TFLite quantizes."""
    return int(value + 0.5) if value >= 0 else -int(0.5 - value)


class Model:
    """A model from a path, or from a buffer that holds a .tflite file and stays unchanged.

    arena: a bytearray to work in, 16-byte aligned, of at least `arena_bytes`; else one is allocated. It
    belongs to this model: of two that share one, the model opened first gives wrong values.
    Raises TypeError for a source or an arena that is none, ValueError for a file that is refused
    (naming operator, index and reason), MemoryError for too little RAM or too small an arena (naming
    both sizes), OSError for one not readable, ImportError where a native
    module that it needs is not there. A path is named in each.
    """

    def __init__(self, source, arena=None):
        self._native = functions()
        self._path = source if isinstance(source, str) else None
        self._file = buffer(source) if self._path is None else _read(source)
        state_bytes = self._call(self._native.model_measure, self._file)
        if arena is None:
            self._state, self._arena = allocate(state_bytes, self._named("the model's plan")), None
        else:
            self._state, self._arena = _split(arena, state_bytes, self._native)
        # Its addresses are copied into the state.
        self._modules = self._call(group_modules, self._file)
        needed = self._call(self._native.model_open, self._state, self._file, self._modules)
        self.state_bytes = state_bytes
        self.arena_bytes = state_bytes + needed
        if self._arena is None:
            self._arena = allocate(needed, self._named("the model's arena"))
        elif len(self._arena) < needed:
            raise MemoryError(
                "arena is too small: have %d, want %d bytes"
                % (len(self._arena) + state_bytes, self.arena_bytes)
            )
        self.reset()
        count_in, count_out, self.operators = self._native.model_counts(self._state)
        self.inputs, self._in = self._tensors(_INPUT, count_in)
        self.outputs, self._out = self._tensors(_OUTPUT, count_out)
        self._results = [
            _copied(view, _code(info.dtype), self._named("the model's output %d" % index))
            for index, (info, view) in enumerate(zip(self.outputs, self._out))
        ]

    def _call(self, function, *args):
        try:
            return function(*args)
        except ValueError as error:
            from .names import spell_out

            raise ValueError(self._named(spell_out(str(error)))) from None
        except ImportError as error:
            raise ImportError(self._named(str(error))) from None

    def _named(self, text):
        return text if self._path is None else "%s: %s" % (self._path, text)

    def _tensors(self, kind, count):
        infos, views, arena = [], [], memoryview(self._arena)
        for index in range(count):
            name, shape, dtype, bits, zero, offset, size = self._native.model_tensor(
                self._state, kind, index
            )
            scale = struct.unpack("<f", struct.pack("<I", bits))[0]
            infos.append(TensorInfo(text(name), shape, _TYPES[dtype][0], scale, zero))
            views.append(arena[offset : offset + size])
        return infos, views

    def reset(self):
        """Forgets the stream: variables and operators with state begin anew."""
        self._native.model_reset(self._state, self._arena)

    def load(self, *inputs):
        """Copies the inputs into the arena; ValueError where their number, types or sizes are wrong.

        bytes, a bytearray or a view of them hold items of any type; of array and NumPy arrays the type counts.
        """
        if len(inputs) != len(self._in):
            raise ValueError("the model has %d inputs, got %d" % (len(self._in), len(inputs)))
        for index, data in enumerate(inputs):
            info, view = self.inputs[index], self._in[index]
            try:
                self._native.copy(view, data, ord(_code(info.dtype)))
            except (TypeError, ValueError) as error:
                raise ValueError(
                    "input %d (%s) is %s of shape %s, %d bytes: got %s (%s)"
                    % (index, info.name, info.dtype, info.shape, len(view), _got(data), error)
                ) from None

    def input(self, index=0):
        """Where input `index` lies in the arena, to be written instead of load(): all of it before every execute(),
        for its bytes are used again once the model has read them."""
        return self._in[index]

    def execute(self):
        """Runs the model on what its inputs hold; the outputs, as run() gives them."""
        self._native.model_run(self._state, self._arena)
        return self.results()

    def results(self):
        """The outputs of the last run, as arrays that keep their values until the next one."""
        for i in range(len(self._results)):  # which, as opposed to zip, allocates nothing
            self._native.copy(self._results[i], self._out[i], ord("B"))
        return self._results

    def run(self, *inputs):
        """Runs the model on quantized inputs (anything with the buffer protocol) and gives its outputs, quantized as
        the model states, as a list of arrays that the next run overwrites."""
        self.load(*inputs)
        return self.execute()

    def profile(self, *inputs):
        """Runs operator by operator: a list of (index, name, microseconds)."""
        from .names import name

        self.load(*inputs)
        rows = []
        for index in range(self.operators):
            start = _now_us()
            self._native.model_run_op(self._state, self._arena, index)
            spent = _since_us(start)
            rows.append((index, name(self._native.op_at(self._file, index)), spent))
        return rows

    def quantize(self, values, index=0):
        """Floats to an array of the integers of input `index`, rounded (halves away from zero) and saturated; for a
        float32 input unchanged. ValueError for NaN and infinities, and for an input that is not quantized."""
        info = self.inputs[index]
        if is_float("input", index, info):
            return array("f", values)
        low, high = limits(info.dtype)
        return array(
            _code(info.dtype),
            (max(low, min(high, _steps(v, info.scale) + info.zero_point)) for v in values),
        )

    def dequantize(self, values, index=0):
        """Integers of output `index` to a list of floats; the values of a float32 output unchanged. ValueError for an
        output without a scale."""
        info = self.outputs[index]
        if is_float("output", index, info):
            return list(values)
        return [(q - info.zero_point) * info.scale for q in values]


def _code(dtype):
    for name, code in _TYPES.values():
        if name == dtype:
            return code
    raise ValueError("no array type for %s" % dtype)


def _got(data):
    try:
        return "%d items" % len(data)
    except TypeError:
        return type(data).__name__


def is_float(kind, index, info):
    """Whether an input or output holds floats; ValueError for one of integers without a scale."""
    if info.dtype != "float32" and not info.scale:
        raise ValueError(
            "%s %d (%s) is %s without a scale: it is not quantized"
            % (kind, index, info.name, info.dtype)
        )
    return info.dtype == "float32"


def _steps(value, scale):
    """A float in steps of the scale; at most 2**31 of them, which saturates every type."""
    if value - value != 0:
        raise ValueError(NOT_FINITE % value)
    steps = value / scale
    return _round(max(-(2.0**31), min(2.0**31, steps)))


def limits(dtype):
    if dtype == "int8":
        return -128, 127
    if dtype == "uint8":
        return 0, 255
    if dtype == "int16":
        return -32768, 32767
    raise ValueError("tensors of type %s are not quantized" % dtype)


def _now_us():
    return time.ticks_us() if hasattr(time, "ticks_us") else time.perf_counter_ns() // 1000


def _since_us(start):
    if hasattr(time, "ticks_diff"):
        return time.ticks_diff(time.ticks_us(), start)
    return time.perf_counter_ns() // 1000 - start
