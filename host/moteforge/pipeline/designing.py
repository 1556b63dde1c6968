# SPDX-License-Identifier: Apache-2.0
"""Filters of a pipeline file from words to integers: `mote pipeline design`."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from ..errors import Refused
from . import model as schema
from .reading import read_pipeline

WIDTH = 120  # columns of a written file


def designed(path: str | Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The configuration with sections for every filter that has a design, and what was done, a row a filter.

    Sections that are there already are made anew. Raises UsageError for files that cannot be read, Refused for what
    is wrong in them and for designs that cannot be.
    """
    config = read_pipeline(path)
    bare = without_sections(config)
    found = schema.problems(bare)
    if found:
        raise Refused(
            f"{path}: {found[0]['where']}: {found[0]['problem']}",
            f"`mote pipeline check {path}` lists all that is wrong.",
        )
    from .. import design

    try:
        made = design.resolve(bare)
    except ValueError as error:
        raise Refused(f"{path}: {error}", "docs/CHAIN.md says what can be designed.") from None
    rows = [row(index, config, made) for index in range(len(made["stages"]))]
    return in_order(config, made), [entry for entry in rows if entry]


def is_design(stage: Any) -> bool:
    """Whether sections can be made of it."""
    return (
        isinstance(stage, dict)
        and stage.get("type") == "biquad"
        and bool({"design", "sos"} & set(stage))
    )


def without_sections(config: dict[str, Any]) -> dict[str, Any]:
    """A copy in which no filter that has a design has sections."""
    bare = copy.deepcopy(config)
    stages = bare.get("stages")
    for stage in stages if isinstance(stages, list) else ():
        if is_design(stage):
            stage.pop("sections", None)
    return bare


def in_order(config: dict[str, Any], made: dict[str, Any]) -> dict[str, Any]:
    """The new configuration with every key where it was; new sections stand last."""
    stages = [
        {key: new[key] for key in (*old, *(key for key in new if key not in old))}
        for old, new in zip(config["stages"], made["stages"], strict=True)
    ]
    return {key: stages if key == "stages" else value for key, value in config.items()}


def row(index: int, config: dict[str, Any], made: dict[str, Any]) -> dict[str, Any] | None:
    """What became of a stage; None where it is no filter with a design."""
    from .. import design

    old, new = config["stages"][index], made["stages"][index]
    if not is_design(old):
        return None
    return {
        "stage": index + 1,
        "design": old.get("design"),
        "rate": float(design.rates(made)[index]),
        "sections": new["sections"],
        "error_bound": design.error_bound(new["sections"]),
        "changed": old.get("sections") != new["sections"],
    }


def as_text(config: dict[str, Any]) -> str:
    """The file: what fits into a line is on one, all else has a line an item."""
    return laid_out(config, "", always=True) + "\n"


def laid_out(value: Any, indent: str, lead: int = 0, always: bool = False) -> str:
    """JSON of a value. lead: columns before it on its first line; always: with lines of its own."""
    text = json.dumps(value, ensure_ascii=False)
    fits = len(indent) + lead + len(text) < WIDTH
    if not isinstance(value, (dict, list)) or not value or (fits and not always):
        return text
    inner = indent + "  "
    if isinstance(value, dict):
        keys = [json.dumps(key, ensure_ascii=False) + ": " for key in value]
        items = [
            key + laid_out(v, inner, len(key)) for key, v in zip(keys, value.values(), strict=True)
        ]
        start, end = "{", "}"
    else:
        items, start, end = [laid_out(item, inner) for item in value], "[", "]"
    body = ",\n".join(inner + item for item in items)
    return f"{start}\n{body}\n{indent}{end}"
