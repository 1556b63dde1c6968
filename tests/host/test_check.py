# SPDX-License-Identifier: Apache-2.0
"""`mote run --check` on this computer: faults are planted in the core's answers and must be found and named."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "examples" / "keyword" / "keyword.tflite"
sys.path.insert(0, str(ROOT / "tests" / "native"))
pytest.importorskip("tflite_micro")
support = pytest.importorskip("single_op")


def chain() -> bytes:
    """t2 = t0 + t1, t3 = t2 + t1, t4 = t3 + t2; the outputs are t4 and t3."""
    graph = support.Graph()
    t = [graph.tensor(support.Spec((1, 40), scale=0.1 * (at + 1), zero=at)) for at in range(5)]
    for a, b, out in ((0, 1, 2), (2, 1, 3), (3, 2, 4)):
        options, kind = support.tfl.AddOptionsT(), support.tfl.BuiltinOptions.AddOptions
        graph.operator(support.tfl.BuiltinOperator.ADD, [t[a], t[b]], [t[out]], options, kind, 2)
    return graph.pack(t[:2], [t[4], t[3]])


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "chain.tflite"
    path.write_bytes(chain())
    return path


@pytest.fixture
def plant(monkeypatch):
    """plant(operator, tensor, where=...): once that operator has run, one bit of the tensor is another.

    where: "both", "whole" (only when the model runs as a whole), "single" (only operator by operator).
    """
    from moteforge import _native

    run_op = _native.model_run_op

    def make(operator: int, tensor: int, where: str = "both") -> None:
        def step(state, arena, index):
            run_op(state, arena, index)
            if index == operator:
                offset = _native.model_tensor(state, 2, tensor)[5]
                memoryview(arena)[offset + 7] ^= 1

        def whole(state, arena):
            for index in range(_native.model_counts(state)[2]):
                (run_op if where == "single" else step)(state, arena, index)

        monkeypatch.setattr(_native, "model_run", whole)
        if where != "whole":
            monkeypatch.setattr(_native, "model_run_op", step)

    return make


# ---- agreement and planted faults


@pytest.mark.parametrize("name", ["keyword", "chain"])
def test_identical(mote, model, name):
    path = MODEL if name == "keyword" else model
    result = mote("run", path, "--check", "--random", 20, "--seed", 3, "--host", "--json")
    assert result.code == 0, result.err
    document = result.json()
    assert document["schema"] == "moteforge.check/1"
    assert document["identical"] is True
    assert (document["inputs"], document["seed"], document["differences"]) == (20, 3, 0)
    assert document["values"] == 20 * (80 if name == "chain" else _outputs(MODEL))
    assert document["first"] is document["operator"] is None
    assert document["reference"].startswith("tflite-micro ")


def _outputs(path: Path) -> int:
    from moteforge import Model

    return sum(int(np.prod(info.shape)) for info in Model(str(path)).outputs)


@pytest.mark.parametrize("operator", [0, 1, 2])
def test_a_planted_fault_is_named(mote, model, plant, operator):
    plant(operator, tensor=operator + 2)
    result = mote("run", model, "--check", "--random", 5, "--host", "--json")
    assert result.code == 1
    document = result.json()
    assert document["identical"] is False
    assert document["first"]["input"] == 0
    assert document["differences"] >= 5
    found = document["operator"]
    assert (found["index"], found["name"], found["cause"]) == (operator, "ADD", "output")
    assert (found["tensor"], found["tensor_name"]) == (operator + 2, f"t{operator + 2}")
    assert (found["differences"], found["values"], found["element"]) == (1, 40, 7)
    assert found["have"] == found["want"] ^ 1


def test_an_input_that_is_overwritten_is_told_apart(mote, model, plant):
    plant(1, tensor=2)  # operator 1 computes t3 right, and damages t2, which operator 2 reads
    document = mote("run", model, "--check", "--random", 5, "--host", "--json").json()
    found = document["operator"]
    assert (found["index"], found["cause"], found["tensor_name"]) == (2, "input", "t2")


def test_first_input_that_differs_is_found_and_the_stream_repeated(mote, model, monkeypatch):
    from moteforge import _native

    runs = []
    run = _native.model_run

    def fails_the_third_time(state, arena):
        run(state, arena)
        runs.append(1)
        if len(runs) == 3:
            offset = _native.model_tensor(state, 2, 4)[5]
            memoryview(arena)[offset] ^= 1

    monkeypatch.setattr(_native, "model_run", fails_the_third_time)
    document = mote("run", model, "--check", "--random", 6, "--host", "--json").json()
    assert document["first"]["input"] == 2
    assert document["first"]["differences"] == document["differences"] == 1
    assert document["operator"] is None
    assert len(runs) == 6 + 2  # the inputs before it again


def test_fault_of_the_whole_alone(mote, model, plant):
    plant(2, tensor=4, where="whole")
    result = mote("run", model, "--check", "--random", 2, "--host")
    assert result.code == 1
    assert "run operator by operator, every tensor agrees" in result.out


def test_text_names_input_output_and_operator(mote, model, plant):
    plant(1, tensor=3)
    result = mote("run", model, "--check", "--random", 4, "--host")
    assert result.code == 1
    assert "values of 4 inputs, this computer" in result.out
    assert "first: input 0, output" in result.out
    assert "operator 1 ADD computes another t3: 1 of 40 values, element 7: have" in result.out


# ---- floats


def test_floats_are_compared_within_a_tolerance():
    from moteforge.check import account

    want = np.array([1.0, 1000.0, 0.0, np.nan, np.inf], np.float32)
    near = np.array([1.000005, 1000.005, 1e-6, np.nan, np.inf], np.float32)
    assert account(near, want) is None
    far = want.copy()
    far[1] = 1001
    assert account(far, want) == {
        "differences": 1, "values": 5, "element": 1, "have": 1001.0, "want": 1000.0,
    }  # fmt: skip
    far[4] = -np.inf
    far[1] = 1000
    assert account(far, want)["have"] == "-inf"


# ---- inputs from files


def test_files_of_many_inputs(mote, model, tmp_path):
    rng = np.random.default_rng(4)
    a, b = (rng.integers(-128, 128, (7, 1, 40)).astype(np.int8) for _ in range(2))
    np.save(tmp_path / "a.npy", a)
    np.save(tmp_path / "b.npy", b.reshape(7, 40))
    np.savez(tmp_path / "named.npz", t1=b, t0=a, other=b)
    np.savez(tmp_path / "ordered.npz", a, b)
    for files in (["a.npy", "b.npy"], ["named.npz"], ["ordered.npz"]):
        paths = [tmp_path / name for name in files]
        result = mote("run", model, *paths, "--check", "--host", "--json")
        assert result.code == 0, result.err
        assert result.json()["inputs"] == 7
        assert result.json()["seed"] is None


def test_names_decide_where_a_file_has_them(tmp_path):
    from moteforge import Model
    from moteforge.samples import load_samples

    zeros, ones = np.zeros((1, 40), np.int8), np.ones((1, 40), np.int8)
    np.savez(tmp_path / "x.npz", t1=ones, t0=zeros)
    (sample,) = load_samples(Model(chain()), [str(tmp_path / "x.npz")])
    assert (sample[0] == 0).all()
    assert (sample[1] == 1).all()


def test_floats_are_quantized(tmp_path):
    from moteforge import Model
    from moteforge.samples import load_samples

    model = Model(chain())
    values = np.full((3, 40), 0.4, np.float32)
    for name in "ab":
        np.save(tmp_path / f"{name}.npy", values)
    samples = load_samples(model, [str(tmp_path / "a.npy"), str(tmp_path / "b.npy")])
    assert [int(array[0, 0]) for array in samples[2]] == [4, 3]


@pytest.mark.parametrize(
    ("shapes", "said"),
    [
        ([(3, 41), (3, 40)], "a.npy has shape (3, 41); input 't0' takes (1, 40), or many"),
        (
            [(3, 41), (3, 40)],
            "Save a multiple of 40 values, inputs of shape (1, 40); there are 123.",
        ),
        ([(40, 3), (3, 40)], "Reshape the array to (3, 1, 40)"),
        ([(0, 40), (0, 40)], "Save one or more."),
        ([(3, 40), (4, 40)], "Save equally many."),
        ([(3, 40), (4, 40)], "different numbers of inputs"),
        ([(0, 40), (0, 40)], "a.npy holds no input"),
        ([(3, 40)], "the model has 2 inputs, 1 array given"),
        ([(), ()], "has shape ()"),
    ],
)
def test_files_that_do_not_fit(mote, model, tmp_path, shapes, said):
    paths = []
    for name, shape in zip("ab", shapes, strict=False):
        paths.append(tmp_path / f"{name}.npy")
        np.save(paths[-1], np.zeros(shape, np.int8))
    result = mote("run", model, *paths, "--check", "--host")
    assert result.code == 2
    assert said in result.err


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04rubbish", b"\x93NUMPY", b"text"])
def test_damaged_npz(mote, model, tmp_path, data):
    path = tmp_path / "x.npz"
    path.write_bytes(data)
    result = mote("run", model, path, "--check", "--host")
    assert result.code == 2
    assert f"{path} is no .npz file of arrays" in result.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--check"], "no inputs are given"),
        (["--check", "--random", "2", "x.npy"], "files and --random are given"),
        (["--random", "2"], "--random needs --check"),
        (["--check", "--random", "2", "--output", "y.npy"], "--output and --check"),
        (["--check", "--random", "0"], "--random"),
        ([], "no input is given"),
        (["x.npy", "--seed", "3"], "--seed needs --random"),
        (["x.npy", "--check", "--seed", "3"], "--seed needs --random"),
    ],
)
def test_options_that_do_not_go_together(mote, model, options, said):
    result = mote("run", model, *options, "--host")
    assert result.code == 2
    assert said in result.err


def test_random_inputs_are_those_of_their_seed():
    from moteforge import Model
    from moteforge.samples import random_samples

    model = Model(chain())
    one, same, other = (random_samples(model, 3, seed) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
    assert not np.array_equal(one[0], other[0])
    assert not np.array_equal(one[0], one[1])
    assert min(x.min() for x in random_samples(model, 50, 1)[0]) < -100


# ---- the reference


def test_without_the_reference(mote, model, monkeypatch):
    monkeypatch.setitem(sys.modules, "tflite_micro", None)
    result = mote("run", model, "--check", "--random", 2, "--host")
    assert result.code == 1
    assert "needs TensorFlow Lite Micro" in result.err
    assert "pip install moteforge[check]" in result.err


def test_a_refusal_of_the_reference_has_its_reason(capfd):
    from moteforge.errors import Refused
    from moteforge.reference import Reference

    graph = support.Graph()
    a, b = (graph.tensor(support.Spec((1, 4), scale=0.1)) for _ in range(2))
    graph.operator(support.tfl.BuiltinOperator.SPARSE_TO_DENSE, [a], [b])
    with pytest.raises(Refused, match=r"TensorFlow Lite Micro refuses the model: .*\S"):
        Reference(graph.pack([a], [b]), 32)
    assert capfd.readouterr().err == ""
