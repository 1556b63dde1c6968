# SPDX-License-Identifier: Apache-2.0
"""`mote pipeline plan`: shapes, bytes and emulated cycles of every stage, and the page that draws them."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path

import numpy as np
import pytest
from pipelines import chain
from test_plan import Page

ROOT = Path(__file__).resolve().parents[2]
KEYWORD = ROOT / "examples" / "keyword" / "keyword.pipeline.json"
SPEECH = json.loads(KEYWORD.read_text("utf-8"))
HEAD = {"format": 1, "sampleRate": 16000, "bufferSize": 2048, "windowSize": 480, "hopLength": 320}


def needs_emulator():
    """Skips where the processor cannot be emulated."""
    from moteforge.bench.image import build, get_cpu
    from moteforge.errors import MoteError

    try:
        build(get_cpu("cortex-m0plus"))
    except MoteError as error:
        pytest.skip(str(error))


@pytest.fixture
def pipeline(tmp_path):
    """Writes a pipeline of these stages."""

    def write(stages, **keys) -> Path:
        path = tmp_path / "x.pipeline.json"
        path.write_text(json.dumps({**HEAD, "stages": stages, **keys}), "utf-8")
        return path

    return write


def examined(path):
    from moteforge.pipeline.check import examine

    found = examine(path)
    assert found.refusal is None
    return found


# ---- shapes and memory


def test_shapes_of_speech(mote):
    plan = mote("pipeline", "plan", KEYWORD, "--no-cycles", "--json").json()
    assert plan["schema"] == "moteforge.pipeline-plan/1"
    rows = plan["stages"]
    assert [row["type"] for row in rows] == ["input", *(s["type"] for s in SPEECH["stages"])]
    assert [row["values"] for row in rows] == [1, 480, 257, 257, 40, 40, 40, 40, 40]
    assert [row["place"] for row in rows] == ["stream", *["window"] * 7, "frame"]
    assert [row["dtype"] for row in rows[1:4]] == ["int16", "complex int16", "uint32"]
    assert rows[4]["parameters"]["weightBits"] == 12
    assert all(row["cycles"] is None for row in rows)
    assert plan["cycles"] == {"missing": "not asked for"}
    assert plan["load"] is None


def test_memory_adds_up_to_the_chains_state(mote):
    from moteforge import Frontend

    plan = mote("pipeline", "plan", KEYWORD, "--no-cycles", "--json").json()
    parts = plan["memory"]["state"]
    assert sum(parts.values()) == plan["memory"]["chain"] == len(Frontend(str(KEYWORD)).state)
    stages = sum(row["state_bytes"] + row["tables_bytes"] for row in plan["stages"])
    assert stages == parts["stages"]
    assert parts["history"] == 0
    assert parts["scratch"] >= 257 * 4


def test_only_what_follows_the_stream_is_state(mote):
    rows = mote("pipeline", "plan", KEYWORD, "--no-cycles", "--json").json()["stages"]
    kept = {row["type"]: row["state_bytes"] for row in rows if row["state_bytes"]}
    assert kept == {"noiseReduction": 40 * 4}


def test_history_of_several_channels(mote, pipeline):
    path = pipeline([{"type": "window"}], channels=3, windowSize=100, hopLength=50)
    plan = mote("pipeline", "plan", path, "--no-cycles", "--json").json()
    assert plan["memory"]["state"]["history"] == 3 * 100 * 2
    assert plan["stages"][1]["lanes"] == 3
    assert "3 x 100 int16 samples" in mote("pipeline", "plan", path, "--no-cycles").out


def test_kinds_are_the_cores():
    """Names and types by mote_flow_kind."""
    from moteforge.pipeline.check import KINDS
    from moteforge.pipeline.plan import DTYPES

    text = (ROOT / "native" / "src" / "frontend" / "stage.h").read_text("utf-8")
    rows = re.findall(r"MOTE_FLOW_(\w+) = (\d+),? +/\* (\w+)", text)
    assert len(rows) == len(KINDS) - 1 == len(DTYPES) - 1
    for name, number, kind in rows:
        dtype = DTYPES[int(number)]
        assert dtype == ("complex int16" if kind == "mote_complex" else kind)
        stated = {"scaled": "scaled samples", "quantized": "int8"}.get(name.lower(), name.lower())
        assert KINDS[int(number)] == stated


# ---- cycles


def test_cycles_add_up_to_the_wholes(mote):
    needs_emulator()
    from moteforge.bench.measure import bench_frontend
    from moteforge.pipeline.cost import probe

    plan = mote("pipeline", "plan", KEYWORD, "--json").json()
    spent = plan["cycles"]
    assert spent["method"].startswith("emulated")
    assert spent["input"] + sum(spent["stages"]) == spent["total"]
    assert [row["cycles"] for row in plan["stages"]] == [spent["input"], *spent["stages"]]
    # The whole by `mote bench`'s own way, over the same samples, the first frame included.
    whole = bench_frontend(SPEECH, probe(SPEECH))
    assert spent["total"] == pytest.approx(whole["cycles"], rel=0.02)
    assert spent["state_bytes"] == whole["state_bytes"]
    a_second = (spent["total"] + spent["push"]) * 50
    assert plan["load"] == pytest.approx(a_second / 125e6)
    assert plan["times_real_time"] == pytest.approx(125e6 / a_second)


def test_a_stage_costs_the_same_behind_fewer_stages(pipeline):
    """What is left to the difference of two chains does not depend on how much they copy."""
    needs_emulator()
    from moteforge.pipeline import cost

    stages = SPEECH["stages"][:4]
    short = cost.measure(examined(pipeline(stages[:2])))
    longer = cost.measure(examined(pipeline(stages)))
    for index in range(2):
        assert short["stages"][index] == pytest.approx(longer["stages"][index], rel=0.02)


def test_channels_cost_their_number(pipeline):
    needs_emulator()
    from moteforge.pipeline import cost

    stages = [{"type": "window"}, {"type": "fft", "size": 128}, {"type": "energy"}]
    keys = {"windowSize": 128, "hopLength": 128}
    one = cost.measure(examined(pipeline(stages, **keys)))
    three = cost.measure(examined(pipeline(stages, **keys, channels=3)))
    for single, triple in zip(one["stages"], three["stages"], strict=True):
        assert triple == pytest.approx(3 * single, rel=0.15)


def test_without_the_emulator_the_column_is_empty(mote, monkeypatch):
    monkeypatch.setattr("moteforge.bench.layout.shutil.which", lambda name: None)
    result = mote("pipeline", "plan", KEYWORD)
    assert result.code == 0
    assert "No cycles: arm-none-eabi-gcc is not installed" in result.out
    plan = mote("pipeline", "plan", KEYWORD, "--json").json()
    assert "not installed" in plan["cycles"]["missing"]
    assert all(row["cycles"] is None for row in plan["stages"])


def test_no_share_of_other_processors(mote, monkeypatch):
    from moteforge.pipeline import plan

    spent = {"input": 1, "stages": [1] * 8, "total": 9, "push": 1, "method": "emulated"}
    monkeypatch.setattr(plan, "cycles", lambda found: spent)
    made = mote("pipeline", "plan", KEYWORD, "--board", "esp32c3", "--json").json()
    assert made["board"] == "esp32c3"
    assert made["load"] is None
    assert "No share of esp32c3" in mote("pipeline", "plan", KEYWORD, "--board", "esp32c3").out


# ---- the page


def curves(page: Page) -> list[dict]:
    return [a for tag, a in page.tags if tag == "path" and "curve" in (a.get("class") or "")]


def drawn(mote, path, tmp_path) -> tuple[Page, str]:
    out = tmp_path / "chain.html"
    result = mote("pipeline", "plan", path, "--no-cycles", "--html", out)
    assert result.code == 0, result.err
    return Page(out.read_text("utf-8")), out.read_text("utf-8")


def test_page_has_every_stage_and_a_path_a_filter(mote, tmp_path):
    page, _ = drawn(mote, KEYWORD, tmp_path)
    assert page.open == []
    names = [text for tag, text in page.texts if tag == "text"]
    for index, stage in enumerate(SPEECH["stages"], 1):
        assert f"{index} {stage['type']}" in names
    bank = SPEECH["stages"][3]
    assert bank["type"] == "filterbank"
    assert len(curves(page)) == 1 + bank["channels"]  # the window, the bands
    assert {a["id"] for tag, a in page.tags if tag == "figure"} == {"plot1", "plot4"}
    assert "frequency, Hz" in names
    assert "weight" in names
    cells = [text for tag, text in page.texts if tag == "td"]
    assert "257 complex int16 spectrum" in cells


def test_page_needs_nothing_else(mote, tmp_path):
    page, text = drawn(mote, KEYWORD, tmp_path)
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "link", "img", "iframe", "object"})
    links = [a["href"] for _, a in page.tags if "href" in a]
    assert all(link.startswith("#plot") for link in links)
    assert not re.search(r"https?:|url\(|@import", text)
    assert "prefers-color-scheme: dark" in text


def test_page_without_filters(mote, tmp_path, pipeline):
    page, _ = drawn(mote, pipeline([]), tmp_path)
    assert page.open == []
    assert curves(page) == []
    assert "figure" not in {tag for tag, _ in page.tags}


def test_names_cannot_break_the_page(mote, tmp_path, pipeline):
    name = "</title></svg><script>alert('x')</script>\"&\x00\x07"
    page, _ = drawn(mote, pipeline([{"type": "window"}], name=name), tmp_path)
    assert page.open == []
    assert "script" not in {tag for tag, _ in page.tags}


@pytest.mark.parametrize("place", [".", "no/such/folder.html"])
def test_page_that_cannot_be_written(mote, place):
    result = mote("pipeline", "plan", KEYWORD, "--no-cycles", "--html", place)
    assert result.code == 2
    assert f"--html {place}" in result.err
    assert result.out == ""


def test_the_file_that_is_read_is_not_written(mote, pipeline):
    path = pipeline([])
    before = path.read_bytes()
    assert mote("pipeline", "plan", path, "--html", path).code == 2
    assert path.read_bytes() == before


def test_refused_files_have_no_plan(mote, tmp_path, pipeline):
    out = tmp_path / "x.html"
    path = pipeline([{"type": "energy"}])
    result = mote("pipeline", "plan", path, "--html", out, "--json")
    assert result.code == 4
    assert "stage 1 (energy)" in result.json()["error"]
    assert "mote pipeline check" in result.json()["remedy"]
    assert not out.exists()


# ---- what is drawn


def test_window_is_the_cores(pipeline):
    from moteforge.pipeline.responses import plots

    for shape, scaling in (("hann", "block"), ("hamming", "none"), ("rectangular", "none")):
        stage = {"type": "window", "shape": shape, "weightBits": 14, "scaling": scaling}
        (plot,) = plots(examined(pipeline([stage], windowSize=64, hopLength=64)))
        at = (2 * np.arange(64) + 1) / 128
        hann = np.sin(np.pi * at) ** 2
        want = {"hann": hann, "hamming": 0.08 + 0.92 * hann, "rectangular": np.ones(64)}[shape]
        assert plot.curves[0].y == pytest.approx(want, abs=2**-13)


def test_bands_are_where_the_core_has_them(pipeline):
    """A tone in the middle of a band is loudest there, and silent where the weights are 0."""
    from moteforge import Frontend
    from moteforge.pipeline.responses import bands

    for scale in ("mel", "linear"):
        bank = {"type": "filterbank", "scale": scale, "channels": 20, "lowHz": 100, "highHz": 7000}
        stages = [{"type": "window"}, {"type": "fft", "size": 512}, {"type": "energy"}, bank]
        config = {**HEAD, "windowSize": 512, "stages": stages}
        f, weights = bands(bank | {"weightBits": 12}, 16000, 512)
        for band in (5, 12, 18):
            tone = 30000 * np.sin(2 * np.pi * f[weights[band].argmax()] * np.arange(512) / 16000)
            loud = Frontend(config).push(tone.astype(np.int16))[0]
            assert loud.argmax() == band
            # The window's main lobe has two bins to each side; 0 beyond them but for rounding.
            near = np.abs(f - f[weights[band].argmax()]) < 3 * 16000 / 512
            silent = weights[:, near].max(axis=1) == 0
            assert silent.any()
            assert loud[silent].max() <= loud.max() / 50


def test_round_numbers_on_axes():
    from moteforge.pipeline.plotting import decades, round_steps

    assert round_steps(0, 1.05) == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    assert round_steps(-102, 4) == pytest.approx([-100, -80, -60, -40, -20, 0])
    assert decades(8, 8000)[:4] == pytest.approx([10, 20, 50, 100])
    for low, high in ((0, 1e-3), (-3, 7e9), (0.2, 0.3)):
        steps = round_steps(low, high)
        assert 2 <= len(steps) <= 10
        assert low <= steps[0] + 1e-12
        assert steps[-1] <= high + 1e-12


def test_stand_in_for_a_model_is_said(mote, pipeline):
    stages = [*copy.deepcopy(SPEECH["stages"][:-1]), {"type": "toModel"}]
    result = mote("pipeline", "plan", pipeline(stages), "--no-cycles")
    if result.code == 4:
        pytest.skip("this core has no toModel")
    assert "scale of its input is assumed to be 1/16" in result.out


@pytest.mark.parametrize("seeds", [range(start, start + 20) for start in range(0, 80, 20)], ids=str)
def test_any_chain_that_is_taken_has_a_plan_and_a_page(seeds, pipeline):
    from moteforge.boards import get_board
    from moteforge.pipeline.check import examine
    from moteforge.pipeline.page import page
    from moteforge.pipeline.plan import describe

    taken = 0
    for seed in seeds:
        found = examine(pipeline(**chain(seed)))
        if found.refusal is not None:
            assert found.refusal.startswith("stage "), found.refusal
            continue
        taken += 1
        plan = describe(found, get_board("rpi_pico"), measured=False)
        parts = plan["memory"]["state"]
        assert sum(parts.values()) == len(found.frontend.state)
        assert min(parts.values()) >= 0
        rows = plan["stages"]
        assert min(row[key] for row in rows for key in ("state_bytes", "tables_bytes")) >= 0
        made = Page(page(found, plan))
        assert made.open == []
        assert not [a["d"] for a in curves(made) if re.search("nan|inf", a["d"])]
    assert taken > 5
