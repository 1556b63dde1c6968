# SPDX-License-Identifier: Apache-2.0
"""`mote install`: puts the package and the native module on a board."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..options import Request, verb

EXAMPLE = """Examples:

  mote install --device a0

  mote install --model keyword.tflite --dry-run

  mote install --pipeline motion.pipeline.json"""


@verb(target=True, board=True, dry_run=True, host=False, epilog=EXAMPLE)
@click.option("--model", "models", metavar="FILE", multiple=True, type=click.Path(),
              help="Also the native modules that this model needs; may be repeated.")  # fmt: skip
@click.option("--pipeline", "pipelines", metavar="FILE", multiple=True, type=click.Path(),
              help="Also those that this pipeline and its model need; may be repeated.")  # fmt: skip
@click.option("--all", "everything", is_flag=True, help="Also every further native module.")
def command(
    request: Request, models: tuple[str, ...], pipelines: tuple[str, ...], everything: bool
) -> None:
    """Put the package and the right native modules on the board.

    Architecture and ABI are asked of the board; files that it already has are skipped. Without
    --model, --pipeline and --all it gets the modules _mote (models) and _mote_chain (ring, signal
    chain), and those stay, of the same build, that it has.
    """
    from .. import deploy, output
    from ..transport import open_board
    from ..trial import try_model

    chains = read_pipelines(pipelines)
    opened = read_models((*models, *models_of(chains)))
    wanted = wanted_modules(opened, chains, everything)
    with open_board(request) as board:
        plan = deploy.make_plan(board, request.settings.get("build"), wanted)
        deploy.check_space(board, plan)
        if not request.dry_run:
            with output.progress("installing", plan.put_bytes) as advance:
                deploy.apply(board, plan, advance)
        document = {"schema": request.schema, "dry_run": request.dry_run}
        document.update(deploy.as_json(board, plan))
        tried = opened if board.facts().builtin and not request.dry_run else {}
        document["tried"] = [try_model(board, data, path) for path, data in tried.items()]
    request.emit(document, lambda console: show(console, document))


def read_models(models: tuple[str, ...]) -> dict[str, bytes]:
    """Their files by name; Refused where a model is, before a board is touched."""
    from ..modelfile import open_model

    return {path: open_model(path)[1] for path in models}


def read_pipelines(pipelines: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Their configurations by name; UsageError where one is no pipeline, before a board is touched."""
    from ..pipeline.reading import read_pipeline

    return {path: checked(path, read_pipeline(path)) for path in pipelines}


def checked(path: str, config: dict[str, Any]) -> dict[str, Any]:
    """The configuration; UsageError where a stage is none."""
    from ..errors import UsageError
    from ..mote import chain

    stages = config.get("stages")
    known = (*chain.STAGES, *chain.SENSE)
    for entry in stages if isinstance(stages, list) else [None]:
        kind = entry.get("type") if isinstance(entry, dict) else None
        if kind not in known:
            raise UsageError(
                f"{path}: stages has no list of stages, or one of type {kind!r}",
                f"Types are {', '.join(sorted(known))}.",
            )
    return config


def models_of(chains: dict[str, dict[str, Any]]) -> tuple[str, ...]:
    """The model files that pipelines name."""
    from ..replay import model_path

    named = {path: config for path, config in chains.items() if config.get("model") is not None}
    return tuple(str(model_path(Path(path), config)) for path, config in named.items())


def wanted_modules(
    opened: dict[str, bytes], chains: dict[str, dict[str, Any]], everything: bool
) -> set[str]:
    """Native modules by name."""
    from .. import natives

    needed = {name for data in opened.values() for name in natives.needed_by(data)}
    needed |= {name for config in chains.values() for name in natives.needed_by_chain(config)}
    return needed | set(natives.MODULES if everything else ())


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
        show_tried(console, document["tried"])
        return
    modules = [f"{row['name']} {size(row['bytes'])}" for row in document["modules"]]
    if modules:
        console.print(f"  native modules for {document['native_arch']}: {', '.join(modules)}")
    done = ("would copy", "would remove") if document["dry_run"] else ("copied", "removed")
    for file in document["copied"]:
        console.print(f"  {done[0]} {file['path']}  {size(file['bytes'])}", markup=False)
    for path in document["removed"]:
        console.print(f"  {done[1]} {path}, {leftover(path)}", markup=False)
    if document["unchanged"]:
        console.print(f"  {len(document['unchanged'])} files unchanged")
    if not document["copied"]:
        console.print("  up to date")
    show_tried(console, document["tried"])


def show_tried(console: Any, tried: list[dict[str, Any]]) -> None:
    """Which models the firmware's own module opened."""
    for row in tried:
        verdict = "opens on it" if row["opens"] else f"not checked: {row['reason']}"
        console.print(f"  {row['model']} {verdict}", markup=False)
