# SPDX-License-Identifier: Apache-2.0
"""However a stream is cut, every chain gives the same frames: whole, in single samples, within instants, at gaps."""

from __future__ import annotations

from array import array

import numpy as np
import pytest
from chains import CHAINS, MODEL, samples
from hypothesis import given, settings
from hypothesis import strategies as st
from moteforge import Frontend
from moteforge.mote import chain
from moteforge.mote.frontend import Frontend as BoardFrontend

FRAMES = 12


def expected(name: str, seed: int = 1) -> tuple[np.ndarray, bytes]:
    """Samples, and the frames of all of them at once."""
    config = CHAINS[name]
    given_ = samples(config, FRAMES, seed)
    frames = Frontend(config, MODEL).push(given_)
    assert len(frames) == FRAMES
    return given_, frames.tobytes()


def cut(data: np.ndarray, places: list[int]) -> list[np.ndarray]:
    return np.split(data, sorted(place % (len(data) + 1) for place in places))


places = st.lists(st.integers(0, 1 << 20), max_size=25)


def test_every_stage_is_in_a_chain():
    there = {stage["type"] for config in CHAINS.values() for stage in config["stages"]}
    assert there | {"quantize"} == {*chain.STAGES, *chain.SENSE}


@pytest.mark.parametrize("name", CHAINS)
def test_the_frames_differ(name):
    """Were they all alike, or saturated, equality would mean little."""
    frames = Frontend(CHAINS[name], MODEL).push(samples(CHAINS[name], FRAMES))
    assert len({bytes(frame) for frame in frames}) >= FRAMES - 3
    limits = np.iinfo(frames.dtype)
    assert np.mean((frames == limits.min) | (frames == limits.max)) < 0.5


@pytest.mark.parametrize("name", CHAINS)
@settings(max_examples=25, deadline=None)
@given(cuts=places, seed=st.integers(0, 5))
def test_random_cuttings(name, cuts, seed):
    data, frames = expected(name, seed)
    line = Frontend(CHAINS[name], MODEL)
    found = [line.push(part) for part in cut(data, cuts)]
    assert np.concatenate(found).tobytes() == frames
    assert (
        line.end
        == (len(data) // line.channels - line.window // line.channels)
        // (line.hop // line.channels)
        * (line.hop // line.channels)
        + line.window // line.channels
    )


@pytest.mark.parametrize("name", CHAINS)
def test_single_samples_as_on_a_board(name):
    """The class of the board, sample by sample: every cut is inside an instant of several channels."""
    data, frames = expected(name)
    line, found = BoardFrontend(CHAINS[name], MODEL), []
    for sample in data.tolist():
        line.push(array("h", [sample]), lambda frame: found.append(bytes(frame)))
    assert b"".join(found) == frames


@pytest.mark.parametrize("name", CHAINS)
@settings(max_examples=15, deadline=None)
@given(gaps=st.lists(st.integers(0, 1 << 20), min_size=1, max_size=4), cuts=places)
def test_cuttings_of_streams_with_gaps(name, gaps, cuts):
    """What lies between two gaps may be cut in any way; the frames depend on where the gaps are alone."""
    data, _ = expected(name)
    parts = cut(data, gaps)
    whole, pieces = Frontend(CHAINS[name], MODEL), Frontend(CHAINS[name], MODEL)
    for index, part in enumerate(parts):
        if index:
            whole.ring.gap(5)
            pieces.ring.gap(5)
        frames = whole.push(part)
        found = [pieces.push(piece) for piece in cut(part, cuts)]
        assert np.concatenate(found).tobytes() == frames.tobytes()
        instants = len(part) // whole.channels
        window, hop = whole.window // whole.channels, whole.hop // whole.channels
        assert len(frames) == max(0, (instants - window) // hop + 1)
    assert pieces.ring.missing <= 5 * (len(parts) - 1)


@pytest.mark.parametrize("name", CHAINS)
def test_after_a_reset_the_frames_are_the_first_ones(name):
    data, frames = expected(name)
    line = Frontend(CHAINS[name], MODEL)
    line.push(samples(CHAINS[name], FRAMES, seed=3)[:-1])
    line.reset()
    assert line.push(data).tobytes() == frames
