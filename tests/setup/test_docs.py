# SPDX-License-Identifier: Apache-2.0
"""Files that the documentation names are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
FOLDERS = ("boards", "device", "docs", "examples", "host", "native", "tests")
PATH = re.compile(rf"(?<![\w./~-])(?:{'|'.join(FOLDERS)})/[\w./-]*")
NAME = re.compile(r"`(\w+\.(?:c|cmake|def|h|md|mjs|mk|py|toml))`")
ELSEWHERE = {"main.py"}  # on a board


def paths(text: str) -> set[str]:
    """Paths in the repository, as glob patterns: words in capitals stand for any name."""
    found = {match.rstrip("./-") for match in PATH.findall(text)}
    return {re.sub(r"\b[A-Z]+(?=\.|/|$)(?!\.md)", "*", path) for path in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_paths_are_there(page):
    assert [path for path in sorted(paths(page.read_text())) if not any(ROOT.glob(path))] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_named_without_a_folder_are_there(page):
    known = {path.name for folder in FOLDERS for path in (ROOT / folder).rglob("*.*")}
    names = set(NAME.findall(page.read_text())) - ELSEWHERE
    known |= {path.name for path in ROOT.iterdir()}
    assert sorted(names - known) == []


def test_a_path_that_is_gone_is_seen():
    text = "see `native/src/none.c`, docs/NONE.md and tests/native/. Kernels: native/src/kernels/NAME.c"
    assert paths(text) == {
        "native/src/none.c", "docs/NONE.md", "tests/native", "native/src/kernels/*.c"
    }  # fmt: skip
