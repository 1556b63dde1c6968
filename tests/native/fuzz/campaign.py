# SPDX-License-Identifier: Apache-2.0
"""Builds the fuzzer and runs it for some seconds."""

from __future__ import annotations

import functools
import re
import resource
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from compiled import CORE, ROOT, compiled

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
FOUND = HERE / "found"  # files that once broke a promise
PACKAGES = "clang and libclang-rt-dev"
SOURCES = [HERE / "target.c", HERE / "mutate.c", ROOT / "tests/native/trial.c", *CORE]
_CHECKS = "address,undefined,float-cast-overflow"
_FLAGS = ["-std=c99", "-O1", "-g", f"-fsanitize=fuzzer,{_CHECKS}", "-fno-sanitize-recover=all"]


@dataclass
class Outcome:
    """One run. findings: files that break a promise; each shows how when the fuzzer is given it alone."""

    executed: int
    cpu_seconds: float
    findings: list[Path]
    log: str


@functools.cache
def missing() -> str:
    """Why there can be no fuzzing here; empty: there can."""
    if not shutil.which("clang"):
        return f"clang is absent (Debian packages {PACKAGES})"
    empty = b"int LLVMFuzzerTestOneInput(const char *b, unsigned long n) { return b && n > 9; }"
    command = ["clang", "-fsanitize=fuzzer,address", "-x", "c", "-", "-o", "/dev/null"]
    done = subprocess.run(command, input=empty, capture_output=True, timeout=60, check=False)
    return "" if done.returncode == 0 else f"clang lacks libFuzzer (Debian packages {PACKAGES})"


def fuzzer() -> Path:
    return compiled("fuzz", SOURCES, _FLAGS, "clang")


def _executed(log: str) -> int:
    found = re.search(r"^stat::number_of_executed_units:\s*(\d+)", log, re.MULTILINE)
    return int(found[1]) if found else 0


def run(corpus: Path, seeds: list[Path], findings: Path, seconds: int, most_bytes: int) -> Outcome:
    """Fuzzes from the files of corpus and seeds, which stay as they are; corpus gains what reaches further code.

    Ends at the first finding. most_bytes: of one file.
    """
    for folder in (corpus, findings):
        folder.mkdir(parents=True, exist_ok=True)
    command = [fuzzer(), corpus, *seeds, f"-artifact_prefix={findings}/", f"-max_len={most_bytes}"]
    command += ["-timeout=20", "-rss_limit_mb=2048", "-print_final_stats=1"]
    command += [f"-max_total_time={seconds}"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        timeout=seconds + 240,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    found = [path for path in sorted(findings.iterdir()) if not path.name.startswith("slow-unit")]
    assert done.returncode == 0 or found, done.stderr[-3000:]
    return Outcome(_executed(done.stderr), cpu, found, done.stderr)


def minimise(corpus: Path, into: Path, most_bytes: int) -> int:
    """Replaces the files of `into` by the fewest of both folders that reach the same code; how many."""
    fresh = into.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    command = [fuzzer(), "-merge=1", "-use_counters=0", f"-max_len={most_bytes}", fresh]
    command += [folder for folder in (into, corpus) if folder.is_dir()]
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    shutil.rmtree(into, ignore_errors=True)
    fresh.rename(into)
    return len(list(into.iterdir()))
