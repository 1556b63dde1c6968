# SPDX-License-Identifier: Apache-2.0
"""`mote install` against boards of all kinds: architecture, ABI, space, older versions."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from fakeboard import ABI_63
from moteforge import deploy
from moteforge.errors import Refused
from moteforge.transport import ARCHS, Facts

SUFFIX_63 = (6, 3)


def module(arch: str, abi: tuple[int, int] = SUFFIX_63, size: int = 5000) -> bytes:
    """A file with the header of a native module."""
    return bytes([ord("M"), abi[0], ARCHS.index(arch) << 2 | abi[1], 31]) + bytes(size - 4)


@pytest.fixture
def build(tmp_path, monkeypatch):
    """A build folder with native modules: build("armv6m", ...)."""

    def make(*archs: str, **options) -> Path:
        for arch in archs:
            path = tmp_path / "my build" / "natmod" / arch / "_mote.mpy"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(module(arch, **options))
        (tmp_path / "my build" / "natmod").mkdir(parents=True, exist_ok=True)
        monkeypatch.setenv("MOTE_BUILD", str(tmp_path / "my build"))
        return tmp_path / "my build" / "natmod"

    return make


def names(fake) -> set[str]:
    """The files in the package's folder."""
    return {path.name for path in fake.path("/lib/mote").iterdir()}


def test_fresh_board_then_nothing_to_do(mote, board, build):
    build("armv6m", "x64")
    fake = board()
    first = mote("install", "--device", fake.port, "--json").json()
    assert first["schema"] == "moteforge.install/1"
    assert first["native_arch"] == "armv6m"
    assert first["compiled"] is True
    assert fake.path("/lib/_mote.mpy").read_bytes() == module("armv6m")
    assert names(fake) == {Path(name).stem + ".mpy" for name in deploy.package_sources()}
    second = mote("install", "--device", fake.port, "--json").json()
    assert second["copied"] == []
    assert set(second["unchanged"]) == {row["path"] for row in first["copied"]}


def test_only_what_changed_is_copied(mote, board, build):
    build("armv6m")
    fake = board()
    assert mote("install", "--device", fake.port).code == 0
    fake.path("/lib/mote/ring.mpy").write_bytes(b"damaged")
    copied = mote("install", "--device", fake.port, "--json").json()["copied"]
    assert [row["path"] for row in copied] == ["/lib/mote/ring.mpy"]


def test_dry_run_writes_nothing(mote, board, build):
    build("armv6m")
    fake = board()
    result = mote("install", "--device", fake.port, "--dry-run")
    assert result.code == 0
    assert "would copy /lib/_mote.mpy" in result.out
    assert list(fake.root.iterdir()) == []


def test_files_of_an_older_version_go_and_others_stay(mote, board, build):
    build("armv6m")
    fake = board()
    fake.path("/lib/mote").mkdir(parents=True)
    for name in ("model.py", "old.mpy", "ring.mpy~", "notes.txt"):
        fake.path(f"/lib/mote/{name}").write_bytes(b"x")
    fake.path("/lib/other.py").write_bytes(b"x")
    fake.path("/lib/_mote.mpy~").write_bytes(b"x")
    planned = mote("install", "--device", fake.port, "--dry-run").out
    assert "would remove /lib/_mote.mpy~, left by an interrupted copy" in planned
    assert "would remove /lib/mote/old.mpy, of an older version" in planned
    removed = mote("install", "--device", fake.port, "--json").json()["removed"]
    assert removed == [
        "/lib/mote/model.py", "/lib/mote/old.mpy", "/lib/mote/ring.mpy~", "/lib/_mote.mpy~"
    ]  # fmt: skip
    assert "notes.txt" in names(fake)
    assert fake.path("/lib/other.py").exists()
    assert not fake.path("/lib/_mote.mpy~").exists()


def test_firmware_with_the_package_inside(mote, board, build):
    build("armv6m")
    fake = board(builtin=("_mote", "mote"))
    result = mote("install", "--device", fake.port)
    assert result.code == 0
    assert "nothing to install: the firmware has" in result.out
    assert list(fake.root.iterdir()) == []


def test_firmware_with_the_module_only(mote, board, build):
    build("armv6m")
    fake = board(builtin=("_mote",))
    document = mote("install", "--device", fake.port, "--json").json()
    assert document["native_arch"] is None
    assert "model.mpy" in names(fake)
    assert not fake.path("/lib/_mote.mpy").exists()


def test_unsupported_architecture_names_both_sides(mote, board, build):
    build("armv6m", "rv32imc")
    fake = board(arch=ARCHS.index("xtensawin"))
    result = mote("install", "--device", fake.port)
    assert result.code == 4
    for part in ("xtensawin", "armv6m, rv32imc", "Fake board"):
        assert part in result.err
    assert list(fake.root.iterdir()) == []


def test_unsupported_abi_names_both_sides(mote, board, build):
    build("armv6m")
    fake = board(abi=6 | 2 << 8)
    result = mote("install", "--device", fake.port, "--json")
    assert result.code == 4
    assert "6.2" in result.json()["error"]
    assert "6.3" in result.json()["error"]
    assert result.json()["exit_code"] == 4


def test_firmware_without_native_modules(mote, board, build):
    build("armv6m")
    result = mote("install", "--device", board(abi=0).port)
    assert result.code == 4
    assert "loads no native modules" in result.err


def test_nothing_built(mote, board, build):
    build()
    result = mote("install", "--device", board().port)
    assert result.code == 4
    assert "make natmod" in result.err


def test_damaged_module(mote, board, build):
    (build("armv6m") / "armv6m" / "_mote.mpy").write_bytes(b"PK")
    result = mote("install", "--device", board().port)
    assert result.code == 1
    assert "no .mpy file" in result.err


def test_too_little_space_is_said_before_writing(mote, board, build):
    build("armv6m", size=90_000)
    fake = board(free=20)
    result = mote("install", "--device", fake.port)
    assert result.code == 1
    assert str(20 * 4096) in result.err
    assert "nothing has been written" in result.err
    assert list(fake.root.iterdir()) == []


def test_no_file_system(mote, board, build):
    build("armv6m")
    result = mote("install", "--device", board(free=0).port)
    assert result.code == 1
    assert "no file system" in result.err


def test_unplugged_in_the_middle_then_repaired(mote, board, build):
    build("armv6m")
    fake = board(dies_at="mote_commit('/lib/mote/model.mpy'")
    result = mote("install", "--device", fake.port)
    assert result.code == 3
    assert "went away while copying /lib/mote/model.mpy" in result.err
    assert "Traceback" not in result.err
    again = board()
    again.root = fake.root  # the same file system, plugged in again
    assert mote("install", "--device", again.port).code == 0
    assert "model.mpy" in names(again)
    assert not any(name.endswith("~") for name in names(again))


def test_another_abi_gets_source(mote, board, build):
    build("armv6m", abi=(7, 3))
    fake = board(abi=7 | 3 << 8)
    assert mote("install", "--device", fake.port, "--json").json()["compiled"] is False
    assert names(fake) == set(deploy.package_sources())


FACTS = Facts("micropython", "1.25.0", "Some board", "x", ABI_63, False, False, 0, 4096, 10)


@pytest.mark.parametrize(
    ("arch", "best"),
    [("armv6m", "armv6m"), ("armv7m", "armv7m"), ("armv7emsp", "armv7m"), ("armv7emdp", "armv7m"),
     ("x64", "x64")],
)  # fmt: skip
def test_best_module_for_a_processor(build, arch, best):
    folder = build("armv6m", "armv7m", "x64")
    facts = Facts(**{**vars(FACTS), "mpy": ABI_63 | ARCHS.index(arch) << 10})
    assert deploy.mpy_header(deploy.choose_native(facts, folder).data)[1] == best


def test_no_processor_runs_a_later_one(build):
    for have, want in itertools.combinations(deploy.THUMB, 2):
        assert want not in deploy.runs(have)
    folder = build("armv7m")
    facts = Facts(**{**vars(FACTS), "mpy": ABI_63 | ARCHS.index("armv6m") << 10})
    with pytest.raises(Refused, match="armv6m"):
        deploy.choose_native(facts, folder)


def test_module_in_the_wrong_folder(build):
    folder = build("armv6m")
    (folder / "armv6m" / "_mote.mpy").write_bytes(module("x64"))
    facts = Facts(**{**vars(FACTS), "mpy": ABI_63 | ARCHS.index("armv6m") << 10})
    with pytest.raises(Refused, match="for x64"):
        deploy.choose_native(facts, folder)


def test_space_counts_old_and_new_side_by_side():
    plan = deploy.Plan(put=[deploy.Item("/lib/a", bytes(8192)), deploy.Item("/lib/b", bytes(4097))])
    folders = 2 * deploy.FOLDER_BLOCKS
    assert deploy.blocks_needed(plan, {}, 4096) == folders + 2 + 2
    assert deploy.blocks_needed(plan, {"/lib/a": 8192}, 4096) == folders + 2
