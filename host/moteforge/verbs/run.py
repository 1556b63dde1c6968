# SPDX-License-Identifier: Apache-2.0
"""`mote run`: one inference on an array."""

from __future__ import annotations

from typing import Any

import click

from ..options import Request, verb

SHOWN = 10  # values of an output that are printed
EXAMPLE = """Examples:

  mote run keyword.tflite frame.npy --sim

  mote run keyword.tflite --check --random 100 --device a0"""


@verb(target=True, board=True, epilog=EXAMPLE)
@click.argument("model", type=click.Path())
@click.argument("inputs", metavar="[INPUT.npy...]", type=click.Path(), nargs=-1)
@click.option(
    "--output", metavar="OUT.npy", help="Write the outputs, quantized as the model states."
)
@click.option("--check", is_flag=True,
              help="Compare with TensorFlow Lite Micro on all of the INPUTs, many in a file.")  # fmt: skip
@click.option("--random", metavar="N", type=click.IntRange(1, 100_000),
              help="With --check: N random inputs instead of files.")  # fmt: skip
@click.option("--seed", show_default="1", type=click.IntRange(0, 2**32 - 1),
              help="Of the random inputs.")  # fmt: skip
def command(
    request: Request,
    model: str,
    inputs: tuple[str, ...],
    output: str | None,
    check: bool,
    random: int | None,
    seed: int | None,
) -> None:
    """Run MODEL once on INPUT and print its outputs and the time it took.

    INPUT has the model's own integers, or floats, which are quantized by the model's parameters.
    With --check it holds many inputs along a first axis (a .npy for each input of the model, or one
    .npz), and the outputs are compared with TensorFlow Lite Micro's; exit code 1 where they differ.
    """
    check_options(inputs, output, check, random)
    check_seed(random, seed)
    if check:
        from .. import checking

        checking.run(request, model, inputs, random, 1 if seed is None else seed)
    else:
        run_once(request, model, inputs, output)


def check_options(
    inputs: tuple[str, ...], output: str | None, check: bool, random: int | None
) -> None:
    """UsageError for options that do not go together."""
    from ..errors import UsageError

    if random is not None and not check:
        raise UsageError("--random needs --check", "Name a .npy file for each input, or --check.")
    if check and output is not None:
        raise UsageError("--output and --check do not go together", "Leave one of them out.")
    if check and bool(inputs) == (random is not None):
        both = "files and --random are given" if inputs else "no inputs are given"
        raise UsageError(f"--check: {both}", "Name files of inputs, or --random N.")
    if not check and not inputs:
        raise UsageError("no input is given", "Name one .npy file for each input.")


def check_seed(random: int | None, seed: int | None) -> None:
    """UsageError for a seed of nothing."""
    from ..errors import UsageError

    if seed is not None and random is None:
        raise UsageError("--seed needs --random", "Add --check --random N, or leave it out.")


def run_once(request: Request, model: str, inputs: tuple[str, ...], output: str | None) -> None:
    """One inference."""
    from .. import inference, modelfile
    from ..errors import UsageError
    from ..output import plural
    from ..replay import ready_board
    from ..transport import open_board

    opened, data = modelfile.open_model(model)
    if len(inputs) != len(opened.inputs):
        raise UsageError(
            f"{model} has {plural(len(opened.inputs), 'input')}, {plural(len(inputs), 'file')} given",
            "Name one .npy file for each input.",
        )
    if output is not None:
        modelfile.check_output(output, len(opened.outputs), [model, *inputs])
    arrays = [
        modelfile.as_input(opened, index, modelfile.load_array(path), path)
        for index, path in enumerate(inputs)
    ]
    target = request.target()
    if target.kind == "host":
        result, emulated = inference.on_host(opened, arrays), False
    else:
        with open_board(request) as board:
            ready_board(board, target.kind, request.settings.get("build"), data, model)
            request.note("running ...")
            result, emulated = (
                inference.on_board(board, opened, data, arrays, model),
                board.emulated,
            )
    if output is not None:
        modelfile.save_arrays(output, result.outputs)
    document = {
        "schema": request.schema,
        "model": model,
        "target": target.kind,
        "emulated": emulated,
        "latency_us": result.latency_us,
        "arena_bytes": opened.arena_bytes,
        "heap_free_bytes": result.heap_free,
        "outputs": inference.describe(opened, result),
    }
    request.emit(document, lambda console: show(console, document))


def show(console: Any, document: dict[str, Any]) -> None:
    """Each output's largest values, then the time."""
    from ..output import size

    for output in document["outputs"]:
        shape = "x".join(str(count) for count in output["shape"])
        console.print(f"[bold]{output['name']}[/bold]  {output['dtype']} {shape}, "
                      f"top class {output['top']}")  # fmt: skip
        ranked = sorted(range(len(output["values"])), key=lambda i: -output["quantized"][i])
        for index in ranked[:SHOWN]:
            console.print(f"  {index:5}  {output['values'][index]:10.6g}"
                          f"  ({output['quantized'][index]})")  # fmt: skip
        if len(ranked) > SHOWN:
            console.print(f"  ... {len(ranked) - SHOWN} more; --json or --output has all")
    where = {"host": "this computer", "sim": "virtual Pico", "device": "board"}[document["target"]]
    where += ", emulated time" if document["emulated"] else ""
    memory = f"arena {size(document['arena_bytes'])}"
    if document["heap_free_bytes"] is not None:
        memory += f", {size(document['heap_free_bytes'])} of heap left"
    console.print(f"{document['latency_us'] / 1000:.2f} ms ({where}), {memory}")
