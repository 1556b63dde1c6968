# SPDX-License-Identifier: Apache-2.0
"""Fetches pinned packages of one Debian suite through a private apt configuration.

The entry is the machine's own Debian source with the suite changed, so its mirror or proxy is used
here too; apt checks signatures and hashes. Nothing of the machine's own apt state changes.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from command import Log, output
from paths import remove
from pins import SOURCES, SUITE, Pin, version_variable
from report import SetupError

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_FORMAT = "$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(CREATED_BY)"
_SUITES = re.compile(r"(bookworm|trixie|forky|sid|oldstable|stable|testing|unstable)")


class Archive:
    """The suite's package lists, downloaded into directory."""

    def __init__(self, directory: Path, log: Log) -> None:
        self._directory = directory
        self._log = log
        self._options = _configure(directory)

    def update(self) -> None:
        """Fetches the lists, about 20 MB."""
        self._log.run(
            ["apt-get", *self._options, "-q", "-o", "Acquire::Retries=3", "update"],
            remedy=_remedy("check the network"),
            timeout=600,
        )

    def fetch(self, pins: list[Pin], into: Path) -> None:
        """Downloads every pin's package files."""
        into.mkdir(parents=True, exist_ok=True)
        for pin in pins:
            self._check(pin)
        sources = [f"{pin.package}={version(pin)}" for pin in pins if pin.source]
        binaries = [f"{pin.package}={version(pin)}" for pin in pins if not pin.source]
        if sources:
            self._apt(["source", "--download-only", *sources], into)
        if binaries:
            self._apt(["download", *binaries], into)

    def _apt(self, words: list[str], into: Path) -> None:
        self._log.run(
            ["apt-get", *self._options, "-q", "-o", "Acquire::Retries=3", *words],
            cwd=into,
            remedy=_remedy("check the network"),
            timeout=900,
        )

    def _check(self, pin: Pin) -> None:
        """Refuses a pinned version that the suite no longer has, naming those that it has."""
        offered = self._offered(pin)
        if version(pin) in offered:
            return
        have = ", ".join(sorted(offered)) or "no version"
        wish = (
            f"{version_variable(pin)}={sorted(offered)[-1]} to take what is there, or "
            if offered
            else ""
        )
        raise SetupError(
            f"Debian {SUITE} no longer has {pin.package} {version(pin)}; it has {have}",
            f"set {wish}{pin.variable} to a directory with {pin.title}",
        )

    def _offered(self, pin: Pin) -> set[str]:
        if pin.source:
            text = output(["apt-cache", *self._options, "showsrc", "--only-source", pin.package])
        else:
            text = output(["apt-cache", *self._options, "show", pin.package])
        return set(re.findall(r"^Version: (\S+)$", text, re.MULTILINE))


def version(pin: Pin) -> str:
    return os.environ.get(version_variable(pin)) or pin.version


def unpack(pin: Pin, downloads: Path, target: Path, log: Log) -> None:
    """Unpacks a downloaded pin, without Debian's patches, so that target is its source tree."""
    remove(target)
    bare = version(pin).split(":", 1)[-1]
    remedy = f"remove build/ and try again, or set {pin.variable}"
    if pin.source:
        dsc = downloads / f"{pin.package}_{bare}.dsc"
        log.run(["dpkg-source", "--skip-patches", "--no-check", "-x", dsc, target], remedy=remedy)
        return
    (deb,) = downloads.glob(f"{pin.package}_*.deb")
    scratch = target.with_name(f"{target.name}.deb")
    remove(scratch)
    log.run(["dpkg-deb", "-x", deb, scratch], remedy=remedy)
    (scratch / pin.directory).rename(target)
    remove(scratch)


def _remedy(first: str) -> str:
    variables = [pin.variable for pin in SOURCES]
    return f"{first}, or set {', '.join(variables)} to source trees of your own"


def _configure(directory: Path) -> list[str]:
    """Writes the private configuration; returns the options that make apt use it."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-source"):
        raise SetupError(
            "apt-get or dpkg-source is missing on this machine", _remedy("use Debian 12 or 13")
        )
    for name in ("lists/partial", "cache/archives/partial", "parts"):
        (directory / name).mkdir(parents=True, exist_ok=True)
    entry = f"[signed-by={KEYRING}] {_mirror()} {SUITE} main\n"
    (directory / "sources.list").write_text(f"deb {entry}deb-src {entry}")
    settings = {
        "Dir::Etc::SourceList": directory / "sources.list",
        "Dir::Etc::SourceParts": directory / "parts",
        "Dir::State": directory,
        "Dir::State::Lists": directory / "lists",
        "Dir::State::status": "/dev/null",
        "Dir::Cache": directory / "cache",
        "APT::Sandbox::User": "root",  # _apt cannot write here
        "Acquire::Languages": "none",
    }
    return [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]


def _mirror() -> str:
    """URI of a Debian archive: DEBIAN_MIRROR, or the first main entry of the apt sources."""
    chosen = os.environ.get("DEBIAN_MIRROR")
    if chosen:
        return chosen
    for line in output(["apt-get", "indextargets", "--format", _FORMAT]).splitlines():
        uri, release, component, kind = line.split("|")
        if kind == "Packages" and component == "main" and _SUITES.fullmatch(release):
            return uri
    raise SetupError(
        "the apt sources of this machine name no Debian archive",
        _remedy("set DEBIAN_MIRROR to its URI"),
    )
