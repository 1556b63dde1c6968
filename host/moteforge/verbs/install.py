# SPDX-License-Identifier: Apache-2.0
"""`mote install`: puts the package and the native module on a board."""

from __future__ import annotations

from typing import Any

from ..options import Request, verb


@verb(target=True, board=True, dry_run=True, host=False)
def command(request: Request) -> None:
    """Put the package and the right native module on the board.

    Architecture and ABI are asked of the board; files that it already has are skipped.
    """
    from .. import deploy, output
    from ..transport import open_board

    with open_board(request) as board:
        plan = deploy.make_plan(board, request.settings.get("build"))
        deploy.check_space(board, plan)
        if not request.dry_run:
            with output.progress("installing", plan.put_bytes) as advance:
                deploy.apply(board, plan, advance)
        document = {"schema": request.schema, "dry_run": request.dry_run}
        document.update(deploy.as_json(board, plan))
    request.emit(document, lambda console: show(console, document))


def leftover(path: str) -> str:
    """Where a file that goes comes from."""
    return "left by an interrupted copy" if path.endswith("~") else "of an older version"


def show(console: Any, document: dict[str, Any]) -> None:
    """What the board is, what was copied, what not."""
    from ..output import size

    board = document["board"]
    console.print(f"{board['machine']}, {board['firmware']}, {board['arch']}, ABI {board['abi']}")
    if document["note"]:
        console.print(f"  nothing to install: {document['note']}")
        return
    done = ("would copy", "would remove") if document["dry_run"] else ("copied", "removed")
    for file in document["copied"]:
        console.print(f"  {done[0]} {file['path']}  {size(file['bytes'])}", markup=False)
    for path in document["removed"]:
        console.print(f"  {done[1]} {path}, {leftover(path)}", markup=False)
    if document["unchanged"]:
        console.print(f"  {len(document['unchanged'])} files unchanged")
    if not document["copied"]:
        console.print("  up to date")
