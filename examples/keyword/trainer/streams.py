# SPDX-License-Identifier: Apache-2.0
"""Continuous recordings with words at known times, and the label of every window in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from . import augmentation, words
from .features import FRAMES, HOP, WINDOW

RATE = 16000
SLACK = RATE // 50  # 20 ms of a word may lie outside the window


@dataclass(frozen=True)
class Event:
    """An utterance in a stream: label index and the samples it occupies."""

    label: int
    start: int
    end: int


@dataclass(frozen=True)
class Stream:
    """One recording: int16 at 16 kHz, and what is said in it."""

    samples: np.ndarray
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Speech:
    """Utterances of one split with their texts and labels."""

    utterances: Sequence[np.ndarray]
    texts: Sequence[str]
    labels: Sequence[int]

    def of(self, wanted: int) -> np.ndarray:
        """Indices of the utterances labelled `wanted`."""
        return np.flatnonzero(np.asarray(self.labels) == wanted)

    def only(self, keep: Callable[[str], bool]) -> Speech:
        """The utterances whose text, without its punctuation, `keep` accepts."""
        kept = [i for i, text in enumerate(self.texts) if keep(text.strip(".!?"))]
        return Speech(
            *([part[i] for i in kept] for part in (self.utterances, self.texts, self.labels))
        )


@dataclass(frozen=True)
class Conditions:
    """Ranges: a word's level below the loudest one and speech above noise in dB, pauses in s."""

    softer: tuple[float, float]
    ratio: tuple[float, float]
    pause: tuple[float, float]


TRAINING = Conditions(softer=(0.0, 12.0), ratio=(3.0, 40.0), pause=(0.1, 2.0))
ORDINARY = Conditions(softer=(0.0, 6.0), ratio=(10.0, 40.0), pause=(0.4, 3.0))
NOISY = Conditions(softer=(0.0, 6.0), ratio=(0.0, 10.0), pause=(0.4, 3.0))
HURRIED = Conditions(softer=(0.0, 6.0), ratio=(10.0, 40.0), pause=(0.1, 0.4))


def _arrange(
    rng: np.random.Generator,
    speech: Speech,
    length: int,
    keywords: float,
    conditions: Conditions,
) -> tuple[np.ndarray, list[Event]]:
    """Places utterances one after another with pauses between; the loudest sample is 1."""
    by_label = [speech.of(label) for label in range(len(words.LABELS))]
    dry, events = np.zeros(length), []
    at = int(rng.integers(0, RATE // 2))
    while at < length:
        keyword = rng.random() < keywords
        label = (
            int(rng.integers(words.UNKNOWN + 1, len(words.LABELS))) if keyword else words.UNKNOWN
        )
        word = speech.utterances[int(rng.choice(by_label[label]))].astype(np.float64)
        if at + len(word) > length:
            break
        dry[at : at + len(word)] += (
            word / np.abs(word).max() * 10 ** (-rng.uniform(*conditions.softer) / 20)
        )
        events.append(Event(label, at, at + len(word)))
        at += len(word) + int(RATE * np.exp(rng.uniform(*np.log(conditions.pause))))
    return dry, events


def compose(
    rng: np.random.Generator,
    speech: Speech,
    seconds: float,
    keywords: float = 0.6,
    conditions: Conditions = TRAINING,
) -> Stream:
    """A stream of `seconds`, with a room, a microphone and a background; `keywords` is their share.

    One in eight has a background of exact zeros, as a recording that was padded has. The peak lies
    between -34 and -1 dBFS.
    """
    length = int(seconds * RATE)
    dry, events = _arrange(rng, speech, length, keywords, conditions)
    signal = augmentation.room(rng, dry) if rng.random() < 0.6 else dry
    level = 32767 * 10 ** (rng.uniform(-34, -1) / 20)
    quiet = rng.random() < 0.125
    if not quiet:
        others = [speech.utterances[i] for i in speech.of(words.UNKNOWN)]
        spoken = np.concatenate([dry[e.start : e.end] for e in events] or [np.full(1, 0.1)])
        gain = 10 ** (-rng.uniform(*conditions.ratio) / 20)
        background = augmentation.noise(rng, length, others) * np.sqrt(np.mean(np.square(spoken)))
        signal = signal + gain * background
    if rng.random() < 0.7:
        signal = augmentation.microphone(rng, signal)
    return Stream(
        augmentation.to_int16(signal / (np.abs(signal).max() + 1e-9) * level), tuple(events)
    )


def background(rng: np.random.Generator, speech: Speech, seconds: float) -> Stream:
    """A stream without a word in it: silence or noise of one kind, at -70 to -10 dBFS."""
    length = int(seconds * RATE)
    others = [speech.utterances[i] for i in speech.of(words.UNKNOWN)]
    level = 32767 * 10 ** (rng.uniform(-70, -10) / 20)
    return Stream(augmentation.to_int16(augmentation.noise(rng, length, others) * level), ())


def window_labels(stream: Stream, frames: int) -> np.ndarray:
    """The label of each window of FRAMES frames in a stream of `frames`; -1 where ambiguous.

    A keyword counts when all of it is inside; with less than 65 % of it the window is unknown, and
    in between, or with two different keywords, no answer is right.
    """
    count = max(0, frames - FRAMES + 1)
    first = np.arange(count) * HOP
    last = first + (FRAMES - 1) * HOP + WINDOW
    label = np.full(count, words.SILENCE)
    for event in stream.events:
        visible = np.minimum(last, event.end) - np.maximum(first, event.start)
        label[(label == words.SILENCE) & (visible > 3 * SLACK)] = words.UNKNOWN
    for event in (e for e in stream.events if e.label > words.UNKNOWN):
        visible = np.minimum(last, event.end) - np.maximum(first, event.start)
        size = event.end - event.start
        whole = visible >= size - SLACK
        clash = whole & (label > words.UNKNOWN) & (label != event.label)
        ambiguous = ~whole & (visible > 0.65 * size)
        label[whole & (label != -1)] = event.label
        label[clash | ambiguous] = -1
    return label
