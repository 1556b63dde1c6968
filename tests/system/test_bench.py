# SPDX-License-Identifier: Apache-2.0
"""`mote bench` on the shared models, its errors, and the page made of the figures."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cases import random_generator
from moteforge.bench import chains, image, layout, measure, performance, pico_speed, suite
from moteforge.mote.native import MODULES
from operators import GENERATORS

MODEL = layout.shared_folder() / "models" / "micro-speech" / "micro_speech_quantized.tflite"


def mote(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """The command `mote bench`."""
    return subprocess.run(
        [sys.executable, "-m", "moteforge.cli", "bench", *map(str, arguments)],
        capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL,
        env={**os.environ, **variables},
    )  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def tools():
    """Skips where compiler or emulator is missing."""
    for cpu in image.CPUS.values():
        for program in (cpu.emulator, cpu.prefix + "gcc"):
            if shutil.which(program) is None:
                pytest.skip(f"{program} is not installed (run `make setup`)")


@pytest.fixture(scope="module")
def model() -> Path:
    """A shared model."""
    if not MODEL.is_file():
        pytest.skip(f"{MODEL} is not there (set MOTE_SHARED to the folder of shared models)")
    return MODEL


@pytest.mark.parametrize("cpu", image.CPUS)
def test_document(model, cpu):
    done = mote(model, "--json", "--functions", "--cpu", cpu)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["schema"] == "moteforge.bench/1"
    assert document["emulated"] is True
    assert document["method"].startswith("emulated")
    assert document["matches_host"] is True
    names = [row["name"] for row in document["operators"]]
    assert names == ["RESHAPE", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "SOFTMAX"]
    parts = sum(row["instructions"] for row in document["operators"])
    # run operator by operator it costs a little more: each call finds its operator anew
    assert parts == pytest.approx(document["instructions"], rel=0.05)
    assert (document["cycles"] is not None) == image.get_cpu(cpu).has_cycles
    assert document["functions"][0]["instructions"] > 0


def test_text_says_emulated_and_modelled(model):
    done = mote(model)
    assert done.returncode == 0, done.stderr
    assert "emulated" in done.stdout
    assert re.search(r"[\d.]+ ms at the 125 MHz of rpi_pico, modelled", done.stdout)
    assert "DEPTHWISE_CONV_2D" in done.stdout
    done = mote(model, "--cpu", "rv32")
    assert "modelled" not in done.stdout.replace("cycles are not modelled", "")
    assert "of esp32c3 if every instruction took one cycle" in done.stdout


def test_milliseconds_are_cycles_at_the_clock_of_the_board(model, tmp_path):
    slow = (layout.ROOT / "boards" / "rpi_pico.toml").read_text("utf-8")
    slow = slow.replace('"rpi_pico"', '"slow_pico"').replace("125_000_000", "10_000_000")
    (tmp_path / "slow_pico.toml").write_text(slow)
    done = mote(model, "--board", "slow_pico", "--json", MOTE_BOARDS=str(tmp_path))
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["board"], document["clock_hz"], document["cpu"]) == (
        "slow_pico", 10_000_000, "cortex-m0plus"
    )  # fmt: skip
    assert document["modelled"] is True
    for row in (document, *document["operators"]):
        assert row["milliseconds"] == pytest.approx(row["cycles"] / 10_000, abs=0.001)
        assert row["ideal_milliseconds"] == pytest.approx(row["instructions"] / 10_000, abs=0.001)


def test_inspect_shows_what_was_measured(model):
    measured = json.loads(mote(model, "--json").stdout)
    done = subprocess.run(
        [sys.executable, "-m", "moteforge.cli", "inspect", str(model), "--json"],
        capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    report = json.loads(done.stdout)
    stack, code = report["stack"], report["code"]
    assert stack["run_bytes"] == measured["stack_bytes"]
    assert stack["bytes"] == max(measured["stack_bytes"], measured["stack_open_bytes"])
    assert stack["current"] is code["current"] is True
    assert {row["name"] for row in code["operators"]} == set(report["ops"])
    assert code["unknown"] == []
    parts = [row["bytes"] for row in code["operators"]]
    assert code["base_bytes"] + max(parts) < code["bytes"] <= code["base_bytes"] + sum(parts)


def test_refusals(tmp_path, model):
    truncated = tmp_path / "truncated.tflite"
    truncated.write_bytes(model.read_bytes()[:5000])
    assert mote(truncated).returncode == 4
    assert mote(tmp_path / "missing.tflite").returncode == 2
    done = mote(model, "--cpu", "z80")
    assert done.returncode == 2
    assert "cortex-m0plus" in done.stderr
    done = mote(model, "--board", "esp32")
    assert done.returncode == 2
    assert "no emulated processor for esp32 (Xtensa LX6" in done.stderr
    done = mote(model, "--board", "esp32c3", "--cpu", "cortex-m4")
    assert done.returncode == 2
    assert "not measured as cortex-m4" in done.stderr
    assert "--cpu rv32imc" in done.stderr


def test_builds_and_runs_below_a_path_with_a_space(tmp_path, model):
    """A copy of the sources in a folder with a space and a comma in its name."""
    root = tmp_path / "a b,c"
    for name in ("native", "host", "device"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(layout.ROOT / name, root / name, ignore=ignore)
    code = (
        "import sys; from moteforge.bench import measure, layout\n"
        "assert 'a b,c' in str(layout.ROOT), layout.ROOT\n"
        "print(measure.bench_model(open(sys.argv[1], 'rb').read())['cycles'])"
    )
    mapped = root / "host" / "moteforge" / "mote"  # as pyproject.toml maps device/mote
    if not mapped.exists():
        mapped.symlink_to(root / "device" / "mote")
    done = subprocess.run(
        [sys.executable, "-c", code, str(model)], cwd=root, capture_output=True, text=True,
        timeout=300, env={**os.environ, "PYTHONPATH": str(root / "host")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 0


def test_missing_things_are_named_not_invented():
    missing = {"missing": "no model here"}
    models = {
        name: {"title": title, "file": file, **dict.fromkeys(image.CPUS, missing)}
        for name, (title, file) in suite.MODELS.items()
    }
    result = {
        "tools": {"compiler": "gcc", "emulator": missing, "flags": "-O3"},
        "models": models,
        "frontend": dict.fromkeys(image.CPUS, missing),
        "chains": {
            name: {
                "title": case.title,
                "most_cycles": case.cycles,
                "most_bytes": case.state_bytes,
                **dict.fromkeys(image.CPUS, missing),
            }
            for name, case in chains.CHAINS.items()
        },
        "times_real_time": missing,
        "fft": {"emlearn": missing, "pico": missing},
        "core": missing,
        "code": missing,
        "natmod": {"armv6m": dict.fromkeys(MODULES, 10240), "x64": dict.fromkeys(MODULES, missing)},
        "firmware": {"RPI_PICO": 331_804, "RPI_PICO_MOTE": missing},
        "pico": missing,
        "pico_modules": missing,
        "pico_mote": missing,
        "pico_speed": missing,
    }
    page = performance.render(result)
    assert page.count("no model here") >= 6
    line = next(line for line in page.splitlines() if line.startswith("| KWS"))
    assert "not measured" in line
    assert "107.9 (73.9)" in line
    assert "| armv6m |" + " 10,240 |" * len(MODULES) in page
    assert "| x64 |" + " not measured |" * len(MODULES) in page
    assert "read-only file system: not measured;" in page


def test_code_by_operator_is_a_table():
    code = {
        "base_bytes": 9000,
        "bytes": 20000,
        "operators": [
            {"name": "ADD", "type": None, "bytes": 4480},
            {"name": "ADD", "type": "int16", "bytes": 900},
        ],
        "groups": {"CORE": 4500, "INT16": 900},
        "int8_bytes": 4500,
    }
    lines = performance.code_table(code).splitlines()
    assert "| ADD | 4,480 |" in lines
    assert "| ADD, int16 | 900 |" in lines
    assert "| group int16 | 900 |" in lines
    assert "| **int8 operators together** (groups core, ops, move) | **4,500** |" in lines


def test_attempt_keeps_the_reason():
    def fail():
        raise OSError(2, "No such file or directory", "x.bin")

    assert suite.attempt(fail) == {"missing": "[Errno 2] No such file or directory: 'x.bin'"}
    assert suite.attempt(lambda: 7) == 7


def test_optimisation_is_read_from_the_one_place():
    levels = [part.split()[-1] for part in suite.optimisation().split(", ")]
    flags = (layout.ROOT / "native" / "flags.mk").read_text("utf-8")
    assert len(levels) == 2
    assert all(f"?= {level}\n" in flags for level in levels)


def test_models_on_the_virtual_pico_do_not_overlap():
    sizes = {"first": pico_speed.ALIGNMENT, "second": pico_speed.ALIGNMENT + 1, "third": 1}
    offsets = pico_speed.places({name: bytes(size) for name, size in sizes.items()})
    ends = [offsets[name] + size for name, size in sizes.items()]
    assert list(offsets) == list(sizes)
    assert offsets["first"] == pico_speed.MODELS_AT
    assert all(end <= start for end, start in zip(ends, list(offsets.values())[1:], strict=False))
    assert all(offset % pico_speed.ALIGNMENT == 0 for offset in offsets.values())


def test_cycles_on_the_virtual_pico_are_those_of_the_clock(model):
    from moteforge.errors import SimError

    files = {"once": model.read_bytes(), "again": model.read_bytes()}
    try:
        cycles = pico_speed.measure("RPI_PICO_MOTE", files)
    except SimError as error:
        pytest.skip(f"{error} ({error.remedy})")
    assert list(cycles) == ["once", "again"]
    alone = measure.bench_model(files["once"])["cycles"]
    assert cycles["once"] > alone
    assert abs(cycles["once"] - cycles["again"]) < cycles["once"] / 4


@pytest.mark.parametrize("seed", [3, 5])
def test_what_runs_once_is_no_difference(tmp_path, seed):
    """A pass operator by operator begins with an opened model: after a reset CALL_ONCE would not run."""
    name = "CALL_ONCE any"
    path = tmp_path / "once.tflite"
    path.write_bytes(GENERATORS[name](random_generator(name, seed)).data)
    done = mote(path, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["matches_host"] is True
