# SPDX-License-Identifier: Apache-2.0
"""Signal operators whose outputs are not valid from the start, or not everywhere, against TFLM where they are."""

from __future__ import annotations

import numpy as np
import pytest
from moteforge import Model
from single_op import BOOL, INT16, UINT32, Graph, Spec

runtime = pytest.importorskip("tflite_micro").runtime

RUNS = 12
SEEDS = 120


def both(data: bytes):
    return Model(data), runtime.Interpreter.from_bytes(data, arena_size=1 << 18)


def step(model: Model, tflm, samples: np.ndarray):
    """(ours, TFLM's) outputs of one run."""
    tflm.set_input(samples, 0)
    tflm.invoke()
    theirs = [np.array(tflm.get_output(i)) for i in range(len(model.outputs))]
    return model.run(samples), theirs


def noise(rng: np.random.Generator, shape) -> np.ndarray:
    return rng.integers(-32768, 32768, shape).astype(np.int16)


def framer(outer: int, frames: int, size: int, hop: int) -> bytes:
    graph = Graph()
    source = graph.tensor(Spec((outer, frames * hop), INT16))
    output = graph.tensor(Spec((outer, frames, size), INT16))
    valid = graph.tensor(Spec((), BOOL))
    options = {"frame_size": size, "frame_step": hop, "prefill": False}
    graph.custom("SignalFramer", [source], [output, valid], options)
    return graph.pack([source], [output, valid])


def test_framers_that_begin_empty():
    """A frame is valid once frame_size samples have come; until then ours is 0."""
    waited = 0
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        outer, frames, hop = (int(n) for n in rng.integers(1, [4, 4, 12]))
        size = int(rng.integers(1, 40))
        model, tflm = both(framer(outer, frames, size, hop))
        for run in range(2 * RUNS):
            if run == RUNS:
                model.reset()
                tflm.reset()
            (ours, ready), (theirs, tflm_ready) = step(
                model, tflm, noise(rng, (outer, frames * hop))
            )
            assert ready == tflm_ready
            come = (run % RUNS * frames + np.arange(frames) + 1) * hop
            assert np.array_equal(ours[:, come >= size], theirs[:, come >= size])
            assert not ours[:, come < size].any()
            waited += int((come < size).sum())
    assert waited > SEEDS


def stacker(channels: int, left: int, right: int, hop: int) -> bytes:
    graph = Graph()
    source = graph.tensor(Spec((channels,), INT16))
    output = graph.tensor(Spec((channels * (left + right + 1),), INT16))
    valid = graph.tensor(Spec((), BOOL))
    options = {
        "num_channels": channels,
        "stacker_left_context": left,
        "stacker_right_context": right,
        "stacker_step": hop,
    }
    graph.custom("SignalStacker", [source], [output, valid], options)
    return graph.pack([source], [output, valid])


def test_stackers_with_steps_and_contexts():
    valid = waited = 0
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        channels, left, right = (int(n) for n in rng.integers([1, 0, 0], [9, 5, 5]))
        hop = int(rng.integers(1, left + right + 2))
        model, tflm = both(stacker(channels, left, right, hop))
        for run in range(2 * RUNS):
            if run == RUNS:
                model.reset()
                tflm.reset()
            (ours, ready), (theirs, tflm_ready) = step(model, tflm, noise(rng, channels))
            assert ready == tflm_ready
            assert np.array_equal(ours, theirs if ready else np.zeros_like(theirs))
            valid, waited = valid + bool(ready), waited + (not ready)
    assert valid > SEEDS
    assert waited > SEEDS


def test_energy_of_some_bins():
    """Ours is 0 elsewhere."""
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        bins = int(rng.integers(1, 60))
        start, end = (int(n) for n in rng.integers(0, bins + 1, 2))
        graph = Graph()
        source = graph.tensor(Spec((2 * bins,), INT16))
        output = graph.tensor(Spec((bins,), UINT32))
        options = {"end_index": end, "start_index": start}
        graph.custom("SignalEnergy", [source], [output], options)
        model, tflm = both(graph.pack([source], [output]))
        (ours,), (theirs,) = step(model, tflm, noise(rng, 2 * bins))
        inside = (np.arange(bins) >= start) & (np.arange(bins) < end)
        assert np.array_equal(ours[inside], theirs[inside])
        assert not ours[~inside].any()


@pytest.mark.parametrize("other", [1, 1000, 100_000, 2**40, -(2**40)])
def test_options_of_every_width(other):
    """A FlexBuffer stores all values as wide as its widest; options count in the order of names."""
    graph = Graph()
    source, output = graph.tensor(Spec((4,), INT16)), graph.tensor(Spec((4,), INT16))
    graph.custom("SignalDelay", [source], [output], {"zone": other, "delay_length": 3})
    model, tflm = both(graph.pack([source], [output]))
    for first in (1, 5):
        (ours,), (theirs,) = step(model, tflm, np.arange(first, first + 4, dtype=np.int16))
        assert np.array_equal(ours, theirs)
    assert list(ours) == [2, 3, 4, 5]
