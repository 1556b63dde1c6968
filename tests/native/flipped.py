# SPDX-License-Identifier: Apache-2.0
"""The core once more, with a precision that can be chosen: tells which models depend on it."""

from __future__ import annotations

import ctypes
import functools

import numpy as np
from compiled import CORE, ROOT, compiled

SINGLE, DOUBLE, AS_IS = 24, 53, 0
MAX_RANK, ALIGN = 6, 16


class TensorInfo(ctypes.Structure):
    """mote_tensor_info of native/mote.h."""

    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_len", ctypes.c_uint16),
        ("type", ctypes.c_uint8),
        ("rank", ctypes.c_uint8),
        ("dims", ctypes.c_int32 * MAX_RANK),
        ("scale_bits", ctypes.c_uint32),
        ("zero_point", ctypes.c_int32),
        ("bytes", ctypes.c_uint32),
        ("offset", ctypes.c_uint32),
    )


@functools.cache
def library() -> ctypes.CDLL:
    sources = [path for path in CORE if path.name != "real.c"]
    sources.append(ROOT / "tests/native/precision.c")
    flags = ["-std=c99", "-O2", "-fPIC", "-shared", "-fvisibility=default"]
    return ctypes.CDLL(str(compiled("precision.so", sources, flags)))


def _aligned(size: int) -> np.ndarray:
    memory = np.zeros(size + ALIGN, np.uint8)
    return memory[-memory.ctypes.data % ALIGN :][:size]


def outputs(
    data: bytes, rounds: list[list[np.ndarray]], product: int, quotient: int
) -> list[bytes] | None:
    """The bytes of all outputs of runs in a row, products and quotients of scales rounded at SINGLE, DOUBLE or AS_IS;
    None for a model that is refused."""
    lib, fault, size = library(), ctypes.create_string_buffer(64), ctypes.c_uint32()
    ctypes.c_int.in_dll(lib, "product_bits").value = product
    ctypes.c_int.in_dll(lib, "quotient_bits").value = quotient
    file = _aligned(len(data))
    file[:] = np.frombuffer(data, np.uint8)
    place, length = ctypes.c_void_p(file.ctypes.data), ctypes.c_size_t(len(data))
    if lib.mote_model_measure(place, length, ctypes.byref(size), fault):
        return None
    state = _aligned(size.value)
    model = ctypes.c_void_p(state.ctypes.data)
    if lib.mote_model_open(model, ctypes.c_size_t(size.value), place, length, None, fault):
        return None
    arena = _aligned(lib.mote_model_arena_bytes(model))
    memory = (ctypes.c_void_p(arena.ctypes.data), ctypes.c_size_t(arena.size))
    assert lib.mote_model_reset(model, *memory, fault) == 0
    results, info = [], TensorInfo()
    for inputs in rounds:
        for index, array in enumerate(inputs):
            assert lib.mote_model_input(model, index, ctypes.byref(info)) == 0
            assert info.bytes == array.nbytes
            arena[info.offset :][: info.bytes] = np.ascontiguousarray(array).view(np.uint8).ravel()
        assert lib.mote_model_run(model, *memory, fault) == 0
        for index in range(lib.mote_model_outputs(model)):
            assert lib.mote_model_output(model, index, ctypes.byref(info)) == 0
            results.append(arena[info.offset :][: info.bytes].tobytes())
    return results
