# SPDX-License-Identifier: Apache-2.0
"""Counts on a processor as milliseconds on a board."""

from __future__ import annotations

from typing import Any

from ..boards import Board, get_board
from ..errors import UsageError
from .image import CPUS, Cpu, cpu_of, get_cpu

DEFAULT = "cortex-m0plus"


def choose(cpu: str | None, board: str | None) -> tuple[Cpu, Board]:
    """Processor and board from what was named of them; UsageError where one does not run the other's instructions."""
    if board is None:
        chosen = get_cpu(cpu or DEFAULT)
        return chosen, get_board(chosen.board)
    named = get_board(board)
    fitting = cpu_of(named.mpy_arch)
    if fitting is None:
        raise UsageError(
            f"there is no emulated processor for {named.id} ({named.cpu}, {named.mpy_arch})",
            f"Known: {', '.join(CPUS)}.",
        )
    if cpu is not None and get_cpu(cpu) is not fitting:
        raise UsageError(
            f"the processor of {named.id} is {named.cpu}, which is not measured as {cpu}",
            f"Name --cpu {fitting.name}, or leave it out.",
        )
    return fitting, named


def with_times(result: dict[str, Any], board: Board) -> dict[str, Any]:
    """The result with board, clock_hz and milliseconds, for each operator too.

    milliseconds: modelled cycles at the board's clock, None where cycles are not modelled. ideal_milliseconds: as if
    every instruction took one cycle.
    """
    operators = [{**row, **times(row, board.clock_hz)} for row in result["operators"]]
    return {
        **result,
        "modelled": result["cycles"] is not None,
        "board": board.id,
        "clock_hz": board.clock_hz,
        **times(result, board.clock_hz),
        "operators": operators,
    }


def times(row: dict[str, Any], clock_hz: int) -> dict[str, float | None]:
    """Both kinds of milliseconds of one row, to the microsecond."""
    cycles = row["cycles"]
    return {
        "milliseconds": None if cycles is None else round(cycles / clock_hz * 1e3, 3),
        "ideal_milliseconds": round(row["instructions"] / clock_hz * 1e3, 3),
    }
