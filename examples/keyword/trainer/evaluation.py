# SPDX-License-Identifier: Apache-2.0
"""How good a model is: by window, and by what its pipeline decides in long streams."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from moteforge.mote import chain
from moteforge.mote.decision import Decider

from . import features, streams, words
from .features import FRAMES, HOP, WINDOW

GRACE_MS = 700  # a decision may come this long after the word's end
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Scored:
    """A stream's events, and the model's int8 outputs: a row a run, `stride` frames apart."""

    events: tuple[streams.Event, ...]
    seconds: float
    scores: np.ndarray
    stride: int


@dataclass
class Tally:
    """What happened in streams, by label index: keywords said, found, and alarms where none was."""

    said: np.ndarray = field(default_factory=lambda: np.zeros(len(words.LABELS), int))
    found: np.ndarray = field(default_factory=lambda: np.zeros(len(words.LABELS), int))
    false: np.ndarray = field(default_factory=lambda: np.zeros(len(words.LABELS), int))
    confused: int = 0
    hours: float = 0.0
    delays_ms: list[int] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """Share of all keywords that were found."""
        return float(self.found.sum() / max(1, self.said.sum()))

    @property
    def false_per_hour(self) -> float:
        """Decisions that no keyword explains, an hour of stream."""
        return float(self.false.sum() / max(self.hours, 1e-9))


def scored(model, stream: streams.Stream, stride: int) -> Scored:
    """Runs `model` (an open moteforge.Model) over a stream as a pipeline does."""
    image = features.frames(stream.samples)
    shape = model.inputs[0].shape
    rows = [
        np.array(model.run(image[at : at + FRAMES].reshape(shape))[0], np.int8).reshape(-1)
        for at in range(0, len(image) - FRAMES + 1, stride)
    ]
    seconds = len(stream.samples) / streams.RATE
    return Scored(stream.events, seconds, np.array(rows).reshape(-1, len(words.LABELS)), stride)


def decisions(run: Scored, config: dict, output) -> list[tuple[int, int]]:
    """(time in ms, label index) of every decision, by the very code that decides on the board."""
    decider = Decider(words.LABELS, chain.decision(config), output.scale, output.zero_point)
    made = []
    for index, row in enumerate(run.scores):
        end = ((index * run.stride + FRAMES - 1) * HOP + WINDOW) * 1000 // streams.RATE
        label = decider.update(row, end)
        if label >= 0:
            made.append((end, label))
    return made


def judge(tally: Tally, run: Scored, made: Iterable[tuple[int, int]]) -> None:
    """Adds one stream: a keyword explains one decision of its label, up to GRACE_MS after its end.

    A decision near a keyword of another label is confused and false, a repeated one is false.
    """
    waiting = [e for e in run.events if e.label > words.UNKNOWN]
    for event in waiting:
        tally.said[event.label] += 1
    for time_ms, label in made:
        near = [event for event in waiting if _explains(event, time_ms)]
        match = next((e for e in near if e.label == label), None)
        if match is not None:
            waiting.remove(match)
            tally.found[label] += 1
            tally.delays_ms.append(time_ms - match.end * 1000 // streams.RATE)
        else:
            tally.false[label] += 1
            tally.confused += bool(near)
    tally.hours += run.seconds / 3600


def _explains(event: streams.Event, time_ms: int) -> bool:
    start, end = (at * 1000 // streams.RATE for at in (event.start, event.end))
    return start <= time_ms <= end + GRACE_MS


def tally(runs: Sequence[Scored], config: dict, output) -> Tally:
    """The sum over `runs` with the decision settings of `config`."""
    total = Tally()
    for run in runs:
        judge(total, run, decisions(run, config, output))
    return total


def confusion(model, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Counts of windows, [label, answer]."""
    shape = model.inputs[0].shape
    matrix = np.zeros((len(words.LABELS), len(words.LABELS)), int)
    for image, label in zip(images, labels, strict=True):
        answer = int(np.argmax(np.asarray(model.run(image.reshape(shape))[0])))
        matrix[label, answer] += 1
    return matrix
