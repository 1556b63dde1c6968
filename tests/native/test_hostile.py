# SPDX-License-Identifier: Apache-2.0
"""Files that are not models, or hardly: refused with words, or run inside their arena; sanitizers watch."""

import subprocess

import numpy as np
import pytest
from compiled import CORE, ROOT, SANITIZE, compiled
from moteforge import Model
from moteforge.inspect import inspect
from operators import GENERATORS
from public import MODELS, model_bytes
from single_op import Graph, Spec, tfl

FUZZ, TRIAL = ROOT / "tests/native/model_fuzz.c", ROOT / "tests/native/trial.c"


def fuzz(path, seed: int, rounds: int) -> tuple[int, int]:
    program = compiled("model_fuzz", [FUZZ, TRIAL, *CORE], SANITIZE)
    command = [str(program), str(path), str(seed), str(rounds)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    opened, refused = map(int, done.stdout.split())
    return opened, refused


@pytest.mark.parametrize("name", GENERATORS)
def test_damaged_models_of_one_operator(name, tmp_path):
    opened = refused = 0
    for seed in range(4):
        path = tmp_path / f"{seed}.tflite"
        path.write_bytes(GENERATORS[name](np.random.default_rng([seed, 99])).data)
        counts = fuzz(path, seed, 2000)
        opened, refused = opened + counts[0], refused + counts[1]
    assert opened > 200
    assert refused > 200


@pytest.mark.parametrize("name", ["ad", "micro_speech"])
def test_damaged_public_models(name, tmp_path):
    path = tmp_path / "model.tflite"
    path.write_bytes(model_bytes(name))
    opened, refused = fuzz(path, 1, 150)
    assert opened + refused == 150
    assert refused > 10


@pytest.mark.parametrize("name", MODELS)
def test_cut_off_files_are_refused_with_words(name):
    data = model_bytes(name)
    lengths = [*range(0, 200, 7), *np.linspace(200, len(data) - 200, 60).astype(int)]
    for length in lengths:
        with pytest.raises(ValueError, match=r"cut off|not a well-formed"):
            Model(data[:length])


@pytest.mark.parametrize("name", ["ad", "micro_speech"])
def test_a_file_cut_at_its_very_end_is_refused_or_lacks_nothing(name):
    """The last bytes may be padding or fields that are not read."""
    data = model_bytes(name)
    whole = Model(data)
    x = np.random.default_rng(0).integers(-128, 128, whole.inputs[0].shape, dtype=np.int8)
    refused = 0
    for length in range(len(data) - 200, len(data)):
        try:
            model = Model(data[:length])
        except ValueError:
            refused += 1
            continue
        assert np.array_equal(model.run(x)[0], whole.run(x)[0])
    assert refused > 100


def test_random_bytes_are_refused_with_words():
    for seed in range(200):
        data = np.random.default_rng(seed).bytes(2000)
        with pytest.raises(ValueError, match=r"not a well-formed .tflite file"):
            Model(data)
        with pytest.raises(ValueError, match=r"cut off|not a well-formed|larger than"):
            Model(data[:4] + b"TFL3" + data[8:])


def test_an_unsupported_operator_is_named_with_its_place():
    graph = Graph()
    source = graph.tensor(Spec((1, 4), scale=0.1))
    middle = graph.tensor(Spec((4, 1), scale=0.1))
    output = graph.tensor(Spec((4, 1), scale=1 / 256, zero=-128))
    graph.operator(tfl.BuiltinOperator.RESHAPE, [source], [middle], version=1)
    graph.operator(tfl.BuiltinOperator.WHERE, [middle], [output])
    data = graph.pack([source], [output])
    with pytest.raises(ValueError, match=r"^WHERE \(operator 1\): operator is not supported$"):
        Model(data)
    report = inspect(data, "rpi_pico")
    assert [op["supported"] for op in report["operators"]] == [True, False]
    assert report["supported"] is False
    assert report["fits"]["rpi_pico"]["fits"] is False


def test_a_graph_that_states_a_constant_as_its_result_is_refused():
    graph = Graph()
    source, output = graph.tensor(Spec((4,), scale=0.1)), graph.tensor(Spec((2, 2), scale=0.1))
    constant = graph.tensor(Spec((4,), scale=0.1, data=np.zeros(4, np.int8)))
    graph.operator(tfl.BuiltinOperator.RESHAPE, [source], [output])
    assert Model(graph.pack([source], [output])).run(np.arange(4, dtype=np.int8))
    for inputs, outputs in (([source], [constant]), ([constant], [output])):
        with pytest.raises(ValueError, match="not a well-formed"):
            Model(graph.pack(inputs, outputs))


def test_wrong_types_shapes_and_scales_name_operator_and_reason():
    def model(**changes) -> bytes:
        graph = Graph()
        spec = {"shape": (2, 3), "scale": 0.1} | changes
        source, output = (
            graph.tensor(Spec(**spec)),
            graph.tensor(Spec((2, 3), scale=1 / 256, zero=-128)),
        )
        options = tfl.SoftmaxOptionsT()
        options.beta = 1.0
        graph.operator(tfl.BuiltinOperator.SOFTMAX, [source], [output], options, 9)
        return graph.pack([source], [output])

    assert Model(model()).run(np.zeros((2, 3), np.int8))
    for changes, words in (
        ({"type": tfl.TensorType.FLOAT32}, "element type .*: have FLOAT32, want INT8"),
        ({"shape": (2, 4)}, "shapes do not fit: have 6, want 8"),
        ({"scale": None}, "quantization parameters"),
        ({"scale": -0.5}, "quantization parameters"),
        ({"scale": float("nan")}, "quantization parameters"),
        ({"zero": 500}, "quantization parameters .*: have 500, want 127"),
    ):
        with pytest.raises(ValueError, match=rf"^SOFTMAX \(operator 0\).*{words}"):
            Model(model(**changes))


def test_wrong_inputs_are_refused_with_the_tensor():
    model = Model(model_bytes("kws"))
    with pytest.raises(
        ValueError, match=r"input 0 \(input_1\) is int8 of shape .*490 bytes: got 40"
    ):
        model.run(np.zeros(40, np.int8))
    with pytest.raises(ValueError, match="the model has 1 inputs, got 2"):
        model.run(np.zeros(490, np.int8), np.zeros(490, np.int8))
    with pytest.raises(ValueError, match=r"is int8 of shape .*, got float64: quantize"):
        model.run(np.zeros(490))
    with pytest.raises(ValueError, match=r"got shape \(10, 49\)"):
        model.run(np.zeros((49, 10), np.int8).T)
    for nothing in (None, [0] * 490, "text"):
        with pytest.raises(ValueError, match="pass a NumPy array"):
            model.run(nothing)
    plain = model.run(bytes(490))[0]
    assert np.array_equal(plain, model.run(np.zeros((49, 10), np.int8))[0])
