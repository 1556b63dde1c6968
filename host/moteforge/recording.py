# SPDX-License-Identifier: Apache-2.0
"""Recordings: WAV files of 16-bit PCM, one channel, at a pipeline's sample rate."""

from __future__ import annotations

import struct
import wave
from pathlib import Path

import numpy as np

from .errors import UsageError
from .modelfile import read_file


def read_wav(path: str | Path, rate: int | None = None) -> tuple[np.ndarray, int]:
    """Samples (int16) and rate in Hz; UsageError naming what is wrong, and how to convert."""
    import io

    data = read_file(path, "recording")
    try:
        with wave.open(io.BytesIO(data)) as file:
            channels, width, found = file.getnchannels(), file.getsampwidth(), file.getframerate()
            frames = file.readframes(file.getnframes())
    except (wave.Error, EOFError, struct.error, RuntimeError) as error:
        raise UsageError(f"{path} is no PCM WAV file: {error}", convert(path, rate)) from None
    if width != 2 or channels != 1:
        raise UsageError(
            f"{path} has {channels} channel(s) of {8 * width} bits; one of 16 bits is needed",
            convert(path, rate or found),
        )
    if rate and found != rate:
        raise UsageError(
            f"{path} has {found} samples a second, the pipeline takes {rate}", convert(path, rate)
        )
    samples = np.frombuffer(frames[: len(frames) // 2 * 2], "<i2").astype(np.int16)
    if not len(samples):
        raise UsageError(f"{path} holds no samples")
    return samples, found


def convert(path: str | Path, rate: int | None) -> str:
    """How to make a file that fits."""
    return f"Convert it: ffmpeg -i {path} -ac 1 -ar {rate or 16000} -c:a pcm_s16le out.wav"
