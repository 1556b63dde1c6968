# SPDX-License-Identifier: Apache-2.0
"""Board data: one TOML file a board in boards/, checked by a model with units.

MOTE_BOARDS names a further folder of such files; an id found there replaces the one shipped.
"""

from __future__ import annotations

import functools
import os
import re
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from .errors import UsageError

Bytes = Annotated[int, Field(ge=1024, le=1 << 32, description="bytes")]
Hertz = Annotated[int, Field(ge=1_000_000, le=4_000_000_000, description="Hz")]
Arch = Literal[
    "x86", "x64", "armv6", "armv6m", "armv7m", "armv7em", "armv7emsp", "armv7emdp",
    "xtensa", "xtensawin", "rv32imc", "rv64imc",
]  # fmt: skip
CORRECT = "Correct the file; `mote boards ID --json` shows the fields of a shipped one."
UsbId = Annotated[str, Field(pattern=r"^[0-9a-f]{4}:[0-9a-f]{4}$", description="vid:pid, hex")]


class Board(BaseModel):
    """One kind of board. heap_bytes: what MicroPython's collector has free after boot."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: str
    mcu: str
    cpu: str
    cores: int = Field(ge=1, le=16)
    clock_hz: Hertz = Field(description="Hz, MicroPython's default")
    mpy_arch: Arch = Field(description="architecture of native .mpy files")
    ram_bytes: Bytes = Field(description="SRAM of the chip")
    heap_bytes: Bytes = Field(description="MicroPython heap free after boot")
    heap_basis: Literal["measured", "published", "estimate"]
    heap_source: str
    flash_bytes: Bytes
    filesystem: Literal["littlefs2", "fat"]
    filesystem_bytes: Bytes
    usb_ids: tuple[UsbId, ...]
    micropython_board: str
    sources: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _parts_fit(self) -> Board:
        if self.heap_bytes > self.ram_bytes:
            raise ValueError(f"heap_bytes {self.heap_bytes} exceeds ram_bytes {self.ram_bytes}")
        if self.filesystem_bytes > self.flash_bytes:
            raise ValueError(
                f"filesystem_bytes {self.filesystem_bytes} exceeds flash_bytes {self.flash_bytes}"
            )
        return self


def data_folder() -> Path:
    """The shipped board files: boards/ of a checkout, else the package data."""
    checkout = Path(__file__).resolve().parents[2] / "boards"
    if checkout.is_dir():
        return checkout
    return Path(str(resources.files("moteforge.board_data")))


def read_board(path: Path) -> Board:
    """One board file; raises UsageError naming file, field, value and bound."""
    try:
        import tomllib
    except ModuleNotFoundError:  # Python 3.10
        import tomli as tomllib
    try:
        board = Board.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"board file {path} cannot be read: {error}", CORRECT) from None
    except ValidationError as error:
        raise UsageError(f"board file {path}: {_first_problem(error)}", CORRECT) from None
    if board.id != path.stem:
        raise UsageError(f"board file {path} says id {board.id!r}", f"Name it {board.id}.toml.")
    return board


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    where = ".".join(str(part) for part in problem["loc"]) or "board"
    return f"{where} = {problem.get('input')!r}: {problem['msg']}"


@functools.cache
def load_boards() -> dict[str, Board]:
    """All boards by id, in alphabetical order."""
    folders = [data_folder()]
    if extra := os.environ.get("MOTE_BOARDS"):
        if not Path(extra).is_dir():
            raise UsageError(
                f"MOTE_BOARDS is {extra!r}, which is no folder",
                "Name a folder of board files, or unset it.",
            )
        folders.append(Path(extra))
    files = {path.stem: path for folder in folders for path in sorted(folder.glob("*.toml"))}
    return {stem: read_board(files[stem]) for stem in sorted(files)}


def get_board(board_id: str) -> Board:
    """The board of that id; raises UsageError that lists the known ones."""
    boards = load_boards()
    wanted = re.sub(r"[^a-z0-9]+", "_", board_id.lower())
    if wanted not in boards:
        raise UsageError(f"unknown board {board_id!r}", f"Known boards: {', '.join(boards)}.")
    return boards[wanted]


def usb_ids(board_id: str | None = None) -> dict[str, list[str]]:
    """USB id to the ids of the boards that use it; of one board where it is given."""
    boards = [get_board(board_id)] if board_id else list(load_boards().values())
    table: dict[str, list[str]] = {}
    for board in boards:
        for usb_id in board.usb_ids:
            table.setdefault(usb_id, []).append(board.id)
    return table


def as_json(board: Board) -> dict[str, Any]:
    """The board as a JSON object."""
    return board.model_dump(mode="json")
