# SPDX-License-Identifier: Apache-2.0
"""A plan's rows and totals in words, for the table and the page alike."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

LONGEST = 48  # characters of one parameter


def count(value: int | None) -> str:
    """A count with separators, "-" where there is none."""
    return "-" if value is None else f"{value:,}"


def gives(row: dict[str, Any]) -> str:
    """What flows out of a stage: '3 x int16 at 100 Hz', '2 x 65 uint32 power, + 3 values'."""
    if row["place"] == "stream":
        many = f"{row['lanes']} x " if row["lanes"] > 1 else ""
        return f"{many}{row['dtype']} at {rate(row['rate'])}"
    many = f"{row['lanes']} x " if row["lanes"] > 1 else ""
    beside = f", + {many}{row['appended']} values" if row["appended"] else ""
    return f"{many}{row['values']:,} {row['dtype']} {row['kind']}{beside}".replace(
        "int8 int8", "int8"
    )


def frame_text(document: dict[str, Any]) -> str:
    """What comes out at the end: '30 int32 values'."""
    frame = document["frame"]
    return f"{frame['values']:,} {frame['dtype']} {frame['kind']}".replace("int8 int8", "int8")


def rate(hertz: int) -> str:
    """'100 Hz', '16 kHz'."""
    return f"{hertz / 1000:g} kHz" if hertz >= 1000 else f"{hertz} Hz"


def parameters_text(row: dict[str, Any]) -> str:
    """'size 512, scaling window'; long lists by their length."""
    return ", ".join(f"{key} {value_text(value)}" for key, value in row["parameters"].items())


def value_text(value: Any) -> str:
    """A parameter, as short as it can be."""
    if isinstance(value, str):
        return value
    text = json.dumps(value)
    return text if len(text) <= LONGEST else f"({len(value)})"


def memory_text(document: dict[str, Any]) -> Iterator[str]:
    """Sentences on the bytes of the chain and beside it."""
    parts, state = document["memory"], document["memory"]["state"]
    inside = ", ".join(f"{name} {size:,}" for name, size in state.items())
    yield f"The chain's state has {parts['chain']:,} B: {inside}."
    names = ("ring", "frame", "spectrogram", "arena")
    beside = ", ".join(f"{name} {parts[name]:,} B" for name in names if name in parts)
    yield f"Beside it: {beside}."
    if document["stand_in"]:
        yield "There is no model: for toModel the scale of its input is assumed to be 1/16."


def load_text(document: dict[str, Any]) -> Iterator[str]:
    """Sentences on cycles and what they are of a second."""
    spent = document["cycles"]
    if "missing" in spent:
        yield f"No cycles: {spent['missing']}."
        return
    yield (
        f"{spent['total']:,} cycles a frame, and {spent['push']:,} of the ring's writer "
        f"({spent['method']})."
    )
    if document["load"] is None:
        yield f"No share of {document['board']}: its processor's cycles are not modelled."
        return
    yield (
        f"{document['load']:.1%} of the {document['clock_hz'] / 1e6:g} MHz of "
        f"{document['board']} at {document['chain']['frames_per_second']:g} frames a second: "
        f"{document['times_real_time']:.1f} times real time."
    )
