# SPDX-License-Identifier: Apache-2.0
"""Replaying a recording through a pipeline, on this computer or on a board, with the same account.

Both run the same class (device/mote/pipeline.py) under the same observer (onboard/recorder.py), so
that two accounts can be compared: every score, and a CRC-32 over all features and all scores.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .errors import BoardError, MoteError, Refused, UsageError
from .modelfile import open_model
from .pipeline.reading import read_pipeline
from .recording import read_wav
from .transport import MARK, Board, call, parse_value, snippet

DOING = "replaying the recording"


@dataclass
class Job:
    """What to replay. samples: of all channels, one after another; block: how many are handed over at a time."""

    pipeline: Path
    config: dict[str, Any]
    model: Path
    model_bytes: bytes
    recording: Path
    samples: np.ndarray
    block: int

    @property
    def rate(self) -> int:
        """Samples a second, of one channel."""
        return self.config["sampleRate"]

    @property
    def channels(self) -> int:
        """Channels in an instant."""
        return self.config.get("channels", 1)


@dataclass
class Account:
    """What happened. Times: milliseconds in the recording, latencies in microseconds."""

    decisions: list[dict[str, Any]] = field(default_factory=list)
    inferences: list[dict[str, Any]] = field(default_factory=list)
    frames: int = 0
    features_us: int = 0
    features_max_us: int = 0
    overruns: int = 0
    features_crc: int = 0
    scores_crc: int = 0
    heap_free: int | None = None

    def same_as(self, other: Account) -> bool:
        """Whether both computed the same bits and decided alike; latencies do not count."""
        scores = [[i["time_ms"], i["scores"]] for i in self.inferences]
        return (
            self.decisions == other.decisions
            and self.frames == other.frames
            and self.features_crc == other.features_crc
            and self.scores_crc == other.scores_crc
            and scores == [[i["time_ms"], i["scores"]] for i in other.inferences]
        )


Tell = Callable[[str, dict[str, Any]], None]


def prepare(pipeline: str, recording: str, model: str | None, block: int) -> Job:
    """Reads and checks everything before any board is touched. Raises UsageError, Refused."""
    from .signal import config_of

    path = Path(pipeline)
    config = read_pipeline(path)
    named = Path(model) if model else model_path(path, config)
    opened, data = open_model(named)
    check_pipeline(path, config, opened)
    config = config_of(config)  # a board cannot design filters
    samples, _ = read_wav(recording, config["sampleRate"], config.get("channels", 1))
    return Job(path, config, named, data, Path(recording), samples.reshape(-1), block)


def model_path(pipeline: Path, config: dict[str, Any]) -> Path:
    """The model that a pipeline names, relative to its file."""
    name = config.get("model")
    if not isinstance(name, str) or not name:
        raise UsageError(f"{pipeline}: model is {name!r}, must be a path", "Or name one: --model.")
    return pipeline.parent / name


def check_pipeline(path: Path, config: dict[str, Any], model: Any) -> None:
    """Builds the pipeline once on this computer; its ValueError names stage, key and range."""
    from . import Pipeline

    try:
        Pipeline(config, model)
    except (ValueError, TypeError, KeyError) as error:
        text = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise UsageError(f"{path}: {text}", "docs/CHAIN.md lists stages and ranges.") from None


# ---- on this computer


def on_host(job: Job, tell: Tell) -> Account:
    """Replays on this computer; tell("decision" or "inference", row) as it happens."""
    from . import Model, Pipeline
    from .mote.pipeline import _now
    from .onboard.recorder import mote_recorder

    account = Account()

    def inference(time_ms: int, scores: Any, features_us: int, inference_us: int) -> None:
        row = inference_row(time_ms, np.asarray(scores).ravel().tolist(), features_us, inference_us)
        account.inferences.append(row)
        tell("inference", row)

    line = mote_recorder(Pipeline, _now, inference)(job.config, Model(job.model_bytes)).watch()
    for at in range(0, len(job.samples), job.block):
        for decision in line.push(job.samples[at : at + job.block]):
            row = decision_row(*decision)
            account.decisions.append(row)
            tell("decision", row)
    crcs = (line.features_crc, line.scores_crc)
    finish(account, line.seen, line.features_us, line.features_max, line.ring.overruns, crcs)
    return account


# ---- on a board


def on_board(board: Board, job: Job, tell: Tell) -> Account:
    """Replays on a board, streaming the recording from here; raises what Board.run does."""
    account = Account()

    def line(text: str) -> None:
        if not text.startswith(MARK):
            return
        kind, *values = parse_value(text, DOING)
        if kind == "inference":
            account.inferences.append(inference_row(*values))
            tell(kind, account.inferences[-1])
        elif kind == "decision":
            account.decisions.append(decision_row(*values))
            tell(kind, account.decisions[-1])
        elif kind == "ready":
            account.heap_free = values[0]
        elif kind == "end":
            finish(account, *values)

    with staged(job) as folder, mounted(board, folder):
        code = snippet("recorder") + "\n" + snippet("replay") + call("mote_replay", job.block)
        run_package(board, code, DOING, line, job.model)
    if not account.frames and len(job.samples) >= job.config["windowSize"] * job.channels:
        raise BoardError(f"the board ended before {DOING} was done")
    return account


class staged:
    """A folder with the job's files under short names, for the board to read."""

    def __init__(self, job: Job):
        self.job = job

    def __enter__(self) -> Path:
        self.folder = tempfile.TemporaryDirectory(prefix="mote-replay-")
        path = Path(self.folder.name)
        config = {key: value for key, value in self.job.config.items() if key != "model"}
        (path / "pipeline.json").write_text(json.dumps(config, separators=(",", ":")), "utf-8")
        (path / "model.tflite").write_bytes(self.job.model_bytes)
        (path / "recording.raw").write_bytes(self.job.samples.astype("<i2").tobytes())
        return path

    def __exit__(self, *exc: object) -> None:
        self.folder.cleanup()


class mounted:
    """A folder mounted on a board as /remote."""

    def __init__(self, board: Board, folder: Path):
        self.board, self.folder = board, folder

    def __enter__(self) -> None:
        self.board.mount(self.folder)

    def __exit__(self, kind: object, *exc: object) -> None:
        if not self.board.broken:
            with suppress(MoteError):
                self.board.unmount()


def run_package(
    board: Board, code: str, doing: str, on_line: Callable[[str], None], model: str | Path
) -> None:
    """Runs code that uses the package on the mounted model; its failures on the board get their remedy.

    model: the user's name for it. Raises Refused where the board's build lacks an operator.
    """
    try:
        board.run(code, doing, on_line)
    except BoardError as error:
        error.message = without_command(error.message.replace(MOUNTED_MODEL, str(model)))
        if ABSENT in error.message:
            remedy = f"Flash a firmware that has it: `mote inspect {model}` prints the list (OPS=)."
            raise Refused(error.message, remedy) from None
        if error.kind in REMEDIES:
            error.remedy = REMEDIES[error.kind].format(model=model)
        raise


def without_command(text: str) -> str:
    """A board's words without the command that it names: the remedy has the one that helps here."""
    return re.sub(r": run 'mote install[^']*' on the PC", "", text)


REMEDIES = {
    "ImportError": "Run `mote install --model {model}`.",
    "MemoryError": "See what the model needs and which boards hold it: mote inspect {model}.",
}
ABSENT = "operator is not in this build"  # the core's words
MOUNTED_MODEL = "/remote/model.tflite"  # as moteforge/onboard has it


def ready_board(
    board: Board,
    target_kind: str,
    build: str | None,
    data: bytes,
    model: str | Path,
    chain: dict[str, Any] | None = None,
    pipeline: str | Path = "",
) -> None:
    """A fresh interpreter with the package there, and the native modules that a model and a chain need.

    On a virtual Pico they are installed if need be. Raises MoteError, with the command to run, where one is missing.
    data, model: the file's bytes and name. chain, pipeline: None, or the configuration of a signal chain that is needed
    as well, and its file's name.
    """
    from . import natives

    needed = natives.needed_by(data)
    stages = natives.needed_by_chain(chain) if chain else []
    if target_kind == "sim":
        from .deploy import install

        install(board, build, needed + stages)
    else:
        first = needed[:1] + stages[:1]
        further = [] if board.facts().builtin else needed[1:]
        lacking = board.ask(
            snippet("package") + call("mote_lacks", first, further, len(stages) > 1), LOOKING
        )
        if lacking:
            lacking = without_command(lacking)
            files = f"--model {model}" + (f" --pipeline {pipeline}" if len(stages) > 1 else "")
            raise MoteError(f"{board.name}: {lacking}", f"Run `mote install {files}`.")
    board.restart()


LOOKING = "looking for the package"


# ---- rows


def inference_row(
    time_ms: int, scores: list[int], features_us: int, inference_us: int
) -> dict[str, Any]:
    """One run of the model; scores as the model's integers."""
    return {
        "time_ms": time_ms,
        "scores": scores,
        "features_us": features_us,
        "inference_us": inference_us,
    }


def decision_row(time_ms: int, label: str, score: int) -> dict[str, Any]:
    """One decision; score from parts per million to 0..1."""
    return {"time_ms": time_ms, "label": label, "score": score / 1_000_000}


def finish(
    account: Account, frames: int, total_us: int, max_us: int, overruns: int, crcs: tuple[int, int]
) -> None:
    """Fills in the sums."""
    account.frames, account.features_us, account.features_max_us = frames, total_us, max_us
    account.overruns = overruns
    account.features_crc, account.scores_crc = crcs


def as_json(job: Job, account: Account, target: str, emulated: bool) -> dict[str, Any]:
    """Everything but the schema."""
    spent = [row["inference_us"] for row in account.inferences]
    return {
        "pipeline": str(job.pipeline),
        "model": str(job.model),
        "recording": str(job.recording),
        "target": target,
        "emulated": emulated,
        "sample_rate": job.rate,
        "samples": len(job.samples),
        "duration_ms": len(job.samples) // job.channels * 1000 // job.rate,
        "block": job.block,
        "window": job.config["windowSize"],
        "labels": job.config["labels"],
        "decisions": account.decisions,
        "inferences": account.inferences,
        "frames": account.frames,
        "overruns": account.overruns,
        "latency_us": {
            "features": latency(account.features_us, account.frames, account.features_max_us),
            "inference": latency(sum(spent), len(spent), max(spent, default=0)),
        },
        "crc32": {
            "features": f"{account.features_crc:08x}",
            "scores": f"{account.scores_crc:08x}",
        },
    }


def latency(total: int, count: int, most: int) -> dict[str, Any]:
    """Mean and maximum; null where nothing ran."""
    return {"mean": round(total / count) if count else None, "max": most if count else None}
