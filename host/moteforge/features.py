# SPDX-License-Identifier: Apache-2.0
"""Features for training: those that the chip will compute, of whole recordings, as generators and as tf.data.

    config = "motion.pipeline.json"
    data = features.dataset(config, ["walk.wav", "rest.wav"], [0, 1], frames=16)
    model.fit(data.shuffle(1000).batch(32))

A recording is a WAV file's path, an int16 array of shape (samples,) or (instants, channels), or a list of such arrays
between which samples are missing. Every recording starts with a chain that has seen nothing; after a gap it goes on as
on a board, and no window spans it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from .recording import read_wav
from .signal import Frontend

Recording = Any  # a path, an array, or a list of arrays


def frames(
    config: Any, recordings: Iterable[Recording], model: Any = None, floats: bool = False
) -> Iterator[np.ndarray]:
    """For each recording all its frames, of shape (frames, values).

    config, model: as Frontend takes them. floats: float32 with 1.0 as 1, else the chain's own integers. Raises
    UsageError for a file that does not fit, ValueError for an array or a configuration.
    """
    for parts in _parts(Frontend(config, model), recordings, floats):
        yield np.concatenate(parts)


def windows(
    config: Any,
    recordings: Iterable[Recording],
    labels: Sequence[Any],
    frames: int | None = None,
    stride: int = 1,
    model: Any = None,
    floats: bool = False,
) -> Iterator[tuple[np.ndarray, Any]]:
    """(features of shape (frames, values), label): every `stride`-th run of consecutive frames in each recording.

    labels: one a recording; a text becomes its index in the configuration's labels. frames: None for those of the
    configuration's decision. A part of a recording that is too short gives none. The rest as in frames().
    """
    chain, count, numbers, recordings = _prepared(config, recordings, labels, frames, stride, model)
    for parts, label in zip(_parts(chain, recordings, floats), numbers, strict=True):
        for part in parts:
            for start in range(0, len(part) - count + 1, stride):
                yield part[start : start + count], label


def dataset(
    config: Any,
    recordings: Iterable[Recording],
    labels: Sequence[Any],
    frames: int | None = None,
    stride: int = 1,
    model: Any = None,
    floats: bool = False,
) -> Any:
    """windows() as a tf.data.Dataset, which computes them anew in every epoch. ImportError without TensorFlow."""
    tf = tensorflow()
    chain, count, numbers, recordings = _prepared(config, recordings, labels, frames, stride, model)
    dtype = np.dtype(np.float32 if floats else chain.typecode)
    label = np.asarray(numbers)
    if floats:
        chain.dequantize(np.zeros((0, chain.values), chain.typecode))  # now, not within an epoch
    signature = (
        tf.TensorSpec((count, chain.values), tf.as_dtype(dtype)),
        tf.TensorSpec(label.shape[1:], tf.as_dtype(label.dtype)),
    )
    arguments = (recordings, numbers, count, stride, model, floats)
    return tf.data.Dataset.from_generator(
        lambda: windows(config, *arguments), output_signature=signature
    )


def tensorflow() -> Any:
    """The module, or ImportError that says how to get it."""
    try:
        import tensorflow as tf
    except ImportError as error:
        raise ImportError(
            f"features.dataset needs TensorFlow ({error}): pip install 'moteforge[train]'; "
            "features.windows is the same as a plain generator"
        ) from None
    return tf


def _prepared(
    config: Any, recordings: Iterable[Recording], labels: Sequence[Any], frames: int | None,
    stride: int, model: Any,
) -> tuple[Frontend, int, list[Any], list[Recording]]:  # fmt: skip
    """The chain, frames of a window, a label for each recording; ValueError where they do not fit together."""
    chain, recordings = Frontend(config, model), list(recordings)
    if isinstance(labels, str) or len(labels) != len(recordings):
        raise ValueError(
            f"labels are {labels!r}, must be one for each of {len(recordings)} recordings"
        )
    if frames is None:
        frames = (chain.config.get("decision") or {}).get("frames")
    for name, value in (("frames", frames), ("stride", stride)):
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} is {value!r}, must be 1 or more")
    return (
        chain,
        frames,
        [_number(label, chain.config.get("labels")) for label in labels],
        recordings,
    )


def _number(label: Any, names: Any) -> Any:
    if not isinstance(label, str):
        return label
    if not isinstance(names, list) or label not in names:
        raise ValueError(f"label {label!r} is none of the pipeline's labels, {names!r}")
    return names.index(label)


def _parts(chain: Frontend, recordings: Iterable[Recording], floats: bool) -> Iterator[list]:
    """For each recording the frames of its parts."""
    if isinstance(recordings, (str, os.PathLike)):
        raise ValueError(f"recordings is {recordings!r}, must be a list of them")
    for recording in recordings:
        chain.reset()
        parts = []
        for index, samples in enumerate(_samples(recording, chain)):
            if index:
                chain.ring.gap()
            part = chain.push(samples)
            parts.append(chain.dequantize(part) if floats else part)
        yield parts or [chain.push(np.zeros(0, np.int16))]


def _samples(recording: Recording, chain: Frontend) -> list[Any]:
    """The parts of a recording."""
    if isinstance(recording, (str, os.PathLike)):
        return [read_wav(recording, chain.rate, chain.channels)[0]]
    return list(recording) if isinstance(recording, (list, tuple)) else [recording]
