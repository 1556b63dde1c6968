# SPDX-License-Identifier: Apache-2.0
"""Settings: the flag, then a MOTE_* variable, then [tool.moteforge] in the nearest pyproject.toml.

A setting of one level hides that of the levels below. The target (device, sim, host) is one setting
with three spellings, so that `--host` on the command line hides MOTE_DEVICE in the environment.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import UsageError

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}
KEYS: dict[str, type] = {
    "board": str,
    "build": str,
    "device": str,
    "firmware": str,
    "flash": str,
    "host": bool,
    "json": bool,
    "sim": bool,
    "timeout": float,
    "verbose": bool,
}
NAMED = re.compile(r"^\s*\[tool\.moteforge|^\s*\[tool\]\s[^\[]*?^\s*moteforge\b", re.MULTILINE)
MAX_LEVELS = 64  # folders looked through upward


def as_bool(text: str, name: str) -> bool:
    """A yes or no from a variable's text."""
    lowered = text.strip().lower()
    if lowered in TRUE:
        return True
    if lowered in FALSE:
        return False
    raise UsageError(f"{name} is {text!r}", "Use 1, true, yes, on or 0, false, no, off.")


def find_pyproject(start: Path) -> Path | None:
    """The first pyproject.toml in start or above it that has a [tool.moteforge] table."""
    for folder in [start, *start.parents][:MAX_LEVELS]:
        path = folder / "pyproject.toml"
        if path.is_file() and NAMED.search(path.read_text("utf-8", "replace")):
            return path
    return None


def read_pyproject(path: Path) -> dict[str, Any]:
    """The [tool.moteforge] table, checked; raises UsageError naming file and key."""
    try:
        import tomllib
    except ModuleNotFoundError:  # Python 3.10
        import tomli as tomllib
    try:
        tool = tomllib.loads(path.read_text("utf-8")).get("tool", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not valid TOML: {error}", "Correct the file.") from None
    table = tool.get("moteforge", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise UsageError(
            f"{path}: moteforge in [tool] is {table!r}, must be a table",
            "Write [tool.moteforge] and the settings below it.",
        )
    for key, value in table.items():
        check(key, value, f"{path}: [tool.moteforge] {key}")
    return dict(table)


def check(key: str, value: Any, name: str) -> None:
    """Refuses an unknown key or a value of the wrong type."""
    if key not in KEYS:
        raise UsageError(f"{name} is not a setting", f"Known settings: {', '.join(sorted(KEYS))}.")
    want = KEYS[key]
    allowed = (int, float) if want is float else (want,)
    if not isinstance(value, allowed) or (want is not bool and isinstance(value, bool)):
        raise UsageError(f"{name} is {value!r}", f"It takes a {want.__name__}.")


def read_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """The settings among the MOTE_* variables; variables of other parts are left alone."""
    values: dict[str, Any] = {}
    for key, kind in KEYS.items():
        name = f"MOTE_{key.upper()}"
        text = environ.get(name)
        if text is None or (text == "" and kind is not bool):
            continue
        if kind is bool:
            values[key] = as_bool(text, name)
        elif kind is float:
            values[key] = as_seconds(text, name)
        else:
            values[key] = text
    return values


def as_seconds(text: str, name: str) -> float:
    """A positive number of seconds, at most a day."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value <= 86400:
        raise UsageError(f"{name} is {text!r}", "It takes seconds, more than 0, at most 86400.")
    return value


@dataclass(frozen=True)
class Target:
    """Where a verb works. kind: "device" (device None: the one attached), "sim" or "host"."""

    kind: str = "device"
    device: str | None = None
    named: bool = False  # false: nobody chose, it is the default


@dataclass
class Settings:
    """The levels, highest first: flags, environment, pyproject."""

    flags: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, Any] = field(default_factory=dict)
    project: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def load(
        cls,
        flags: Mapping[str, Any] | None = None,
        environ: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> Settings:
        """Reads the environment and the nearest pyproject.toml; None and False are no flags."""
        given = {k: v for k, v in (flags or {}).items() if v is not None and v is not False}
        pyproject = find_pyproject(folder or Path.cwd())
        return cls(
            given,
            read_environment(os.environ if environ is None else environ),
            read_pyproject(pyproject) if pyproject else {},
        )

    def levels(self) -> list[dict[str, Any]]:
        """All levels, the strongest first."""
        return [self.flags, self.environment, self.project]

    def get(self, key: str, default: Any = None) -> Any:
        """The value at the strongest level that has one."""
        for level in self.levels():
            if key in level:
                return level[key]
        return default

    def beside(self, key: str, other: str) -> Any:
        """The value of a key at the level that sets `other`, or at a stronger one; None where there is none."""
        value = None
        for level in self.levels():
            value = level.get(key) if value is None else value
            if level.get(other):
                return value
        return None

    def target(self, default: Target | None = None) -> Target:
        """The target of the strongest level that names one; two at one level are an error."""
        names = ("the command line", "the environment", "pyproject.toml")
        for name, level in zip(names, self.levels(), strict=True):
            chosen = [key for key in ("device", "sim", "host") if level.get(key)]
            if len(chosen) > 1:
                raise UsageError(
                    f"{' and '.join('--' + c for c in chosen)} exclude each other (in {name})",
                    "Name one of them.",
                )
            if chosen:
                return Target(chosen[0], level.get("device"), named=True)
        return default or Target()
