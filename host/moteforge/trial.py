# SPDX-License-Identifier: Apache-2.0
"""Whether firmware with the module inside has what a model needs: only the board itself can tell."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from .errors import BoardError
from .replay import mounted, run_package
from .transport import Board

CODE = "import mote\nmote.Model('/remote/model.tflite')\n"
DOING = "opening the model"


def try_model(board: Board, data: bytes, model: str) -> dict[str, Any]:
    """Opens the model on the board, from RAM: {model, opens: true, reason: null}.

    Raises Refused where the build lacks an operator. Where it cannot be opened for another reason, such as too little
    RAM, opens is null, as flash may hold it, and reason says why.
    """
    board.restart()
    with tempfile.TemporaryDirectory(prefix="mote-trial-") as name:
        Path(name, "model.tflite").write_bytes(data)
        with mounted(board, Path(name)):
            try:
                run_package(board, CODE, DOING, lambda line: None, model)
            except BoardError as error:
                return {"model": model, "opens": None, "reason": error.message}
    return {"model": model, "opens": True, "reason": None}
