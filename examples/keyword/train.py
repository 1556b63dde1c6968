# SPDX-License-Identifier: Apache-2.0
"""Trains the keyword model: speaks, mixes, extracts features, learns, converts to int8, measures.

python examples/keyword/train.py              the model and clips kept here, about 15 minutes
python examples/keyword/train.py --quick      the same in small, into build/keyword/quick
python examples/keyword/train.py --evaluate   measure the model kept here, without TensorFlow
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = HERE.parents[1] / "build" / "keyword"
STARTED = time.monotonic()


@dataclass(frozen=True)
class Plan:
    """How large a run is: batches, streams measured, and where its files go."""

    quick: bool
    steps: int
    output: Path


def progress(message: str) -> None:
    """One line on stderr with the time since the start."""
    print(f"{time.monotonic() - STARTED:6.0f} s  {message}", file=sys.stderr, flush=True)


def missing(training: bool) -> list[str]:
    """What has to be installed, as one instruction each."""
    needs = []
    if shutil.which("espeak-ng") is None:
        needs.append("espeak-ng: apt-get install espeak-ng")
    if importlib.util.find_spec("moteforge") is None:
        needs.append("moteforge: make setup, then use .venv/bin/python")
    if training and importlib.util.find_spec("tensorflow") is None:
        needs.append('tensorflow: .venv/bin/pip install -e ".[train]"')
    return needs


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a minute's run that proves nothing")
    parser.add_argument("--evaluate", action="store_true", help="measure only")
    parser.add_argument("--seed", type=int, default=1, help="of everything random (default 1)")
    parser.add_argument("--steps", type=int, help="training batches (default 5000; quick 10)")
    parser.add_argument("--threads", type=int, default=2, help="processor threads (default 2)")
    parser.add_argument("--output", type=Path, help="directory for the model, clips and figures")
    return parser.parse_args()


def plan(options: argparse.Namespace) -> Plan:
    """The run that the command line asks for."""
    default = CACHE / "quick" if options.quick else HERE
    steps = options.steps or (10 if options.quick else 5000)
    return Plan(options.quick, steps, options.output or default)


def train(run: Plan, seed: int, threads: int) -> None:
    """Writes the model and the clips."""
    from trainer import clips, dataset, network

    sizes = dataset.QUICK_TRAIN if run.quick else dataset.TRAIN
    network.prepare(seed, threads)
    said = dataset.speech(seed, "train", sizes, CACHE, threads, progress)
    rng = dataset.generator(seed, "train", 1)
    windows = network.Windows(*dataset.windows(rng, said, sizes, progress))
    model = network.build()
    network.train(model, windows, run.steps, seed, progress)
    content = network.convert(model, windows.draw(rng, 100 if run.quick else 1000)[0])
    run.output.mkdir(parents=True, exist_ok=True)
    clips.replace(run.output / "keyword.tflite", content)
    clips.write(run.output / "clips")
    progress(f"wrote {run.output / 'keyword.tflite'}, {len(content)} bytes")


def evaluate(run: Plan, seed: int, threads: int) -> None:
    """Prints the figures of held-out voices, and writes them to results.json."""
    from moteforge import Model
    from trainer import clips, dataset, report

    model = Model(run.output / "keyword.tflite")
    sizes = dataset.QUICK_HELD_OUT if run.quick else dataset.HELD_OUT
    amount = report.QUICK if run.quick else report.FULL
    results = {}
    for split in ("validation", "test"):
        said = dataset.speech(seed, split, sizes, CACHE, threads, progress)
        results[split] = report.measure(model, said, split, seed, amount, progress)
        print(f"{split} voices, {report.text(results[split])}")
    clips.replace(run.output / "results.json", (json.dumps(results, indent=1) + "\n").encode())


def main() -> int:
    """Exit codes: 0 done, 1 something is missing or failed."""
    options = arguments()
    needs = missing(training=not options.evaluate)
    if needs:
        print("train.py needs:\n  " + "\n  ".join(needs), file=sys.stderr)
        return 1
    run = plan(options)
    if not options.evaluate:
        train(run, options.seed, options.threads)
    evaluate(run, options.seed, options.threads)
    return 0


if __name__ == "__main__":
    sys.exit(main())
