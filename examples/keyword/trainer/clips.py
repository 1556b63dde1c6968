# SPDX-License-Identifier: Apache-2.0
"""The few recordings kept with the example: scenes spoken by voices that are never trained."""

from __future__ import annotations

import json
import os
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import augmentation, streams, words
from .synthesis import Request, speak
from .voices import Voice

RATE = 16000
PAUSE = int(0.45 * RATE)


@dataclass(frozen=True)
class Scene:
    """Words with pauses of 0.45 s between, over one kind of noise `snr` dB below the speech."""

    name: str
    said: tuple[str, ...]
    voice: Voice
    seconds: float
    noise: str
    snr: float
    room: bool


SCENES = (
    Scene("yes_no", ("yes", "no"), Voice("en+linda", 150, 50, 100, 1.0), 2.8, "white", 40, False),
    Scene("on_off", ("on", "off"), Voice("en-us+paul", 140, 45, 100, 1.0), 2.8, "fan", 20, False),
    Scene(
        "no_window_yes",
        ("no", "window", "yes"),
        Voice("en-gb-scotland+f4", 160, 55, 100, 1.0),
        3.8,
        "babble",
        15,
        True,
    ),
    Scene(
        "garden_street",
        ("garden", "street"),
        Voice("en-gb-x-rp+m5", 150, 40, 100, 1.0),
        2.5,
        "pink",
        15,
        True,
    ),
)


def _label(word: str) -> int:
    return words.LABELS.index(word) if word in words.LABELS else words.UNKNOWN


def record(scene: Scene) -> streams.Stream:
    """The scene as a stream at about -9 dBFS."""
    rng = np.random.default_rng(list(scene.name.encode()))
    dry, at, events = np.zeros(int(scene.seconds * RATE)), PAUSE, []
    for word in scene.said:
        spoken = speak(Request(word, _label(word), scene.voice)).astype(np.float64)
        dry[at : at + len(spoken)] = spoken / np.abs(spoken).max()
        events.append(streams.Event(_label(word), at, at + len(spoken)))
        at += len(spoken) + PAUSE
    if at + PAUSE > len(dry) + 2 * PAUSE:
        raise ValueError(f"clip {scene.name}: {scene.seconds} s is too short for {scene.said}")
    signal = augmentation.room(rng, dry) if scene.room else dry
    loudness = np.sqrt(np.mean(np.square(np.concatenate([dry[e.start : e.end] for e in events]))))
    others = [dry[e.start : e.end] for e in events]
    noise = augmentation.noise(rng, len(dry), others, scene.noise)
    signal = signal + loudness * 10 ** (-scene.snr / 20) * noise
    level = 32767 * 10 ** (-9 / 20)
    samples = augmentation.to_int16(signal / np.abs(signal).max() * level)
    return streams.Stream(samples, tuple(events))


def write(directory: Path) -> None:
    """Writes every scene as a 16 kHz mono WAV file, and what is said in them as expected.json."""
    directory.mkdir(parents=True, exist_ok=True)
    expected = {}
    for scene in SCENES:
        stream = record(scene)
        write_wav(directory / f"{scene.name}.wav", stream.samples)
        expected[f"{scene.name}.wav"] = [
            {
                "label": words.LABELS[event.label],
                "word": word,
                "startMs": event.start * 1000 // RATE,
                "endMs": event.end * 1000 // RATE,
            }
            for word, event in zip(scene.said, stream.events, strict=True)
        ]
    replace(directory / "expected.json", (json.dumps(expected, indent=1) + "\n").encode())


def write_wav(path: Path, samples: np.ndarray) -> None:
    """Writes int16 samples as 16 kHz mono WAV."""
    partial = path.with_suffix(f".{os.getpid()}.tmp")
    with wave.open(str(partial), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())
    os.replace(partial, path)


def replace(path: Path, content: bytes) -> None:
    """Writes a file whole or not at all."""
    partial = path.with_suffix(f".{os.getpid()}.tmp")
    partial.write_bytes(content)
    os.replace(partial, path)
