# SPDX-License-Identifier: Apache-2.0
"""Functions of one input: what is refused at opening, and what random models do not reach."""

import numpy as np
import pytest
from moteforge import Model
from operators import GENERATORS
from single_op import BOOL, FLOAT32, INT8, INT16, INT32, INT64, UINT8, Graph, Spec, tfl

runtime = pytest.importorskip("tflite_micro").runtime
OP = tfl.BuiltinOperator


def one(code: int, source: Spec, result: Spec, options=None, kind: int = 0) -> bytes:
    graph = Graph()
    tensors = [graph.tensor(source), graph.tensor(result)]
    graph.operator(code, tensors[:1], tensors[1:], options, kind)
    return graph.pack(tensors[:1], tensors[1:])


def l2_options(activation: int) -> tfl.L2NormOptionsT:
    options = tfl.L2NormOptionsT()
    options.fusedActivationFunction = activation
    return options


def tflm_runs(data: bytes, dtype: type) -> bool:
    """Whether TFLM opens and invokes the model."""
    try:
        interpreter = runtime.Interpreter.from_bytes(data, arena_size=1 << 16)
        shape = interpreter.get_input_details(0)["shape"]
        interpreter.set_input(np.zeros(shape, dtype), 0)
        interpreter.invoke()
    except RuntimeError:
        return False
    return True


INPUT = Spec((2, 3), scale=0.1)
REFUSED = {
    "LOGISTIC": [
        (OP.LOGISTIC, INPUT, Spec((2, 3), scale=1 / 256, zero=0)),
        (OP.LOGISTIC, INPUT, Spec((2, 3), INT16, scale=1 / 32768)),
    ],
    "TANH": [(OP.TANH, INPUT, Spec((2, 3), FLOAT32))],
    "HARD_SWISH": [(OP.HARD_SWISH, INPUT, Spec((2, 3), scale=0.1 / 512))],
    "LOG_SOFTMAX": [
        (OP.LOG_SOFTMAX, INPUT, Spec((2, 3), scale=1 / 16, zero=126)),
        (OP.LOG_SOFTMAX, INPUT, Spec((2, 3), scale=1 / 8, zero=127)),
        (OP.LOG_SOFTMAX, INPUT, Spec((3, 2), scale=1 / 16, zero=127)),
    ],
    "L2_NORMALIZATION": [
        (OP.L2_NORMALIZATION, INPUT, Spec((2, 3), scale=1 / 128), l2_options(1), 12),
        (
            OP.L2_NORMALIZATION,
            Spec((1, 1, 1, 2, 3), scale=0.1),
            Spec((1, 1, 1, 2, 3), scale=1 / 128),
            l2_options(0),
            12,
        ),
    ],
    "QUANTIZE": [
        (OP.QUANTIZE, INPUT, Spec((2, 3), FLOAT32)),
        (OP.QUANTIZE, INPUT, Spec((2, 3), scale=[0.1, 0.2, 0.3], axis=1)),
        (OP.QUANTIZE, INPUT, Spec((2, 3), INT64, scale=0.1)),
    ],
    "DEQUANTIZE": [(OP.DEQUANTIZE, INPUT, Spec((2, 3), INT32))],
    "CAST": [(OP.CAST, INPUT, Spec((2, 3), INT64)), (OP.CAST, INPUT, Spec((2, 3), UINT8))],
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_tflm_refuses_is_refused_at_opening(name):
    for case in REFUSED[name]:
        data = one(*case)
        assert not tflm_runs(data, np.int8), case
        with pytest.raises(ValueError, match=rf"^{name} \(operator 0\)"):
            Model(data)


def test_models_like_the_refused_ones_run():
    for case in (
        (OP.LOGISTIC, INPUT, Spec((2, 3), scale=1 / 256, zero=-128)),
        (OP.HARD_SWISH, INPUT, Spec((2, 3), scale=0.1)),
        (OP.LOG_SOFTMAX, INPUT, Spec((2, 3), scale=1 / 16, zero=127)),
        (OP.L2_NORMALIZATION, INPUT, Spec((2, 3), scale=1 / 128), l2_options(0), 12),
        (OP.QUANTIZE, INPUT, Spec((2, 3), scale=0.2)),
        (OP.CAST, INPUT, Spec((2, 3), BOOL)),
    ):
        data = one(*case)
        assert tflm_runs(data, np.int8)
        assert Model(data).run(np.zeros((2, 3), np.int8))


@pytest.mark.parametrize("kind", ["int8", "uint8", "int16"])
def test_dequantize_gives_the_very_bits_of_tflm(kind):
    for seed in range(60):
        rng = np.random.default_rng(seed)
        data = GENERATORS[f"DEQUANTIZE {kind}"](rng).data
        model = Model(data)
        limits = np.iinfo(kind)
        x = rng.integers(limits.min, limits.max + 1, model.inputs[0].shape, dtype=kind)
        interpreter = runtime.Interpreter.from_bytes(data, arena_size=1 << 18)
        interpreter.set_input(x, 0)
        interpreter.invoke()
        want = np.array(interpreter.get_output(0))
        assert np.array_equal(model.run(x)[0].view(np.uint32), want.view(np.uint32)), seed


@pytest.mark.parametrize("zero", [-128, 0, 127])
def test_quantize_saturates_where_cpp_leaves_the_conversion_undefined(zero):
    x = np.float32([np.inf, 1e30, 2.0**31, 3e4, -3e4, -(2.0**32), -1e30, -np.inf, np.nan, 0.0])
    model = Model(one(OP.QUANTIZE, Spec(x.shape, FLOAT32), Spec(x.shape, INT8, 0.5, zero)))
    assert model.run(x)[0].tolist() == [127] * 4 + [-128] * 4 + [zero] * 2
    wide = Model(one(OP.QUANTIZE, Spec(x.shape, FLOAT32), Spec(x.shape, INT16, 0.5, zero)))
    assert wide.run(x)[0].tolist() == [32767] * 4 + [-32768] * 4 + [zero] * 2


def test_softmax_of_16_bits_has_every_entry_of_the_tables():
    """Each difference of two inputs: every argument of exp. Sums of one to two: every argument of the reciprocal."""
    options = tfl.SoftmaxOptionsT()
    options.beta = 1.0
    x = np.zeros((65536, 2), np.int16)
    x[:, 0], x[:, 1] = 32767, np.arange(-32768, 32768)
    spec, result = Spec(x.shape, INT16, 10 / 65535), Spec(x.shape, INT16, 1 / 32768)
    data = one(OP.SOFTMAX, spec, result, options, 9)
    interpreter = runtime.Interpreter.from_bytes(data, arena_size=1 << 20)
    interpreter.set_input(x, 0)
    interpreter.invoke()
    got = Model(data).run(x)[0]
    assert np.array_equal(got, np.array(interpreter.get_output(0)))
    assert len(np.unique(got)) > 16384


@pytest.mark.parametrize("code", [OP.LOGISTIC, OP.TANH])
def test_outputs_of_16_bits_have_scales_that_count_as_a_power_of_two(code):
    power = np.float32(1 / 32768).view(np.int32)
    for off, fits in ((-11629, False), (-11628, True), (5817, True), (5818, False)):
        scale = float((power + np.int32(off)).view(np.float32))
        data = one(code, Spec((4,), INT16, 2.0**-12), Spec((4,), INT16, scale))
        assert tflm_runs(data, np.int16) == fits
        if fits:
            assert Model(data).run(np.zeros(4, np.int16))
        else:
            with pytest.raises(ValueError, match="quantization parameters"):
                Model(data)
