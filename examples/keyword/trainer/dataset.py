# SPDX-License-Identifier: Apache-2.0
"""The parts put together: speech of a split, streams made from it, windows that are learnt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import features, streams, synthesis

Progress = Callable[[str], None]
SPLIT_SEEDS = {"train": 1, "validation": 2, "test": 3}


@dataclass(frozen=True)
class Sizes:
    """How much is made. Utterances are counted, streams given in seconds of audio."""

    keyword: int
    word: int
    phrase: int
    long_seconds: int
    short_count: int
    background_seconds: int

    def requests(self) -> dict[str, int]:
        """The part that synthesis.requests takes."""
        return {"keyword": self.keyword, "word": self.word, "phrase": self.phrase}


TRAIN = Sizes(900, 3600, 1500, 14400, 1500, 2400)
HELD_OUT = Sizes(150, 450, 450, 0, 0, 0)
QUICK_TRAIN = Sizes(12, 24, 8, 120, 20, 40)
QUICK_HELD_OUT = Sizes(6, 12, 6, 0, 0, 0)


def generator(seed: int, split: str, purpose: int) -> np.random.Generator:
    """An independent stream of random numbers for each split and purpose."""
    return np.random.default_rng([seed, SPLIT_SEEDS[split], purpose])


def speech(
    seed: int, split: str, sizes: Sizes, cache: Path, workers: int, progress: Progress
) -> streams.Speech:
    """All utterances of a split, synthesized once and then taken from `cache`."""
    wanted = synthesis.requests(generator(seed, split, 0), split, sizes.requests())
    spoken = synthesis.speak_all(wanted, cache, split, workers, progress)
    texts = [request.text for request in wanted]
    return streams.Speech(spoken, texts, [request.label for request in wanted])


def training_streams(rng: np.random.Generator, said: streams.Speech, sizes: Sizes):
    """Yields long streams, where the noise estimate of the front end settles, and short ones."""
    for _ in range(sizes.long_seconds // 12):
        yield streams.compose(rng, said, 12.0)
    for _ in range(sizes.short_count):
        yield streams.compose(rng, said, float(rng.uniform(1.0, 2.5)), keywords=0.8)
    for _ in range(sizes.background_seconds // 10):
        yield streams.background(rng, said, 10.0)


def windows(
    rng: np.random.Generator, said: streams.Speech, sizes: Sizes, progress: Progress
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Features and window labels of every training stream."""
    images, labels, seconds = [], [], 0.0
    for index, stream in enumerate(training_streams(rng, said, sizes), start=1):
        images.append(features.frames(stream.samples))
        labels.append(streams.window_labels(stream, len(images[-1])))
        seconds += len(stream.samples) / streams.RATE
        if index % 500 == 0:
            progress(f"features: {index} streams, {seconds / 3600:.1f} h")
    progress(f"features: {seconds / 3600:.1f} h of streams")
    return images, labels
