# SPDX-License-Identifier: Apache-2.0
"""`python -m moteforge.bench`: measures all, writes build/bench.json and docs/PERFORMANCE.md."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from ..errors import MoteError
from .layout import require_repository
from .performance import is_missing, render
from .suite import run_suite


def replace(path: Path, text: str) -> None:
    """Writes a file as a whole or not at all."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def main() -> int:
    """Exit code 1 where no model could be measured: there is nothing to show then."""
    try:
        root = require_repository()
        result = run_suite(lambda text: print(f"bench: {text}", file=sys.stderr, flush=True))
    except MoteError as error:
        print(f"error: {error.message}\n  {error.remedy or ''}".rstrip(), file=sys.stderr)
        return error.exit_code
    runs = [entry["cortex-m0plus"] for entry in result["models"].values()]
    if all(is_missing(run) for run in runs):
        print(f"error: no model was measured: {runs[0]['missing']}", file=sys.stderr)
        return 1
    replace(root / "build" / "bench.json", json.dumps(result, indent=1) + "\n")
    replace(root / "docs" / "PERFORMANCE.md", render(result))
    print("wrote build/bench.json and docs/PERFORMANCE.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
