# SPDX-License-Identifier: Apache-2.0
"""The network, its training and its conversion to an int8 .tflite file."""

from __future__ import annotations

import contextlib
import io
import os
import warnings
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from . import words
from .features import CHANNELS, FRAMES

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import tensorflow as tf

keras = tf.keras
BATCH = 128
SHARES = (0.10, 0.46, 0.11, 0.11, 0.11, 0.11)  # of silence, unknown and each keyword in a batch
HARD_SHARE = 0.3  # of the unknown windows, once those that deceive the model are known


def prepare(seed: int, threads: int) -> None:
    """Makes training repeatable on one machine: seeds, operators and the number of threads."""
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def _normalized(layer, tensor):
    return keras.layers.ReLU()(keras.layers.BatchNormalization(momentum=0.95)(layer(tensor)))


def _separable(tensor, filters: int, kernel, strides=1, padding="same"):
    """A depthwise convolution, which sees shapes, then a 1x1 one, which mixes channels."""
    layers = keras.layers
    depthwise = layers.DepthwiseConv2D(kernel, strides, padding, use_bias=False)
    mixed = layers.Conv2D(filters, 1, use_bias=False)
    return _normalized(mixed, _normalized(depthwise, tensor))


def build(batch: int | None = None):
    """The network for features scaled to [0, 1): frequency shrinks first, then time is compared."""
    layers = keras.layers
    image = keras.Input((FRAMES, CHANNELS, 1), batch_size=batch, name="features")
    first = layers.Conv2D(16, (5, 8), (2, 4), "same", use_bias=False)
    x = _normalized(first, image)  # 25 x 10
    x = _separable(x, 24, 3, (2, 2))  # 13 x 5
    x = _separable(x, 36, 3)
    x = _separable(x, 36, (1, 5), padding="valid")  # 13 x 1
    for _ in range(2):
        x = layers.Add()([x, _separable(x, 36, (5, 1))])
    x = layers.AveragePooling2D((x.shape[1], 1))(x)
    x = layers.Reshape((x.shape[-1],))(x)
    x = layers.Dropout(0.1)(x)
    return keras.Model(image, layers.Dense(len(words.LABELS), activation="softmax")(x))


def scale(features: np.ndarray) -> np.ndarray:
    """int8 features as the network's floats; its input then quantizes to exactly the same int8."""
    return (features.astype(np.float32) + 128.0) / 256.0


class Windows:
    """Labelled windows of many streams, drawn in fixed shares of the labels."""

    def __init__(self, features: Sequence[np.ndarray], labels: Sequence[np.ndarray]):
        """`features[i]` is (n, 40) int8, `labels[i]` the label of each of its n - 48 windows."""
        self.features = np.concatenate(features)
        starts = np.cumsum([0] + [len(f) for f in features[:-1]])
        where = [np.arange(len(v)) + start for v, start in zip(labels, starts, strict=True)]
        label, where = np.concatenate(labels), np.concatenate(where)
        self.by_label = [where[label == index] for index in range(len(words.LABELS))]
        self.hard = np.empty(0, np.int64)

    def draw(self, rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
        """`count` windows (count, 49, 40, 1) int8 and their labels."""
        label = rng.choice(len(words.LABELS), count, p=SHARES)
        start = np.empty(count, np.int64)
        for index, candidates in enumerate(self.by_label):
            chosen = np.flatnonzero(label == index)
            start[chosen] = candidates[rng.integers(0, len(candidates), len(chosen))]
        if len(self.hard):
            chosen = np.flatnonzero((label == words.UNKNOWN) & (rng.random(count) < HARD_SHARE))
            start[chosen] = self.hard[rng.integers(0, len(self.hard), len(chosen))]
        return self._at(start), label

    def _at(self, start: np.ndarray) -> np.ndarray:
        return self.features[start[:, None] + np.arange(FRAMES)][..., None]

    def mine(self, rng: np.random.Generator, model, count: int) -> int:
        """Notes which of `count` unknown windows `model` takes for a keyword; returns how many."""
        candidates = rng.choice(self.by_label[words.UNKNOWN], count)
        parts = np.array_split(candidates, count // 1000 + 1)
        scores = [model.predict_on_batch(scale(self._at(part))) for part in parts]
        keyword = np.concatenate(scores)[:, words.UNKNOWN + 1 :].max(axis=1)
        self.hard = candidates[keyword > 0.3]
        return len(self.hard)


def mask(rng: np.random.Generator, images: np.ndarray) -> np.ndarray:
    """Hides up to 5 frames and 6 channels of each window, and shifts some by a channel or two."""
    images, count = images.copy(), len(images)
    for shift in (-2, -1, 1, 2):
        moved = rng.random(count) < 0.1
        images[moved] = np.roll(images[moved], shift, axis=2)
    for axis, limit in ((1, 5), (2, 6)):
        size = rng.integers(0, limit + 1, count)[:, None]
        at = rng.integers(0, images.shape[axis] - limit, count)[:, None]
        place = np.arange(images.shape[axis])
        hidden = (place >= at) & (place < at + size)
        hidden = np.expand_dims(hidden, (3 - axis, 3))
        images[np.broadcast_to(hidden, images.shape)] = -128
    return images


def _batches(windows: Windows, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(seed)
    while True:
        images, labels = windows.draw(rng, BATCH)
        hot = np.eye(len(words.LABELS), dtype=np.float32)[labels]
        yield scale(mask(rng, images)), hot * 0.95 + 0.05 / len(words.LABELS)


def train(model, windows: Windows, steps: int, seed: int, progress: Callable[[str], None]) -> None:
    """Adam with a cosine schedule over `steps` batches of labels smoothed by 5 %."""
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps, warmup_target=4e-3, warmup_steps=steps // 20 + 1
    )
    cost = keras.losses.CategoricalCrossentropy()
    model.compile(keras.optimizers.Adam(schedule), loss=cost, metrics=["accuracy"])
    every = max(1, steps // 20)
    for step, (images, labels) in enumerate(_batches(windows, seed), start=1):
        values = model.train_on_batch(images, labels, return_dict=True)
        if step % every == 0 or step == steps:
            loss, accuracy = values["loss"], values["accuracy"]
            progress(f"step {step} of {steps}: loss {loss:.3f}, accuracy {accuracy:.3f}")
            model.reset_metrics()
        if step == steps:
            return
        if step in (steps // 2, steps * 3 // 4):
            found = windows.mine(np.random.default_rng([seed, step]), model, count=10 * steps)
            progress(
                f"{found} of {10 * steps} unknown windows deceive the model: now learnt more often"
            )


def convert(model, examples: np.ndarray) -> bytes:
    """The int8 model file; `examples` (n, 49, 40, 1) int8 set the ranges of the activations."""
    fixed = build(batch=1)
    fixed.set_weights(model.get_weights())
    converter = tf.lite.TFLiteConverter.from_keras_model(fixed)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    images = scale(_spanning(examples))
    converter.representative_dataset = lambda: ([image[None]] for image in images)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return converter.convert()


def _spanning(examples: np.ndarray) -> np.ndarray:
    """The examples with both ends of int8 in them, so that the input's scale is 1/256 exactly."""
    examples = examples.copy()
    examples[0, 0, 0, 0], examples[0, 0, 1, 0] = -128, 127
    return examples
