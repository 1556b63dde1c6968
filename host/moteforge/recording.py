# SPDX-License-Identifier: Apache-2.0
"""Recordings: WAV files of 16-bit PCM with a pipeline's channels, at its sample rate."""

from __future__ import annotations

import struct
import wave
from pathlib import Path

import numpy as np

from .errors import UsageError
from .modelfile import read_file

HEADER_BYTES = 44  # RIFF, one format chunk of PCM, the head of the samples


def read_wav(
    path: str | Path, rate: int | None = None, channels: int = 1
) -> tuple[np.ndarray, int]:
    """Samples (int16) and rate in Hz; UsageError naming what is wrong, and how to convert.

    Samples of several channels have the shape (instants, channels).
    """
    import io

    data = read_file(path, "recording")
    check_container(path, data)
    try:
        with wave.open(io.BytesIO(data)) as file:
            lanes, width, found = file.getnchannels(), file.getsampwidth(), file.getframerate()
            frames = file.readframes(file.getnframes())
    except (wave.Error, EOFError, struct.error, RuntimeError) as error:
        reason = str(error) or f"its header breaks off after {len(data)} bytes"
        raise UsageError(
            f"{path} is no PCM WAV file: {reason}", convert(path, rate, channels)
        ) from None
    if width != 2 or lanes != channels:
        needed = f"{channels} of 16 bits are" if channels > 1 else "one of 16 bits is"
        raise UsageError(
            f"{path} has {lanes} channel(s) of {8 * width} bits; {needed} needed",
            convert(path, rate or found, channels),
        )
    if rate and found != rate:
        raise UsageError(
            f"{path} has {found} samples a second, the pipeline takes {rate}",
            convert(path, rate, channels),
        )
    whole = len(frames) // (2 * channels) * 2 * channels
    samples = np.frombuffer(frames[:whole], "<i2").astype(np.int16)
    if not len(samples):
        raise UsageError(f"{path} holds no samples", "Record it again.")
    return samples if channels == 1 else samples.reshape(-1, channels), found


def check_container(path: str | Path, data: bytes) -> None:
    """Refuses what has no WAV header, and a file that ends before its samples do."""
    if len(data) < HEADER_BYTES:
        raise UsageError(
            f"{path} is no PCM WAV file: it has {len(data)} bytes", "Record or copy it again."
        )
    if data[:4] != b"RIFF":
        return  # wave has the reason
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        there = len(data) - at - 8
        if name == b"data" and size > there:
            raise UsageError(
                f"{path} is cut off: its header promises {size} bytes of samples, {there} are there",
                "Record or copy it again.",
            )
        at += 8 + size + size % 2


def convert(path: str | Path, rate: int | None, channels: int = 1) -> str:
    """How to make a file that fits; channels of sensors no program makes."""
    if channels > 1:
        return f"Record it with {channels} channels, or make the WAV file of an array."
    return f"Convert it: ffmpeg -i {path} -ac 1 -ar {rate or 16000} -c:a pcm_s16le out.wav"
