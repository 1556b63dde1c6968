# SPDX-License-Identifier: Apache-2.0
"""Native modules of every group on MicroPython, emulated and on this machine: the bytes of the PC, for every operator.

A model that needs further operators finds them in a module of its own, which `_mote` attaches; nothing else tests the
code that those modules really hold, with what they use in place of the compiler's library.
"""

from __future__ import annotations

import functools
import itertools
import subprocess
from pathlib import Path

import numpy as np
import pytest
from cases import random_generator, random_rounds
from moteforge import Model, _native
from moteforge.bench.exact import Trial, digest, outputs_here
from moteforge.bench.layout import ROOT
from moteforge.mote.native import GROUPS
from operators import GENERATORS
from qemu import MACHINES, QemuBoard, QemuMissing, available, package

SCRIPT = Path(__file__).with_name("group_trials.py")
UNIX = ROOT / "build" / "unix" / "micropython"
MODELS = 2  # of each operator and type
RUN_SECONDS = 120.0
ARENA_ROOM = 20_000
PRELUDE = (
    "import sys\nsys.path.insert(0, '')\ndef view(name):\n    return open(name, 'rb').read()\n"
)


def small_trial(name: str, seed: int) -> tuple[str, Trial, Model] | None:
    """A random model, None where it is too large for the smallest board."""
    rng = random_generator(name, seed)
    case = GENERATORS[name](rng)
    model = Model(case.data)
    if model.arena_bytes > ARENA_ROOM:
        return None
    return f"{name}, seed {seed}", Trial(case.data, random_rounds(case, model, rng)), model


@functools.cache
def trials(group: int) -> list[tuple[str, Trial, list[list[np.ndarray]]]]:
    """Random models of all operators in a group; those of the core need nothing else."""
    found = []
    for name in GENERATORS:
        small = filter(None, (small_trial(name, seed) for seed in range(4 * MODELS)))
        for title, trial, model in itertools.islice(small, MODELS):
            if _native.file_groups(trial.data) & ~1 == 1 << group & ~1:
                found.append((title, trial, outputs_here(model, trial)))
    return found


def files_and_script(arch: str, group: int) -> tuple[dict[str, bytes], str]:
    """The files of a board and what it runs."""
    files, image, rows = package(arch), bytearray(), []
    for module in {GROUPS[0], GROUPS[group]}:
        path = ROOT / "build" / "natmod" / arch / f"{module}.mpy"
        if not path.is_file():
            raise QemuMissing(f"{path.relative_to(ROOT)} is not built (run `make setup`)")
        files[path.name] = path.read_bytes()
    for _, trial, _ in trials(group):
        places = []
        for data in (trial.data, b"".join(trial.inputs())):
            image += bytes(-len(image) % 16)
            places.append(len(image))
            image += data
        sizes = [array.nbytes for array in trial.runs[0]]
        rows.append((places[0], len(trial.data), places[1], sizes, len(trial.runs)))
    files["trials.bin"] = bytes(image)
    arena = max(Model(trial.data).arena_bytes for _, trial, _ in trials(group))
    return files, f"TRIALS, ARENA = {rows}, {arena}\n" + SCRIPT.read_text("utf-8")


def on_qemu(arch: str, files: dict[str, bytes], script: str) -> str:
    """What the script prints on an emulated board."""
    with QemuBoard(arch, files) as board:
        return board.run(script)


def on_this_machine(folder: Path, files: dict[str, bytes], script: str) -> str:
    """What the script prints in MicroPython's unix port."""
    for name, data in {**files, "trial.py": (PRELUDE + script).encode()}.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    done = subprocess.run(
        [UNIX, "-X", "heapsize=16M", "trial.py"], cwd=folder, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=RUN_SECONDS,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-500:]
    return done.stdout


@pytest.fixture(params=["x64", *MACHINES])
def play(request, tmp_path):
    """Runs the trials of a group on one of the processors."""
    arch = request.param

    def run(group: int) -> str:
        try:
            files, script = files_and_script(arch, group)
            if arch != "x64":
                available(arch)
        except QemuMissing as missing:
            pytest.skip(str(missing))
        if arch != "x64":
            return on_qemu(arch, files, script)
        if not UNIX.is_file():
            pytest.skip(f"{UNIX.relative_to(ROOT)} is not built (run `make setup`)")
        del files["time.py"]
        return on_this_machine(tmp_path, files, script)

    return run


@pytest.mark.parametrize("group", range(len(GROUPS)), ids=GROUPS)
def test_every_operator_gives_the_outputs_of_this_computer(play, group):
    assert len(trials(group)) >= 2 * MODELS
    *lines, end, _ = play(group).split("\n")
    assert end == "end"
    there = [[int(word) for word in line.split()] for line in lines]
    wanted = [[digest(outputs) for outputs in expected] for _, _, expected in trials(group)]
    assert len(there) == len(wanted)
    names = [name for name, _, _ in trials(group)]
    wrong = [names[i] for i, got in enumerate(there) if got != wanted[i]]
    assert not wrong, f"{len(wrong)} of {len(wanted)} models differ: {wrong[:20]}"


def test_a_missing_module_is_named(tmp_path):
    if not UNIX.is_file():
        pytest.skip(f"{UNIX.relative_to(ROOT)} is not built (run `make setup`)")
    try:
        files, script = files_and_script("x64", GROUPS.index("_mote_ops"))
    except QemuMissing as missing:
        pytest.skip(str(missing))
    del files["time.py"], files["_mote_ops.mpy"]
    caught = "try:\n    import trials\nexcept ImportError as error:\n    print(error)\n"
    (tmp_path / "trials.py").write_text(PRELUDE + script)
    text = on_this_machine(tmp_path, files, caught)
    assert "'_mote_ops' is needed" in text
    assert "mote install --model" in text
