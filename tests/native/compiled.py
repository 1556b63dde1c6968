# SPDX-License-Identifier: Apache-2.0
"""C programs and shared objects for tests, compiled once for each state of their sources."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "native-test"
CORE = sorted((ROOT / "native/src").rglob("*.c"))
SANITIZE = ["-std=c99", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]


def compiled(name: str, sources: list[Path], flags: list[str], compiler: str = "gcc") -> Path:
    """Compiles with all warnings as errors into build/native-test; the path of the result."""
    digest = hashlib.sha256(repr([compiler, *flags]).encode())
    headers = [*(ROOT / "native").rglob("*.h"), *(ROOT / "native").rglob("*.def")]
    headers += (ROOT / "tests/native").rglob("*.h")
    for path in [*sources, *sorted(headers)]:
        digest.update(path.read_bytes())
    target = BUILD / f"{name}-{digest.hexdigest()[:16]}"
    if target.exists():
        return target
    BUILD.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(f".{os.getpid()}")
    command = [compiler, "-Wall", "-Wextra", "-Werror", *flags, f"-I{ROOT / 'native'}"]
    command += [f"-I{ROOT / 'native/src'}", "-o", str(part), *map(str, sources)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    part.replace(target)
    return target
