# SPDX-License-Identifier: Apache-2.0
"""Signal operators that TFLM refuses, or would read or write out of bounds, are refused when the model is opened."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

import numpy as np
import pytest
from moteforge import Model
from refusals import SHAPE, TYPE
from single_op import BOOL, INT8, INT16, INT32, UINT32, UINT64, Graph, Spec, flexbuffers

runtime = pytest.importorskip("tflite_micro").runtime


@dataclass
class Sample:
    """One operator: its tensors and options."""

    name: str
    inputs: list[Spec]
    outputs: list[Spec]
    options: dict[str, int | bool] = field(default_factory=dict)

    def pack(self, raw: bytes | None = None) -> bytes:
        """The model; raw: bytes in place of the options."""
        graph = Graph()
        inputs = [graph.tensor(spec) for spec in self.inputs]
        outputs = [graph.tensor(spec) for spec in self.outputs]
        operator = graph.custom(self.name, inputs, outputs, self.options)
        if raw is not None:
            operator.customOptions = np.frombuffer(raw, np.uint8)
        computed = [i for i, spec in zip(inputs, self.inputs, strict=True) if spec.data is None]
        return graph.pack(computed, outputs)


def constant(*values: int) -> Spec:
    return Spec((len(values),), INT16, data=np.array(values))


SUBTRACTION = {
    "alternate_one_minus_smoothing": 15401,
    "alternate_smoothing": 983,
    "clamping": False,
    "min_signal_remaining": 819,
    "num_channels": 3,
    "one_minus_smoothing": 15975,
    "smoothing": 409,
    "smoothing_bits": 10,
    "spectral_subtraction_bits": 14,
}
STACKER = {
    "num_channels": 3,
    "stacker_left_context": 1,
    "stacker_right_context": 1,
    "stacker_step": 2,
}
SAMPLES = {
    sample.name: sample
    for sample in (
        Sample(
            "SignalWindow",
            [Spec((2, 4), INT16), constant(1, 2, 3, 4)],
            [Spec((2, 4), INT16)],
            {"shift": 12},
        ),
        Sample("SignalFftAutoScale", [Spec((4,), INT16)], [Spec((4,), INT16), Spec((), INT32)]),
        Sample(
            "SignalRfft",
            [Spec((2, 60), INT16)],
            [Spec((2, 66), INT16)],
            {"T": INT16, "fft_length": 64},
        ),
        Sample(
            "SignalIrfft",
            [Spec((2, 66), INT16)],
            [Spec((2, 64), INT16)],
            {"T": INT16, "fft_length": 64},
        ),
        Sample(
            "SignalEnergy",
            [Spec((10,), INT16)],
            [Spec((5,), UINT32)],
            {"end_index": 4, "start_index": 1},
        ),
        Sample(
            "SignalFilterBank",
            [
                Spec((9,), UINT32),
                constant(1, 2, 3, 4, 5),
                constant(5, 4, 3, 2, 1),
                constant(0, 3, 6),
                constant(0, 2, 4),
                constant(2, 2, 1),
            ],
            [Spec((2,), UINT64)],
            {"num_channels": 2},
        ),
        Sample(
            "SignalFilterBankSquareRoot",
            [Spec((3,), UINT64), Spec((), INT32)],
            [Spec((3,), UINT32)],
        ),
        Sample(
            "SignalFilterBankSpectralSubtraction",
            [Spec((3,), UINT32)],
            [Spec((3,), UINT32), Spec((3,), UINT32)],
            SUBTRACTION,
        ),
        Sample(
            "SignalPCAN",
            [Spec((3,), UINT32), Spec((3,), UINT32), constant(*range(125))],
            [Spec((3,), UINT32)],
            {"snr_shift": 6},
        ),
        Sample(
            "SignalFilterBankLog",
            [Spec((3,), UINT32)],
            [Spec((3,), INT16)],
            {"input_correction_bits": 3, "output_scale": 64},
        ),
        Sample(
            "SignalFramer",
            [Spec((8,), INT16)],
            [Spec((2, 6), INT16), Spec((), BOOL)],
            {"frame_size": 6, "frame_step": 4, "prefill": True},
        ),
        Sample("SignalDelay", [Spec((4,), INT16)], [Spec((4,), INT16)], {"delay_length": 3}),
        Sample("SignalStacker", [Spec((3,), INT16)], [Spec((9,), INT16), Spec((), BOOL)], STACKER),
        Sample(
            "SignalOverlapAdd",
            [Spec((2, 6), INT16)],
            [Spec((8,), INT16)],
            {"T": INT16, "frame_step": 4},
        ),
    )
}


def refused_by_both(sample: Sample, words: str) -> None:
    data = sample.pack()
    with pytest.raises(RuntimeError):
        runtime.Interpreter.from_bytes(data, arena_size=1 << 16)
    with pytest.raises(ValueError, match=rf"^{sample.name} \(operator 0\).*{words}"):
        Model(data)


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_sound(name):
    data = SAMPLES[name].pack()
    assert runtime.Interpreter.from_bytes(data, arena_size=1 << 16)
    assert len(Model(data).outputs) == len(SAMPLES[name].outputs)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_tensor_is_of_its_type(name):
    sample = SAMPLES[name]
    for index in range(len(sample.inputs) + len(sample.outputs)):
        other = copy.deepcopy(sample)
        spec = (other.inputs + other.outputs)[index]
        spec.type, spec.data = INT8, None
        refused_by_both(other, TYPE)


@pytest.mark.parametrize("name", SAMPLES.keys() - {"SignalDelay"})
def test_every_tensor_is_of_its_rank(name):
    sample = SAMPLES[name]
    for index in range(len(sample.inputs) + len(sample.outputs)):
        other = copy.deepcopy(sample)
        spec = (other.inputs + other.outputs)[index]
        spec.shape = (1, *spec.shape)
        refused_by_both(other, SHAPE)


@pytest.mark.parametrize("name", SAMPLES)
def test_numbers_of_tensors(name):
    for change in ("inputs", "outputs"):
        other = copy.deepcopy(SAMPLES[name])
        getattr(other, change).append(Spec((1,), INT16))
        with pytest.raises(ValueError, match=rf"^{name} \(operator 0\)"):
            Model(other.pack())


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("SignalWindow", {"shift": 32}, "option.*have 32, want 31"),
        ("SignalWindow", {"shift": -1}, "option.*have -1, want 0"),
        ("SignalRfft", {"T": 0}, "element type.*have FLOAT32, want INT16"),
        ("SignalRfft", {"fft_length": 60}, "option.*have 60, want 64"),
        ("SignalRfft", {"fft_length": 2}, "option.*have 2, want 4"),
        ("SignalRfft", {"fft_length": -64}, "option.*have -64, want 4"),
        ("SignalRfft", {"fft_length": 1 << 20}, "option"),
        ("SignalRfft", {"fft_length": 128}, "shapes.*have 66, want 130"),
        ("SignalIrfft", {"fft_length": 128}, "shapes.*have 64, want 128"),
        ("SignalIrfft", {"T": INT32}, "element type.*have INT32, want INT16"),
        ("SignalEnergy", {"end_index": 6}, "option.*have 6, want 5"),
        ("SignalEnergy", {"start_index": -1}, "option.*have -1, want 0"),
        ("SignalFilterBank", {"num_channels": 3}, "shapes.*have 2, want 3"),
        ("SignalFilterBank", {"num_channels": -1}, "shapes"),
        ("SignalFilterBankSpectralSubtraction", {"num_channels": 4}, "shapes.*have 3, want 4"),
        ("SignalFilterBankSpectralSubtraction", {"smoothing": 65536}, "option.*want 65535"),
        ("SignalFilterBankSpectralSubtraction", {"smoothing_bits": 32}, "option.*want 31"),
        ("SignalFilterBankSpectralSubtraction", {"spectral_subtraction_bits": 64}, "option"),
        ("SignalPCAN", {"snr_shift": 64}, "option.*have 64, want 63"),
        ("SignalFilterBankLog", {"input_correction_bits": 32}, "option.*have 32, want 31"),
        ("SignalFramer", {"frame_step": 0}, "option.*have 0, want 1"),
        ("SignalFramer", {"frame_step": 16}, "option.*have 16, want 8"),
        ("SignalFramer", {"frame_step": 3}, "shapes.*have 2, want 0"),
        ("SignalFramer", {"frame_size": 7}, "option.*have 7, want 6"),
        ("SignalFramer", {"frame_size": 3}, "option.*have 3, want 4"),
        ("SignalDelay", {"delay_length": -1}, "option.*have -1, want 0"),
        ("SignalDelay", {"delay_length": 2**31 - 1}, "option"),
        ("SignalStacker", {"num_channels": 2}, "shapes.*have 3, want 2"),
        ("SignalStacker", {"stacker_left_context": -1}, "option.*have -1, want 0"),
        ("SignalStacker", {"stacker_right_context": 2}, "shapes.*have 3, want 4"),
        ("SignalStacker", {"stacker_right_context": 2**31 - 1}, "option"),
        ("SignalStacker", {"stacker_step": 0}, "option.*have 0, want 1"),
        ("SignalStacker", {"stacker_step": 4}, "option.*have 4, want 3"),
        ("SignalOverlapAdd", {"frame_step": 0}, "option.*have 0, want 1"),
        ("SignalOverlapAdd", {"frame_step": 7}, "option.*have 7, want 6"),
        ("SignalOverlapAdd", {"T": 0}, "element type.*have FLOAT32, want INT16"),
    ],
)
def test_options_out_of_range(name, options, words):
    other = copy.deepcopy(SAMPLES[name])
    other.options |= options
    with pytest.raises(ValueError, match=rf"^{name} \(operator 0\).*{words}"):
        Model(other.pack())


@pytest.mark.parametrize(
    ("name", "position", "spec"),
    [
        ("SignalWindow", 1, constant(1, 2, 3)),
        ("SignalWindow", 2, Spec((2, 3), INT16)),
        ("SignalFftAutoScale", 1, Spec((5,), INT16)),
        ("SignalRfft", 0, Spec((2, 65), INT16)),
        ("SignalRfft", 0, Spec((3, 60), INT16)),
        ("SignalIrfft", 0, Spec((2, 64), INT16)),
        ("SignalEnergy", 0, Spec((8,), INT16)),
        ("SignalFilterBank", 0, Spec((6,), UINT32)),
        ("SignalFilterBank", 1, constant(1, 2, 3, 4)),
        ("SignalFilterBank", 2, constant(1, 2, 3, 4)),
        ("SignalFilterBank", 3, constant(0, -1, 6)),
        ("SignalFilterBank", 3, constant(0, 3, 32767)),
        ("SignalFilterBank", 4, constant(0, -2, 4)),
        ("SignalFilterBank", 5, constant(2, 2)),
        ("SignalFilterBank", 5, constant(2, 2, 32767)),
        ("SignalFilterBankSquareRoot", 2, Spec((4,), UINT32)),
        ("SignalFilterBankSpectralSubtraction", 1, Spec((4,), UINT32)),
        ("SignalFilterBankSpectralSubtraction", 2, Spec((2,), UINT32)),
        ("SignalPCAN", 1, Spec((2,), UINT32)),
        ("SignalPCAN", 2, constant(*range(124))),
        ("SignalFilterBankLog", 1, Spec((2,), INT16)),
        ("SignalFramer", 1, Spec((3, 6), INT16)),
        ("SignalDelay", 1, Spec((3,), INT16)),
        ("SignalStacker", 1, Spec((10,), INT16)),
        ("SignalOverlapAdd", 1, Spec((9,), INT16)),
    ],
)
def test_shapes_that_would_leave_a_tensor(name, position, spec):
    other = copy.deepcopy(SAMPLES[name])
    part, at = (
        (other.inputs, position)
        if position < len(other.inputs)
        else (other.outputs, position - len(other.inputs))
    )
    part[at] = spec
    with pytest.raises(ValueError, match=rf"^{name} \(operator 0\).*{SHAPE}"):
        Model(other.pack())


def test_tables_of_bands_are_constants():
    other = copy.deepcopy(SAMPLES["SignalFilterBank"])
    other.inputs[5].data = None
    with pytest.raises(ValueError, match=r"^SignalFilterBank .*option"):
        Model(other.pack())


@pytest.mark.parametrize("name", [name for name in SAMPLES if SAMPLES[name].options])
def test_options_that_are_none(name):
    sample = SAMPLES[name]
    whole = bytes(flexbuffers.Dumps(sample.options))
    some = dict(list(sample.options.items())[1:])
    broken = [b"", b"\x01", whole[:1], bytes(3), b"\xff" * 40, bytes(flexbuffers.Dumps(some))]
    broken += [whole[:-1] + bytes([n]) for n in (0, 3, 5, 16, 255)]
    broken += [bytes(flexbuffers.Dumps(value)) for value in (7, 1.5, "seven", None)]
    for raw in broken:
        with pytest.raises(ValueError, match=rf"^{name} \(operator 0\).*option"):
            Model(sample.pack(raw))


def test_a_custom_operator_that_nobody_knows():
    other = copy.deepcopy(SAMPLES["SignalDelay"])
    other.name = "SignalDelays"
    with pytest.raises(ValueError, match="operator is not supported"):
        Model(other.pack())
