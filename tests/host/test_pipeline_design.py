# SPDX-License-Identifier: Apache-2.0
"""`mote pipeline design`: integer sections into the file, and nothing else changed."""

from __future__ import annotations

import json
import math
import os

import numpy as np
import pytest
from test_plan import Page

MOTION = {
    "format": 1, "name": "motion \u00e9", "sampleRate": 400, "channels": 3, "bufferSize": 4096,
    "windowSize": 512, "hopLength": 256,
    "stages": [
        {"type": "dcRemoval", "cutoffHz": 0.5},
        {"design": "lowpass 40 Hz", "type": "biquad", "order": 6},
        {"type": "decimate", "factor": 4},
        {"type": "biquad", "design": "highpass 1 Hz", "order": 2},
        {"type": "statistics", "values": ["rms", "kurtosis"]},
    ],
    "labels": ["rest", "walk"],
}  # fmt: skip
DESIGNS = {
    2: ("lowpass", 40, 400, 6),
    4: ("highpass", 1, 100, 2),
}  # of stage: kind, Hz, rate, order


@pytest.fixture
def motion(tmp_path):
    path = tmp_path / "motion.pipeline.json"
    path.write_text(json.dumps(MOTION), "utf-8")
    return path


def test_sections_are_added_and_nothing_else(mote, motion):
    result = mote("pipeline", "design", motion, "--json")
    assert result.code == 0
    report = result.json()
    assert report["schema"] == "moteforge.pipeline-design/1"
    assert report["written"] is True
    assert [row["stage"] for row in report["filters"]] == [2, 4]
    made = json.loads(motion.read_text("utf-8"))
    assert list(made) == list(MOTION)
    assert list(made["stages"][1]) == ["design", "type", "order", "sections"]
    for row in report["filters"]:
        stage = made["stages"][row["stage"] - 1]
        assert stage.pop("sections") == row["sections"]
        assert row["rate"] == DESIGNS[row["stage"]][2]
    assert made == MOTION


def test_sections_are_the_filters_asked_for(mote, motion):
    """Gain against Butterworth's formula, bilinear with the corner kept."""
    for row in mote("pipeline", "design", motion, "--json").json()["filters"]:
        kind, corner, rate, order = DESIGNS[row["stage"]]
        sections = np.asarray(row["sections"], float) / (1 << 28)
        assert len(sections) == order / 2
        for f in (corner / 8, corner / 2, corner, corner * 1.5, corner * 4):
            z = np.exp(-2j * math.pi * f / rate)
            gain = np.prod([(b0 + b1 * z + b2 * z * z) / (1 + a1 * z + a2 * z * z)
                            for b0, b1, b2, a1, a2 in sections])  # fmt: skip
            ratio = math.tan(math.pi * f / rate) / math.tan(math.pi * corner / rate)
            ratio = ratio if kind == "lowpass" else 1 / ratio
            assert abs(gain) == pytest.approx(1 / math.sqrt(1 + ratio ** (2 * order)), abs=1e-3)


def test_a_board_takes_what_was_designed(mote, motion):
    from moteforge import onpc  # noqa: F401
    from moteforge.mote.frontend import Frontend  # the board's own, which designs nothing

    with pytest.raises(ValueError, match="mote pipeline design FILE"):
        Frontend(str(motion))
    out = mote("pipeline", "check", motion).out
    assert "stage 2, 4: no sections, which a board wants: mote pipeline design" in out
    assert mote("pipeline", "design", motion).code == 0
    assert Frontend(str(motion)).values == 6
    report = mote("pipeline", "check", motion, "--json").json()
    assert (report["accepted"], report["designed"]) == (True, [])


def test_a_second_time_changes_nothing(mote, motion):
    mote("pipeline", "design", motion)
    before = os.stat(motion).st_mtime_ns, motion.read_bytes()
    result = mote("pipeline", "design", motion)
    assert result.out.count("as they were") == 2
    assert "written" not in result.out
    assert (os.stat(motion).st_mtime_ns, motion.read_bytes()) == before


def test_a_changed_design_is_made_anew(mote, motion):
    mote("pipeline", "design", motion)
    config = json.loads(motion.read_text("utf-8"))
    old = config["stages"][1]["sections"]
    config["stages"][1]["design"] = "lowpass 30 Hz"
    motion.write_text(json.dumps(config), "utf-8")
    refused = mote("pipeline", "check", motion)
    assert refused.code == 4
    assert "sections are not those of design 'lowpass 30 Hz'" in refused.out
    rows = mote("pipeline", "design", motion, "--json").json()["filters"]
    assert [row["changed"] for row in rows] == [True, False]
    assert json.loads(motion.read_text("utf-8"))["stages"][1]["sections"] != old
    assert mote("pipeline", "check", motion).code == 0


def test_another_file(mote, motion, tmp_path):
    before, out = motion.read_bytes(), tmp_path / "out.json"
    assert mote("pipeline", "design", motion, "-o", out).code == 0
    assert motion.read_bytes() == before
    assert "sections" in json.loads(out.read_text("utf-8"))["stages"][1]
    assert mote("pipeline", "design", motion, "-o", motion).code == 2
    assert mote("pipeline", "design", motion, "-o", tmp_path).code == 2


def test_dry_run_writes_nothing(mote, motion):
    before = motion.read_bytes()
    report = mote("pipeline", "design", motion, "--dry-run", "--json").json()
    assert report["written"] is False
    assert report["filters"][0]["changed"] is True
    assert motion.read_bytes() == before


WRONG = {
    "above half the rate": ("lowpass 200 Hz", "200 Hz"),
    "no filter": ("quiet please", "lowpass 800 Hz"),
    "no text": (5, "lowpass 800 Hz"),
    "too low": ("bandpass 0.0001-0.0002 Hz", "28 fraction bits"),
}


@pytest.mark.parametrize("what", WRONG)
def test_designs_that_cannot_be(mote, motion, what):
    design, part = WRONG[what]
    config = json.loads(motion.read_text("utf-8"))
    config["stages"][1]["design"] = design
    motion.write_text(json.dumps(config), "utf-8")
    before = motion.read_bytes()
    result = mote("pipeline", "design", motion, "--json")
    assert result.code == 4
    assert "stage 2 (biquad): design is" in result.json()["error"]
    assert part in result.json()["error"]
    assert motion.read_bytes() == before
    checked = mote("pipeline", "check", motion, "--json")
    assert checked.code == 4
    assert checked.json()["refusal"] in result.json()["error"]


def test_a_file_that_is_wrong_elsewhere_is_left_alone(mote, motion):
    config = json.loads(motion.read_text("utf-8"))
    config["stages"][2]["factor"] = "4"
    motion.write_text(json.dumps(config), "utf-8")
    result = mote("pipeline", "design", motion)
    assert result.code == 4
    assert "stage 3 (decimate).factor" in result.err
    assert json.loads(motion.read_text("utf-8")) == config


def test_nothing_to_design(mote, tmp_path):
    path = tmp_path / "x.json"
    path.write_text(json.dumps({**MOTION, "stages": []}), "utf-8")
    before = path.read_bytes()
    assert "no filter here has a design" in mote("pipeline", "design", path).out
    assert path.read_bytes() == before


def test_lines_of_a_written_file_are_short(mote, motion):
    mote("pipeline", "design", motion)
    text = motion.read_text("utf-8")
    assert "motion \u00e9" in text
    assert text.endswith("}\n")
    assert max(map(len, text.splitlines())) <= 120
    assert '    {"type": "dcRemoval", "cutoffHz": 0.5},' in text.splitlines()


# ---- what the plan shows of it


def test_filters_are_drawn(mote, motion, tmp_path):
    out = tmp_path / "chain.html"
    assert mote("pipeline", "plan", motion, "--no-cycles", "--html", out).code == 0
    page = Page(out.read_text("utf-8"))
    assert page.open == []
    figures = [a["id"] for tag, a in page.tags if tag == "figure"]
    assert figures == ["plot1", "plot2", "plot3", "plot4"]
    paths = [a for tag, a in page.tags if tag == "path" and a["class"].startswith("curve")]
    assert len(paths) == 4
    words = [text for _, text in page.texts]
    assert any("biquad, lowpass 40 Hz, 3 sections" in text for text in words)
    assert "half the new rate" in words


def test_filters_remember_and_statistics_do_not(mote, motion):
    rows = mote("pipeline", "plan", motion, "--no-cycles", "--json").json()["stages"]
    kept = {row["index"]: row["state_bytes"] for row in rows if row["state_bytes"]}
    assert list(kept) == [1, 2, 3, 4]
    assert kept[3] == 3 * 4 * 8 * 2  # of three axes, the samples under factor x taps coefficients
    assert rows[3]["rate"] == 100
    assert [row["lanes"] for row in rows] == [3] * 6
    assert rows[5]["appended"] == 2


def plots_of(path) -> dict:
    from moteforge.pipeline.check import examine
    from moteforge.pipeline.responses import plots

    return {plot.stage: plot for plot in plots(examine(path))}


def test_a_narrow_notch_is_seen(mote, motion):
    config = json.loads(motion.read_text("utf-8"))
    config["stages"][1] = {"type": "biquad", "design": "notch 50 Hz", "q": 500}
    motion.write_text(json.dumps(config), "utf-8")
    curve = plots_of(motion)[2].curves[0]
    assert curve.y.min() < -60
    assert curve.x[curve.y.argmin()] == pytest.approx(50, abs=0.01)
    assert curve.y[np.abs(curve.x - 50) > 5] == pytest.approx(0, abs=0.1)


def test_curves_are_the_cores_gain(motion):
    """Tones through the core itself, its filters one by one, against the curves."""
    from moteforge import Frontend
    from moteforge.pipeline.check import examine

    stages = examine(motion).resolved["stages"]
    plots = plots_of(motion)
    for index in (1, 2, 4):
        rate = 400 if index < 3 else 100
        config = {**MOTION, "sampleRate": rate, "channels": 1, "windowSize": 4000, "hopLength": 4000,
                  "stages": [stages[index - 1]]}  # fmt: skip
        del config["labels"]
        curve = plots[index].curves[0]
        for f in (rate / 200, rate / 40, rate / 10, rate / 4):
            tone = 20000 * np.sin(2 * np.pi * f * np.arange(8000) / rate)
            out = Frontend(config).push(tone.astype(np.int16))[1].astype(float)
            given = np.sqrt(2 * np.mean(out**2)) / 20000
            want = 10 ** (np.interp(np.log(f), np.log(curve.x), curve.y) / 20)
            assert given == pytest.approx(want, abs=2e-3), (index, f)


def test_decimations_taps_are_the_cores(motion):
    from moteforge import Frontend
    from moteforge.pipeline.responses import taps_of

    taps = taps_of({"type": "decimate", "factor": 4, "taps": 8})
    assert len(taps) == 32
    assert taps.sum() == 1 << 15
    assert (taps == taps[::-1]).all()
    noise = np.random.default_rng(3).integers(-9000, 9000, 512).astype(np.int16)
    config = {**MOTION, "channels": 1, "stages": [{"type": "decimate", "factor": 4}]}
    out = Frontend(config).push(noise)[0]
    want = np.convolve(noise.astype(np.int64), taps)[3:512:4]
    assert (out == (want + (1 << 14)) >> 15).all()
