# SPDX-License-Identifier: Apache-2.0
"""The arena's plan as rows: which bytes hold which tensor from which operator to which, and the peak.

Places and lifetimes are the core's own (mote_model_place in native/mote.h), so that the report shows what a board does.
"""

from __future__ import annotations

from typing import Any

from . import _native
from .model import Model
from .mote.model import _TYPES, text


def operator_names(data: bytes, count: int) -> list[str]:
    """The operators of a file in order of execution."""
    return [_native.operator_names(_native.op_at(data, index))[0] for index in range(count)]


def describe(model: Model, data: bytes) -> dict[str, Any]:
    """The plan of an opened model.

    operators: names. places: {tensor (index in the file, None for memory of an operator), name, kind ("tensor",
    "variable", "scratch", "state"), dtype, shape, bytes (of the tensor), placed_bytes (a multiple of 16), offset, first
    and last (operators between which its bytes are kept, both included; the operator count: to the end), written_by
    (operator, None: the caller or nobody), read_by (operators), shares (tensor whose place it uses, or None)}.
    peak: {operator, name, bytes, places: indices into places}. bytes: of the whole plan, unused_bytes: of those, free
    even at the peak.
    """
    names = operator_names(data, model.operators)
    uses = [_native.operator_tensors(data, index) for index in range(model.operators)]
    found = _native.model_places(model._state)
    tensors = _native.file_survey(data)["tensors"]
    places = [
        _place(model, data, index, place, uses, names, tensors)
        for index, place in enumerate(found)
        if place["bytes"]
    ]
    peak = _peak(places, names)
    total = model.arena_bytes - model.state_bytes
    return {
        "operators": names,
        "places": places,
        "peak": peak,
        "bytes": total,
        "unused_bytes": total - (peak["bytes"] if peak else 0),
    }


def _place(
    model: Model,
    data: bytes,
    index: int,
    place: dict[str, Any],
    uses: list[tuple[list[int], list[int]]],
    names: list[str],
    tensors: int,
) -> dict[str, Any]:
    common = {
        "placed_bytes": place["bytes"],
        "offset": place["offset"],
        "first": place["first"],
        "last": place["last"],
    }
    if index >= tensors:
        kind = "state" if place["keeps"] else "scratch"
        return {
            "tensor": None,
            "name": f"{kind} of {names[place['op']]} (operator {place['op']})",
            "kind": kind,
            "dtype": None,
            "shape": None,
            "bytes": place["bytes"],
            **common,
            "written_by": place["op"],
            "read_by": [place["op"]],
            "shares": None,
        }
    name, shape, dtype, _, _, _, size = _native.model_tensor(model._state, 2, index)
    writers = [op for op, (_, outputs) in enumerate(uses) if index in outputs]
    readers = [op for op, (inputs, _) in enumerate(uses) if index in inputs]
    return {
        "tensor": index,
        "name": text(name),
        "kind": "variable" if place["keeps"] else "tensor",
        "dtype": _TYPES[dtype][0] if dtype in _TYPES else f"type {dtype}",
        "shape": list(shape),
        "bytes": size,
        **common,
        "written_by": writers[0] if writers else None,
        "read_by": readers,
        "shares": None if place["shares"] < 0 else place["shares"],
    }


def alive(place: dict[str, Any], operator: int) -> bool:
    """Whether its bytes are taken while the operator runs."""
    return place["first"] <= operator <= place["last"]


def _peak(places: list[dict[str, Any]], names: list[str]) -> dict[str, Any] | None:
    """The first operator with the most bytes alive; None for a model without activations.

    The moment after the last operator, when the outputs are read, never has more than the last operator."""
    own = [(index, place) for index, place in enumerate(places) if place["shares"] is None]
    best = None
    for operator, name in enumerate(names):
        here = [(index, place) for index, place in own if alive(place, operator)]
        size = sum(place["placed_bytes"] for _, place in here)
        if best is None or size > best["bytes"]:
            rows = [index for index, _ in sorted(here, key=lambda row: -row[1]["placed_bytes"])]
            best = {"operator": operator, "name": name, "bytes": size, "places": rows}
    return best


def label(operator: int | None, names: list[str]) -> str:
    """An operator of a lifetime for people: its index, "-" for none, "end" after the last."""
    if operator is None:
        return "-"
    return "end" if operator >= len(names) else str(operator)


def short(name: str, room: int = 64) -> str:
    """A tensor's name in at most that many characters. Converters join the names of all layers that they fused with
    semicolons: the first one stands for all. Of a long path the end says most."""
    name = name.split(";")[0] or name
    return name if len(name) <= room else "…" + name[len(name) - room + 1 :]
