# SPDX-License-Identifier: Apache-2.0
"""Speech from eSpeak NG: requests become trimmed 16 kHz utterances, kept in one cache file."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import voices, words

RATE = 16000
NATIVE_RATE = 22050
TIMEOUT = 30.0
Progress = Callable[[str], None]


class SynthesisError(RuntimeError):
    """The synthesizer is missing or failed; the text says what to do."""


@dataclass(frozen=True)
class Request:
    """One utterance to be spoken; `label` indexes words.LABELS."""

    text: str
    label: int
    voice: voices.Voice


def synthesizer() -> str:
    """Path of espeak-ng; SynthesisError names the Debian package when it is absent."""
    program = shutil.which("espeak-ng")
    if program is None:
        raise SynthesisError(
            "espeak-ng is not installed; install it with: apt-get install espeak-ng"
        )
    return program


def requests(rng: np.random.Generator, split: str, sizes: dict[str, int]) -> list[Request]:
    """Requests of `split`: sizes["keyword"] for each keyword, others by "word" and "phrase"."""
    made = []
    for index, target in enumerate(words.TARGETS):
        for _ in range(sizes["keyword"]):
            text = _spelling(rng, target)
            made.append(Request(text, words.UNKNOWN + 1 + index, voices.pick(rng, split)))
    held_out = split != "train"
    for _ in range(sizes["word"]):
        text = str(rng.choice(words.vocabulary(held_out))) + str(rng.choice(["", ".", "!", "?"]))
        made.append(Request(text, words.UNKNOWN, voices.pick(rng, split)))
    for _ in range(sizes["phrase"]):
        text = words.phrase(rng, held_out)
        made.append(Request(text, words.UNKNOWN, voices.pick(rng, split, fast=True)))
    return made


def _spelling(rng: np.random.Generator, target: str) -> str:
    """The keyword as spelt, as a statement, exclamation or question, or as phonemes."""
    if rng.random() < 0.25 and target in words.PRONUNCIATIONS:
        return str(rng.choice(words.PRONUNCIATIONS[target]))
    return target + str(rng.choice(["", ".", "!", "?"]))


def speak(request: Request) -> np.ndarray:
    """One utterance as int16 at 16 kHz, silence at both ends removed, at least 50 ms long."""
    voice = request.voice
    command = [synthesizer(), "-v", voice.name, "-s", str(voice.speed), "-p", str(voice.pitch)]
    command += ["-a", str(voice.amplitude), "--stdout", request.text]
    done = subprocess.run(command, capture_output=True, timeout=TIMEOUT, check=False)
    if done.returncode != 0 or len(done.stdout) < 2 * NATIVE_RATE // 20:
        message = done.stderr.decode(errors="replace").strip() or "no audio"
        raise SynthesisError(
            f"espeak-ng failed for {request.text!r}, voice {voice.name}: {message}"
        )
    # The length in the 44-byte WAV header is not valid on a pipe: wave.open cannot read it.
    native = np.frombuffer(done.stdout[44 : 44 + (len(done.stdout) - 44) // 2 * 2], "<i2")
    return trim(resample(native, RATE * voice.warp / NATIVE_RATE))


def resample(samples: np.ndarray, ratio: float) -> np.ndarray:
    """Band-limited change of length by `ratio`, in the frequency domain; int16 in and out."""
    length = max(1, round(len(samples) * ratio))
    spectrum = np.fft.rfft(samples.astype(np.float64))
    bins = length // 2 + 1
    spectrum = (
        spectrum[:bins] if bins <= len(spectrum) else np.pad(spectrum, (0, bins - len(spectrum)))
    )
    result = np.fft.irfft(spectrum, length) * (length / len(samples))
    return np.clip(np.rint(result), -32768, 32767).astype(np.int16)


def trim(samples: np.ndarray, floor_db: float = -42.0) -> np.ndarray:
    """Removes what is quieter than `floor_db` below the loudest 10 ms at both ends."""
    block = RATE // 100
    count = len(samples) // block
    level = np.square(samples[: count * block].astype(np.float64).reshape(count, block)).mean(
        axis=1
    )
    loud = np.flatnonzero(level > level.max() * 10 ** (floor_db / 10))
    return samples[loud[0] * block : (loud[-1] + 1) * block]


def speak_all(
    wanted: Sequence[Request], cache: Path, name: str, workers: int, progress: Progress
) -> list[np.ndarray]:
    """All utterances of `wanted`, from `cache` when the same were spoken before."""
    version = subprocess.run(
        [synthesizer(), "--version"], capture_output=True, timeout=TIMEOUT, check=True
    )
    key = hashlib.sha256(version.stdout + repr(wanted).encode()).hexdigest()[:16]
    path = cache / f"{name}-{key}.npz"
    if not path.exists():
        _save(path, _speak_in_parallel(wanted, name, workers, progress))
    with np.load(path) as stored:
        return np.split(stored["samples"], stored["ends"][:-1])


def _speak_in_parallel(
    wanted: Sequence[Request], name: str, workers: int, progress: Progress
) -> list[np.ndarray]:
    spoken = []
    with ThreadPoolExecutor(workers) as pool:
        for index, samples in enumerate(pool.map(speak, wanted), start=1):
            spoken.append(samples)
            if index % 500 == 0 or index == len(wanted):
                progress(f"speech, {name}: {index} of {len(wanted)} utterances")
    return spoken


def _save(path: Path, spoken: Sequence[np.ndarray]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.tmp")
    with partial.open("wb") as file:
        np.savez(file, samples=np.concatenate(spoken), ends=np.cumsum([len(s) for s in spoken]))
    os.replace(partial, path)
