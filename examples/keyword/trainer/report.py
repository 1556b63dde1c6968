# SPDX-License-Identifier: Apache-2.0
"""Measures a model on voices that were never trained, and tells the figures as JSON and as text."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import dataset, evaluation, features, streams, words

Progress = Callable[[str], None]
SECONDS = 30.0
THRESHOLDS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
SMOOTHINGS = (1, 2, 3, 4)


@dataclass(frozen=True)
class Amount:
    """Half-minute streams of each kind, and windows of each label."""

    streams: int
    windows: int


FULL = Amount(80, 500)
QUICK = Amount(2, 10)


def held_out_streams(
    rng: np.random.Generator, said: streams.Speech, amount: Amount
) -> dict[str, list[streams.Stream]]:
    """Streams of keywords among other words, other speech, confusable words, and noise only."""
    count = range(amount.streams)
    confusable = said.only(lambda text: text in words.CONFUSABLE)
    ordinary = said.only(lambda text: text not in words.CONFUSABLE)
    mixed, hard = streams.ORDINARY, streams.NOISY
    return {
        "keywords": [streams.compose(rng, ordinary, SECONDS, 0.6, mixed) for _ in count],
        "keywords in noise": [streams.compose(rng, ordinary, SECONDS, 0.6, hard) for _ in count],
        "keywords in a hurry": [
            streams.compose(rng, ordinary, SECONDS, 0.6, streams.HURRIED) for _ in count
        ],
        "speech": [streams.compose(rng, ordinary, SECONDS, 0.0, mixed) for _ in count],
        "confusable words": [streams.compose(rng, confusable, SECONDS, 0.0, mixed) for _ in count],
        "noise": [streams.background(rng, said, SECONDS) for _ in count],
    }


def scores(
    model, made: dict[str, list[streams.Stream]], stride: int, progress: Progress
) -> dict[str, list[evaluation.Scored]]:
    """The model's outputs over every stream, a run each `stride` frames."""
    result = {}
    for kind, recordings in made.items():
        result[kind] = [evaluation.scored(model, stream, stride) for stream in recordings]
        progress(f"scored {len(recordings)} streams: {kind}")
    return result


def settings(runs: dict[str, list[evaluation.Scored]], config: dict, output) -> list[dict]:
    """Recall and false alarms an hour for a grid of thresholds and smoothings."""
    rows = []
    for smoothing in SMOOTHINGS:
        for threshold in THRESHOLDS:
            tried = copy.deepcopy(config)
            tried["decision"].update(smoothing=smoothing, threshold=threshold)
            rows.append(
                {"smoothing": smoothing, "threshold": threshold, **streaming(runs, tried, output)}
            )
    return rows


def streaming(runs: dict[str, list[evaluation.Scored]], config: dict, output) -> dict:
    """Figures of one setting: recall by word, false alarms an hour by kind of stream, delay."""
    tallies = {kind: evaluation.tally(scored, config, output) for kind, scored in runs.items()}
    spoken = {kind: t for kind, t in tallies.items() if t.said.sum()}
    delays = [delay for t in spoken.values() for delay in t.delays_ms]
    return {
        "recall": {kind: round(t.recall, 4) for kind, t in spoken.items()},
        "foundOfSaid": {kind: _by_word(t) for kind, t in spoken.items()},
        "confused": {kind: t.confused for kind, t in spoken.items()},
        "falseAlarmsPerHour": {kind: round(t.false_per_hour, 1) for kind, t in tallies.items()},
        "hours": {kind: round(t.hours, 2) for kind, t in tallies.items()},
        "medianDelayMs": int(np.median(delays)) if delays else None,
    }


def _by_word(tally: evaluation.Tally) -> dict[str, list[int]]:
    """For each keyword, how often it was found and said."""
    counts = zip(words.LABELS, tally.found, tally.said, strict=True)
    return {word: [int(found), int(said)] for word, found, said in counts if word in words.TARGETS}


def windows(
    model, rng: np.random.Generator, made: dict[str, list[streams.Stream]], count: int
) -> dict[str, list[int]]:
    """For each label, how the model answers up to `count` windows drawn from the streams."""
    images, labels = [], []
    for stream in made["keywords"] + made["noise"]:
        frames = features.frames(stream.samples)
        truth = streams.window_labels(stream, len(frames))
        for at in np.flatnonzero(truth >= 0):
            labels.append(int(truth[at]))
            images.append(frames[at : at + features.FRAMES])
    truth = np.array(labels)
    candidates = [np.flatnonzero(truth == label) for label in range(len(words.LABELS))]
    drawn = np.concatenate(
        [rng.choice(c, min(count, len(c)), replace=False) for c in candidates if len(c)]
    )
    matrix = evaluation.confusion(model, [images[i] for i in drawn], truth[drawn])
    return {label: [int(n) for n in row] for label, row in zip(words.LABELS, matrix, strict=True)}


def measure(
    model, said: streams.Speech, split: str, seed: int, amount: Amount, progress: Progress
) -> dict:
    """All figures of a split; for validation also the grid of decision settings."""
    rng = dataset.generator(seed, split, 2)
    made = held_out_streams(rng, said, amount)
    config = features.config()
    runs = scores(model, made, config["decision"]["stride"], progress)
    output = model.outputs[0]
    result = {"windows": windows(model, rng, made, amount.windows)}
    result["streaming"] = streaming(runs, config, output)
    if split == "validation":
        result["settings"] = settings(runs, config, output)
    return result


def text(result: dict) -> str:
    """The figures as a few lines for a terminal."""
    lines = ["accuracy of single windows:"]
    for index, (label, row) in enumerate(result["windows"].items()):
        share = 100 * row[index] / max(1, sum(row))
        lines.append(f"  {label:8} {share:5.1f} %  of {sum(row)}")
    lines.append("in streams:")
    lines += ["  " + _line(result["streaming"])]
    smoothing = features.config()["decision"]["smoothing"]
    for row in (r for r in result.get("settings", ()) if r["smoothing"] == smoothing):
        lines.append(
            f"  smoothing {row['smoothing']} threshold {row['threshold']:.2f}: {_line(row)}"
        )
    return "\n".join(lines)


def _line(row: dict) -> str:
    share = {w: 100 * f / max(1, s) for w, (f, s) in row["foundOfSaid"]["keywords"].items()}
    found = ", ".join(f"{word} {percent:.0f}" for word, percent in share.items())
    recall = ", ".join(f"{kind} {100 * value:.1f} %" for kind, value in row["recall"].items())
    alarms = ", ".join(f"{kind} {value}" for kind, value in row["falseAlarmsPerHour"].items())
    return f"recall: {recall} ({found}); false alarms an hour: {alarms}"
