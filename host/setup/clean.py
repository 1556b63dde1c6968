# SPDX-License-Identifier: Apache-2.0
"""python3 host/setup/clean.py build|all: removes products, or all that was not cloned."""

from __future__ import annotations

import sys

from paths import BUILD, ROOT, VENV, WORK, remove

DOWNLOADED = {"third_party", "node_modules", "stamps"}
DOWNLOAD_STAMPS = {"sources", "node", "python"}


def products() -> None:
    """Removes what was built and leaves what was downloaded, with the stamps of those steps."""
    for directory in {BUILD, WORK}:
        for path in directory.iterdir() if directory.is_dir() else ():
            if path.name not in DOWNLOADED:
                remove(path)
    for stamp in (BUILD / "stamps").glob("*"):
        if stamp.name not in DOWNLOAD_STAMPS:
            remove(stamp)


def everything() -> None:
    for path in {BUILD, WORK, VENV, *ROOT.glob("host/moteforge/_core*")}:
        remove(path)


def main() -> int:
    actions = {"build": products, "all": everything}
    if len(sys.argv) != 2 or sys.argv[1] not in actions:
        print(f"usage: {sys.argv[0]} {'|'.join(actions)}", file=sys.stderr)
        return 2
    actions[sys.argv[1]]()
    return 0


if __name__ == "__main__":
    sys.exit(main())
