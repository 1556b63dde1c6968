# SPDX-License-Identifier: Apache-2.0
"""The Python environment .venv: first its packages, then our own one with the compiled core."""

from __future__ import annotations

import sys
from pathlib import Path

from command import Log, output
from paths import ROOT, VENV, remove
from report import SetupError
from step import Step, contents

PYTHON = VENV / "bin" / "python"
EXTRAS = ("test", "build")
_NETWORK = (
    "check the network; PIP_INDEX_URL, PIP_FIND_LINKS and PIP_CERT choose another package index"
)


def _toml():
    try:
        import tomllib
    except ImportError:  # Python 3.10
        from pip._vendor import tomli as tomllib
    return tomllib


def requirements() -> list[str]:
    """What pyproject.toml asks for: to build, to run, and the extras that builds and tests need."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        document = _toml().load(file)
    project = document["project"]
    extras = project.get("optional-dependencies", {})
    return [
        *document["build-system"]["requires"],
        *project["dependencies"],
        *(requirement for extra in EXTRAS for requirement in extras.get(extra, [])),
    ]


def _key() -> list[str]:
    return [sys.version, sys.prefix, *requirements()]


def _make(log: Log) -> None:
    if (
        not output([PYTHON, "-m", "pip", "--version"])
        or output([PYTHON, "-c", _VERSION]) != _version()
    ):
        remove(VENV)
        log.run(
            [sys.executable, "-m", "venv", VENV],
            remedy="install the standard library's venv (Debian: apt-get install python3-venv)",
        )
    log.run(
        [PYTHON, "-m", "pip", "install", "-q", "--prefer-binary", *requirements()],
        remedy=_NETWORK,
        timeout=1800,
    )


_VERSION = "import sys; print(sys.version)"


def _version() -> str:
    return f"{sys.version}\n"


def _core_key() -> list[str]:
    return contents(
        "pyproject.toml",
        "setup.py",
        "host/moteforge/_build*.py",
        "native/*.h",
        "native/src/**/*.[ch]",
        "native/src/**/*.def",
    )


def _make_core(log: Log) -> None:
    log.run(
        [PYTHON, "-m", "pip", "install", "-q", "--no-build-isolation", "--no-deps", "-e", ROOT],
        remedy="see above; a missing header: apt-get install build-essential python3-dev",
    )


def check_version() -> None:
    if not (3, 10) <= sys.version_info[:2] <= (3, 13):
        have = ".".join(map(str, sys.version_info[:2]))
        raise SetupError(
            f"Python {have} runs the set-up; it wants 3.10 to 3.13",
            "make PYTHON=python3.12, for example",
        )


STEP = Step(
    name="python",
    title="Python packages into .venv",
    seconds=60,
    key=_key,
    outputs=(PYTHON, VENV / "bin" / "pytest"),
    make=_make,
)

CORE = Step(
    name="core",
    title="the compiled core and the command mote into .venv",
    seconds=15,
    key=_core_key,
    outputs=(VENV / "bin" / "mote", Path(ROOT, "host", "moteforge", "_core*.so")),
    make=_make_core,
    needs=("python",),
)
