# SPDX-License-Identifier: Apache-2.0
"""The command itself: verbs, help, exit codes, errors as text and JSON, settings, Ctrl-C, pipes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from fakeboard import PICO
from moteforge import commandline
from moteforge.errors import BoardError, MoteError, Refused, SimError, UsageError
from moteforge.settings import Settings, Target

VERBS = {"boards", "demo", "inspect", "install", "pipeline", "replay", "romfs", "run", "sim"}


def shell(*arguments: str, **options) -> subprocess.CompletedProcess:
    """The command in a process of its own."""
    command = [sys.executable, "-m", "moteforge.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)


def test_verbs_are_the_files(mote):
    listed = set(commandline.mote.list_commands(None))
    folder = Path(commandline.__file__).with_name("verbs")
    assert listed == {path.stem for path in folder.glob("[a-z]*.py")}
    assert listed >= VERBS
    out = mote("--help").out
    assert all(f"\n  {verb}" in out for verb in listed)


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_explains_itself(mote, verb):
    result = mote(verb, "--help")
    assert result.code == 0
    assert "--json" in result.out
    assert len(result.out.splitlines()) > 6


def test_starting_loads_nothing_heavy():
    code = "import sys; from moteforge import commandline as c; c.run(['--help']); print(*sorted(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    loaded = set(out.stdout.splitlines()[-1].split())
    assert "click" in loaded
    assert not loaded & {"numpy", "rich", "pydantic", "mpremote", "serial", "moteforge._core"}


def test_version(mote):
    from moteforge import __version__

    assert mote("--version").out == f"mote {__version__}\n"


def test_unknown_verb_suggests_the_nearest(mote):
    result = mote("instal")
    assert result.code == 2
    assert "Did you mean `mote install`?" in result.err
    assert result.out == ""


def test_usage_error_as_json(mote):
    result = mote("run", "--json")
    assert result.code == 2
    document = result.json()
    assert document["schema"] == "moteforge.error/1"
    assert "MODEL" in document["error"]
    assert document["exit_code"] == 2
    assert result.err == ""


def test_no_board_exits_3(mote):
    result = mote("install")
    assert result.code == 3
    assert "no board is attached" in result.err
    assert "--sim" in result.err


def test_two_boards_exit_2(mote, ports):
    ports(("/dev/ttyACM0", PICO, "A1"), ("/dev/ttyACM1", PICO, "A2"))
    result = mote("install", "--json")
    assert result.code == 2
    assert "id:A1" in result.json()["error"]
    assert "id:A2" in result.json()["error"]


def test_targets_exclude_each_other(mote):
    result = mote("install", "--sim", "--device", "a0")
    assert result.code == 2
    assert "exclude each other" in result.err


def test_interrupt_exits_130(mote, monkeypatch):
    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("moteforge.boards.load_boards", interrupted)
    assert mote("boards").code == 130


def test_signal_exits_130(tmp_path):
    code = (
        "import moteforge.boards as b, time, sys\n"
        "def wait():\n  print('ready', file=sys.stderr, flush=True); time.sleep(60)\n"
        "b.load_boards = wait\n"
        "from moteforge import cli; sys.argv = ['mote', 'boards']; cli.main()\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "Traceback" not in err


def test_broken_pipe_is_quiet():
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "moteforge.cli", "boards", "--json"]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(write)
    assert done.returncode == 1
    assert done.stderr == ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
@pytest.mark.parametrize(
    "arguments",
    [["boards"], ["boards", "--json"], ["--help"], ["--version"], ["boards", "none", "--json"]],
)
def test_full_disk_is_said_with_a_remedy(arguments):
    command = [sys.executable, "-m", "moteforge.cli", *arguments]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr == (
        "error: cannot write to standard output: No space left on device\n"
        "  Make room there, or send the output elsewhere.\n"
    )


CLOSED = """import os, sys
for number in {numbers}: os.close(number)
os.execv(sys.executable, [sys.executable, "-m", "moteforge.cli", *{arguments}])"""


@pytest.mark.parametrize(
    ("numbers", "arguments", "code"),
    [((1,), ["boards"], 0), ((1,), ["boards", "none", "--json"], 2), ((1,), ["--help"], 0),
     ((2,), ["inspect", "none"], 2), ((2,), ["nothing"], 2), ((0, 1, 2), ["boards", "none"], 2)],
)  # fmt: skip
def test_closed_streams_lose_their_text_and_nothing_else(numbers, arguments, code):
    program = CLOSED.format(numbers=numbers, arguments=arguments)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60)
    assert done.returncode == code
    assert b"Traceback" not in done.stderr
    assert b"internal" not in done.stdout + done.stderr
    assert bool(done.stdout) == (1 not in numbers and (code == 0 or "--json" in arguments))
    assert bool(done.stderr) == (2 not in numbers and code != 0 and "--json" not in arguments)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
@pytest.mark.parametrize(("arguments", "code"), [(["boards"], 0), (["boards", "none"], 2)])
def test_full_stderr_leaves_the_exit_code(arguments, code):
    command = [sys.executable, "-m", "moteforge.cli", *arguments, "--verbose"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=full, timeout=60)
    assert done.returncode == code


def test_lossy_files_take_all():
    from moteforge.cli import Lossy

    read, write = os.pipe()
    os.set_blocking(write, False)
    file = Lossy(write, "w")
    for _ in range(100):  # more than a pipe holds
        assert file.write(bytes(65536)) in range(1, 65537)
    os.close(read)
    assert file.write(b"four") == 4
    file.close()


def test_interrupted_while_loading():
    """Ctrl-C comes while click is being loaded."""
    code = (
        "import sys\n"
        "class Interrupt:\n"
        "  def find_spec(self, name, path=None, target=None):\n"
        "    if name == 'click': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupt())\n"
        "from moteforge import cli; sys.argv = ['mote', 'boards']; cli.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (130, "error: interrupted\n")


def test_no_verb_shows_the_help():
    done = shell()
    assert done.returncode in (0, 2)  # the latter from click 8.2 on
    text = done.stdout + done.stderr
    assert text.startswith("Usage: mote")
    assert "error" not in text


def test_a_bug_is_one_line_and_with_verbose_a_traceback(mote, monkeypatch):
    def broken():
        raise RuntimeError("oops")

    monkeypatch.setattr("moteforge.boards.load_boards", broken)
    result = mote("boards")
    assert result.code == 1
    assert result.err.startswith("error: internal error: RuntimeError: oops\n")
    assert "Traceback" in mote("boards", "--verbose").err


def test_process_exit_codes(tmp_path):
    assert shell("boards", "rpi_pico").returncode == 0
    assert shell("boards", "none").returncode == 2
    (tmp_path / "m.tflite").write_bytes(b"nonsense")
    assert shell("inspect", str(tmp_path / "m.tflite")).returncode == 4


# ---- boards


def test_boards_as_json(mote):
    document = mote("boards", "--json").json()
    assert document["schema"] == "moteforge.boards/1"
    by_id = {board["id"]: board for board in document["boards"]}
    wanted = {"rpi_pico", "rpi_pico_w", "rpi_pico2", "esp32", "esp32s3", "esp32c3"}
    assert wanted <= set(by_id)
    assert by_id["rpi_pico"]["heap_bytes"] == 242_032
    assert by_id["rpi_pico"]["heap_basis"] == "measured"
    assert all(board["sources"] for board in by_id.values())


def test_boards_as_text(mote):
    text = mote("boards").out
    assert "rpi_pico2" in text
    assert "\x1b" not in text
    one = mote("boards", "rpi-pico").out
    assert "242" not in one.splitlines()[0]
    assert "236.4 KiB (measured:" in one


def test_unknown_board_lists_the_known(mote):
    result = mote("boards", "arduino")
    assert result.code == 2
    assert "rpi_pico" in result.err


@pytest.mark.parametrize(
    ("line", "said"),
    [("ram_bytes = 12", "ram_bytes = 12"), ('usb_ids = ["2E8A:5"]', "usb_ids.0 = '2E8A:5'"),
     ("colour = 3", "colour = 3"), ("ram_bytes = 20_000", "exceeds ram_bytes"),
     ("not toml at all", "cannot be read")],
)  # fmt: skip
def test_wrong_board_file(mote, boards_folder, line, said):
    from moteforge import boards

    text = (boards.data_folder() / "rpi_pico.toml").read_text()
    key = line.split(" =")[0]
    kept = [old for old in text.splitlines() if not old.startswith(f"{key} =")]
    boards_folder.mkdir()
    (boards_folder / "mine.toml").write_text("\n".join([*kept, line]).replace("rpi_pico", "mine"))
    result = mote("boards")
    assert result.code == 2
    assert "mine.toml" in result.err
    assert said in result.err


def test_folder_of_boards_that_is_not_there(mote, boards_folder):
    result = mote("boards")
    assert result.code == 2
    assert f"MOTE_BOARDS is {str(boards_folder)!r}" in result.err


# ---- settings


def write_project(folder: Path, text: str) -> None:
    (folder / "pyproject.toml").write_text("[tool.moteforge]\n" + text)


def test_flag_then_variable_then_project(tmp_path):
    write_project(tmp_path, 'board = "esp32"\ntimeout = 5\njson = true\n')
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    settings = Settings.load({"board": None}, {}, below)
    assert settings.get("board") == "esp32"
    settings = Settings.load({}, {"MOTE_BOARD": "esp32c3", "MOTE_JSON": "0"}, below)
    assert (settings.get("board"), settings.get("json"), settings.get("timeout")) == (
        "esp32c3", False, 5)  # fmt: skip
    assert Settings.load({"board": "x"}, {"MOTE_BOARD": "y"}, below).get("board") == "x"


def test_a_stronger_level_hides_the_target(tmp_path):
    write_project(tmp_path, 'device = "a1"\n')
    assert Settings.load({}, {}, tmp_path).target() == Target("device", "a1", True)
    assert Settings.load({}, {"MOTE_SIM": "1"}, tmp_path).target().kind == "sim"
    assert Settings.load({"host": True}, {"MOTE_SIM": "1"}, tmp_path).target().kind == "host"
    assert Settings.load({}, {"MOTE_SIM": "0"}, tmp_path).target().device == "a1"


def test_default_target(tmp_path):
    assert Settings.load({}, {}, tmp_path).target() == Target("device", None, False)
    assert Settings.load({}, {}, tmp_path).target(Target("sim")).kind == "sim"


@pytest.mark.parametrize(
    ("text", "said"),
    [("colour = 1", "colour is not a setting"), ("sim = 1", "sim is 1"), ("board = true", "board"),
     ("= 3", "not valid TOML")],
)  # fmt: skip
def test_wrong_project_setting(mote, tmp_path, text, said):
    write_project(tmp_path, text)
    result = mote("boards")
    assert result.code == 2
    assert said in result.err
    assert "pyproject.toml" in result.err


def test_project_setting_that_is_no_table(mote, tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool]\nmoteforge = 3\n")
    result = mote("boards")
    assert result.code == 2
    assert "moteforge in [tool] is 3" in result.err


@pytest.mark.parametrize(
    "environ", [{"MOTE_SIM": "perhaps"}, {"MOTE_TIMEOUT": "soon"}, {"MOTE_TIMEOUT": "-1"}]
)
def test_wrong_variable(environ):
    with pytest.raises(UsageError, match=next(iter(environ))):
        Settings.load({}, environ, Path("/"))


def test_project_setting_reaches_a_verb(mote, tmp_path):
    write_project(tmp_path, "json = true\n")
    assert json.loads(mote("boards", "esp32").out)["boards"][0]["id"] == "esp32"
    assert json.loads(mote("boards", "none").out)["exit_code"] == 2


def test_exit_codes_of_the_errors():
    def family(kind):
        return [kind, *(sub for child in kind.__subclasses__() for sub in family(child))]

    codes = {kind.__name__: kind.exit_code for kind in family(MoteError)}
    assert codes["UsageError"] == 2
    assert codes["NoDevice"] == codes["DeviceGone"] == codes["NotMicroPython"] == 3
    assert codes["Refused"] == 4
    assert codes["MoteError"] == codes["BoardError"] == codes["SimError"] == 1


# ---- boards and the virtual Pico


@pytest.mark.parametrize("verb", [("install",), ("run", "MODEL", "INPUT")])
def test_the_virtual_pico_is_no_other_board(mote, monkeypatch, tmp_path, verb):
    import numpy as np
    from moteforge import Model

    model = Path(__file__).resolve().parents[2] / "examples" / "keyword" / "keyword.tflite"
    frame = tmp_path / "x.npy"
    np.save(frame, np.zeros(Model(str(model)).inputs[0].shape, np.int8))
    arguments = [{"MODEL": model, "INPUT": frame}.get(word, word) for word in verb]

    def started(**options):
        raise MoteError("started")

    monkeypatch.setattr("moteforge.sim.VirtualPico", started)
    result = mote(*arguments, "--sim", "--board", "rpi_pico2")
    assert result.code == 2
    assert "the virtual Pico is a Pico (rpi_pico)" in result.err
    assert "Leave --board out" in result.err.splitlines()[1]
    assert mote(*arguments, "--sim", "--board", "none").code == 2
    assert "started" in mote(*arguments, "--sim", "--board", "rpi-pico").err
    monkeypatch.setenv("MOTE_BOARD", "rpi_pico2")
    assert "started" in mote(*arguments, "--sim").err
    monkeypatch.setenv("MOTE_SIM", "1")
    assert mote(*arguments).code == 2


@pytest.mark.parametrize("kind", [BoardError, Refused, SimError])
def test_errors_of_boards_have_a_remedy(kind):
    assert kind.usual_remedy
    assert kind("something").remedy == kind.usual_remedy
    assert kind("something", remedy="This helps.").remedy == "This helps."
