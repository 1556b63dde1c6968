# SPDX-License-Identifier: Apache-2.0
"""The signal chain equals TFLM's preprocessor bit for bit, stage by stage and end to end."""

from __future__ import annotations

import subprocess

import numpy as np
import pytest
from chains import CHAINS, MODEL
from compiled import ROOT, SANITIZE, compiled
from frontend_support import (
    SOURCES,
    Native,
    Tflm,
    config,
    recording,
    signals,
    tflm_rfft,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from mote import chain
from mote.frontend import Frontend, input_scale

# index of the tensor in TFLM's model after each of our stages, and its type
STAGES = {
    1: (19, np.int16),
    2: (23, np.int16),
    3: (28, np.uint32),
    4: (30, np.uint32),
    5: (31, np.uint32),
    6: (33, np.uint32),
    7: (34, np.int16),
    8: (42, np.int8),
}


def features(samples: np.ndarray, stages: int | None = None) -> np.ndarray:
    return np.array(Frontend(config(stages), native=Native()).push(samples))


@pytest.mark.parametrize("word", ["yes", "no"])
def test_recordings_equal_tflm(word):
    samples = recording(word)
    ours, theirs = features(samples), Tflm().frames(samples)
    assert ours.shape == (49, 40)
    assert np.array_equal(ours, theirs)
    assert len(np.unique(ours)) > 100


@pytest.mark.parametrize("name", list(signals()))
def test_hard_streams_equal_tflm(name):
    samples = signals()[name]
    ours, theirs = features(samples), Tflm().frames(samples)
    assert len(ours) == (len(samples) - 480) // 320 + 1
    assert np.array_equal(ours, theirs)


@pytest.mark.parametrize("stages", list(STAGES))
def test_every_stage_equals_tflm(stages):
    """The chain cut off after each stage, against TFLM's tensor at that place."""
    index, dtype = STAGES[stages]
    tflm = Tflm(keep_all=True)
    hard = signals()
    samples = np.concatenate([recording("yes"), *(hard[name][:4800] for name in hard)])
    ours = features(samples, stages).view(dtype)
    for number, frame in enumerate(ours):
        tflm.frame(samples[320 * number : 320 * number + 480])
        theirs = tflm.tensor(index).view(dtype)
        if stages == 3:  # TFLM clears the bins that no channel uses
            frame[:5], frame[241:] = 0, 0
        assert np.array_equal(frame, theirs), f"frame {number}"


def test_reset_forgets_the_stream():
    samples = recording("yes")
    front = Frontend(config(), native=Native())
    first = np.array(front.push(samples))
    assert not np.array_equal(np.array(front.push(samples))[:49], first)
    front.reset()
    assert np.array_equal(np.array(front.push(samples)), first)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 3000), max_size=12), st.sampled_from([512, 1024, 4096]))
def test_frames_do_not_depend_on_the_cuts(cuts, capacity):
    samples = np.random.default_rng(7).integers(-20000, 20000, 12000).astype(np.int16)
    settings_ = config()
    settings_["bufferSize"] = capacity
    front, frames, at = Frontend(settings_, native=Native()), [], 0
    for length in [*cuts, len(samples)]:
        frames += front.push(samples[at : at + length])
        at += length
    assert np.array_equal(np.array(frames), features(samples))
    assert front.ring.lost == 0


def test_single_samples():
    samples = recording("no")[:1600]
    front, frames = Frontend(config(), native=Native()), []
    for sample in samples:
        frames += front.push(np.array([sample]))
    assert np.array_equal(np.array(frames), features(samples))


def sanitized(words: np.ndarray, samples: np.ndarray, lengths: list[int], capacity: int = 2048):
    program = compiled(
        "runner",
        [*SOURCES, ROOT / "tests/native/frontend_runner.c"],
        SANITIZE,
    )
    head = [capacity, len(words), *words, len(lengths), *lengths]
    given_ = np.array(head, np.int32).tobytes() + samples.tobytes()
    return subprocess.run([program], input=given_, capture_output=True, timeout=120, check=False)


@pytest.mark.parametrize("name", list(signals()))
def test_streams_with_sanitizers(name):
    """The same bytes, and no undefined behaviour on the way, under the sanitizers."""
    samples = signals()[name][:16000]
    lengths = [1, 3000, 7, len(samples) - 3008]
    done = sanitized(chain.words(config()), samples, lengths)
    assert done.returncode == 0, done.stderr.decode()
    assert np.array_equal(np.frombuffer(done.stdout, np.int8).reshape(-1, 40), features(samples))


@pytest.mark.parametrize("size", [32, 64, 128, 256, 512, 1024, 2048])
def test_fft_sizes_with_sanitizers(size):
    """Every size is near the exact transform, and runs clean."""
    rng = np.random.default_rng(size)
    settings_ = config(2)
    settings_.update(windowSize=size, hopLength=size, bufferSize=4096)
    settings_["stages"] = [{"type": "fft", "size": size, "scaling": "none"}]
    samples = rng.integers(-32768, 32768, 20 * size).astype(np.int16)
    done = sanitized(chain.words(settings_), samples, [len(samples)], 4096)
    assert done.returncode == 0, done.stderr.decode()
    bins = np.frombuffer(done.stdout, np.int16).astype(float).reshape(20, -1, 2)
    exact = np.fft.rfft(samples.reshape(20, size).astype(float)) / size
    assert np.abs(bins[..., 0] - exact.real).max() < 4
    assert np.abs(bins[..., 1] - exact.imag).max() < 4


@pytest.mark.parametrize("size", [64, 128, 256, 512, 1024, 2048])
def test_fft_sizes_equal_tflm(size):
    """Both kinds of passes, on noise, full-scale square waves and sines; TFLM starts at 64."""
    rng, time = np.random.default_rng(size), np.arange(size)
    waves = [np.where(np.sin(time * w + w) >= 0, 32767, -32768) for w in (0.1, 0.77, 2.9)]
    waves += [np.round(32767 * np.cos(2 * np.pi * k * time / size)) for k in (1, 3, size // 4)]
    waves += [rng.integers(-32768, 32768, size), np.full(size, -32768), (time == 5) * -32768]
    settings_ = config(2)
    settings_.update(windowSize=size, hopLength=size, bufferSize=4096)
    settings_["stages"] = [{"type": "fft", "size": size, "scaling": "none"}]
    samples = np.array(waves).astype(np.int16)
    ours = np.array(Frontend(settings_, native=Native()).push(samples.reshape(-1)))
    for wave, frame in zip(samples, ours.reshape(len(waves), -1, 2), strict=True):
        assert np.array_equal(frame, tflm_rfft(size, wave))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_configurations_with_sanitizers(seed):
    """Any words whatsoever are refused with a place, or run: the same frames however the stream is cut."""
    source = ROOT / "tests/native/frontend_fuzz.c"
    program = compiled("fuzz", [*SOURCES, source], SANITIZE)
    good = [chain.words(made, input_scale(MODEL)) for made in CHAINS.values()]
    numbers = [len(good), *(number for words in good for number in (len(words), *words))]
    done = subprocess.run(
        [program, str(seed), "8000"], input=np.array(numbers, np.int32).tobytes(),
        capture_output=True, timeout=200, check=False,
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
    accepted, refused, types = map(int, done.stdout.split())
    assert accepted > 1500
    assert refused > 1000
    assert types == 1 + len({**chain.STAGES, **dict.fromkeys(chain.SENSE)})  # the input, too


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda w: w[:0], (-1, -1)),
        (lambda w: w[:1], (0, -1)),
        (lambda w: w[:5], (0, -1)),
        (lambda w: [2, *w[1:]], (0, -1)),
        (lambda w: [*w[:5], 481, *w[6:]], (0, 3)),
        (lambda w: [*w[:7], 99, *w[8:]], (1, -1)),
        (lambda w: [*w[:10], 15, *w[11:]], (1, 1)),
        (lambda w: [*w[:14], 500, *w[15:]], (2, 0)),
        (lambda w: [*w[:14], 256, *w[15:]], (2, 0)),
    ],
)
def test_faults_name_stage_and_parameter(change, fault):
    words = change(list(chain.words(config())))
    status, index, _, subject, _, _ = Native().chain_check(np.array(words, np.int32))
    assert status == -13
    assert (index, subject) == fault


def test_memory():
    """State and scratch memory of the micro_speech chain, in bytes; TFLM's arena takes 8,448."""
    assert Native().chain_measure(chain.words(config())) <= 3400
