# SPDX-License-Identifier: Apache-2.0
"""The committed keyword model, its pipeline and its clips, and whether training still runs."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from moteforge import Frontend, Model, Pipeline
from moteforge.inspect import inspect

HERE = Path(__file__).resolve().parent
MODEL = HERE / "keyword.tflite"
PIPELINE = HERE / "keyword.pipeline.json"
CLIPS = HERE / "clips"
EXPECTED = json.loads((CLIPS / "expected.json").read_text())
CONFIG = json.loads(PIPELINE.read_text())
SHARED = Path(os.environ.get("MOTE_SHARED", HERE.parents[2] / "shared"))
ALLOWED = {
    "CONV_2D",
    "DEPTHWISE_CONV_2D",
    "FULLY_CONNECTED",
    "AVERAGE_POOL_2D",
    "ADD",
    "SOFTMAX",
    "RESHAPE",
}
FRAMES = CONFIG["decision"]["frames"]
GRACE_MS = 700  # the window that holds the whole word may end this long after it


def read(path: Path) -> np.ndarray:
    """A 16 kHz mono recording as int16."""
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16000)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


def decide(samples: np.ndarray, block: int = 512) -> list:
    """All decisions of the committed pipeline on a recording that arrives in blocks."""
    pipeline = Pipeline(PIPELINE)
    made = []
    for at in range(0, len(samples), block):
        made += pipeline.push(samples[at : at + block])
    return made


@pytest.mark.parametrize("clip", sorted(EXPECTED))
def test_clip_gives_its_keywords_in_time_and_nothing_else(clip):
    made = decide(read(CLIPS / clip))
    keywords = [e for e in EXPECTED[clip] if e["label"] not in CONFIG["decision"]["ignore"]]
    assert [d.label for d in made] == [e["label"] for e in keywords]
    for decision, event in zip(made, keywords, strict=True):
        assert event["startMs"] < decision.time_ms <= event["endMs"] + GRACE_MS


def test_clips_hold_every_keyword_and_one_has_none():
    said = {e["label"] for events in EXPECTED.values() for e in events}
    assert said >= set(CONFIG["labels"]) - {"silence"}
    assert any(all(e["label"] == "unknown" for e in events) for events in EXPECTED.values())


def test_clips_are_few_and_small():
    assert {p.name for p in CLIPS.glob("*.wav")} == set(EXPECTED)
    assert sum(p.stat().st_size for p in CLIPS.glob("*.wav")) < 400_000


def test_silence_gives_no_decision():
    assert decide(np.zeros(16000 * 5, np.int16)) == []


@pytest.mark.parametrize("block", [1, 320, 2047])
def test_decisions_do_not_depend_on_the_block_size(block):
    samples = read(CLIPS / "yes_no.wav")
    assert decide(samples, block) == decide(samples)


def test_every_window_of_every_clip_equals_tflm():
    runtime = pytest.importorskip("tflite_micro").runtime
    content = MODEL.read_bytes()
    reference = runtime.Interpreter.from_bytes(content, arena_size=1 << 20)
    model, frontend = Model(content), Frontend(CONFIG)
    compared = 0
    for clip in EXPECTED:
        frontend.reset()
        features = frontend.push(read(CLIPS / clip))
        for at in range(len(features) - FRAMES + 1):
            image = features[at : at + FRAMES].reshape(model.inputs[0].shape)
            reference.set_input(image, 0)
            reference.invoke()
            np.testing.assert_array_equal(model.run(image)[0], reference.get_output(0))
            compared += 1
    assert compared > 300


def test_model_is_small_and_uses_simple_operators_only():
    report = inspect(str(MODEL))
    assert report["supported"], report["refusal"]
    assert {operator["name"] for operator in report["operators"]} <= ALLOWED
    assert MODEL.stat().st_size < 30_000
    assert report["macs"] < 1_500_000
    assert report["arena_bytes"] < 8192


def test_model_takes_the_features_without_another_quantization():
    info = Model(MODEL).inputs[0]
    assert (info.dtype, tuple(info.shape)) == ("int8", (1, 49, 40, 1))
    assert (info.scale, info.zero_point) == (1 / 256, -128)


def test_pipeline_has_a_label_for_each_output():
    assert CONFIG["model"] == MODEL.name
    assert Model(MODEL).outputs[0].shape[-1] == len(CONFIG["labels"])
    assert CONFIG["decision"]["ignore"] == ["silence", "unknown"]


@pytest.mark.parametrize("word", ["yes", "no"])
def test_real_recording_is_recognised(word):
    path = SHARED / "data" / "speech" / f"{word}_1000ms.wav"
    if not path.exists():
        pytest.skip(f"{path} is not there; MOTE_SHARED names the directory")
    pause = np.zeros(16000, np.int16)
    made = decide(np.concatenate([pause, read(path), pause]))
    assert [decision.label for decision in made] == [word]


def test_readme_states_the_measured_figures():
    readme = (HERE / "README.md").read_text()
    results = json.loads((HERE / "results.json").read_text())["test"]["streaming"]
    for kind, recall in results["recall"].items():
        assert f"{100 * recall:.1f} %" in readme, kind
    for kind, alarms in results["falseAlarmsPerHour"].items():
        assert f"{alarms:.1f}" in readme, kind
    assert f"{MODEL.stat().st_size:,} bytes" in readme
    assert f"{inspect(str(MODEL))['macs']:,} multiplications" in readme


def test_training_names_what_is_missing(tmp_path):
    environment = {**os.environ, "PATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, str(HERE / "train.py"), "--quick", "--output", str(tmp_path / "out")],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
        check=False,
    )
    assert done.returncode == 1
    assert "apt-get install espeak-ng" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.timeout(600)
def test_training_makes_the_same_model_twice(tmp_path):
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed (apt-get install espeak-ng)")
    if importlib.util.find_spec("tensorflow") is None:
        pytest.skip('tensorflow is not installed (pip install -e ".[train]")')
    made = []
    for name in ("first", "second"):
        command = [
            sys.executable,
            str(HERE / "train.py"),
            "--quick",
            "--output",
            str(tmp_path / name),
        ]
        subprocess.run(command, capture_output=True, timeout=280, check=True)
        made.append((tmp_path / name / "keyword.tflite").read_bytes())
        inspected = inspect(str(tmp_path / name / "keyword.tflite"))
        assert {operator["name"] for operator in inspected["operators"]} <= ALLOWED
    assert made[0] == made[1]
    for clip in EXPECTED:
        assert (tmp_path / "first" / "clips" / clip).read_bytes() == (CLIPS / clip).read_bytes()
