# SPDX-License-Identifier: Apache-2.0
"""Builds moteforge._core, the C core as a Python extension (cffi, API mode), from native/."""

import re
from pathlib import Path

from cffi import FFI

ROOT = Path(__file__).resolve().parents[2]
NATIVE = ROOT / "native"


def declarations(header: str) -> str:
    """The public header as cffi wants it: no comments, no preprocessor but numeric macros."""
    text = re.sub(r"/\*.*?\*/", "", header, flags=re.S)
    lines = [line for line in text.splitlines() if keep(line)]
    return "\n".join(lines)


def keep(line: str) -> bool:
    return not line.startswith("#") or bool(re.match(r"#define \w+ \d+\s*$", line))


ffi = FFI()
ffi.cdef(declarations((NATIVE / "mote.h").read_text()))
ffi.set_source(
    "moteforge._core",
    '#include "mote.h"',
    sources=sorted(str(p.relative_to(ROOT)) for p in (NATIVE / "src").rglob("*.c")),
    include_dirs=[str(NATIVE), str(NATIVE / "src")],
    depends=sorted(str(p.relative_to(ROOT)) for k in ("*.h", "*.def") for p in NATIVE.rglob(k)),
    extra_compile_args=["-std=c99", "-O2"],
)

if __name__ == "__main__":
    ffi.compile(verbose=True)
