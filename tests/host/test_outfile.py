# SPDX-License-Identifier: Apache-2.0
"""Files that the command writes: never over an input, a pipe or a link, always whole."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import numpy as np
import pytest
from moteforge.errors import SimError, UsageError
from moteforge.outfile import replace_file
from moteforge.sim import flashfile

MODEL = Path(__file__).resolve().parents[2] / "examples" / "keyword" / "keyword.tflite"


@pytest.fixture
def model(tmp_path):
    return Path(shutil.copy(MODEL, tmp_path / "model.tflite"))


@pytest.fixture
def frame(tmp_path):
    from moteforge import Model

    path = tmp_path / "frame.npy"
    np.save(path, np.zeros(Model(str(MODEL)).inputs[0].shape, np.int8))
    return path


@pytest.fixture
def writers(model, frame):
    """Command lines that write to a path: writers(path) gives them by verb."""
    return lambda path: {
        "inspect": ("inspect", model, "--html", path),
        "romfs": ("romfs", path, model),
        "run": ("run", model, frame, "--host", "--output", path),
    }


VERBS = ("inspect", "romfs", "run")


@pytest.mark.parametrize("verb", VERBS)
def test_a_named_pipe_stays_one(mote, writers, tmp_path, verb):
    pipe = tmp_path / "pipe.npy"
    os.mkfifo(pipe)
    result = mote(*writers(pipe)[verb])
    assert result.code == 2
    assert f"{pipe} is a named pipe" in result.err
    assert result.err.splitlines()[1] == "  Name a file."
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("exists", [True, False])
def test_a_link_is_followed(mote, writers, tmp_path, verb, exists):
    target, link = tmp_path / "target.npy", tmp_path / "link.npy"
    if exists:
        target.write_bytes(b"old")
    link.symlink_to(target.name)
    assert mote(*writers(link)[verb]).code == 0
    assert link.is_symlink()
    assert target.stat().st_size > 100


@pytest.mark.parametrize("form", ["itself", "link", "hard link"])
def test_an_input_is_never_overwritten(mote, model, frame, tmp_path, form):
    def name(path: Path) -> Path:
        other = tmp_path / f"other{path.suffix}"
        if form == "link":
            other.symlink_to(path.name)
        elif form == "hard link":
            os.link(path, other)
        return path if form == "itself" else other

    for path, arguments in (
        (model, lambda to: ("inspect", model, "--html", to)),
        (frame, lambda to: ("run", model, frame, "--host", "--output", to)),
    ):
        before = path.read_bytes()
        to = name(path)
        result = mote(*arguments(to))
        assert result.code == 2
        assert f"{to} is the same file as {path}, which is read" in result.err
        assert result.err.splitlines()[1] == "  Name another file."
        assert path.read_bytes() == before


def test_an_image_is_not_written_over_a_model(mote, model, tmp_path):
    before = model.read_bytes()
    result = mote("romfs", model, MODEL, model)
    assert (result.code, "is the same file as" in result.err) == (2, True)
    assert model.read_bytes() == before


@pytest.mark.parametrize("verb", ["inspect", "romfs"])
@pytest.mark.parametrize(
    ("name", "said"), [("", "is empty"), (".", "is a folder"), ("loop", "symbolic links")]
)
def test_names_that_are_no_file(mote, writers, tmp_path, verb, name, said):
    (tmp_path / "loop").symlink_to("loop")
    result = mote(*writers(name)[verb])
    assert result.code == 2
    assert said in result.err
    assert "Name a" in result.err.splitlines()[1]


def test_permissions_stay(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"old")
    path.chmod(0o640)
    replace_file(path, lambda file: file.write(b"new"))
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"new", 0o640)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="named pipe"):
        replace_file(tmp_path / "pipe", lambda file: file.write(b"new"))


def test_empty_names_of_inputs(mote):
    result = mote("inspect", "")
    assert result.code == 2
    assert result.err == "error: the name of the model is empty\n  Name a file.\n"


def test_flash_is_not_kept_in_a_firmware_image(tmp_path):
    path = tmp_path / "firmware.uf2"
    path.write_bytes(b"UF2\n" + bytes(8192 - 4))
    with pytest.raises(SimError, match="is a firmware image"):
        flashfile.open_locked(path)
    assert path.read_bytes() == b"UF2\n" + bytes(8192 - 4)
