# SPDX-License-Identifier: Apache-2.0
"""The functions of the board's modules `_mote` and `_mote_chain`, on the PC's compiled core.

Same names, arguments, results and errors as modmote.c and modchain.c in native/micropython, so that the classes of
device/mote run unchanged on both. Buffers are anything with the buffer protocol; objects of the core live in them.
"""

from __future__ import annotations

import struct
from array import array
from typing import Any

from ._core import ffi, lib
from .mote.names import name as builtin_name

_TEXT_BYTES = 160
_PLACE_FIELDS = ffi.typeof("mote_place_info").fields


def _readable(buffer: Any, writable: bool = False) -> Any:
    try:
        return ffi.from_buffer("uint8_t[]", buffer, require_writable=writable)
    except BufferError as error:  # which MicroPython does not have
        raise TypeError(str(error)) from None


def _writable(buffer: Any) -> Any:
    return _readable(buffer, True)


def fault_text(fault: Any) -> str:
    """The core's own words for a fault."""
    text = ffi.new("char[]", _TEXT_BYTES)
    lib.mote_fault_text(fault, text, _TEXT_BYTES)
    return ffi.string(text).decode("utf-8", "replace")


def _raise(fault: Any) -> None:
    kind = (
        MemoryError
        if fault.status in (lib.MOTE_ERR_ARENA_SIZE, lib.MOTE_ERR_STATE_SIZE)
        else ValueError
    )
    raise kind(fault_text(fault))


def _check(status: int, fault: Any) -> None:
    if status < 0:
        _raise(fault)


def _check_status(status: int, have: int, want: int) -> None:
    if status < 0:
        _raise(ffi.new("mote_fault *", [status, -1, -1, -1, have, want]))


def _need(buffer: Any, least: int) -> Any:
    if len(buffer) < least:
        _check_status(lib.MOTE_ERR_STATE_SIZE, len(buffer), least)
    return buffer


def _fault() -> Any:
    return ffi.new("mote_fault *")


# ---- Models ----


def model_measure(file: Any) -> int:
    data, size, fault = _readable(file), ffi.new("uint32_t *"), _fault()
    _check(lib.mote_model_measure(data, len(data), size, fault), fault)
    return size[0]


def model_groups(file: Any) -> int:
    """Mask of the groups that a file needs and this build lacks: none, for it has them all."""
    return file_groups(file) & ~lib.mote_groups()


def file_groups(file: Any) -> int:
    """Mask of the groups of operators that a file needs (mote_group in mote.h). Not on the board."""
    data, mask, fault = _readable(file), ffi.new("uint32_t *"), _fault()
    _check(lib.mote_file_groups(data, len(data), mask, fault), fault)
    return mask[0]


def group_table() -> tuple[int, int]:
    return lib.mote_abi(), lib.MOTE_GROUPS * ffi.sizeof("mote_executor")


def model_open(state: Any, file: Any, table: Any = None) -> int:
    room, data, fault = _writable(state), _readable(file), _fault()
    further = ffi.NULL if table is None else ffi.from_buffer("mote_executor[]", table)
    _check(lib.mote_model_open(room, len(room), data, len(data), further, fault), fault)
    return lib.mote_model_arena_bytes(_model(state))


def model_reset(state: Any, arena: Any) -> None:
    room, fault = _writable(arena), _fault()
    _check(lib.mote_model_reset(_model(state), room, len(room), fault), fault)


def _model(state: Any) -> Any:
    return ffi.cast("mote_model *", _readable(state))


def model_run(state: Any, arena: Any) -> None:
    room, fault = _writable(arena), _fault()
    _check(lib.mote_model_run(_model(state), room, len(room), fault), fault)


def model_run_op(state: Any, arena: Any, index: int) -> None:
    room, fault = _writable(arena), _fault()
    _check(lib.mote_model_run_operator(_model(state), index, room, len(room), fault), fault)


def model_counts(state: Any) -> tuple[int, int, int]:
    model = _model(state)
    return (
        lib.mote_model_inputs(model),
        lib.mote_model_outputs(model),
        lib.mote_model_operators(model),
    )


def model_tensor(state: Any, kind: int, index: int) -> tuple[bytes, tuple, int, int, int, int, int]:
    info = ffi.new("mote_tensor_info *")
    get = (lib.mote_model_input, lib.mote_model_output, lib.mote_model_tensor)[kind]
    _check_status(get(_model(state), index, info), index, -1)
    name = ffi.buffer(info.name, info.name_len)[:]
    shape = tuple(info.dims[i] for i in range(info.rank))
    return name, shape, info.type, info.scale_bits, info.zero_point, info.offset, info.bytes


def op_at(file: Any, index: int) -> int:
    return operator_check(file, index)["code"]


def operator_check(file: Any, index: int) -> dict[str, Any]:
    """One operator on its own: code, macs, and `reason` (None where it is supported). Not on the board."""
    data, info, fault = _readable(file), ffi.new("mote_operator_info *"), _fault()
    status = lib.mote_operator_check(data, len(data), index, info, fault)
    return {
        "code": info.code,
        "macs": info.macs,
        "reason": None if status == lib.MOTE_OK else fault_text(fault),
    }


def file_survey(file: Any) -> dict[str, int]:
    """Counts of a file that need not be supported. Not on the board."""
    data, info, fault = _readable(file), ffi.new("mote_file_info *"), _fault()
    _check(lib.mote_file_survey(data, len(data), info, fault), fault)
    return {
        key: getattr(info, key)
        for key in ("operators", "tensors", "inputs", "outputs", "constant_bytes")
    }


def operator_names(code: int) -> tuple[str, str]:
    """An operator's name, and its name in a build's list of operators. Not on the board."""
    name, choice = lib.mote_operator_name(code), lib.mote_operator_choice(code)
    if name == ffi.NULL or choice == ffi.NULL:
        known = builtin_name(code)
        return known, known
    return ffi.string(name).decode(), ffi.string(choice).decode()


def operator_tensors(file: Any, index: int) -> tuple[list[int], list[int]]:
    """Indices of an operator's input and output tensors, -1: left out. Not on the board."""
    data, info, fault = _readable(file), ffi.new("mote_operator_info *"), _fault()
    lib.mote_operator_check(data, len(data), index, info, fault)
    found = []
    for position in range(info.n_inputs + info.n_outputs):
        tensor = ffi.new("int32_t *")
        _check(
            lib.mote_operator_tensor(data, len(data), index, position, tensor, fault),
            fault,
        )
        found.append(tensor[0])
    return found[: info.n_inputs], found[info.n_inputs :]


def model_places(state: Any) -> list[dict[str, Any]]:
    """Every place of the plan in order: tensors by index, then memory of operators. Not on the board."""
    model, info = _model(state), ffi.new("mote_place_info *")
    places = []
    for index in range(lib.mote_model_places(model)):
        _check_status(lib.mote_model_place(model, index, info), index, -1)
        places.append({name: getattr(info, name) for name, _ in _PLACE_FIELDS})
    return places


# ---- Ring ----


def _ring(buffer: Any) -> Any:
    return ffi.cast("mote_ring *", _need(_writable(buffer), ffi.sizeof("mote_ring")))


def ring_bytes(capacity: int) -> int:
    return ffi.sizeof("mote_ring") + 2 * capacity


def ring_init(buffer: Any, capacity: int, lanes: int) -> None:
    if not 1 <= capacity <= 1 << 24:
        _check_status(lib.MOTE_ERR_ARGUMENT, capacity, 1 << 24)
    _need(_writable(buffer), ring_bytes(capacity))
    ring = _ring(buffer)
    data = ffi.cast("int16_t *", ring + 1)
    _check_status(lib.mote_ring_init(ring, data, capacity, lanes), capacity, -1)


# NumPy's names for types that the board's array module calls otherwise.
_LONG = {8: ("q", "Q"), 4: ("i", "I")}[struct.calcsize("l")]
_ALIASES = {"l": _LONG[0], "L": _LONG[1], "?": "B"}


def _holds_type(buffer: Any, code: str) -> bool:
    """Whether items are of a type of the array module, or plain bytes, which may hold anything; array('B') may not."""
    held = memoryview(buffer).format
    bytes_hold = () if isinstance(buffer, array) else ("B",)
    return _ALIASES.get(held, held) in (code, *bytes_hold)


def _samples(samples: Any) -> Any:
    if len(_readable(samples)) % 2 or not _holds_type(samples, "h"):
        raise ValueError("samples must be int16: array('h'), or bytes, an even number of them")
    return ffi.from_buffer("int16_t[]", samples)


def ring_push(buffer: Any, samples: Any) -> None:
    data = _samples(samples)
    lib.mote_ring_push(_ring(buffer), data, len(data))


def ring_push_slots(buffer: Any, slots: Any, shift: int) -> None:
    data = _readable(slots)
    if len(data) % 4 or not 0 <= shift <= 31:
        raise ValueError("slots must be int32, the shift 0 to 31")
    items = ffi.from_buffer("int32_t[]", slots)
    lib.mote_ring_push_slots(_ring(buffer), items, len(items), shift)


def ring_gap(buffer: Any, missing: int) -> None:
    lib.mote_ring_gap(_ring(buffer), missing & 0xFFFFFFFF)


def ring_feed(buffer: Any, samples: Any, start: int) -> int:
    data = _samples(samples)
    if not 0 <= start <= len(data):
        _check_status(lib.MOTE_ERR_ARGUMENT, start, len(data))
    return lib.mote_ring_feed(_ring(buffer), data + start, len(data) - start)


def ring_available(buffer: Any) -> int:
    return lib.mote_ring_available(_ring(buffer))


def ring_window(buffer: Any, out: Any, n: int, hop: int) -> int:
    ring, room = _ring(buffer), _writable(out)
    whole = ring.lanes and n % ring.lanes == 0 and hop % ring.lanes == 0
    if not (whole and 1 <= n <= ring.capacity and 1 <= hop <= n):
        raise ValueError(
            "window: n must be 1 to the ring's size, hop 1 to n, whole instants of the channels"
        )
    if len(room) < 2 * n or not _holds_type(out, "h"):
        raise ValueError("window: out must be array('h') of at least n items")
    status = lib.mote_ring_window(ring, ffi.cast("int16_t *", room), n, hop)
    _check_status(status, n, -1)
    return status


def ring_stats(buffer: Any) -> tuple[int, int, int, int, int]:
    ring = _ring(buffer)
    return ring.written, ring.lost, ring.overruns, ring.missing, ring.breaks


# ---- Signal chain ----


def _words(words: Any) -> Any:
    data = _readable(words)
    if len(data) % 4:
        _check_status(lib.MOTE_ERR_ARGUMENT, len(data), -1)
    return ffi.from_buffer("int32_t[]", words)


def _sense(table: Any) -> Any:
    """The further stages: of this build, or from the table of another module."""
    if table is not None:
        return ffi.from_buffer("mote_stages[]", table)
    own = ffi.new("mote_stages *")
    lib.mote_sense_stages(own)
    return own


def stage_table() -> tuple[int, int, bool]:
    return lib.mote_stage_abi(), ffi.sizeof("mote_stages"), True


def chain_check(words: Any, table: Any = None) -> tuple[int, int, int, int, int, int] | None:
    data, size, fault = _words(words), ffi.new("uint32_t *"), _fault()
    status = lib.mote_frontend_measure(data, len(data), _sense(table), size, fault)
    if status == lib.MOTE_OK:
        return None
    return status, fault.index, fault.code, fault.subject, fault.have, fault.want


def chain_measure(words: Any, table: Any = None) -> int:
    data, size, fault = _words(words), ffi.new("uint32_t *"), _fault()
    _check(lib.mote_frontend_measure(data, len(data), _sense(table), size, fault), fault)
    return size[0]


def chain_stage(words: Any, index: int) -> dict[str, int]:
    """What one stage needs and gives (mote_stage_info); 0 is the input. Not on the board."""
    data, info, fault = _words(words), ffi.new("mote_stage_info *"), _fault()
    _check(lib.mote_frontend_stage(data, len(data), _sense(None), index, info, fault), fault)
    return {name: getattr(info, name) for name, _ in ffi.typeof("mote_stage_info").fields}


def _chain(state: Any) -> Any:
    return ffi.cast("mote_frontend *", _writable(state))


def chain_init(state: Any, words: Any, table: Any = None) -> tuple[int, int, int, int, int, int]:
    room, data, fault = _writable(state), _words(words), _fault()
    status = lib.mote_frontend_init(room, len(room), data, len(data), _sense(table), fault)
    _check(status, fault)
    chain = _chain(state)
    return (
        lib.mote_frontend_window(chain),
        lib.mote_frontend_hop(chain),
        lib.mote_frontend_values(chain),
        lib.mote_frontend_value_bytes(chain),
        lib.mote_frontend_kind(chain),
        lib.mote_frontend_unit(chain),
    )


def chain_next(state: Any, ring: Any, frames: Any, index: int) -> int:
    chain, room = _chain(state), _writable(frames)
    frame_bytes = lib.mote_frontend_values(chain) * lib.mote_frontend_value_bytes(chain)
    _need(room, frame_bytes)
    if index < 0 or (frame_bytes and index >= len(room) // frame_bytes):
        _check_status(lib.MOTE_ERR_ARGUMENT, index, len(room) // max(1, frame_bytes))
    status = lib.mote_frontend_next(chain, _ring(ring), room + index * frame_bytes)
    _check_status(status, -1, -1)
    return status


def chain_run(state: Any, ring: Any, samples: Any, start: int, frames: Any) -> tuple[int, int]:
    """Feeds samples from start on; (frames written, samples fed), again while `frames` is full. Not on the board."""
    chain, data, room = _chain(state), _samples(samples), _writable(frames)
    size = lib.mote_frontend_values(chain) * lib.mote_frontend_value_bytes(chain)
    if not size or len(room) < size:
        _check_status(lib.MOTE_ERR_STATE_SIZE, len(room), size)
    fed = ffi.new("uint32_t *", start)
    most = len(room) // size
    taken = lib.mote_frontend_run(chain, _ring(ring), data, len(data), fed, room, most)
    _check_status(taken, -1, -1)
    return taken, fed[0]


def chain_passed(state: Any) -> int:
    return lib.mote_frontend_passed(_chain(state))


def chain_reset(state: Any) -> None:
    lib.mote_frontend_reset(_chain(state))


# ---- Bytes ----


def copy(to: Any, source: Any, code: int) -> None:
    room, data = _writable(to), _readable(source)
    if not _holds_type(source, chr(code)):
        raise ValueError("items are of another type")
    if len(room) != len(data):
        _check_status(lib.MOTE_ERR_SHAPE, len(data), len(room))
    ffi.memmove(room, data, len(room))


def unroll(to: Any, circle: Any, start: int) -> None:
    room, data = _writable(to), _readable(circle)
    if len(room) != len(data):
        _check_status(lib.MOTE_ERR_SHAPE, len(data), len(room))
    if not 0 <= start <= len(data):
        _check_status(lib.MOTE_ERR_ARGUMENT, start, len(data))
    older = len(data) - start
    ffi.memmove(room, data + start, older)
    ffi.memmove(room + older, data, start)
