# SPDX-License-Identifier: Apache-2.0
"""Where the machine lacks something: one message, what to do, and nothing half made."""

from __future__ import annotations

import pytest


def said(done) -> str:
    """The message, after checking that it is one: exit code, error, remedy, no traceback."""
    assert done.returncode == 1, done.stderr
    lines = done.stderr.splitlines()
    assert lines[-2].startswith("error: ")
    assert lines[-1].startswith("  -> ")
    assert "Traceback" not in done.stderr
    return done.stderr


def test_no_apt(sandbox):
    sandbox.allow("sed", "id", "tr", "dirname", "env", "tail")
    message = said(sandbox.packages())
    assert "no apt-get" in message
    assert "gcc-arm-none-eabi" in message


def test_neither_root_nor_sudo(sandbox):
    sandbox.allow("sed", "tr", "dirname")
    sandbox.script("id", "echo 1000")
    sandbox.script("apt-get", "exit 1")
    message = said(sandbox.packages())
    assert "as root: apt-get install" in message
    assert "nodejs" in message


def test_apt_fails(sandbox):
    sandbox.allow("sed", "tr", "dirname", "env", "tail", "mkdir", "date")
    sandbox.script("id", "echo 0")
    sandbox.script("apt-get", "echo 'Could not resolve the mirror'; exit 100")
    message = said(sandbox.packages())
    assert "Could not resolve the mirror" in message
    assert "apt-get" in message


def test_packages_that_are_there_need_neither_apt_nor_root(sandbox):
    sandbox.allow("sed", "dirname", "tr")
    sandbox.script("dpkg-query", "echo 'install ok installed'")
    (sandbox.root / "host/setup/packages.txt").write_text(
        "some-library # reason\nsed sed # reason\n"
    )
    done = sandbox.packages()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_of_two_package_names_the_known_one_is_installed(sandbox):
    sandbox.allow("sed", "tr", "dirname", "env", "mkdir", "date")
    sandbox.script("id", "echo 0")
    sandbox.script("apt-cache", 'test "$2" = older-name')
    sandbox.script(
        "apt-get",
        'case "$*" in *" install "*) echo "$@" >asked; : >bin/the-program;'
        " chmod +x bin/the-program;; esac",
    )
    sandbox.allow("chmod")
    (sandbox.root / "host/setup/packages.txt").write_text(
        "newer-name|older-name the-program # why\n"
    )
    done = sandbox.packages()
    assert done.returncode == 0, done.stderr
    assert (sandbox.root / "asked").read_text().split()[-1] == "older-name"


def test_no_node(sandbox):
    message = said(sandbox.setup("node"))
    assert "node is missing" in message
    assert "nodejs" in message


def test_old_node(sandbox):
    sandbox.script("node", "echo v12.22.9")
    assert "12" in said(sandbox.setup("node"))


def test_npm_without_network(sandbox):
    sandbox.allow("node")
    sandbox.script("npm", "echo 'npm ERR! network'; mkdir -p node_modules/rp2040js; exit 1")
    sandbox.allow("mkdir")
    message = said(sandbox.setup("node"))
    assert "npm ERR! network" in message
    assert "RP2040JS_DIR" in message
    assert not (sandbox.root / "build/node_modules").exists()
    assert not (sandbox.root / "build/stamps/node").exists()


def test_no_apt_for_sources(sandbox):
    message = said(sandbox.setup("sources"))
    assert "MICROPY_DIR" in message
    assert "PICO_SDK_PATH" in message


def test_superseded_version(sandbox):
    """The suite has another version than the pinned one: what is there, and the variable to set."""
    sandbox.allow("dpkg-source")
    sandbox.script(
        "apt-get",
        'case "$*" in *indextargets*) echo "http://mirror/debian/|bookworm|main|Packages";; esac',
    )
    sandbox.script("apt-cache", 'echo "Version: 9.9-1"')
    message = said(sandbox.setup("sources"))
    assert "MICROPYTHON_VERSION=9.9-1" in message
    assert "MICROPY_DIR" in message


@pytest.mark.parametrize("variable", ["MICROPY_DIR", "MBEDTLS_DIR", "PICO_SDK_PATH", "TINYUSB_DIR"])
def test_own_directory_that_is_none(sandbox, variable):
    message = said(sandbox.setup("sources", **{variable: "/nonexistent"}))
    assert f"{variable}=/nonexistent" in message


def test_unknown_step(sandbox):
    assert "no such step: nonsense" in said(sandbox.setup("nonsense"))


def test_work_directory_with_a_space(sandbox):
    message = said(sandbox.setup("sources", MOTE_WORK=str(sandbox.root)))
    assert "MOTE_WORK" in message
