# SPDX-License-Identifier: Apache-2.0
"""The 256-point FFT of others on the same task as ours: emlearn's in C, and plain MicroPython floating point.

emlearn's header comes from its source package on PyPI into build/third_party, or from EMLEARN_DIR.
"""

from __future__ import annotations

import os
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import MoteError
from . import pico
from .chains import FFT
from .emulator import KIND_FRONTEND, REGION_RUN, make_job, run_job
from .image import BUILD_SECONDS, build, build_lock, get_cpu
from .layout import BENCH_SOURCE, build_folder, run_tool, tool

VERSION = "0.23.2"
POINTS = 256

SCRIPT = """
import json, machine, math, time
from array import array
n = {points}
samples = array("h", {samples!r})
cosine = array("f", (math.cos(2 * math.pi * i / n) for i in range(n // 2)))
sine = array("f", (math.sin(2 * math.pi * i / n) for i in range(n // 2)))
real, imaginary = array("f", samples), array("f", bytes(4 * n))
def transform(real, imaginary, cosine, sine, n):
    j = 0
    for i in range(1, n):
        bit = n >> 1
        while j & bit:
            j ^= bit
            bit >>= 1
        j |= bit
        if i < j:
            real[i], real[j] = real[j], real[i]
    half = 1
    while half < n:
        step = n // (2 * half)
        for start in range(0, n, 2 * half):
            k = 0
            for a in range(start, start + half):
                b = a + half
                re = real[b] * cosine[k] + imaginary[b] * sine[k]
                im = imaginary[b] * cosine[k] - real[b] * sine[k]
                real[b], imaginary[b] = real[a] - re, imaginary[a] - im
                real[a], imaginary[a] = real[a] + re, imaginary[a] + im
                k += step
        half *= 2
start = time.ticks_us()
transform(real, imaginary, cosine, sine, n)
python = time.ticks_diff(time.ticks_us(), start)
import mote
front = mote.Frontend({chain!r})
front.ring.push(samples)
start = time.ticks_us()
front.take()
ours = time.ticks_diff(time.ticks_us(), start)
hertz = machine.freq() // 1000000
print(json.dumps({{"python": python * hertz, "ours": ours * hertz, "bins": list(front.frame[:20]),
                  "real": [value / n for value in real[:10]]}}))
"""


def test_signal() -> np.ndarray:
    """Noise and two sines, int16, POINTS samples."""
    time = np.arange(POINTS)
    wave = 9000 * np.sin(0.31 * time) + 7000 * np.sin(1.7 * time)
    noise = np.random.default_rng(1).normal(0, 1500, POINTS)
    return np.clip(np.round(wave + noise), -32768, 32767).astype(np.int16)


def headers() -> Path:
    """The folder with eml_fft.h; MoteError where it cannot be had."""
    own = os.environ.get("EMLEARN_DIR")
    folder = Path(own) if own else build_folder().parent / "third_party" / f"emlearn-{VERSION}"
    if not own and not (folder / "emlearn" / "eml_fft.h").is_file():
        unpack(folder)
    for place in (folder / "emlearn", folder):
        if (place / "eml_fft.h").is_file():
            return place
    raise MoteError(f"{folder} has no eml_fft.h", "Set EMLEARN_DIR to emlearn's sources.")


def unpack(folder: Path) -> None:
    """Fetches the pinned source package; only the headers are kept."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        run_tool([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:",
                  "--no-build-isolation", "-d", name, f"emlearn=={VERSION}"], BUILD_SECONDS)  # fmt: skip
        with tarfile.open(next(Path(name).glob("*.tar.gz"))) as archive:
            (folder / "emlearn").mkdir(parents=True, exist_ok=True)
            for member in archive.getmembers():
                path = Path(member.name)
                if path.suffix == ".h" and path.parent.name == "emlearn" and member.isfile():
                    (folder / "emlearn" / path.name).write_bytes(archive.extractfile(member).read())


def measure_emlearn() -> dict[str, Any]:
    """Cycles of emlearn's transform on the emulated Cortex-M0+; it must agree with NumPy."""
    cpu, samples = get_cpu("cortex-m0plus"), test_signal()
    build(cpu)
    command = [tool("make", "make"), "-s", "-C", str(BENCH_SOURCE), "peer", f"ARCH={cpu.folder}",
               f"OUT={os.path.relpath(build_folder(), BENCH_SOURCE)}", f"EMLEARN={headers()}"]  # fmt: skip
    with build_lock():
        run_tool(command, BUILD_SECONDS)
    image = build_folder() / cpu.folder / "peer_fft.elf"
    report = run_job(cpu, make_job(KIND_FRONTEND, samples.astype("<i2").tobytes(), b""), image)
    real = np.frombuffer(report.blobs("frame")[0], "<i4")
    worst = float(np.abs(real - np.fft.rfft(samples).real / POINTS).max())
    if worst > 2:
        raise MoteError(f"emlearn's transform differs from NumPy's by {worst:.1f}")
    return report.counts(REGION_RUN)


def measure_python() -> dict[str, int]:
    """Cycles by the virtual Pico's clock: radix 2 in plain MicroPython, and our native module in the same script."""
    from ..sim import VirtualPico

    with VirtualPico() as board:
        pico.install(board.port)
        script = SCRIPT.format(points=POINTS, samples=test_signal().tolist(), chain=FFT)
        found = pico.ask(board.port, script)
    exact = np.fft.rfft(test_signal()).real[:10] / POINTS
    if float(np.abs(np.array(found["real"]) - exact).max()) > 2:
        raise MoteError("the transform in MicroPython differs from NumPy's")
    return {"python": found["python"], "ours": found["ours"]}
