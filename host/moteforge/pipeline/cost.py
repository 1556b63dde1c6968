# SPDX-License-Identifier: Apache-2.0
"""Cycles of a chain's stages on the emulated Cortex-M0+, by difference: the chain cut off behind each stage is run over
the same samples, and what a stage adds is its own.

A chain that is cut off copies more, or less, to its caller than the whole does. What copying a byte takes is measured
too, with chains of no stages, and taken out; so the rows add up to the whole, which is run as it is. What a stage
spares the chain's own moving of samples, by leaving samples or channels out, counts in its favour; the first stage of
the stream brings with it that samples go through a history.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import _native
from ..bench.emulator import (
    KIND_FRONTEND,
    REGION_FIRST,
    REGION_PUSH,
    Report,
    make_job,
    run_job,
)
from ..bench.image import Cpu, get_cpu
from ..bench.measure import CYCLES
from ..errors import MoteError
from .check import Examined, words_of
from .plan import FRAME, place_of

CPU = "cortex-m0plus"
FRAMES = 4  # that are measured, behind a first one that fills the window
COPIES = (64, 1088)  # windows, in samples, of the chains that tell what copying takes


@dataclass
class Run:
    """One run. cycles: of the measured frames together; push: of the ring's writer.

    copied: bytes that go into the frame of all channels, where there are several, and to the caller.
    """

    cycles: int
    copied: int
    push: int
    frames: list[bytes]
    state_bytes: int
    stack_bytes: int


def probe(config: dict[str, Any], frames: int = FRAMES + 1) -> np.ndarray:
    """Samples for `frames` frames: noise with a tone and an offset, another in each channel, half of full scale."""
    channels, hop = config.get("channels", 1), config["hopLength"]
    count = config["windowSize"] + (frames - 1) * hop
    time = np.arange(count)[:, None]
    lane = np.arange(channels)[None, :]
    noise = np.random.default_rng(1).normal(0, 2000, (count, channels))
    tone = 8000 * np.sin(2 * np.pi * (0.05 + 0.03 * lane) * time)
    return np.round(noise + tone + 1000 + 500 * lane).astype("<i2").ravel()


def run(words: Any, samples: np.ndarray, cpu: Cpu) -> Run:
    """Runs a chain in the emulator."""
    job = make_job(KIND_FRONTEND, np.asarray(words, "<i4").tobytes(), samples.tobytes())
    report = run_job(cpu, job)
    frames = report.blobs("frame")
    if len(frames) < FRAMES + 1:
        raise MoteError(f"the emulator gave {len(frames)} frames of {FRAMES + 1}")
    return Run(
        sum(cycles_of(report, REGION_FIRST + index) for index in range(1, FRAMES + 1)),
        len(frames[0]),
        cycles_of(report, REGION_PUSH),
        frames,
        report.number("state"),
        report.number("stack_run"),
    )


def cycles_of(report: Report, region: int) -> int:
    """Modelled cycles of a region."""
    return report.counts(region)["cycles"] or 0


def copying(cpu: Cpu) -> float:
    """Cycles of copying a byte: chains without stages copy their window from the ring, and out again."""
    spent = []
    for window in COPIES:
        config = {"format": 1, "sampleRate": 16000, "bufferSize": 2048, "windowSize": window,
                  "hopLength": window, "stages": []}  # fmt: skip
        spent.append(run(words_of(config, None), probe(config), cpu).cycles / FRAMES)
    return (spent[1] - spent[0]) / (2 * 2 * (COPIES[1] - COPIES[0]))


def prefixes(found: Examined, cpu: Cpu) -> list[Run | None]:
    """The chain cut off behind 0, 1, 2 ... stages; None where the core takes none so long a frame."""
    config, samples = found.resolved, probe(found.resolved)
    runs: list[Run | None] = []
    for count in range(len(config["stages"]) + 1):
        words = words_of({**config, "stages": config["stages"][:count]}, found.model)
        try:
            runs.append(run(words, samples, cpu))
        except MoteError:
            if count == len(config["stages"]):
                raise
            runs.append(None)
    for count, one in reversed(list(enumerate(runs))):
        if one:
            one.copied += gathered(found, runs, count)
    return runs


def gathered(found: Examined, runs: list[Run | None], count: int) -> int:
    """Bytes that a chain of `count` stages copies to join its channels: those of its last stage before the frame's."""
    words = words_of(found.resolved, found.model)
    while count and place_of(found, count) == FRAME:
        count -= 1
    info, cut = _native.chain_stage(words, count), runs[count]
    return cut.copied if cut and info["lanes"] > 1 and not info["appended"] else 0


def measure(found: Examined) -> dict[str, Any]:
    """Cycles a frame: `stages` in order (None: counted with the next one), `input`, `total`; `push`: the ring's, a hop.

    `input` has the way from the ring to the first stage and from the last one to the caller. Raises MoteError where the
    emulator, or the compiler of its image, is not there.
    """
    from ..signal import Frontend
    from .check import input_of

    cpu = get_cpu(CPU)
    runs = prefixes(found, cpu)
    whole, samples = runs[-1], probe(found.resolved)
    here = Frontend(found.resolved, input_of(found.resolved, found.model)).push(samples)
    if whole.frames != [frame.tobytes() for frame in here]:
        raise MoteError(f"the features on the emulated {cpu.name} differ from this computer's")
    each = copying(cpu)
    upto = [one and one.cycles / FRAMES + each * (whole.copied - one.copied) for one in runs]
    hops = -(-len(samples) // found.frontend.hop)
    return {
        "cpu": cpu.name,
        "method": CYCLES,
        "frames": FRAMES,
        **differences(upto),
        "push": round(whole.push / hops),
        "state_bytes": whole.state_bytes,
        "stack_bytes": whole.stack_bytes,
    }


def differences(upto: list[float | None]) -> dict[str, Any]:
    """Rows that add up to the total, of what the chain takes up to each stage."""
    before, rows = 0, []
    for value in upto:
        rows.append(None if value is None else round(value) - before)
        before += rows[-1] or 0
    return {"input": rows[0], "stages": rows[1:], "total": before}
