# SPDX-License-Identifier: Apache-2.0
"""`mote install` against boards of all kinds: architecture, ABI, space, older versions."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from fakeboard import ABI_63
from moteforge import Model, deploy, natives
from moteforge.errors import MoteError, Refused
from moteforge.inspect import inspect
from moteforge.mote.native import MODULES
from moteforge.natives import DEFAULT
from moteforge.replay import ready_board, run_package
from moteforge.transport import ARCHS, Facts, attach, board_error
from moteforge.trial import try_model

SUFFIX_63 = (6, 3)


def module(arch: str, abi: tuple[int, int] = SUFFIX_63, size: int = 5000) -> bytes:
    """A file with the header of a native module."""
    return bytes([ord("M"), abi[0], ARCHS.index(arch) << 2 | abi[1], 31]) + bytes(size - 4)


@pytest.fixture
def build(tmp_path, monkeypatch):
    """A build folder with native modules: build("armv6m", ..., names=MODULES)."""

    def make(*archs: str, names: tuple[str, ...] = DEFAULT, **options) -> Path:
        for arch, name in itertools.product(archs, names):
            path = tmp_path / "my build" / "natmod" / arch / f"{name}.mpy"
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
    assert natives.mpy_header(natives.choose_native(facts, folder)[0].data)[1] == best


def test_no_processor_runs_a_later_one(build):
    for have, want in itertools.combinations(natives.THUMB, 2):
        assert want not in natives.runs(have)
    folder = build("armv7m")
    facts = Facts(**{**vars(FACTS), "mpy": ABI_63 | ARCHS.index("armv6m") << 10})
    with pytest.raises(Refused, match="armv6m"):
        natives.choose_native(facts, folder)


def test_module_in_the_wrong_folder(build):
    folder = build("armv6m")
    (folder / "armv6m" / "_mote.mpy").write_bytes(module("x64"))
    facts = Facts(**{**vars(FACTS), "mpy": ABI_63 | ARCHS.index("armv6m") << 10})
    with pytest.raises(Refused, match="for x64"):
        natives.choose_native(facts, folder)


def test_space_counts_old_and_new_side_by_side():
    plan = deploy.Plan(put=[deploy.Item("/lib/a", bytes(8192)), deploy.Item("/lib/b", bytes(4097))])
    folders = 2 * deploy.FOLDER_BLOCKS
    assert deploy.blocks_needed(plan, {}, 4096) == folders + 2 + 2
    assert deploy.blocks_needed(plan, {"/lib/a": 8192}, 4096) == folders + 2


# ---- modules of further groups


@pytest.fixture
def model_of(tmp_path):
    """The path of a model of one operator: model_of("GATHER int8")."""
    pytest.importorskip("tflite_micro")
    from operators import GENERATORS

    def make(name: str) -> Path:
        path = tmp_path / f"{name.split()[0].lower()}.tflite"
        path.write_bytes(GENERATORS[name](np.random.default_rng(5)).data)
        return path

    return make


def modules_on(fake) -> set[str]:
    """Native modules in /lib."""
    return {path.stem for path in fake.path("/lib").glob("*.mpy")}


def test_a_model_brings_the_modules_that_it_needs(mote, board, build, model_of):
    build("armv6m", names=MODULES)
    fake = board()
    models = ("--model", model_of("GATHER int8"), "--model", model_of("SVDF int8"))
    result = mote("install", *models, "--device", fake.port)
    assert result.code == 0, result.err
    assert modules_on(fake) == {"_mote", "_mote_chain", "_mote_move", "_mote_state"}
    assert (
        "native modules for armv6m: _mote 4.9 KiB, _mote_chain 4.9 KiB, _mote_state" in result.out
    )
    assert "copied /lib/_mote_state.mpy  4.9 KiB" in result.out


def test_a_model_of_plain_operators_brings_none(mote, board, build, model_of):
    build("armv6m")
    fake = board()
    model = model_of("CONV_2D int8")
    document = mote("install", "--model", model, "--device", fake.port, "--json").json()
    assert document["modules"] == [{"name": name, "bytes": 5000} for name in DEFAULT]
    assert modules_on(fake) == set(DEFAULT)


def pipeline_of(folder, *types: str, **keys) -> Path:
    """A pipeline file with stages of these types."""
    path = folder / "line.pipeline.json"
    path.write_text(json.dumps({"format": 1, "stages": [{"type": kind} for kind in types], **keys}))
    return path


@pytest.mark.parametrize(
    ("types", "brought"),
    [(("window", "fft"), set()), (("window", "fft", "magnitude"), {"_mote_sense"})],
)
def test_a_pipeline_brings_the_modules_of_its_stages(mote, board, build, tmp_path, types, brought):
    build("armv6m", names=MODULES)
    fake = board()
    result = mote("install", "--pipeline", pipeline_of(tmp_path, *types), "--device", fake.port)
    assert result.code == 0, result.err
    assert modules_on(fake) == {*DEFAULT, *brought}


def test_a_pipeline_brings_those_of_its_model_too(mote, board, build, tmp_path, model_of):
    build("armv6m", names=MODULES)
    fake, model = board(), model_of("GATHER int8")
    path = pipeline_of(tmp_path, "statistics", model=model.name)
    assert mote("install", "--pipeline", path, "--device", fake.port).code == 0
    assert modules_on(fake) == {*DEFAULT, "_mote_sense", "_mote_move"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[", "is no JSON"),
        ("{}", "stages"),
        ('{"stages": [{"type": "wavelet"}]}', "'wavelet'"),
        ('{"stages": [], "model": 3}', "model is 3"),
    ],
)
def test_a_refused_pipeline_is_said_before_a_board_is_touched(mote, build, tmp_path, text, said):
    build("armv6m")
    path = tmp_path / "bad.pipeline.json"
    path.write_text(text)
    result = mote("install", "--pipeline", path, "--device", "/dev/none")
    assert result.code == 2
    assert str(path) in result.err
    assert said in result.err


def test_all_modules(mote, board, build):
    build("armv6m", names=MODULES)
    fake = board()
    assert mote("install", "--all", "--device", fake.port).code == 0
    assert modules_on(fake) == set(MODULES)


def test_modules_that_are_there_stay_and_are_renewed_with_the_rest(mote, board, build):
    build("armv6m", names=MODULES)
    fake = board()
    mote("install", "--all", "--device", fake.port)
    fake.path("/lib/_mote_float.mpy").unlink()
    build("armv6m", names=MODULES[:4], size=6000)
    document = mote("install", "--device", fake.port, "--json").json()
    paths = [f"/lib/{name}.mpy" for name in MODULES]
    assert [row["path"] for row in document["copied"]] == paths[:4]
    assert set(paths[4:6]) <= set(document["unchanged"])
    assert document["removed"] == []


def test_a_module_that_is_not_built(mote, board, build, model_of):
    build("armv6m")
    fake = board()
    result = mote("install", "--model", model_of("GATHER int8"), "--device", fake.port)
    assert result.code == 4
    assert "armv6m/_mote_move.mpy is not built" in result.err
    assert "make natmod" in result.err
    assert list(fake.root.iterdir()) == []


def test_a_further_module_of_another_abi_is_refused(mote, board, build):
    build("armv6m", names=MODULES[2:], abi=(6, 2))
    build("armv6m")
    result = mote("install", "--all", "--device", board().port)
    assert result.code == 4
    assert f"armv6m/{MODULES[2]}.mpy has ABI 6.2 for armv6m" in result.err


def test_a_refused_model_is_said_before_a_board_is_touched(mote, build, tmp_path):
    build("armv6m")
    bad = tmp_path / "bad.tflite"
    bad.write_bytes(b"no model")
    result = mote("install", "--model", bad, "--device", "/dev/none")
    assert result.code == 4
    assert str(bad) in result.err


def test_modules_go_where_the_firmware_has_them(mote, board, build):
    build("armv6m")
    fake = board(builtin=("_mote",))
    fake.path("/lib").mkdir()
    for name in ("_mote.mpy", "_mote_chain.mpy", "_mote_ops.mpy", "_mote_int16.mpy~"):
        fake.path(f"/lib/{name}").write_bytes(b"x")
    removed = mote("install", "--device", fake.port, "--json").json()["removed"]
    names = ("_mote.mpy", "_mote_chain.mpy", "_mote_int16.mpy~", "_mote_ops.mpy")
    assert removed == [f"/lib/{name}" for name in names]


def test_a_board_without_the_package_gets_the_command_to_run(board, model_of):
    path = model_of("GATHER int8")
    with attach(board().port, 5) as link, pytest.raises(MoteError) as caught:
        ready_board(link, "device", None, path.read_bytes(), path)
    assert "the package mote is not there" in caught.value.message
    assert caught.value.remedy == f"Run `mote install --model {path}`."
    assert caught.value.exit_code == 1


def test_the_command_ends_with_that_remedy(mote, board, model_of, tmp_path):
    path, given = model_of("GATHER int8"), tmp_path / "x.npy"
    np.save(given, np.zeros(Model(path).inputs[0].shape, np.int8))
    result = mote("run", path, given, "--device", board().port, "--json")
    assert (result.code, result.json()["exit_code"]) == (1, 1)
    assert result.json()["remedy"] == f"Run `mote install --model {path}`."


def test_inspect_counts_further_modules(build, model_of):
    build("armv6m", names=MODULES, size=6000)
    path = model_of("GATHER int8")
    report = inspect(path, "rpi_pico")
    assert report["modules"] == ["_mote", "_mote_move"]
    assert "+ _mote 6000 + _mote_move 6000 +" in report["fits"]["rpi_pico"]["reason"]
    with_module = report["fits"]["rpi_pico"]["needed_bytes"]
    build("armv6m", names=MODULES, size=7000)
    assert inspect(path, "rpi_pico")["fits"]["rpi_pico"]["needed_bytes"] == with_module + 2000


def test_inspect_says_what_it_cannot_count(build, model_of):
    build("armv6m")
    verdict = inspect(model_of("GATHER int8"), "rpi_pico")["fits"]["rpi_pico"]
    assert verdict["reason"].endswith("not counted, as not built: _mote_move")


def test_inspect_says_what_is_a_guess(mote, build, model_of):
    build()
    path = model_of("CONV_2D int8")
    verdict = inspect(path, "rpi_pico")["fits"]["rpi_pico"]
    assert (verdict["fits"], verdict["estimated"]) == (True, True)
    assert "_mote ~33000 " in verdict["reason"]
    assert "of 242032 bytes" in verdict["reason"]
    assert "probably  fits probably: " in mote("inspect", path, "--board", "rpi_pico").out
    heap = inspect(path, "esp32")["fits"]["esp32"]
    assert f"of ~{heap['available_bytes']} bytes" in heap["reason"]
    build("armv6m")
    assert inspect(path, "rpi_pico")["fits"]["rpi_pico"]["estimated"] is False
    verdict = inspect(model_of("GATHER int8"), "rpi_pico")["fits"]["rpi_pico"]
    assert (verdict["fits"], verdict["estimated"]) == (True, True)


def failing(kind: str, text: str):
    """What a board does whose code ends with that exception."""

    class Failing:
        broken = False

        def restart(self):
            pass

        mount = unmount = lambda self, *folder: None

        def run(self, code, doing, on_line):
            if kind:
                raise board_error(f"{kind}: {text}", doing)

    return Failing()


LACKS = "SignalWindow (operator 0): operator is not in this build"


def test_firmware_without_an_operator_refuses_the_model():
    board = failing("ValueError", LACKS)
    with pytest.raises(Refused, match="SignalWindow") as caught:
        try_model(board, b"", "my.tflite")
    assert caught.value.exit_code == 4
    assert "`mote inspect my.tflite`" in caught.value.remedy


def test_firmware_that_may_have_all_of_them():
    assert try_model(failing("", ""), b"", "m") == {"model": "m", "opens": True, "reason": None}
    text = "/remote/model.tflite needs 900000 bytes of RAM"
    row = try_model(failing("MemoryError", text), b"", "my.tflite")
    assert row["opens"] is None
    assert "my.tflite needs 900000 bytes" in row["reason"]


def test_install_tells_what_the_firmware_opens(mote, board, model_of, monkeypatch):
    tried = []

    def trial(board, data, model):
        tried.append(model)
        if len(tried) == 1:
            return {"model": model, "opens": True, "reason": None}
        raise Refused(LACKS)

    monkeypatch.setattr("moteforge.trial.try_model", trial)
    path = model_of("CONV_2D int8")
    command = ("install", "--model", path, "--device", board(builtin=("_mote", "mote")).port)
    first = mote(*command)
    assert first.code == 0
    assert f"{path} opens on it" in first.out
    assert mote(*command, "--dry-run").code == 0
    assert len(tried) == 1
    assert mote(*command).code == 4


def test_errors_of_a_board_name_the_user_s_file_and_one_command():
    text = (
        "/remote/model.tflite: native module '_mote' is needed (none): run 'mote install' on the PC"
    )
    with pytest.raises(MoteError) as caught:
        run_package(failing("ImportError", text), "", "running", print, "my.tflite")
    assert "my.tflite: native module '_mote' is needed (none)" in caught.value.message
    assert "remote" not in caught.value.message
    assert "mote install" not in caught.value.message
    assert caught.value.remedy == "Run `mote install --model my.tflite`."
