# SPDX-License-Identifier: Apache-2.0
"""Whole models with state against TFLM, run after run; what keeps its bytes lies apart from all else."""

import numpy as np
import pytest
from moteforge import Model, _native
from operators import GENERATORS
from operators.state import assign, handle, read
from single_op import Graph, Spec
from streaming import MODELS

runtime = pytest.importorskip("tflite_micro").runtime

SEEDS, FRAMES = 15, 12
STATEFUL = [name for name in GENERATORS if name.split()[0] in ("SVDF", "VAR_HANDLE")]
STATEFUL += [name for name in GENERATORS if "LSTM" in name]


def frames(model: Model, rng: np.random.Generator, count: int) -> list[list[np.ndarray]]:
    return [
        [rng.integers(-128, 128, info.shape, dtype=np.int8) for info in model.inputs]
        for _ in range(count)
    ]


def by_tflm(interpreter, inputs: list[np.ndarray], outputs: int) -> list[np.ndarray]:
    for index, array in enumerate(inputs):
        interpreter.set_input(array, index)
    interpreter.invoke()
    return [interpreter.get_output(i) for i in range(outputs)]


def same(got: list[np.ndarray], want: list[np.ndarray]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(got, want, strict=True))


@pytest.mark.parametrize("name", MODELS)
def test_every_frame_is_that_of_tflm_and_again_after_a_reset(name):
    seen = set()
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        data = MODELS[name](rng)
        model = Model(data)
        interpreter = runtime.Interpreter.from_bytes(data, arena_size=1 << 18)
        for index, inputs in enumerate(frames(model, rng, FRAMES)):
            if index in (7, 8):
                model.reset()
                interpreter.reset()
            got = model.run(*inputs)
            assert same(got, by_tflm(interpreter, inputs, len(got))), (seed, index)
            seen.update(got[-1].ravel().tolist())
    assert len(seen) > 50  # the outputs are not all saturated


@pytest.mark.parametrize("name", MODELS)
def test_a_stream_differs_from_its_frames_alone(name):
    rng = np.random.default_rng(3)
    data = MODELS[name](rng)
    stream, different = Model(data), 0
    for inputs in frames(stream, rng, FRAMES):
        different += not same(stream.run(*inputs), Model(data).run(*inputs))
    assert different > FRAMES // 2


@pytest.mark.parametrize("name", MODELS)
def test_operator_by_operator_is_the_same(name):
    rng = np.random.default_rng(4)
    data = MODELS[name](rng)
    model, whole = Model(data), Model(data)
    for inputs in frames(model, rng, 3):
        model.profile(*inputs)
        assert same(model.results(), whole.run(*inputs))


@pytest.mark.parametrize("name", MODELS)
def test_a_used_arena_of_the_caller_begins_anew(name):
    rng = np.random.default_rng(5)
    data = MODELS[name](rng)
    fresh = Model(data)
    store = np.full(fresh.arena_bytes + 16, 0xA5, np.uint8)
    start = -store.ctypes.data % 16
    arena = memoryview(store)[start : start + fresh.arena_bytes]
    first = frames(fresh, rng, 1)[0]
    want = fresh.run(*first)
    for _ in range(3):  # the second finds what the one before left there
        assert same(Model(data, arena).run(*first), want)


@pytest.mark.parametrize("name", [*MODELS, *STATEFUL])
def test_what_keeps_its_bytes_lies_apart(name):
    kept = 0
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        data = MODELS[name](rng) if name in MODELS else GENERATORS[name](rng).data
        model = Model(data)
        places = [p for p in _native.model_places(model._state) if p["bytes"] and p["shares"] < 0]
        ends = [p["offset"] + p["bytes"] for p in places]
        assert max(ends) <= model.arena_bytes - model.state_bytes
        for i, place in enumerate(places):
            kept += place["keeps"]
            for k, other in enumerate(places):
                if i != k and place["keeps"]:
                    assert ends[i] <= other["offset"] or ends[k] <= place["offset"]
    assert kept >= SEEDS // 2


def test_a_variable_is_known_by_container_and_name():
    """A handle without a container means the first variable of its name (MicroResourceVariables::FindId)."""
    graph, spec = Graph(), Spec((1, 4), scale=0.1)
    sources, results = [graph.tensor(spec) for _ in "ab"], [graph.tensor(spec) for _ in "abc"]
    for container, source in zip(("one", "two"), sources, strict=True):
        assign(graph, handle(graph, "v", container), source)
    for container, result in zip(("one", "two", None), results, strict=True):
        read(graph, handle(graph, "v", container), result)
    model = Model(graph.pack(sources, results))
    first, second, any_container = model.run(*(np.full((1, 4), n, np.int8) for n in (3, 7)))
    assert first.tolist() == any_container.tolist() == [[3] * 4]
    assert second.tolist() == [[7] * 4]
