# SPDX-License-Identifier: Apache-2.0
"""The pydantic model of pipeline files: it refuses what a board refuses, and nothing else; its JSON Schema."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moteforge import onpc  # noqa: F401  (the board's modules on this computer)
from moteforge.mote import chain, sense
from moteforge.pipeline import model, texts

ROOT = Path(__file__).resolve().parents[2]
PIPELINE = ROOT / "tests" / "data" / "micro_speech.pipeline.json"
SPEECH = json.loads(PIPELINE.read_text("utf-8"))
SENSORS = {
    "format": 1, "name": "sensors", "sampleRate": 100, "channels": 3, "bufferSize": 512,
    "windowSize": 128, "hopLength": 64,
    "stages": [
        {"type": "calibration", "offset": [1, -2, 3], "gain": [1.5, 1, 0.25]},
        {"type": "dcRemoval", "cutoffHz": 0.5},
        {"type": "biquad", "sections": [[268435456, 0, 0, 0, 0], [1, 2, 3, 4, -5]]},
        {"type": "decimate", "factor": 2},
        {"type": "vectorMagnitude", "halve": True},
        {"type": "tiltFree"},
        {"type": "statistics", "values": ["rms", "kurtosis"]},
        {"type": "window"},
        {"type": "fft", "size": 128, "scaling": "block"},
        {"type": "magnitude", "fractionBits": 2},
        {"type": "spectralStatistics", "bands": 8, "highHz": 20, "rolloff": 0.85},
        {"type": "dct", "coefficients": 4},
        {"type": "deltas", "order": 2},
        {"type": "normalize", "mean": [1, 2.5], "std": 0.5, "outputScale": 100},
        {"type": "toModel"},
    ],
}  # fmt: skip
SCALE = (1, -7, 0)


def board_refuses(config) -> str | None:
    """The verdict of the board's own code on keys and values."""
    try:
        chain.words(config, SCALE)
        if "decision" in config:
            chain.decision(config)
    except ValueError as error:
        return str(error)
    return None


def paths(value, at=()):
    """All places in a configuration."""
    yield at
    if isinstance(value, (dict, list)):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            yield from paths(item, (*at, key))


NUMBERS = st.one_of(
    st.sampled_from([0, 1, -1, 2, 8, 12, 14, 32, 128, 129, 480, 512, 2048, 32767, 32768, 384000]),
    st.sampled_from([0.5, 1.0, 0.0000001, 0.123456, 0.1234567, 1e-6, 1e300, -0.0, 0.3, 200000.5]),
    st.integers(-(1 << 40), 1 << 40),
    st.sampled_from([10**400, -(10**30), float("inf"), float("nan")]),
    st.floats(-1e6, 1e6),
)
VALUES = st.one_of(
    NUMBERS,
    st.booleans(),
    st.none(),
    st.sampled_from(["", "hann", "mel", "block", "yes", "rms", "silence", "window"]),
    st.just({}),
    st.lists(NUMBERS, max_size=6),
    st.lists(st.sampled_from([*sense.MEASURES, "x"]), max_size=3),
)


def parent(config, path):
    for key in path[:-1]:
        config = config[key]
    return config


@st.composite
def mutated(draw):
    """A configuration with one to three things changed, left out, added or doubled."""
    config = copy.deepcopy(draw(st.sampled_from([SPEECH, SENSORS])))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from([p for p in paths(config) if p]))
        holder = parent(config, path)
        act = draw(st.sampled_from(["change", "change", "change", "drop", "add", "double"]))
        if act == "change":
            holder[path[-1]] = draw(VALUES)
        elif act == "drop":
            del holder[path[-1]]
        elif isinstance(holder, list):
            holder.insert(path[-1], copy.deepcopy(holder[path[-1]]))
        else:
            keys = [
                "weightBits",
                "gain",
                "std",
                "ignore",
                "labels",
                "x",
                "name",
                "format",
                "fixedPointScale",
            ]
            holder[draw(st.sampled_from(keys))] = draw(VALUES)
    return config


@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated())
def test_board_and_model_refuse_the_same(config):
    refusal, found = board_refuses(config), model.problems(config)
    assert (refusal is None) == (not found), (refusal, found)


@pytest.mark.parametrize("config", [SPEECH, SENSORS])
def test_what_is_right_passes(config):
    assert board_refuses(config) is None
    assert model.problems(config) == []


def rules():
    """Every parameter of the board's tables: (type of stage or None, rule)."""
    for rule in (*chain._INPUT, chain._BUFFER):
        yield None, rule
    for table in (chain.STAGES, sense.STAGES):
        for name, row in table.items():
            for rule in row[1]:
                yield name, rule


@pytest.mark.parametrize(
    ("name", "rule"),
    list(rules()),
    ids=lambda v: str(v if v is None or isinstance(v, str) else v[0]),
)
def test_both_ends_of_every_range(name, rule):
    key, _, low, high, unit = rule
    if isinstance(unit, tuple):
        values = [*unit, "no such choice", 0]
    else:
        step = 1 if unit == 1 else 1 / unit
        values = [low, high, low - step, high + step, low + 0.5, str(low), None, [low]]
    verdicts = []
    for value in values:
        stage = {"type": name, **{r[0]: at_least(r) for r in row(name)}, key: value}
        config = {**SENSORS, "stages": [stage]} if name else {**SENSORS, "stages": [], key: value}
        assert (board_refuses(config) is None) == (not model.problems(config)), (key, value)
        verdicts.append(board_refuses(config) is None)
    assert not all(verdicts)


def row(name):
    return chain.row(name)[1] if name else ()


def at_least(rule):
    return rule[4][0] if isinstance(rule[4], tuple) else rule[2]


def test_every_key_has_a_meaning():
    known = {(n, k) for n in model.STAGES for k in model.STAGES[n].model_fields if k != "type"}
    assert known == set(texts.PARAMETERS)
    assert set(texts.STAGES) == set(chain.STAGES) | set(chain.SENSE)
    board = {
        (n, k)
        for table in (chain.STAGES, sense.STAGES)
        for n, r in table.items()
        for k in (*[rule[0] for rule in r[1]], *(r[2] if len(r) > 2 else ()))
    }
    assert known == board


def test_all_problems_are_told_at_once_with_their_places():
    config = copy.deepcopy(SENSORS)
    config["stages"][0]["gain"] = [1, "2", 3]
    config["stages"][8]["size"] = 4096
    config["stages"][9]["fraction"] = 1
    config["stages"].append({"type": "lowpass"})
    del config["windowSize"]
    found = {p["where"]: p["problem"] for p in model.problems(config)}
    assert set(found) == {
        "windowSize", "stage 1 (calibration).gain[1]", "stage 9 (fft).size",
        "stage 10 (magnitude).fraction", "stage 16",
    }  # fmt: skip
    assert "4096" in found["stage 9 (fft).size"]
    assert "2048" in found["stage 9 (fft).size"]
    assert "decimate" in found["stage 16"]


# ---- JSON Schema


def test_schema_in_docs_is_the_models(mote):
    text = (ROOT / "docs" / "pipeline.schema.json").read_text("utf-8")
    assert text == mote("pipeline", "schema").out, (
        "run: mote pipeline schema -o docs/pipeline.schema.json"
    )


def test_schema_states_ranges_defaults_and_units():
    made = model.schema()
    bank = made["$defs"]["Filterbank"]["properties"]
    assert bank["lowHz"] == {
        "description": texts.PARAMETERS["filterbank", "lowHz"][1],
        "maximum": 384000, "minimum": 0, "type": "number", "unit": "Hz",
    }  # fmt: skip
    assert bank["weightBits"]["default"] == 12
    assert made["$defs"]["Filterbank"]["required"] == ["type", "channels", "lowHz", "highHz"]
    assert made["properties"]["sampleRate"]["unit"] == "Hz"
    assert set(made["properties"]["stages"]["items"]["discriminator"]["mapping"]) == set(
        model.STAGES
    )
    for name, part in made["$defs"].items():
        assert part["additionalProperties"] is False, name
        assert all(entry.get("description") for entry in part["properties"].values()), name


def test_schema_file_is_written(mote, tmp_path):
    out = tmp_path / "schema.json"
    result = mote("pipeline", "schema", "-o", out)
    assert result.code == 0
    assert json.loads(out.read_text("utf-8")) == model.schema()
    assert mote("pipeline", "schema", "-o", tmp_path).code == 2
