# SPDX-License-Identifier: Apache-2.0
"""`mote pipeline check`: what is refused before deployment, in whose words, and which boards have room."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KEYWORD = ROOT / "examples" / "keyword" / "keyword.pipeline.json"
MODEL = ROOT / "examples" / "keyword" / "keyword.tflite"
SPEECH = json.loads(KEYWORD.read_text("utf-8"))


@pytest.fixture
def pipeline(tmp_path):
    """Writes the keyword pipeline, with changes, beside its model."""

    def write(change=None, **keys) -> Path:
        config = copy.deepcopy(SPEECH)
        config["model"] = str(MODEL)
        config.update(keys)
        if change:
            change(config)
        path = tmp_path / "x.pipeline.json"
        path.write_text(json.dumps(config), "utf-8")
        return path

    return write


def board_words(config) -> str:
    """What the board's own classes say on this computer."""
    from moteforge import Pipeline

    try:
        Pipeline(config)
    except ValueError as error:
        return str(error)
    return "it is taken"


def test_a_right_file(mote):
    result = mote("pipeline", "check", KEYWORD, "--json")
    assert result.code == 0
    report = result.json()
    assert report["schema"] == "moteforge.pipeline-check/1"
    assert report["accepted"] is True
    assert (report["refusal"], report["problems"], report["remedy"]) == (None, [], None)
    assert report["chain"]["hop_ms"] == 20
    assert (report["chain"]["values"], report["chain"]["kind"]) == (40, "int8")
    assert report["model"]["input"]["shape"] == [1, SPEECH["decision"]["frames"], 40, 1]
    assert report["fits"]["rpi_pico"]["fits"] is True


def test_memory_is_what_the_classes_take(mote):
    from moteforge import Model, Pipeline

    whole = Pipeline(str(KEYWORD))
    parts = mote("pipeline", "check", KEYWORD, "--json").json()["memory"]
    assert parts["chain"] == len(whole.frontend.state)
    assert parts["ring"] == len(whole.ring.buffer)
    assert parts["spectrogram"] == len(whole.spectrogram.circle)
    assert parts["file"] == MODEL.stat().st_size
    assert parts["arena"] == Model(MODEL).arena_bytes
    fits = mote("pipeline", "check", KEYWORD, "--json", "--board", "rpi_pico").json()["fits"]
    assert list(fits) == ["rpi_pico"]
    for name, count in parts.items():
        assert f" {name} {count} " in fits["rpi_pico"]["reason"]
    assert "_mote_chain" in fits["rpi_pico"]["reason"]


def changed(*path, to):
    """A change of one value."""

    def change(config):
        for key in path[:-1]:
            config = config[key]
        config[path[-1]] = to

    return change


WRONG = {
    "window larger than the buffer": (changed("bufferSize", to=256), "bufferSize"),
    "hop 0": (changed("hopLength", to=0), "hopLength"),
    "FFT size not built": (changed("stages", 1, "size", to=4096), "2048"),
    "FFT smaller than the window": (changed("stages", 1, "size", to=256), "size is 256"),
    "FFT no power of two": (changed("stages", 1, "size", to=500), "power of two"),
    "stages that do not fit": (lambda c: c["stages"].pop(1), "stage 2 (energy)"),
    "band above half the rate": (changed("stages", 3, "highHz", to=9000), "highHz"),
    "unknown key": (changed("gain", to=1), "unknown key 'gain'"),
    "frames": (changed("decision", "frames", to=48), "frames x values is 1920, but the model"),
    "labels": (lambda c: c["labels"].append("maybe"), "labels is 7"),
    "ignored": (changed("decision", "ignore", to=["nobody"]), "'nobody'"),
    "hysteresis": (changed("decision", "hysteresis", to=1), "at most the threshold"),
    "filter unstable": (
        lambda c: c["stages"].insert(
            0, {"type": "biquad", "sections": [[1 << 28, 0, 0, 0, 1 << 28]]}
        ),
        "stage 1 (biquad): sections",
    ),
    "no int8": (lambda c: c["stages"].pop(), "gives no int8"),
}


@pytest.mark.parametrize("what", WRONG)
def test_refusals_are_the_boards(mote, pipeline, what):
    change, part = WRONG[what]
    path = pipeline(change)
    result = mote("pipeline", "check", path, "--json")
    assert result.code == 4
    report = result.json()
    assert report["accepted"] is False
    assert report["refusal"] == board_words(str(path))
    assert part in report["refusal"]
    assert report["fits"] == {}
    text = mote("pipeline", "check", path)
    assert text.code == 4
    assert f"refused: {report['refusal']}\n" in text.out


def test_all_wrong_keys_are_listed(mote, pipeline):
    def change(config):
        config["stages"][1]["size"] = 16
        config["stages"][3]["channels"] = 0
        config["hopLength"] = "320"

    report = mote("pipeline", "check", pipeline(change), "--json").json()
    places = [row["where"] for row in report["problems"]]
    assert places == ["hopLength", "stage 2 (fft).size", "stage 4 (filterbank).channels"]
    out = mote("pipeline", "check", pipeline(change)).out
    assert all(f"\n  {place}: " in out for place in places)


def test_a_model_that_is_not_there_is_said(mote, pipeline):
    path = pipeline(model="nowhere.tflite")
    result = mote("pipeline", "check", path)
    assert result.code == 0
    assert "nowhere.tflite: there is no such file, so what it needs is not counted" in result.out
    report = mote("pipeline", "check", path, "--json").json()
    assert report["model"]["missing"] == "there is no such file"
    assert "arena" not in report["memory"]
    assert "_mote " not in report["fits"]["rpi_pico"]["reason"]
    given = mote("pipeline", "check", path, "--json", "--model", MODEL).json()
    assert given["memory"]["arena"] > 0
    assert mote("pipeline", "check", path, "--model", path.parent / "none").code == 2


def test_a_damaged_model_is_refused(mote, pipeline, tmp_path):
    (tmp_path / "bad.tflite").write_bytes(MODEL.read_bytes()[:999])
    result = mote("pipeline", "check", pipeline(model="bad.tflite"), "--json")
    assert result.code == 4
    assert "bad.tflite is refused" in result.json()["refusal"]
    assert result.json()["model"]["missing"] == "is refused"


def test_too_large_for_the_board(mote, pipeline):
    result = mote(
        "pipeline", "check", pipeline(bufferSize=1 << 18), "--board", "rpi_pico", "--json"
    )
    assert result.code == 4
    report = result.json()
    assert report["accepted"] is True
    assert report["fits"]["rpi_pico"]["fits"] is False
    assert report["remedy"] == "Lower bufferSize: 512 holds a window, 262144 are asked for."
    text = mote("pipeline", "check", pipeline(bufferSize=1 << 18), "--board", "rpi_pico").out
    assert "bytes too large: " in text
    assert "too large: Lower bufferSize: 512" in text


def test_unknown_board(mote):
    result = mote("pipeline", "check", KEYWORD, "--board", "nothing")
    assert result.code == 2
    assert "rpi_pico" in result.err


NO_JSON = {
    "empty": (b"", "no JSON"),
    "cut off": (KEYWORD.read_bytes()[:300], "no JSON"),
    "a list": (b"[1, 2]", "no JSON object"),
    "not UTF-8": ("{\"name\": \"caf\u00e9\"}".encode("latin-1"), "not UTF-8: byte 13"),
    "UTF-16": (KEYWORD.read_text("utf-8").encode("utf-16"), "not UTF-8"),
    "NaN": (b'{"format": NaN}', "NaN is no number"),
    "half a character": (b'{"name": "\\ud800"}', "half of a character"),
    "deep": (b"[" * 100000, "too deeply"),
    "rather deep": (b'{"stages": ' + b"[" * 40 + b"]" * 40 + b"}", "deeper than 32"),
    "huge": (b'{"name": "' + b"x" * 300000 + b'"}', "more than 262,144"),
    "long number": (b'{"format": ' + b"9" * 5000 + b"}", "no JSON"),
}  # fmt: skip


@pytest.mark.parametrize("what", NO_JSON)
def test_files_that_are_none(mote, tmp_path, what):
    data, part = NO_JSON[what]
    path = tmp_path / "x.json"
    path.write_bytes(data)
    result = mote("pipeline", "check", path, "--json")
    assert result.code == 2
    assert part in result.json()["error"]
    assert str(path) in result.json()["error"]
    assert result.json()["remedy"]


@pytest.mark.parametrize("name", ["", ".", "no/such.json"])
def test_files_that_cannot_be_read(mote, name):
    result = mote("pipeline", "check", name)
    assert result.code == 2
    assert "pipeline" in result.err
    assert result.out == ""


def test_values_of_any_kind_are_survived(mote, pipeline):
    strange = [None, True, -1, 1e300, 10**300, "[red]x[/red]", [], {}, [[[[]]]], {"type": "fft"}]
    for key in (*SPEECH, "model"):
        for value in strange:
            result = mote("pipeline", "check", pipeline(**{key: value}))
            assert result.code in (0, 4), (key, value, result.err)
            assert ("refused:" in result.out) == (result.code == 4)


def test_help_has_examples(mote):
    for name in ("check", "schema"):
        out = mote("pipeline", name, "--help").out
        assert "Example" in out
        assert f"mote pipeline {name}" in out
    listed = mote("pipeline", "--help").out
    assert "\n  check " in listed
    assert "\n  schema " in listed
    assert mote("pipeline", "no-such").code == 2


def test_a_model_without_labels_and_decision_is_refused(tmp_path):
    from moteforge.pipeline.check import examine

    path = tmp_path / "sensor.pipeline.json"
    path.write_text(
        '{"format": 1, "sampleRate": 100, "windowSize": 128, "hopLength": 64, "bufferSize": 128, '
        '"stages": [{"type": "statistics", "values": ["rms"]}]}'
    )
    assert examine(path).refusal is None
    model = Path(__file__).parents[2] / "examples" / "keyword" / "keyword.tflite"
    assert "labels and decision are missing" in examine(path, model).refusal
