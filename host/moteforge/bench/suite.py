# SPDX-License-Identifier: Apache-2.0
"""Everything that docs/PERFORMANCE.md shows, in one dict. A missing thing is {"missing": why}."""

from __future__ import annotations

import json
import re
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import MoteError
from ..mote.native import MODULES
from . import codegraph, peer_fft, pico, pico_speed
from .chains import CHAINS, Case, speech_like
from .image import CPUS, build, core_sizes
from .layout import ROOT, run_tool, shared_folder, tool
from .measure import bench_frontend, bench_model, times_real_time
from .results import measure_code

MODELS = {
    "ad": ("AD ad01_int8", "mlperf-tiny/ad01_int8.tflite"),
    "kws": ("KWS kws_ref_model", "mlperf-tiny/kws_ref_model.tflite"),
    "ic": ("IC pretrainedResnet_quant", "mlperf-tiny/pretrainedResnet_quant.tflite"),
    "vww": ("VWW vww_96_int8", "mlperf-tiny/vww_96_int8.tflite"),
    "micro_speech": ("micro_speech", "micro-speech/micro_speech_quantized.tflite"),
}
PIPELINE = ROOT / "tests" / "data" / "micro_speech.pipeline.json"
RECORDING = "data/speech/yes_1000ms.wav"
NATMODS = ("armv6m", "armv7m", "armv7emsp", "armv7emdp", "rv32imc", "xtensawin", "x64")


def attempt(measure: Callable[[], Any]) -> Any:
    """The measurement, or {"missing": why} where something it needs is not there or refuses."""
    try:
        return measure()
    except (MoteError, OSError, ValueError) as error:
        return {"missing": " ".join(str(error).split())}


def shared_file(name: str) -> Path:
    """A file of the shared folder; MoteError where it is not there."""
    path = shared_folder() / name
    if not path.is_file():
        raise MoteError(f"{name} is not in the folder of shared models (MOTE_SHARED)")
    return path


def measure_model(name: str, cpu: str) -> dict[str, Any]:
    """One of MODELS on one processor."""
    return bench_model(shared_file("models/" + MODELS[name][1]).read_bytes(), cpu)


def measure_forms() -> dict[str, Any]:
    """All of MODELS on the virtual Pico, by form of the build."""
    files = {name: shared_file("models/" + file) for name, (_, file) in MODELS.items()}
    return pico_speed.measure_both({name: path.read_bytes() for name, path in files.items()})


def measure_frontend(cpu: str) -> dict[str, Any]:
    """The micro_speech chain over the shared recording of "yes"."""
    with wave.open(str(shared_file(RECORDING))) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    return bench_frontend(json.loads(PIPELINE.read_text("utf-8")), samples, cpu)


def measure_chain(case: Case, cpu: str) -> dict[str, Any]:
    """One of CHAINS over its own samples."""
    return bench_frontend(case.config, case.samples(), cpu)


def measure_real_time() -> dict[str, float]:
    """By chain: how much faster than the sound this computer is (wall clock)."""
    found = {
        "micro_speech": times_real_time(json.loads(PIPELINE.read_text("utf-8")), speech_like())
    }
    for name in ("log_mel", "motion"):
        found[name] = times_real_time(CHAINS[name].config, CHAINS[name].samples())
    return found


def built_size(path: Path) -> int:
    """Bytes of a file that the set-up builds."""
    if not path.is_file():
        raise MoteError(f"{path.relative_to(ROOT).as_posix()} is not built")
    return path.stat().st_size


def first_line(command: list[str]) -> str:
    """What a tool says about its version."""
    return run_tool(command, 30).splitlines()[0]


def tool_versions() -> dict[str, Any]:
    """Compiler and emulator."""
    compiler = CPUS["cortex-m0plus"].prefix + "gcc"
    emulator = CPUS["cortex-m0plus"].emulator
    return {
        "compiler": attempt(lambda: first_line([tool(compiler, "gcc-arm-none-eabi"), "--version"])),
        "emulator": attempt(lambda: first_line([tool(emulator, "qemu-system-arm"), "--version"])),
        "flags": attempt(optimisation),
    }


def optimisation() -> str:
    """Optimisation levels from native/flags.mk."""
    text = (ROOT / "native" / "flags.mk").read_text("utf-8")
    levels = [
        f"{title} {found.group(1)}"
        for title, name in (("hot files", "MOTE_OPT_HOT"), ("the rest", "MOTE_OPT_REST"))
        if (found := re.search(rf"^{name} \?= (\S+)", text, re.MULTILINE))
    ]
    if len(levels) != 2:
        raise MoteError("native/flags.mk does not state both optimisation levels")
    return ", ".join(levels)


def sizes_of_core() -> list[dict[str, int | str]]:
    """By object, as compiled for Cortex-M0+."""
    cpu = CPUS["cortex-m0plus"]
    build(cpu)
    return core_sizes(cpu)


def code_of_operators() -> dict[str, Any]:
    """Each operator's share of the code on Cortex-M0+."""
    return codegraph.shares(measure_code(CPUS["cortex-m0plus"]))


def run_suite(note: Callable[[str], None]) -> dict[str, Any]:
    """Measures all. note: told what comes next."""
    result: dict[str, Any] = {"schema": "moteforge.bench-suite/1", "tools": tool_versions()}
    result["models"] = {}
    for name, (title, file) in MODELS.items():
        note(title)
        runs = {cpu: attempt(lambda n=name, c=cpu: measure_model(n, c)) for cpu in CPUS}
        result["models"][name] = {"title": title, "file": file, **runs}
    note("signal chain")
    result["frontend"] = {cpu: attempt(lambda c=cpu: measure_frontend(c)) for cpu in CPUS}
    result["chains"] = {
        name: {
            "title": case.title,
            "most_cycles": case.cycles,
            "most_bytes": case.state_bytes,
            **{cpu: attempt(lambda k=case, c=cpu: measure_chain(k, c)) for cpu in CPUS},
        }
        for name, case in CHAINS.items()
    }
    note("signal chain on this computer")
    result["times_real_time"] = attempt(measure_real_time)
    note("the transform of others")
    result["fft"] = {
        "emlearn": attempt(peer_fft.measure_emlearn),
        "pico": attempt(peer_fft.measure_python),
    }
    note("sizes")
    result["core"] = attempt(sizes_of_core)
    result["code"] = attempt(code_of_operators)
    natmods = ROOT / "build" / "natmod"
    result["natmod"] = {
        arch: {
            module: attempt(lambda path=natmods / arch / f"{module}.mpy": built_size(path))
            for module in MODULES
        }
        for arch in NATMODS
    }
    result["firmware"] = {
        name: attempt(lambda n=name: built_size(ROOT / "build" / "firmware" / f"{n}.bin"))
        for name in ("RPI_PICO", "RPI_PICO_MOTE")
    }
    note("virtual Pico")
    result["pico"] = attempt(pico.measure_stock)
    result["pico_modules"] = attempt(pico.measure_modules)
    result["pico_mote"] = attempt(pico.measure_built_in)
    result["pico_speed"] = attempt(measure_forms)
    return result
