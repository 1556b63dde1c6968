# SPDX-License-Identifier: Apache-2.0
"""Features for training: whole recordings, windows with labels, tf.data; the frames of the chain, none across a gap."""

from __future__ import annotations

import json
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from moteforge import Frontend, features
from moteforge.design import resolve
from moteforge.errors import UsageError

CONFIG = Path(__file__).parents[1] / "data" / "micro_speech.pipeline.json"
KEYWORD = Path(__file__).parents[2] / "examples" / "keyword" / "keyword.pipeline.json"
WINDOW, HOP, VALUES, RATE = 480, 320, 40, 16000


def config(stages: int | None = None, **keys) -> dict:
    """The micro_speech pipeline or its first stages, with other keys."""
    made = {**json.loads(CONFIG.read_text()), **keys}
    made["stages"] = made["stages"][:stages]
    return made


def noise(count: int, seed: int = 1, channels: int | None = None) -> np.ndarray:
    shape = (count,) if channels is None else (count, channels)
    return np.random.default_rng(seed).integers(-32768, 32768, shape).astype(np.int16)


def samples_of(count: int) -> int:
    """How many samples give that many frames."""
    return WINDOW + (count - 1) * HOP


def by_pieces(chain: Frontend, samples: np.ndarray, piece: int) -> np.ndarray:
    """The frames of samples that come piece by piece, one frame at a time."""
    found = []
    for at in range(0, len(samples), piece):
        chain.push(samples[at : at + piece], lambda frame: found.append(bytes(frame)))
    return np.frombuffer(b"".join(found), chain.typecode).reshape(-1, chain.values)


def write_wav(path: Path, samples: np.ndarray, rate: int = RATE) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1] if samples.ndim > 1 else 1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


# ---- whole recordings


@pytest.mark.parametrize("piece", [1, 7, 160, 5000])
@pytest.mark.parametrize("stages", [2, 4, None])
def test_a_whole_recording_gives_the_frames_of_its_pieces(stages, piece):
    samples = noise(samples_of(8) + 17)
    whole = Frontend(config(stages)).push(samples)
    assert len(whole) == 8
    pieces = by_pieces(Frontend(config(stages)), samples, piece)
    assert whole.dtype == pieces.dtype
    assert whole.tobytes() == pieces.tobytes()


def test_frames_of_many_blocks(monkeypatch):
    """More frames than one call computes."""
    samples = noise(samples_of(50))
    expected = Frontend(CONFIG).push(samples)
    for size in (1, VALUES, 10 * VALUES, 49 * VALUES, 50 * VALUES):
        monkeypatch.setattr("moteforge.signal.BLOCK_BYTES", size)
        assert np.array_equal(Frontend(CONFIG).push(samples), expected)
    assert expected.shape == (50, VALUES)


def test_a_push_goes_on_where_the_last_ended():
    chain, samples = Frontend(CONFIG), noise(samples_of(30))
    parts = [chain.push(part) for part in np.split(samples, [100, 5000, 5001])]
    assert [len(part) for part in parts[:1]] == [0]
    assert np.array_equal(np.concatenate(parts), Frontend(CONFIG).push(samples))


def test_all_samples_are_taken_after_an_overrun():
    """A ring that is full to begin with leaves no room for the first of them."""
    chain, samples = Frontend(CONFIG), noise(samples_of(12))
    chain.ring.push(noise(3 * chain.ring.size, 2))
    chain.push(samples)
    assert chain.ring.written == 3 * chain.ring.size + len(samples)
    assert chain.ring.lost == 2 * chain.ring.size
    called = Frontend(CONFIG)
    called.ring.push(noise(3 * chain.ring.size, 2))
    called.push(samples, lambda frame: None)
    assert called.ring.written == chain.ring.written


@pytest.mark.parametrize(
    ("shape", "said"),
    [((960, 2), "samples have shape"), ((10, 480, 1), "samples have shape"), ((), "shape")],
)
def test_shapes_that_are_refused(shape, said):
    with pytest.raises(ValueError, match=said):
        Frontend(CONFIG).push(np.zeros(shape, np.int16))


def test_a_column_is_one_channel():
    samples = noise(samples_of(3))
    column = Frontend(CONFIG).push(samples.reshape(-1, 1))
    assert np.array_equal(column, Frontend(CONFIG).push(samples))


def test_instants_are_rows():
    made = config(2, channels=2, bufferSize=1024)
    samples = noise(samples_of(5), channels=2)
    frames = Frontend(made).push(samples)
    assert frames.shape[0] == 5
    assert np.array_equal(frames, Frontend(made).push(samples.reshape(-1)))
    one = Frontend(config(2)).push(samples[:, 1])
    assert np.array_equal(frames[:, frames.shape[1] // 2 :], one)


def test_floats():
    chain = Frontend(config(7))  # up to log, whose outputScale is 64
    found = chain.push(noise(samples_of(2)))
    floats = chain.dequantize(found)
    assert floats.dtype == np.float32
    assert np.array_equal(floats * np.float32(64), found)
    assert found.any()
    with pytest.raises(ValueError, match="no unit that is known"):
        Frontend(CONFIG).dequantize(found)


def test_filters_are_designed():
    made = config(2, sampleRate=100)
    made["stages"] = [{"type": "biquad", "design": "lowpass 20 Hz"}, *made["stages"][:1]]
    samples = noise(samples_of(3))
    frames = Frontend(made).push(samples)
    assert "sections" not in made["stages"][0]
    assert np.array_equal(frames, Frontend(resolve(made)).push(samples))
    assert not np.array_equal(frames, Frontend(config(1)).push(samples))
    made["stages"][0]["design"] = "lowpass 60 Hz"
    with pytest.raises(ValueError, match="half the sample rate there, 50 Hz"):
        Frontend(made)


def test_a_replay_gives_a_board_designed_filters_and_whole_instants(tmp_path):
    """The command's own job: what it stages for a board has coefficients and interleaved samples."""
    from moteforge.replay import prepare, staged

    made = json.loads(KEYWORD.read_text("utf-8"))
    filtered = {"type": "biquad", "design": "lowpass 3000 Hz"}
    merged = {"type": "vectorMagnitude"}
    made.update(channels=2, bufferSize=1024, model=str(KEYWORD.parent / made["model"]))
    made["stages"] = [filtered, merged, *made["stages"]]
    path = tmp_path / "two.pipeline.json"
    path.write_text(json.dumps(made))
    samples = noise(RATE, channels=2)
    job = prepare(str(path), str(write_wav(tmp_path / "two.wav", samples)), None, 100)
    assert np.array_equal(job.samples, samples.reshape(-1))
    with staged(job) as folder:
        sent = json.loads((folder / "pipeline.json").read_text())
        assert (folder / "recording.raw").read_bytes() == samples.tobytes()
    assert sent["stages"][0]["sections"] == resolve(made)["stages"][0]["sections"]


# ---- recordings


def test_each_recording_starts_anew(tmp_path):
    """The noise estimate of one would change the frames of the next."""
    first, second = noise(samples_of(20)), noise(samples_of(9), 2)
    path = write_wav(tmp_path / "second.wav", second)
    found = list(features.frames(CONFIG, [first, str(path), path, first[:9]]))
    assert [len(frames) for frames in found] == [20, 9, 9, 0]
    assert np.array_equal(found[0], Frontend(CONFIG).push(first))
    assert np.array_equal(found[1], Frontend(CONFIG).push(second))
    assert np.array_equal(found[2], found[1])
    assert found[3].shape == (0, VALUES)


def test_a_file_of_several_channels(tmp_path):
    made = config(2, channels=3, bufferSize=2048)
    samples = noise(samples_of(4), channels=3)
    (found,) = features.frames(made, [write_wav(tmp_path / "three.wav", samples)])
    assert np.array_equal(found, Frontend(made).push(samples))
    with pytest.raises(UsageError, match="has 3 channel"):
        list(features.frames(CONFIG, [tmp_path / "three.wav"]))
    with pytest.raises(UsageError, match="has 1 channel") as caught:
        list(features.frames(made, [write_wav(tmp_path / "one.wav", samples[:, 0])]))
    assert "3 channels" in caught.value.remedy


def test_a_file_of_another_rate(tmp_path):
    path = write_wav(tmp_path / "slow.wav", noise(900), 8000)
    with pytest.raises(UsageError, match="8000 samples a second"):
        list(features.frames(CONFIG, [path]))


# ---- windows


def test_windows_and_labels():
    first, second = noise(samples_of(10)), noise(samples_of(6), 2)
    found = list(features.windows(CONFIG, [first, second], [3, 5], frames=4, stride=3))
    assert [label for _, label in found] == [3, 3, 3, 5]
    frames = Frontend(CONFIG).push(first)
    for index, (window, _) in enumerate(found[:3]):
        assert np.array_equal(window, frames[3 * index : 3 * index + 4])
    assert np.array_equal(found[3][0], Frontend(CONFIG).push(second)[:4])


def test_no_window_spans_a_gap():
    parts = [noise(samples_of(count) + 50, count) for count in (6, 3, 5)]
    found = list(features.windows(CONFIG, [parts], [1], frames=4))
    assert len(found) == 3 + 0 + 2
    (frames,) = features.frames(CONFIG, [parts])
    assert len(frames) == 14
    for (window, _), start in zip(found, (0, 1, 2, 9, 10), strict=True):
        assert np.array_equal(window, frames[start : start + 4])
    chain = Frontend(CONFIG)  # a board that marks the gaps computes the same
    board = [chain.push(parts[0])]
    for part in parts[1:]:
        chain.ring.gap(123)
        board.append(chain.push(part))
    assert np.array_equal(np.concatenate(board), frames)
    assert not np.array_equal(Frontend(CONFIG).push(np.concatenate(parts))[:14], frames)


def test_frames_and_labels_of_the_configuration():
    made = config(labels=["no", "yes"], decision={"frames": 5})
    found = list(features.windows(made, [noise(samples_of(6))], ["yes"]))
    assert [(window.shape, label) for window, label in found] == [((5, VALUES), 1)] * 2


@pytest.mark.parametrize(
    ("labels", "options", "said"),
    [
        ([1], {}, "one for each of 2"),
        ("ab", {}, "one for each of 2"),
        ([1, 2], {"frames": 0}, "frames is 0"),
        ([1, 2], {"stride": 0}, "stride is 0"),
        (["yes", "why"], {}, "'why' is none of"),
    ],
)
def test_refusals(labels, options, said):
    made = config(labels=["no", "yes"])
    with pytest.raises(ValueError, match=said):
        list(features.windows(made, [noise(900)] * 2, labels, **{"frames": 2, **options}))
    del made["decision"]
    with pytest.raises(ValueError, match="frames is None"):
        list(features.windows(made, [noise(900)], [1]))


def test_floats_of_windows():
    (found,) = features.windows(config(7), [noise(samples_of(3))], [0], frames=3, floats=True)
    assert found[0].dtype == np.float32
    assert np.array_equal(found[0] * 64, Frontend(config(7)).push(noise(samples_of(3))))


# ---- tf.data


def test_without_tensorflow(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(ImportError, match=r"pip install 'moteforge\[train\]'"):
        features.dataset(CONFIG, [noise(900)], [1], frames=1)


class Spec(tuple):
    """Shape and type of a tensor, in place of TensorFlow's own."""

    def __new__(cls, shape, dtype):
        return super().__new__(cls, (tuple(shape), np.dtype(dtype)))


class Tensors:
    """What dataset() uses of TensorFlow: the generator is run twice, as in two epochs, and held to its signature."""

    TensorSpec = Spec

    class data:
        class Dataset:
            @staticmethod
            def from_generator(generator, output_signature):
                rows = [list(generator()), list(generator())]
                for row in rows[0]:
                    for value, (shape, dtype) in zip(row, output_signature, strict=True):
                        assert np.shape(value) == shape
                        assert np.can_cast(np.asarray(value).dtype, dtype, "same_kind")
                return rows, output_signature

    @staticmethod
    def as_dtype(dtype):
        return dtype


def test_what_tensorflow_is_given(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", Tensors)
    recordings = (
        noise(samples_of(n), n) for n in (4, 2, 5)
    )  # a generator would be spent in the first epoch
    rows, signature = features.dataset(CONFIG, recordings, [7, 8, 9], frames=3, stride=2)
    assert signature == (((3, VALUES), np.int8), ((), np.int64))
    assert [label for _, label in rows[0]] == [7, 9, 9]
    for first, second in zip(*rows, strict=True):
        assert np.array_equal(first[0], second[0])
    with pytest.raises(ValueError, match="no unit"):
        features.dataset(CONFIG, [noise(900)], [1], frames=1, floats=True)


def test_what_tensorflow_is_given_as_floats(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", Tensors)
    samples = noise(samples_of(4))
    rows, signature = features.dataset(config(7), [samples], [1], frames=2, stride=2, floats=True)
    assert signature == (((2, VALUES), np.float32), ((), np.int64))
    chain = Frontend(config(7))
    given = np.concatenate([window for window, _ in rows[0]])
    assert np.array_equal(given, chain.dequantize(chain.push(samples)))


def test_a_dataset_of_tensorflow():
    pytest.importorskip(
        "tensorflow", reason="TensorFlow is not there (pip install 'moteforge[train]')"
    )
    samples = noise(samples_of(6))
    data = features.dataset(CONFIG, [samples], [1], frames=2, stride=2)
    batches = list(data.batch(3).as_numpy_iterator())
    assert len(batches) == 1
    window, label = batches[0]
    assert np.array_equal(window.reshape(6, VALUES), Frontend(CONFIG).push(samples))
    assert label.tolist() == [1, 1, 1]
