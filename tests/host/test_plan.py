# SPDX-License-Identifier: Apache-2.0
"""What `mote inspect` says of the arena: places, lifetimes, the peak, and the picture of them."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "examples" / "keyword" / "keyword.tflite"
sys.path.insert(0, str(ROOT / "tests" / "native"))
import public  # noqa: E402


def branches() -> bytes:
    """t0 and t1 are added three times: t2 = t0 + t1, t3 = t2 + t1, t4 = t3 + t2; 100, 100, ... bytes."""
    support = pytest.importorskip("single_op")
    graph = support.Graph()
    tensors = [graph.tensor(support.Spec((1, 100), scale=0.1)) for _ in range(5)]
    for at in range(3):
        graph.operator(
            support.tfl.BuiltinOperator.ADD,
            [tensors[at + 1], tensors[max(at, 0)]],
            [tensors[at + 2]],
            support.tfl.AddOptionsT(),
            support.tfl.BuiltinOptions.AddOptions,
            2,
        )
    return graph.pack(tensors[:2], tensors[4:])


def describe(data: bytes) -> dict:
    from moteforge.inspect import inspect

    return inspect(data)["plan"]


def test_lifetimes_and_peak_by_hand():
    plan = describe(branches())
    assert plan["operators"] == ["ADD"] * 3
    rows = {p["name"]: p for p in plan["places"]}
    lives = {name: (p["first"], p["last"]) for name, p in rows.items()}
    assert lives == {"t0": (0, 0), "t1": (0, 1), "t2": (0, 2), "t3": (1, 2), "t4": (2, 3)}
    assert {name: (p["written_by"], p["read_by"]) for name, p in rows.items()} == {
        "t0": (None, [0]), "t1": (None, [0, 1]), "t2": (0, [1, 2]), "t3": (1, [2]), "t4": (2, []),
    }  # fmt: skip
    assert {(p["bytes"], p["placed_bytes"]) for p in rows.values()} == {(100, 112)}
    peak = plan["peak"]
    assert (peak["operator"], peak["name"], peak["bytes"]) == (0, "ADD", 3 * 112)
    assert {plan["places"][i]["name"] for i in peak["places"]} == {"t0", "t1", "t2"}
    assert plan["bytes"] == 336 + plan["unused_bytes"]


def test_places_of_one_time_lie_apart_and_in_the_arena():
    plan = describe(MODEL.read_bytes())
    own = [p for p in plan["places"] if p["shares"] is None]
    assert len(own) > 3
    for number, a in enumerate(own):
        assert 0 <= a["offset"] <= a["offset"] + a["placed_bytes"] <= plan["bytes"]
        for b in own[:number]:
            together = a["first"] <= b["last"] and b["first"] <= a["last"]
            apart = (
                a["offset"] + a["placed_bytes"] <= b["offset"]
                or b["offset"] + b["placed_bytes"] <= a["offset"]
            )
            assert apart or not together, (a["name"], b["name"])
    sums = [
        sum(p["placed_bytes"] for p in own if p["first"] <= at <= p["last"])
        for at in range(len(plan["operators"]))
    ]
    assert plan["peak"]["bytes"] == max(sums)
    assert plan["peak"]["operator"] == sums.index(max(sums))


def test_table_and_build_line(mote):
    text = mote("inspect", MODEL).out
    report = mote("inspect", MODEL, "--json").json()
    assert f"peak: operator {report['plan']['peak']['operator']} " in text
    assert f'OPS="{" ".join(report["ops"])}"' in text
    assert report["ops"] == sorted(report["operator_counts"])
    assert report["modules"][0] == "_mote"
    marked = [line for line in text.splitlines() if line.startswith("*")]
    assert len(marked) == len(report["plan"]["peak"]["places"])


def preprocessor() -> bytes:
    """A model whose operators keep state between runs."""
    return public.model_bytes("micro-speech/audio_preprocessor_int8.tflite")


def test_state_is_kept_from_the_first_operator_to_the_end():
    plan = describe(preprocessor())
    kept = [p for p in plan["places"] if p["kind"] == "state"]
    assert len(kept) == 3
    for place in kept:
        assert (place["first"], place["last"]) == (0, len(plan["operators"]))
        assert place["tensor"] is None
        assert plan["places"].index(place) in plan["peak"]["places"]
        name = plan["operators"][place["written_by"]]
        assert place["name"] == f"state of {name} (operator {place['written_by']})"


def test_memory_of_operators_does_not_cut_up_the_arena():
    plan = describe(preprocessor())
    assert plan["unused_bytes"] == 0


def test_operators_have_the_names_by_which_a_build_chooses_them():
    from moteforge.inspect import inspect

    report = inspect(preprocessor())
    rows = re.findall(
        r"^MOTE_(?:OPERATOR|CUSTOM)\((\w+),",
        (ROOT / "native" / "src" / "operators.def").read_text(),
        re.MULTILINE,
    )
    assert set(report["ops"]) <= set(rows)
    assert "SignalWindow" in report["operator_counts"]
    assert "SIGNAL_WINDOW" in report["ops"]
    assert report["modules"] == ["_mote", "_mote_ops", "_mote_signal"]


def test_code_and_stack_are_never_invented(mote, monkeypatch, tmp_path):
    from moteforge.bench import results

    monkeypatch.setattr(results, "build_folder", lambda: tmp_path)
    report = mote("inspect", MODEL, "--json").json()
    for key in ("code", "stack"):
        assert report[key] == {
            "missing": "not measured: run `mote bench MODEL --cpu cortex-m0plus`"
        }
    assert "code    not measured: run `mote bench" in mote("inspect", MODEL).out
    report = mote("inspect", MODEL, "--board", "esp32", "--json").json()
    assert "architecture xtensawin" in report["stack"]["missing"]


def test_figures_of_another_core_are_told(mote, monkeypatch, tmp_path):
    from moteforge.bench import image, results

    cpu = image.CPUS["rv32imc"]
    monkeypatch.setattr(results, "build_folder", lambda: tmp_path)
    figures = {"stack_bytes": 900, "stack_open_bytes": 1000}
    results.keep_result(MODEL.read_bytes(), cpu, {**figures, "output": "00"})
    assert (
        "stack   1,000 B on rv32imc (emulated)\n"
        in mote("inspect", MODEL, "--board", "esp32c3").out
    )
    monkeypatch.setattr(results, "core_version", lambda: "another")
    report = mote("inspect", MODEL, "--board", "esp32c3", "--json").json()["stack"]
    assert (report["bytes"], report["run_bytes"], report["current"]) == (1000, 900, False)
    assert "before the core's sources changed" in mote("inspect", MODEL, "--board", "esp32c3").out


@pytest.mark.parametrize("text", ["", "{", "[]", '{"core": 3', "null", '{"core": 3}'])
def test_damaged_figures_are_as_good_as_none(mote, monkeypatch, tmp_path, text):
    from moteforge.bench import image, results

    monkeypatch.setattr(results, "build_folder", lambda: tmp_path)
    cpu = image.CPUS["cortex-m0plus"]
    for path in (results.result_path(MODEL.read_bytes(), cpu), results.code_path(cpu)):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    report = mote("inspect", MODEL, "--json").json()
    assert "not measured" in report["code"]["missing"]
    assert "not measured" in report["stack"]["missing"]


# ---- the picture


class Page(HTMLParser):
    """Collects tags with their attributes, and checks that they nest."""

    def __init__(self, text: str):
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.open: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open:
            self.texts.append((self.open[-1], data))

    def blocks(self) -> list[dict]:
        return [a for tag, a in self.tags if tag == "rect" and "place" in a["class"].split()]


def test_picture_shows_every_place_where_it_lies(mote, tmp_path):
    out = tmp_path / "arena.html"
    result = mote("inspect", MODEL, "--html", out, "--json")
    assert result.code == 0
    plan = result.json()["plan"]
    page = Page(out.read_text("utf-8"))
    assert page.open == []
    own = [p for p in plan["places"] if p["shares"] is None]
    blocks = page.blocks()
    assert len(blocks) == len(own)
    bottom = max(float(b["y"]) + float(b["height"]) for b in blocks)
    unit = (bottom - min(float(b["y"]) for b in blocks)) / plan["bytes"]  # a byte's height
    for place, block in zip(own, blocks, strict=True):
        low = float(block["y"]) + float(block["height"])
        assert low == pytest.approx(bottom - place["offset"] * unit, abs=0.3)
        height = max(1, place["placed_bytes"] * unit)
        assert float(block["height"]) == pytest.approx(height, abs=0.3)
    titles = [text for tag, text in page.texts if tag == "title"]
    assert sum("alive at the peak" in text for text in titles) == len(plan["peak"]["places"])
    assert any(f"peak {plan['peak']['bytes']:,} B" in text for _, text in page.texts)


def test_picture_needs_nothing_else(mote, tmp_path):
    out = tmp_path / "arena.html"
    mote("inspect", MODEL, "--html", out)
    text = out.read_text("utf-8")
    page = Page(text)
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "link", "img", "iframe", "object"})
    assert not [a for _, a in page.tags if {"src", "href", "xlink:href"} & set(a)]
    assert not re.search(r"https?:|url\(|@import", text)
    assert "prefers-color-scheme: dark" in text


def test_names_cannot_break_the_page():
    from moteforge.picture import page

    plan = describe(branches())
    for place in plan["places"]:
        place["name"] = "</title></svg><script>alert('x')</script>\"&\x00\x07"
    plan["operators"] = ["<b>ADD"] * 3
    made = Page(page(plan, "<h1>"))
    assert made.open == []
    assert "script" not in {tag for tag, _ in made.tags}
    assert "b" not in {tag for tag, _ in made.tags}


@pytest.mark.parametrize("place", [".", "no/such/folder.html"])
def test_picture_that_cannot_be_written(mote, place):
    result = mote("inspect", MODEL, "--html", place)
    assert result.code == 2
    assert f"--html {place}" in result.err
    assert result.out == ""


def test_refused_model_has_no_picture(mote, tmp_path):
    bad, out = tmp_path / "bad.tflite", tmp_path / "x.html"
    bad.write_bytes(MODEL.read_bytes()[:3000])
    result = mote("inspect", bad, "--html", out, "--json")
    assert result.code == 4
    assert result.json()["plan"] is None
    assert not out.exists()
