# SPDX-License-Identifier: Apache-2.0
"""`mote boards`: the boards MoteForge has data for."""

from __future__ import annotations

from typing import Any

import click

from ..options import Request, verb


@verb()
@click.argument("board_id", metavar="[ID]", required=False)
def command(request: Request, board_id: str | None) -> None:
    """List the boards, or show one with its figures and sources."""
    from .. import boards

    chosen = [boards.get_board(board_id)] if board_id else list(boards.load_boards().values())
    document = {"schema": request.schema, "boards": [boards.as_json(board) for board in chosen]}
    request.emit(document, (lambda c: show_one(c, chosen[0])) if board_id else (
        lambda c: show_all(c, chosen)))  # fmt: skip


def show_all(console: Any, chosen: list[Any]) -> None:
    """One line a board."""
    from ..output import size, table

    rows = table(
        console.is_terminal, "ID", "BOARD", "CPU", "MHZ", "RAM", "HEAP", "FLASH", "MPY ARCH",
        numbers=("MHZ", "RAM", "HEAP", "FLASH"),
    )  # fmt: skip
    for board in chosen:
        heap = size(board.heap_bytes) + ("" if board.heap_basis == "measured" else " ~")
        rows.add_row(
            board.id, board.name, board.cpu, str(board.clock_hz // 1_000_000),
            size(board.ram_bytes), heap, size(board.flash_bytes), board.mpy_arch,
        )  # fmt: skip
    console.print(rows)
    console.print("HEAP: free for MicroPython after boot; ~ published or estimated, not measured.")


def show_one(console: Any, board: Any) -> None:
    """Every figure of one board, and where it comes from."""
    from ..output import size

    facts = {
        "mcu": f"{board.mcu}, {board.cores} x {board.cpu} at {board.clock_hz // 1_000_000} MHz",
        "native .mpy": board.mpy_arch,
        "RAM": size(board.ram_bytes),
        "heap": f"{size(board.heap_bytes)} ({board.heap_basis}: {board.heap_source})",
        "flash": f"{size(board.flash_bytes)}, {board.filesystem} {size(board.filesystem_bytes)}",
        "USB": ", ".join(board.usb_ids),
        "firmware": f"MicroPython board {board.micropython_board}",
    }
    console.print(f"[bold]{board.id}[/bold]  {board.name}")
    for key, value in facts.items():
        console.print(f"  {key:12} {value}")
    for source in board.sources:
        console.print(f"  {'source':12} {source}")
