# SPDX-License-Identifier: Apache-2.0
"""What can be known of a pipeline file before it goes to a board: `mote pipeline check`.

The board's own classes are built on this computer, so what is refused here is refused there, in the same words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import natives
from ..boards import get_board, load_boards
from ..errors import Refused
from ..inspect import PIPELINE_BYTES, SENSE_BYTES, _tensor, _tensor_bytes, weigh
from ..modelfile import open_model
from ..mote import chain
from ..mote.frontend import input_scale
from ..signal import Frontend
from ..signal import Pipeline as Whole
from . import model as schema
from .designing import is_design
from .reading import model_path, read_pipeline

# By mote_flow_kind of native/src/frontend/stage.h.
KINDS = ("nothing", "samples", "spectrum", "power", "channels", "features", "int8", "values",
         "scaled samples")  # fmt: skip
# What a part of memory follows from.
KEYS = {
    "chain": "Lower windowSize, channels or the size of the fft",
    "ring": "Lower bufferSize, with windowSize",
    "spectrogram": "Lower decision.frames, with the model's input",
    "file": "Take a smaller model, or put it into flash (mote romfs)",
    "arena": "Take a smaller model",
}


@dataclass
class Examined:
    """A pipeline file and what came of it. config: as in the file; resolved: with the sections of designed filters."""

    path: Path
    config: dict[str, Any]
    resolved: dict[str, Any]
    problems: list[dict[str, str]] = field(default_factory=list)
    refusal: str | None = None
    frontend: Frontend | None = None
    model: Any = None
    model_file: Path | None = None
    model_bytes: bytes = b""

    @property
    def stand_in(self) -> bool:
        """Whether toModel was made for a model that is not there."""
        return self.model is None and has(self.resolved, ("toModel",))

    @property
    def words(self) -> list[int]:
        """The chain's words, of a configuration that is not refused."""
        return list(words_of(self.resolved, self.model))


class StandIn:
    """Stands in for a model that is not there: an int8 input of a scale that is as good as any."""

    class Input:
        """Its input."""

        scale, zero_point, dtype = 1 / 16, 0, "int8"

    inputs = (Input,)


def input_of(config: dict[str, Any], model: Any) -> Any:
    """What toModel writes into, which may be a stand-in; None for chains without it."""
    return (model or StandIn) if has(config, ("toModel",)) else None


def words_of(config: dict[str, Any], model: Any) -> Any:
    """The words of a chain, or of the first stages of one."""
    target = input_of(config, model)
    return chain.words(config, target and input_scale(target))


def has(config: dict[str, Any], names: tuple[str, ...]) -> bool:
    """Whether stages of these types are in a configuration that may be wrong."""
    stages = config.get("stages")
    stages = stages if isinstance(stages, list) else []
    return any(isinstance(stage, dict) and stage.get("type") in names for stage in stages)


def examine(path: str | Path, model: str | Path | None = None) -> Examined:
    """Reads and checks a pipeline file. model: instead of its own, which need not be there.

    Raises UsageError for files that cannot be read; all else is in `refusal`.
    """
    config = read_pipeline(path)
    found = Examined(Path(path), config, config, schema.problems(config))
    try:
        found.resolved = resolve(config)
        find_model(found, model)
        found.frontend = build(found.resolved, found.model)
    except ValueError as error:
        found.refusal = str(error)
    if found.problems and found.refusal is None:
        found.refusal = "{where}: {problem}".format(**found.problems[0])
    return found


def resolve(config: dict[str, Any]) -> dict[str, Any]:
    """A copy with integer sections for every filter that is only designed."""
    stages = config.get("stages")
    if not any(map(is_design, stages if isinstance(stages, list) else ())):
        return config
    from .. import design

    return design.resolve(config)


def find_model(found: Examined, named: str | Path | None) -> None:
    """Opens the model where it is there; ValueError where it is refused."""
    found.model_file = Path(named) if named else model_path(found.path, found.config)
    if named or (found.model_file and found.model_file.is_file()):
        try:
            found.model, found.model_bytes = open_model(found.model_file)
        except Refused as error:
            raise ValueError(error.message) from None


def build(config: dict[str, Any], model: Any) -> Frontend:
    """The chain as a board makes it, with the whole pipeline's checks where there are a model and a decision."""
    if model is not None and "decision" in config:
        return Whole(config, model).frontend
    if model is not None and not has(config, ("toModel",)):
        raise ValueError(
            "pipeline: labels and decision are missing: a model needs them, or leave out model"
        )
    frontend = Frontend(config, input_of(config, model))
    if "decision" in config:
        chain.decision(config)
    return frontend


def refuse(found: Examined) -> None:
    """Raises Refused for a file that is."""
    if found.refusal is not None:
        raise Refused(
            f"{found.path}: {found.refusal}",
            f"`mote pipeline check {found.path}` lists all that is wrong.",
        )


# ---- The report ----


def report(found: Examined, board: str | None = None) -> dict[str, Any]:
    """What `mote pipeline check --json` gives, without its schema's name. board: the one to judge, else all."""
    document: dict[str, Any] = {
        "pipeline": str(found.path),
        "accepted": found.refusal is None,
        "refusal": found.refusal,
        "problems": found.problems,
        "model": about_model(found),
        "designed": designed(found),
        "stand_in": found.stand_in and found.model_file is None,
        "chain": None,
        "memory": None,
        "fits": {},
        "remedy": None,
    }
    boards = [get_board(board)] if board else list(load_boards().values())
    if found.refusal is None:
        parts = memory(found)
        document["chain"] = about_chain(found)
        document["memory"] = parts
        document["fits"] = {b.id: weigh(modules(found), parts, b) for b in boards}
        if not any(verdict["fits"] for verdict in document["fits"].values()):
            document["remedy"] = advice(found, parts)
    return document


def designed(found: Examined) -> list[int]:
    """Numbers of the stages whose sections a board would miss."""
    if found.resolved is found.config or found.refusal:
        return []
    stages = enumerate(found.config["stages"], 1)
    return [n for n, stage in stages if stage["type"] == "biquad" and "sections" not in stage]


def about_model(found: Examined) -> dict[str, Any] | None:
    """The model's file and tensors; missing: why there are none."""
    if found.model_file is None:
        return None
    if found.model is None:
        exists = found.model_file.exists()
        why = "is refused" if exists and found.refusal else "there is no such file"
        return {"file": str(found.model_file), "missing": why}
    return {
        "file": str(found.model_file),
        "input": _tensor(found.model.inputs[0]),
        "output": _tensor(found.model.outputs[0]),
    }


def about_chain(found: Examined) -> dict[str, Any]:
    """Rates and shapes. window and hop: samples of a channel."""
    config, frontend = found.resolved, found.frontend
    rate, hop = config["sampleRate"], config["hopLength"]
    return {
        "stages": len(config["stages"]),
        "sample_rate": rate,
        "channels": config.get("channels", 1),
        "window": config["windowSize"],
        "hop": hop,
        "window_ms": config["windowSize"] * 1000 / rate,
        "hop_ms": hop * 1000 / rate,
        "frames_per_second": rate / hop,
        "values": frontend.values,
        "kind": KINDS[frontend.kind],
    }


def memory(found: Examined) -> dict[str, int]:
    """Bytes on a board's heap by what they are for, beside the native modules and the interpreter's own."""
    frontend = found.frontend
    parts = {
        "pipeline": PIPELINE_BYTES
        + (SENSE_BYTES if chain.has_stage(found.config, chain.SENSE) else 0),
        "chain": len(frontend.state),
        "ring": len(frontend.ring.buffer),
        "frame": frontend.frame.itemsize * len(frontend.frame),
    }
    if found.model is None:
        return parts
    frames = found.config["decision"]["frames"] if "decision" in found.config else 0
    return {
        **parts,
        "spectrogram": frames * frontend.values if frames > 1 else 0,
        "file": len(found.model_bytes),
        "arena": found.model.arena_bytes,
        "outputs": sum(_tensor_bytes(_tensor(t)) for t in found.model.outputs),
    }


def advice(found: Examined, parts: dict[str, int]) -> str:
    """The key by which most memory is saved."""
    most = max((name for name in KEYS if name in parts), key=parts.__getitem__)
    least = 1 << (found.frontend.window - 1).bit_length()
    if most == "ring" and least < found.frontend.ring.size:
        return (
            f"Lower bufferSize: {least} holds a window, {found.frontend.ring.size} are asked for."
        )
    return f"{KEYS[most]}: most of it, {parts[most]:,} bytes, is the {most}."


def modules(found: Examined) -> list[str]:
    """The native modules that a board needs."""
    names = natives.needed_by(found.model_bytes) if found.model else []
    return names[:1] + natives.needed_by_chain(found.resolved) + names[1:]
