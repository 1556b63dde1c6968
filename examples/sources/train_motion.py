#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes motion.tflite and accelerometer.pipeline.json: rest, walking or shaking, of synthetic motion.

    .venv/bin/python examples/sources/train_motion.py

The features are those of the board, by moteforge.Frontend; one layer on them is trained with NumPy, in a second.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from moteforge import Frontend

HERE = Path(__file__).resolve().parent
LABELS = ["rest", "walk", "shake"]
RATE, WINDOW, HOP = 100, 128, 64
PER_G = 8192  # of an accelerometer at +- 4 g
SEED, STREAMS, SECONDS = 20260301, 60, 20
INPUT_SCALE = 1 / 16  # standard deviations a step
CONFIG = {
    "format": 1,
    "name": "motion",
    "sampleRate": RATE,
    "channels": 3,
    "bufferSize": 1024,
    "windowSize": WINDOW,
    "hopLength": HOP,
    "fixedPointScale": 32768,
    "stages": [
        {"type": "vectorMagnitude", "halve": True},
        {"type": "dcRemoval", "cutoffHz": 0.5},
        {"type": "statistics", "values": ["std", "peakToPeak", "zeroCrossings"]},
    ],
}
DECISION = {"frames": 1, "smoothing": 2, "threshold": 0.8, "hysteresis": 0.3, "debounceMs": 1000,
            "ignore": ["rest"]}  # fmt: skip


def direction(rng: np.random.Generator) -> np.ndarray:
    """Any, of length 1."""
    vector = rng.normal(size=3)
    return vector / np.linalg.norm(vector)


def motion(
    label: str, seconds: float, rng: np.random.Generator, down: np.ndarray | None = None
) -> np.ndarray:
    """Accelerations as (instants, 3) in counts, of a sensor held at any angle, or with gravity in direction `down`."""
    time = np.arange(int(seconds * RATE)) / RATE
    down, along = direction(rng) if down is None else down, direction(rng)
    moved = np.zeros_like(time)
    if label == "walk":
        pace, force = rng.uniform(1.5, 2.4), rng.uniform(0.12, 0.4)
        phase = 2 * np.pi * pace * time + rng.uniform(0, 6)
        moved, along = force * (np.sin(phase) + 0.5 * np.sin(2 * phase)), down
    elif label == "shake":
        phase = 2 * np.pi * rng.uniform(3.5, 7) * time + rng.uniform(0, 6)
        moved = rng.uniform(0.8, 1.8) * np.sin(phase)
    noise = rng.normal(0, rng.uniform(0.004, 0.02), (len(time), 3))
    force = down + np.outer(moved, along) + noise
    return np.clip(np.round(force * PER_G), -32768, 32767).astype(np.int16)


def features(samples: np.ndarray, stages: list) -> np.ndarray:
    """Frames of one continuous recording."""
    return Frontend({**CONFIG, "stages": stages}).push(samples.reshape(-1))


def examples(rng: np.random.Generator, stages: list) -> tuple[np.ndarray, np.ndarray]:
    """Frames of many recordings, and the index of each one's label."""
    frames, kinds = [], []
    for _ in range(STREAMS):
        for kind, label in enumerate(LABELS):
            frames.append(features(motion(label, SECONDS, rng), stages)[2:])  # filters have settled
            kinds += [kind] * len(frames[-1])
    return np.concatenate(frames).astype(np.float64), np.array(kinds)


def train(x: np.ndarray, kinds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights (labels, features) and biases of a logistic regression, by gradient descent."""
    weights, bias = np.zeros((len(LABELS), x.shape[1])), np.zeros(len(LABELS))
    wanted = np.eye(len(LABELS))[kinds]
    for _ in range(4000):
        logits = x @ weights.T + bias
        chances = np.exp(logits - logits.max(1, keepdims=True))
        chances /= chances.sum(1, keepdims=True)
        error = (chances - wanted) / len(x)
        weights -= error.T @ x + 1e-4 * weights
        bias -= error.sum(0)
    return weights, bias


def tflite(weights: np.ndarray, bias: np.ndarray) -> bytes:
    """FULLY_CONNECTED and SOFTMAX in int8."""
    from flatbuffers import Builder
    from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

    scale = np.abs(weights).max() / 127
    logits = 0.25
    model = schema.ModelT()
    model.version, model.description = 3, b"motion"
    model.buffers = [schema.BufferT()]
    graph = schema.SubGraphT()
    graph.tensors, graph.inputs, graph.outputs = [], [0], [4]
    model.subgraphs = [graph]

    def tensor(name, shape, kind, scale, zero=0, data=None):
        it = schema.TensorT()
        it.name, it.shape, it.type, it.buffer = name, shape, kind, len(model.buffers)
        it.quantization = schema.QuantizationParametersT()
        it.quantization.scale, it.quantization.zeroPoint = [float(scale)], [zero]
        buffer = schema.BufferT()
        if data is not None:
            buffer.data = list(data.tobytes())
        model.buffers.append(buffer)
        graph.tensors.append(it)

    int8, int32 = schema.TensorType.INT8, schema.TensorType.INT32
    size, count = weights.shape[1], len(weights)
    tensor("features", [1, size], int8, INPUT_SCALE)
    tensor("weights", [count, size], int8, scale, 0, np.round(weights / scale).astype("<i1"))
    tensor("bias", [count], int32, INPUT_SCALE * scale, 0,
           np.round(bias / (INPUT_SCALE * scale)).astype("<i4"))  # fmt: skip
    tensor("logits", [1, count], int8, logits)
    tensor("scores", [1, count], int8, 1 / 256, -128)
    builtin, options = schema.BuiltinOperator, schema.BuiltinOptions
    softmax = schema.SoftmaxOptionsT()
    softmax.beta = 1.0
    model.operatorCodes, graph.operators = [], []
    for index, (code, kind, given, inputs, output) in enumerate((
        (builtin.FULLY_CONNECTED, options.FullyConnectedOptions, schema.FullyConnectedOptionsT(),
         [0, 1, 2], 3),
        (builtin.SOFTMAX, options.SoftmaxOptions, softmax, [3], 4),
    )):  # fmt: skip
        entry, step = schema.OperatorCodeT(), schema.OperatorT()
        entry.builtinCode = entry.deprecatedBuiltinCode = code
        entry.version = 4 if code == builtin.FULLY_CONNECTED else 2
        step.opcodeIndex, step.inputs, step.outputs = index, inputs, [output]
        step.builtinOptionsType, step.builtinOptions = kind, given
        model.operatorCodes.append(entry)
        graph.operators.append(step)
    builder = Builder()
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def make() -> tuple[dict, bytes]:
    """The pipeline's configuration, and the model."""
    raw, kinds = examples(np.random.default_rng(SEED), CONFIG["stages"])
    values = raw / 65536
    mean, std = values.mean(0), values.std(0)
    normalize = {
        "type": "normalize",
        "mean": [float(f"{v:.5g}") for v in mean],
        "std": [float(f"{v:.5g}") for v in std],
    }
    stages = [*CONFIG["stages"], normalize]
    unit = Frontend({**CONFIG, "stages": stages}).unit
    x, kinds = examples(np.random.default_rng(SEED + 1), stages)
    steps = np.clip(np.round(x / unit / INPUT_SCALE), -128, 127)  # as toModel will give them
    config = {
        **CONFIG,
        "stages": [*stages, {"type": "toModel"}],
        "model": "motion.tflite",
        "labels": LABELS,
        "decision": DECISION,
    }
    return config, tflite(*train(steps * INPUT_SCALE, kinds))


def main() -> None:
    config, model = make()
    (HERE / "motion.tflite").write_bytes(model)
    (HERE / "accelerometer.pipeline.json").write_text(json.dumps(config, indent=2) + "\n")
    print(f"motion.tflite: {len(model)} bytes")


if __name__ == "__main__":
    main()
