# SPDX-License-Identifier: Apache-2.0
"""The pydantic model of *.pipeline.json, made from the tables by which a board checks the same file.

Keys, defaults, ranges and choices come from STAGES and the like in device/mote/chain.py and sense.py, meaning and units
from texts.py. The model refuses what the board's chain.words and chain.decision refuse, and nothing else, and says all
that is wrong at once. That stages fit together only the core can tell: check.py asks it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal, Union

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StrictBool,
    StrictStr,
    Tag,
    ValidationError,
    WithJsonSchema,
    create_model,
    model_validator,
)

from ..mote import chain, sense
from . import texts

Rule = tuple[str, Any, Any, Any, Any]
SECTION = 5  # b0, b1, b2, a1, a2
INT32 = 1 << 31
ONE, MANY = "<one>", "<many>"
LONGEST = 60  # characters of a value in a message


class Part(BaseModel):
    """What all objects of the file have in common: keys that are not known are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# ---- Parameters ----


def six_digits(low: float, high: float, unit: int) -> Callable[[float], float]:
    """Refuses fractions with more digits than a board with single precision keeps."""

    def check(value: float) -> float:
        chain.number("", "value", value, low, high, unit)
        return value

    return check


def number(low: float, high: float, unit: int) -> Any:
    """The type of a number: an integer for unit 1, else a fraction that becomes one by the factor unit."""
    bounds = Field(strict=True, ge=low, le=high)
    if unit == 1:
        return Annotated[int, bounds]
    finite = Field(strict=True, allow_inf_nan=False, ge=low, le=high)
    return Annotated[float, finite, AfterValidator(six_digits(low, high, unit))]


def one_or_many(low: float, high: float, unit: int) -> Any:
    """A number, or a list of them."""
    one = number(low, high, unit)
    many = Annotated[list[one], Field(min_length=1)]
    return Annotated[Annotated[one, Tag(ONE)] | Annotated[many, Tag(MANY)], Discriminator(shape)]


def shape(value: Any) -> str:
    """Which of the two a value is, so that errors are about that one alone."""
    return MANY if isinstance(value, list) else ONE


def type_of(rule: Rule) -> Any:
    """The type of a parameter of the board's tables."""
    _, _, low, high, unit = rule
    if unit == (False, True):
        return StrictBool
    if isinstance(unit, tuple):
        return Literal[tuple(choice for choice in unit if choice is not None)]
    return number(low, high, unit)


def described(text: texts.Text, default: Any) -> Any:
    """A field with its meaning and unit; default None: it must be given."""
    unit, sentence = text
    extra = {"unit": unit} if unit else None
    return Field(... if default is None else default, description=sentence, json_schema_extra=extra)


def fields(rules: Iterable[Rule], text: Callable[[str], texts.Text]) -> dict[str, Any]:
    """Fields of the board's parameters, as create_model takes them."""
    return {rule[0]: (type_of(rule), described(text(rule[0]), rule[1])) for rule in rules}


# ---- Stages ----


def same_length(first: Any, second: Any, names: str) -> None:
    """Lists that go together have one length, unless one is a single number."""
    counts = {len(v) for v in (first, second) if isinstance(v, list) and len(v) > 1}
    if len(counts) > 1:
        raise ValueError(f"{names}: one number, or lists of one length")


class Calibration(Part):
    """Base of the stage calibration."""

    @model_validator(mode="after")
    def _channels(self) -> Calibration:
        same_length(self.offset, self.gain, "offset and gain")
        return self


class Normalize(Part):
    """Base of the stage normalize."""

    @model_validator(mode="after")
    def _features(self) -> Normalize:
        same_length(self.mean, self.std, "mean and std")
        return self


class Biquad(Part):
    """Base of the stage biquad."""

    @model_validator(mode="after")
    def _filter(self) -> Biquad:
        if not {"sections", "design", "sos"} & self.model_fields_set:
            raise ValueError("neither sections nor a design is given")
        return self


def each_once(values: list) -> list:
    """Refuses what is in a list twice."""
    if len(set(values)) != len(values):
        raise ValueError("each must be there once")
    return values


MEASURES = Annotated[list[Literal[sense.MEASURES]], Field(min_length=1), AfterValidator(each_once)]
SECTIONS = Annotated[
    list[
        Annotated[list[number(-INT32, INT32 - 1, 1)], Field(min_length=SECTION, max_length=SECTION)]
    ],
    Field(min_length=1, max_length=8),
]
# Keys of biquad that no board looks at: moteforge.design checks them, here is what editors are told.
DESIGN = {
    "design": {"type": "string"},
    "order": {"type": "integer", "minimum": 1, "maximum": 16},
    "ripple": {"type": "number", "minimum": 0.01, "maximum": 6},
    "q": {"type": "number", "minimum": 0.5, "maximum": 1000},
    "sos": {
        "type": "array",
        "items": {
            "type": "array",
            "items": {"type": "number"},
            "minItems": SECTION + 1,
            "maxItems": SECTION + 1,
        },
        "minItems": 1,
        "maxItems": 8,
    },
}


def for_the_pc(key: str) -> Any:
    """The type of a key in DESIGN."""
    return Annotated[Any, WithJsonSchema(DESIGN[key])]


# Keys that the board reads with code of their own, by type: base, {key: (type, default)}. Default "absent" is for keys
# that may be left out and have no default.
FURTHER: dict[str, tuple[type[Part], dict[str, tuple[Any, Any]]]] = {
    "calibration": (
        Calibration,
        {
            "offset": (one_or_many(-32768, 32767, 1), 0),
            "gain": (one_or_many(-8, 8, 1000000), 1),
        },
    ),
    "biquad": (
        Biquad,
        {
            "sections": (SECTIONS, "absent"),
            **{key: (for_the_pc(key), "absent") for key in sense.STAGES["biquad"][2][1:]},
        },
    ),
    "statistics": (Part, {"values": (MEASURES, None)}),
    "normalize": (
        Normalize,
        {
            "outputScale": (number(1, 32767, 1), 4096),
            "mean": (one_or_many(-200000, 200000, 10000), 0),
            "std": (one_or_many(0.0001, 200000, 10000), 1),
        },
    ),
}


def further(name: str) -> dict[str, Any]:
    """Fields of the keys in FURTHER."""
    made = {}
    for key, (kind, default) in FURTHER.get(name, (Part, {}))[1].items():
        unit, sentence = texts.PARAMETERS[name, key]
        extra = {"unit": unit} if unit else None
        if default == "absent":
            made[key] = (kind, Field(None, description=sentence, json_schema_extra=extra))
        else:
            made[key] = (kind, described((unit, sentence), default))
    return made


def stage_model(name: str, row: tuple) -> type[Part]:
    """The model of one type of stage."""
    return create_model(
        name[0].upper() + name[1:],
        __base__=FURTHER.get(name, (Part,))[0],
        __doc__=texts.STAGES[name],
        type=(Literal[name], Field(description="Which stage this is.")),
        **fields(row[1], lambda key: texts.PARAMETERS[name, key]),
        **further(name),
    )


STAGES = {name: stage_model(name, row) for name, row in {**chain.STAGES, **sense.STAGES}.items()}
Stage = Annotated[Union[tuple(STAGES.values())], Field(discriminator="type")]  # noqa: UP007


# ---- The file ----

Labels = Annotated[list[StrictStr], Field(min_length=1), AfterValidator(each_once)]


class DecisionBase(Part):
    """Base of the decision."""

    @model_validator(mode="after")
    def _hysteresis(self) -> DecisionBase:
        if self.hysteresis > self.threshold:
            raise ValueError(f"hysteresis is {self.hysteresis}, must be at most the threshold")
        return self


Decision = create_model(
    "Decision",
    __base__=DecisionBase,
    __doc__="From the model's scores to events.",
    **fields(chain._DECISION, texts.DECISION.__getitem__),
    ignore=(list[StrictStr], Field([], description="Labels that never fire.")),
)


class PipelineBase(Part):
    """Base of the whole: what holds between keys."""

    @model_validator(mode="after")
    def _hop(self) -> PipelineBase:
        if self.hopLength > self.windowSize:
            raise ValueError(
                f"hopLength is {self.hopLength}, must be at most the windowSize, {self.windowSize}"
            )
        return self

    @model_validator(mode="after")
    def _buffer(self) -> PipelineBase:
        least = self.windowSize * self.channels
        if self.bufferSize & (self.bufferSize - 1) or self.bufferSize < least:
            raise ValueError(
                f"bufferSize is {self.bufferSize}, must be a power of two, at least windowSize x "
                f"channels, {least}"
            )
        return self

    @model_validator(mode="after")
    def _names(self) -> PipelineBase:
        if self.decision is None:
            return self
        if self.labels is None:
            raise ValueError("labels are missing: decision is about them")
        strange = [label for label in self.decision.ignore if label not in self.labels]
        if strange:
            raise ValueError(f"decision: ignore has {strange[0]!r}, which is no label")
        return self


Pipeline = create_model(
    "Pipeline",
    __base__=PipelineBase,
    __doc__="From a sensor's int16 samples to a model's input and to decisions: a *.pipeline.json file.",
    **fields((chain._FORMAT, *chain._INPUT, chain._BUFFER), texts.HEAD.__getitem__),
    stages=(
        Annotated[list[Stage], Field(max_length=32)],
        Field(
            description="In order: of the stream, of a window of one channel, of the whole frame."
        ),
    ),
    name=(StrictStr, Field("", description="Of the pipeline.")),
    model=(StrictStr, Field(None, description="Path of the .tflite file, relative to this file.")),
    labels=(Labels, Field(None, description="Names of the model's outputs.")),
    decision=(Decision, Field(None, description="From the model's scores to events.")),
)


@functools.cache
def schema() -> dict[str, Any]:
    """The file's JSON Schema (draft 2020-12); `unit` says in what a number is."""
    made = tidy(Pipeline.model_json_schema())
    made["title"] = "MoteForge pipeline"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def tidy(node: Any) -> Any:
    """Without what pydantic adds of its own: titles that repeat a key, null for what has no default."""
    if isinstance(node, list):
        return [tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    keep = {key: tidy(value) for key, value in node.items() if (key, value) != ("default", None)}
    for entry in keep.get("properties", {}).values():
        entry.pop("title", None)
    return keep


def problems(config: Any) -> list[dict[str, str]]:
    """All that is wrong with single keys of a configuration: [{where, problem}]; empty where nothing is."""
    try:
        Pipeline.model_validate(config)
    except ValidationError as error:
        return [problem(entry) for entry in error.errors(include_url=False)]
    return []


def problem(entry: Any) -> dict[str, str]:
    """One error of pydantic's for people; stages count from 1, as everywhere."""
    message = entry["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:]
    if entry["type"] == "union_tag_invalid":
        known = ", ".join(sorted(STAGES))
        return {
            "where": place(entry["loc"]),
            "problem": f"no type {entry['ctx']['tag']}; known are {known}",
        }
    if entry["type"] not in ("missing", "extra_forbidden", "union_tag_not_found"):
        message = f"{shown(entry['input'])}: {message}"
    return {"where": place(entry["loc"]), "problem": message}


def place(path: tuple[int | str, ...]) -> str:
    """A key's path as messages have it: stage 4 (filterbank).channels."""
    parts = [part for part in path if part not in (ONE, MANY)]
    where = ""
    if len(parts) > 1 and parts[0] == "stages":
        where = f"stage {int(parts[1]) + 1}" + (f" ({parts[2]})" if len(parts) > 2 else "")
        parts = parts[3:]
    for part in parts:
        where += f"[{part}]" if isinstance(part, int) else f"{'.' if where else ''}{part}"
    return where or "pipeline"


def shown(value: Any) -> str:
    """A value in a message, cut where it is long."""
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else f"a list of {len(value)}"
    text = repr(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."
