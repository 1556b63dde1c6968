# SPDX-License-Identifier: Apache-2.0
"""`mote inspect`, and run and replay on this computer: the keyword example, and bad files."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "keyword"
MODEL = EXAMPLE / "keyword.tflite"
PIPELINE = EXAMPLE / "keyword.pipeline.json"
CLIP = EXAMPLE / "clips" / "yes_no.wav"


@pytest.fixture
def unsupported(tmp_path):
    """The keyword model with one operator's code replaced by one that no build has (SIN, 66)."""
    from moteforge import Model

    data = bytearray(MODEL.read_bytes())
    softmax = 25
    hits = [at for at in range(len(data) - 8) if data[at] == softmax]
    for at in hits:
        changed = bytearray(data)
        changed[at] = 66
        path = tmp_path / "sin.tflite"
        path.write_bytes(changed)
        try:
            Model(bytes(changed))
        except ValueError as error:
            if str(error).startswith("SIN"):
                return path
    pytest.fail("no byte of the model is SOFTMAX's code")


def write_wav(path: Path, samples=16000, rate=16000, channels=1, width=2) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(bytes(samples * channels * width))
    return path


# ---- inspect


def test_inspect(mote):
    from moteforge import Model

    result = mote("inspect", MODEL, "--json")
    report = result.json()
    assert result.code == 0
    assert report["schema"] == "moteforge.inspect/1"
    assert report["supported"] is True
    assert report["arena_bytes"] == Model(str(MODEL)).arena_bytes
    assert report["file_bytes"] == MODEL.stat().st_size
    assert sum(report["operator_counts"].values()) == len(report["operators"])
    assert report["fits"]["rpi_pico"]["fits"] is True


def test_inspect_for_one_board(mote):
    report = mote("inspect", MODEL, "--board", "esp32", "--json").json()
    assert list(report["fits"]) == ["esp32"]
    assert mote("inspect", MODEL, "--board", "none").code == 2


def test_inspect_as_text(mote):
    text = mote("inspect", MODEL).out
    assert "multiply-accumulates" in text
    assert "rpi_pico" in text
    assert "\x1b" not in text


@pytest.mark.parametrize("kind", ["truncated", "random", "empty"])
def test_refused_files(mote, tmp_path, kind):
    data = {
        "truncated": MODEL.read_bytes()[:3000],
        "random": np.random.default_rng(5).bytes(4000),
        "empty": b"",
    }[kind]
    path = tmp_path / f"{kind}.tflite"
    path.write_bytes(data)
    result = mote("inspect", path, "--json")
    assert result.code == 4
    assert result.json()["supported"] is False
    assert result.json()["refusal"]
    assert (result.json()["refusal"] == "the file is empty") == (kind == "empty")
    assert result.json()["arena_bytes"] is None
    np.save(tmp_path / "x.npy", np.zeros(4, np.int8))
    for verb in (("run", path, tmp_path / "x.npy"), ("replay", PIPELINE, CLIP, "--model", path)):
        refused = mote(*verb, "--host")
        assert refused.code == 4
        assert f"{path} is refused" in refused.err
        assert ("the file is empty" in refused.err) == (kind == "empty")
        assert "operator" not in refused.err.splitlines()[1]
        assert refused.out == ""


def test_unsupported_operator_is_named(mote, unsupported):
    result = mote("inspect", unsupported)
    assert result.code == 4
    assert "refused: SIN (operator" in result.out
    report = mote("inspect", unsupported, "--json").json()
    bad = [op for op in report["operators"] if not op["supported"]]
    assert [op["name"] for op in bad] == ["SIN"]
    assert str(bad[0]["index"]) in report["refusal"]


@pytest.mark.parametrize("verb", ["inspect", "run", "replay"])
def test_missing_files(mote, verb):
    arguments = {"inspect": ("no.tflite",), "run": ("no.tflite", "x.npy"), "replay": ("p", "r")}
    result = mote(verb, *arguments[verb])
    assert result.code == 2
    assert "cannot read" in result.err


# ---- run


@pytest.fixture
def frame(tmp_path):
    """An input of the keyword model, as a file."""
    from moteforge import Model

    info = Model(str(MODEL)).inputs[0]
    data = np.random.default_rng(1).integers(-128, 128, info.shape).astype(np.int8)
    np.save(tmp_path / "frame.npy", data)
    return tmp_path / "frame.npy"


def test_run(mote, frame, tmp_path):
    from moteforge import Model

    out = tmp_path / "out.npy"
    document = mote("run", MODEL, frame, "--host", "--json", "--output", out).json()
    want = Model(str(MODEL)).run(np.load(frame))[0]
    assert document["outputs"][0]["quantized"] == want.ravel().tolist()
    assert document["outputs"][0]["top"] == int(want.argmax())
    assert document["emulated"] is False
    assert np.array_equal(np.load(out), want)
    assert np.load(out).dtype == np.int8


def test_run_quantizes_floats(mote, frame, tmp_path):
    from moteforge import Model

    info = Model(str(MODEL)).inputs[0]
    real = (np.load(frame).astype(np.float64) - info.zero_point) * info.scale
    np.save(tmp_path / "real.npy", real)
    a = mote("run", MODEL, frame, "--host", "--json").json()["outputs"]
    b = mote("run", MODEL, tmp_path / "real.npy", "--host", "--json").json()["outputs"]
    assert a == b


def test_run_takes_a_flat_array(mote, frame, tmp_path):
    np.save(tmp_path / "flat.npy", np.load(frame).ravel())
    assert mote("run", MODEL, tmp_path / "flat.npy", "--host").code == 0


@pytest.mark.parametrize(
    ("array", "said"),
    [(np.zeros((3, 4), np.int8), "has shape (3, 4)"), (np.zeros(7, np.float32), "has shape (7,)"),
     (np.zeros(1960, np.int32), "is int32"), (np.full(1960, np.nan), "not finite"),
     (np.array(["a"]), "no array of numbers")],
)  # fmt: skip
def test_wrong_input(mote, tmp_path, array, said):
    np.save(tmp_path / "x.npy", array)
    result = mote("run", MODEL, tmp_path / "x.npy", "--host", "--output", tmp_path / "o.npy")
    assert result.code == 2
    assert said in result.err
    assert not (tmp_path / "o.npy").exists()


@pytest.mark.parametrize(
    ("shape", "remedy"),
    [((489,), "Save 490 values, one input of shape (1, 49, 10, 1); there are 489."),
     ((3, 49, 10, 1), "These are 3 inputs: give one at a time, or all of them to --check."),
     ((10, 49), "Reshape the array to (1, 49, 10, 1), axes in this order."),
     ((), "Save 490 values, one input of shape (1, 49, 10, 1); there is 1.")],
)  # fmt: skip
def test_remedies_of_wrong_shapes(shape, remedy):
    from moteforge.modelfile import shape_remedy

    assert shape_remedy((1, 49, 10, 1), shape) == remedy


def test_input_that_is_no_array(mote, tmp_path, frame):
    (tmp_path / "x.npy").write_bytes(b"hello")
    assert mote("run", MODEL, tmp_path / "x.npy", "--host").code == 2
    (tmp_path / "cut.npy").write_bytes(frame.read_bytes()[:200])
    result = mote("run", MODEL, tmp_path / "cut.npy", "--host")
    assert result.code == 2
    assert "damaged" in result.err


def test_wrong_number_of_inputs_and_output_name(mote, frame, tmp_path):
    assert "has 1 input, 2 files given" in mote("run", MODEL, frame, frame, "--host").err
    result = mote("run", MODEL, frame, "--host", "--output", tmp_path / "o.txt")
    assert result.code == 2
    assert ".npy" in result.err


@pytest.mark.parametrize(
    ("name", "said"),
    [("o.txt", ".npy file"), ("no/o.npy", "there is no folder"), ("d.npy", "is a folder")],
)
def test_output_is_checked_before_the_inference(mote, frame, tmp_path, monkeypatch, name, said):
    (tmp_path / "d.npy").mkdir()
    monkeypatch.setattr("moteforge.inference.on_host", None)
    result = mote("run", MODEL, frame, "--host", "--output", tmp_path / name)
    assert result.code == 2
    assert said in result.err
    assert "name" in result.err.splitlines()[1].lower()


def test_output_that_fails_leaves_nothing(mote, frame, tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    folder = tmp_path / "out"
    folder.mkdir()
    monkeypatch.setattr("numpy.save", full)
    result = mote("run", MODEL, frame, "--host", "--output", folder / "o.npy")
    assert result.code == 2
    assert "No space left on device" in result.err
    assert list(folder.iterdir()) == []


# ---- replay


def test_replay_decides(mote):
    document = mote("replay", PIPELINE, CLIP, "--host", "--json").json()
    assert document["schema"] == "moteforge.replay/1"
    assert [row["label"] for row in document["decisions"]] == ["yes", "no"]
    expected = json.loads((CLIP.parent / "expected.json").read_text())[CLIP.name]
    assert len(expected) == 2
    for row, word in zip(document["decisions"], expected, strict=True):
        assert word["startMs"] < row["time_ms"] < word["endMs"] + 1000
        assert 0 < row["score"] <= 1
    assert document["frames"] == 1 + (document["samples"] - 480) // 320
    assert document["overruns"] == 0


def test_blocks_do_not_matter(mote):
    crcs, scores = set(), []
    for block in (1, 37, 512, 16384):
        document = mote("replay", PIPELINE, CLIP, "--host", "--json", "--block", block).json()
        crcs.add(json.dumps(document["crc32"]))
        scores.append([row["scores"] for row in document["inferences"]])
    assert len(crcs) == 1
    assert all(other == scores[0] for other in scores)


def test_crc_is_of_the_features(mote):
    """The checksum of the account is that of the front end's own frames."""
    import binascii

    from moteforge import Frontend
    from moteforge.recording import read_wav

    frames = Frontend(str(PIPELINE)).push(read_wav(CLIP)[0])
    document = mote("replay", PIPELINE, CLIP, "--host", "--json").json()
    assert document["crc32"]["features"] == f"{binascii.crc32(frames.tobytes()):08x}"


def test_replay_as_text(mote):
    out = mote("replay", PIPELINE, CLIP, "--host").out
    first, second, *rest = out.splitlines()
    assert first.split()[2] == "yes"
    assert second.split()[2] == "no"
    assert "this computer" in "".join(rest)
    assert "emulated" not in out


@pytest.mark.parametrize(
    ("options", "said"),
    [({"rate": 8000}, "8000 samples a second, the pipeline takes 16000"),
     ({"channels": 2}, "2 channel(s)"), ({"width": 1}, "of 8 bits"),
     ({"samples": 0}, "no samples")],
)  # fmt: skip
def test_recording_that_does_not_fit(mote, tmp_path, options, said):
    path = write_wav(tmp_path / "x.wav", **options)
    result = mote("replay", PIPELINE, path, "--host")
    assert result.code == 2
    assert said in result.err


@pytest.mark.parametrize("data", [b"", b"RIFF", CLIP.read_bytes()[:30], b"\x00" * 100])
def test_recording_that_is_none(mote, tmp_path, data):
    path = tmp_path / "x.wav"
    path.write_bytes(data)
    result = mote("replay", PIPELINE, path, "--host")
    assert result.code == 2
    reason = result.err.splitlines()[0].split("no PCM WAV file: ")[1]
    assert reason == f"it has {len(data)} bytes" or len(data) == 100


@pytest.mark.parametrize("missing", [1, 1000])
def test_recording_that_is_cut_off(mote, tmp_path, missing):
    data = CLIP.read_bytes()
    path = tmp_path / "x.wav"
    path.write_bytes(data[:-missing])
    result = mote("replay", PIPELINE, path, "--host")
    assert result.code == 2
    promised = len(data) - 44
    assert f"promises {promised} bytes of samples, {promised - missing} are there" in result.err


def test_recording_shorter_than_a_window(mote, tmp_path):
    result = mote("replay", PIPELINE, write_wav(tmp_path / "x.wav", 100), "--host")
    assert result.code == 0
    assert "no decision" in result.out
    assert "shorter than one window of 480 samples" in result.out


def test_recording_shorter_than_an_inference(mote, tmp_path):
    result = mote("replay", PIPELINE, write_wav(tmp_path / "x.wav", 2000), "--host")
    assert result.code == 0
    assert "too short for one inference" in result.out


@pytest.mark.parametrize(
    ("change", "said"),
    [({"hopLength": 0}, "hopLength"), ({"labels": ["a"]}, "labels"), ({"colour": 1}, "colour"),
     ({"sampleRate": None}, "sampleRate"), ({"model": 3}, "model is 3")],
)  # fmt: skip
def test_wrong_pipeline(mote, tmp_path, change, said):
    config = {**json.loads(PIPELINE.read_text()), "model": str(MODEL), **change}
    path = tmp_path / "x.pipeline.json"
    path.write_text(json.dumps(config))
    result = mote("replay", path, CLIP, "--host")
    assert result.code == 2
    assert said in result.err


@pytest.mark.parametrize("text", ["{", "[1]", "\x00"])
def test_pipeline_that_is_none(mote, tmp_path, text):
    path = tmp_path / "x.pipeline.json"
    path.write_text(text)
    assert mote("replay", path, CLIP, "--host").code == 2


# ---- what `mote demo` decides by


def test_accounts_differ_in_any_bit():
    from dataclasses import replace

    from moteforge.replay import Account, decision_row, inference_row

    row = inference_row(980, [1, -2], 10, 20)
    base = Account([decision_row(980, "yes", 900_000)], [row], 49, 1, 1, 0, 7, 8)
    assert base.same_as(replace(base, features_us=99, features_max_us=99))
    assert base.same_as(replace(base, inferences=[{**row, "inference_us": 5}]))
    for change in (
        {"decisions": []},
        {"frames": 48},
        {"features_crc": 6},
        {"scores_crc": 9},
        {"inferences": [{**row, "scores": [1, -3]}]},
        {"inferences": [{**row, "time_ms": 981}]},
    ):
        assert not base.same_as(replace(base, **change)), change


def test_demo_fails_where_board_and_computer_differ(mote, monkeypatch):
    """The verb ends with 1 when the story says that they differ."""
    from moteforge.verbs.demo import Story

    monkeypatch.setattr(Story, "tell", lambda *arguments: {"identical": False})
    result = mote("demo")
    assert result.code == 1
    assert "board and computer differ" in result.err
