# SPDX-License-Identifier: Apache-2.0
"""The signal chain and the ring as a shared object and as programs, and TFLM as their authority."""

from __future__ import annotations

import ctypes
import functools
import json
import wave
from pathlib import Path

import numpy as np
import pytest
from compiled import ROOT, compiled
from public import SHARED

PIPELINE = ROOT / "tests" / "data" / "micro_speech.pipeline.json"
SOURCES = [*sorted((ROOT / "native/src/frontend").glob("*.c")), ROOT / "native/src/ring.c"]


@functools.cache
def library() -> ctypes.CDLL:
    flags = ["-std=c99", "-pedantic", "-O2", "-fPIC", "-shared"]
    return ctypes.CDLL(str(compiled("frontend.so", SOURCES, flags)))


def shared_file(path: str) -> Path:
    """A public model or recording; skips the test where the folder is absent."""
    file = SHARED / path
    if not file.exists():
        pytest.skip(f"{file} is absent (set MOTE_SHARED)")
    return file


def recording(word: str) -> np.ndarray:
    with wave.open(str(shared_file(f"data/speech/{word}_1000ms.wav"))) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


def config(stages: int | None = None) -> dict:
    """The micro_speech pipeline, or its first stages."""
    result = json.loads(PIPELINE.read_text())
    result["stages"] = result["stages"][:stages]
    return result


def Native():
    """The functions of module `_mote_chain`, on the PC."""
    from moteforge import _native

    return _native


class Tflm:
    """TFLM's own audio front end: one window of 480 samples to 40 int8 features, with state."""

    def __init__(self, keep_all: bool = False):
        runtime = pytest.importorskip("tflite_micro", reason="tflite-micro is not there").runtime
        model = shared_file("models/micro-speech/audio_preprocessor_int8.tflite").read_bytes()
        options = {}
        if keep_all:
            kinds = runtime.InterpreterConfig
            options["intrepreter_config"] = kinds.kPreserveAllTensors
        self._runtime = runtime.Interpreter.from_bytes(model, arena_size=1 << 18, **options)

    def frame(self, window: np.ndarray) -> np.ndarray:
        self._runtime.set_input(np.ascontiguousarray(window).reshape(1, 480), 0)
        self._runtime.invoke()
        return self._runtime.get_output(0).copy()

    def frames(self, samples: np.ndarray) -> np.ndarray:
        starts = range(0, len(samples) - 479, 320)
        return np.array([self.frame(samples[start : start + 480]) for start in starts])

    def tensor(self, index: int) -> np.ndarray:
        return np.array(self._runtime.GetTensor(index, 0)["tensor_data"]).reshape(-1)

    def reset(self) -> None:
        self._runtime.reset()


@functools.cache
def preprocessor_constants() -> dict[int, np.ndarray]:
    """The int16 constants inside TFLM's preprocessor, by tensor index."""
    schema = pytest.importorskip(
        "tflite_micro.tensorflow.lite.micro.python.schema_py_generated",
        reason="tflite-micro is not there",
    )
    data = shared_file("models/micro-speech/audio_preprocessor_int8.tflite").read_bytes()
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(data, 0))
    out = {}
    for index, tensor in enumerate(model.subgraphs[0].tensors):
        held = model.buffers[tensor.buffer].data
        if tensor.type == schema.TensorType.INT16 and held is not None and len(held):
            out[index] = np.frombuffer(bytes(held), np.int16)
    return out


def tflm_rfft(size: int, samples: np.ndarray) -> np.ndarray:
    """TFLM's int16 real FFT of one window, as (bins, 2): a model of that one operator.

    The operator's options are those in the preprocessor, with another fft_length.
    """
    runtime = pytest.importorskip("tflite_micro", reason="tflite-micro is not there").runtime
    from flatbuffers import Builder
    from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

    data = shared_file("models/micro-speech/audio_preprocessor_int8.tflite").read_bytes()
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(data, 0))
    graph = model.subgraphs[0]
    operator = graph.operators[3]
    options = bytes(operator.customOptions)
    length = (512).to_bytes(2, "little")
    at = options.rindex(b"\x07\x00" + length) + 2
    operator.customOptions = list(options[:at] + size.to_bytes(2, "little") + options[at + 2 :])
    given, result = graph.tensors[operator.inputs[0]], graph.tensors[operator.outputs[0]]
    given.shape, result.shape = [size], [size + 2]
    graph.tensors, graph.operators = [given, result], [operator]
    operator.inputs, operator.outputs, graph.inputs, graph.outputs = [0], [1], [0], [1]
    model.metadata, model.signatureDefs = None, None
    builder = Builder()
    builder.Finish(model.Pack(builder), b"TFL3")
    tflm = runtime.Interpreter.from_bytes(bytes(builder.Output()), arena_size=1 << 18)
    tflm.set_input(np.ascontiguousarray(samples, np.int16), 0)
    tflm.invoke()
    return tflm.get_output(0).reshape(-1, 2).copy()


def signals() -> dict[str, np.ndarray]:
    """Hard streams: noise, silence, full-scale square waves, impulses of -32768, swelling noise."""
    rng = np.random.default_rng(20260101)
    time = np.arange(48000)
    chirp = np.sin(2 * np.pi * np.cumsum(np.linspace(20, 7000, len(time))) / 16000)
    impulses = rng.integers(-20, 20, 32000)
    impulses[rng.integers(0, 32000, 60)] = -32768
    swelling = rng.normal(0, 1, 160000) * 2.0 ** np.linspace(-1, 16, 160000)
    return {
        "noise": rng.integers(-32768, 32768, 80000).astype(np.int16),
        "silence": np.zeros(8000, np.int16),
        "square": np.where(chirp >= 0, 32767, -32768).astype(np.int16),
        "lowest": np.full(8000, -32768, np.int16),
        "highest": np.full(8000, 32767, np.int16),
        "impulses": impulses.astype(np.int16),
        "smallest": rng.integers(-2, 3, 32000).astype(np.int16),
        "swelling": np.clip(swelling, -32768, 32767).astype(np.int16),
        "sine": np.round(32767 * np.sin(time * 2 * np.pi * 1000 / 16000)).astype(np.int16),
    }
