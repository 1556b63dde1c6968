# SPDX-License-Identifier: Apache-2.0
"""The command with the virtual Pico: install, run, replay, demo, and a board that goes away."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from moteforge.errors import SimError
from moteforge.sim import VirtualPico, places

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("MOTE_SHARED", ROOT.parent / "shared"))
SPEECH = SHARED / "data" / "speech"
MICRO = ROOT / "tests" / "data" / "micro_speech.pipeline.json"
MICRO_MODEL = SHARED / "models" / "micro-speech" / "micro_speech_quantized.tflite"
EXAMPLE = ROOT / "examples" / "keyword"
KEYWORD = EXAMPLE / "keyword.pipeline.json"
CLIP = EXAMPLE / "clips" / "yes_no.wav"
SECONDS = 240  # for one command, on a busy machine


def missing() -> str | None:
    """Why these tests cannot run here, or None."""
    try:
        places.find_node(), places.find_rp2040js(), places.find_firmware(None)
    except SimError as error:
        return f"{error} ({error.remedy})"
    module = places.build_folder() / "natmod" / "armv6m" / "_mote.mpy"
    return None if module.is_file() else f"{module} is not built (make natmod)"


pytestmark = [
    pytest.mark.skipif(missing() is not None, reason=str(missing())),
    pytest.mark.timeout(600),
]
needs_shared = pytest.mark.skipif(
    not MICRO_MODEL.is_file(), reason=f"no shared models at {SHARED} (MOTE_SHARED)"
)


def command(*arguments: object) -> list[str]:
    """A command line of `mote`."""
    return [sys.executable, "-m", "moteforge.cli", *map(str, arguments)]


def mote(*arguments: object, **variables: str) -> SimpleNamespace:
    """Runs the command in a process of its own: .code, .out, .err, .json()."""
    done = subprocess.run(
        command(*arguments), capture_output=True, text=True, timeout=SECONDS, cwd="/",
        env={**os.environ, **variables},
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return SimpleNamespace(code=done.returncode, out=done.stdout, err=done.stderr,
                           json=lambda: json.loads(done.stdout))  # fmt: skip


@pytest.fixture(scope="module")
def pico():
    """A virtual Pico with the package installed."""
    with VirtualPico() as board:
        done = mote("install", "--device", board.port, "--json")
        assert done.code == 0, done.err
        document = done.json()
        assert document["native_arch"] == "armv6m"
        assert document["board"]["emulated"] is True
        assert "/lib/_mote.mpy" in [row["path"] for row in document["copied"]]
        yield board


def both(verb: str, *arguments: object, device: str) -> tuple[dict, dict]:
    """The same command on the board and on this computer."""
    board = mote(verb, *arguments, "--device", device, "--json")
    assert board.code == 0, board.err
    host = mote(verb, *arguments, "--host", "--json")
    assert host.code == 0, host.err
    return board.json(), host.json()


def assert_same_replay(board: dict, host: dict) -> None:
    """Every score, decision and feature; and the label of the times."""
    for key in ("crc32", "decisions", "frames", "samples", "overruns"):
        assert board[key] == host[key]
    assert [(row["time_ms"], row["scores"]) for row in board["inferences"]] == [
        (row["time_ms"], row["scores"]) for row in host["inferences"]
    ]
    assert board["emulated"] is True
    assert host["emulated"] is False
    assert board["latency_us"]["inference"]["mean"] > 0


def test_second_installation_copies_nothing(pico):
    document = mote("install", "--device", pico.port, "--json").json()
    assert document["copied"] == []
    assert len(document["unchanged"]) > 5


@needs_shared
@pytest.mark.parametrize("word", ["yes", "no"])
def test_micro_speech_says_the_word(pico, word):
    board, host = both("replay", MICRO, SPEECH / f"{word}_1000ms.wav", device=pico.port)
    assert [row["label"] for row in board["decisions"]] == [word]
    assert_same_replay(board, host)


def test_keyword_example(pico):
    board, host = both("replay", KEYWORD, CLIP, device=pico.port)
    assert [row["label"] for row in board["decisions"]] == ["yes", "no"]
    assert_same_replay(board, host)


def test_blocks_of_a_sensor_do_not_matter(pico):
    board, host = both("replay", KEYWORD, CLIP, "--block", 96, device=pico.port)
    assert_same_replay(board, host)


def test_run_gives_the_same_bytes(pico, tmp_path):
    model = EXAMPLE / "keyword.tflite"
    np.save(tmp_path / "x.npy", np.random.default_rng(3).integers(-128, 128, 1960).astype(np.int8))
    board, host = both("run", model, tmp_path / "x.npy", device=pico.port)
    assert board["outputs"] == host["outputs"]
    assert board["emulated"] is True


def test_check_agrees_with_the_authority(pico):
    pytest.importorskip("tflite_micro")
    model = EXAMPLE / "keyword.tflite"
    done = mote("run", model, "--check", "--random", 3, "--device", pico.port, "--json")
    assert done.code == 0, done.err
    document = done.json()
    assert document["identical"] is True
    assert (document["inputs"], document["emulated"]) == (3, True)
    assert document["latency_us"] > 0


def weights_at(data: bytes, operator: int) -> int:
    """Where the weights of an operator lie in a model's file."""
    from moteforge import _native

    schema = pytest.importorskip("tflite_micro.tensorflow.lite.micro.python.schema_py_generated")
    parsed = schema.Model.GetRootAsModel(data, 0)
    tensor = parsed.Subgraphs(0).Tensors(_native.operator_tensors(data, operator)[0][1])
    return data.index(parsed.Buffers(tensor.Buffer()).DataAsNumpy().tobytes())


def test_check_names_the_operator_at_fault_on_the_board(pico):
    """The board gets the model with one weight changed; a computer that gets it reports the same."""
    from moteforge import Model, check
    from moteforge.replay import ready_board
    from moteforge.samples import random_samples
    from moteforge.transport import attach

    data, operator = (EXAMPLE / "keyword.tflite").read_bytes(), 4
    model, damaged = Model(data), bytearray(data)
    damaged[weights_at(data, operator) + 3] ^= 0x40
    samples = random_samples(model, 3, 1)
    with attach(str(pico.port), 60) as board:
        ready_board(board, "device", None, data, "keyword.tflite")
        report = check.check(model, data, samples, check.Attached(board, bytes(damaged)))
    found = report["operator"]
    assert report["identical"] is False
    assert (found["index"], found["name"], found["cause"]) == (operator, "CONV_2D", "output")
    host = check.check(model, data, samples, check.Host(bytes(damaged)))
    assert {**report, "latency_us": 0} == {**host, "latency_us": 0}


@needs_shared
def test_model_larger_than_the_board(pico, tmp_path):
    from moteforge import Model

    model = SHARED / "models" / "mlperf-tiny" / "vww_96_int8.tflite"
    np.save(tmp_path / "x.npy", np.zeros(Model(str(model)).inputs[0].shape, np.int8))
    done = mote("run", model, tmp_path / "x.npy", "--device", pico.port)
    assert done.code == 1
    assert f"needs {model.stat().st_size} bytes of RAM" in done.err
    assert "are free" in done.err
    assert "mote inspect" in done.err


def test_busy_board_is_interrupted(pico):
    mpremote = [sys.executable, "-m", "mpremote", "connect", pico.port]
    code = "import time\nwhile True:\n print('tick')\n time.sleep_ms(50)"
    subprocess.run([*mpremote, "exec", "--no-follow", code], check=True, timeout=SECONDS,
                   capture_output=True)  # fmt: skip
    document = mote("install", "--device", pico.port, "--json").json()
    assert document["copied"] == []


# ---- refusals by the board's own package

ON_BOARD = """
import mote
data = bytearray(open("/remote/model.tflite", "rb").read())
def attempt(action):
    try:
        action()
        print("#mote", ("none", ""))
    except (ValueError, MemoryError) as error:
        print("#mote", (type(error).__name__, str(error)))
"""
REFUSALS = {
    "truncated": ("mote.Model(data[:3000])", "ValueError", "cut off"),
    "random": ("mote.Model(bytes((i * 37 + 11) & 255 for i in range(3000)))", "ValueError", ""),
    "arena": ("mote.Model(data, bytearray(64))", "MemoryError", "have 64, want"),
    "input": ("mote.Model(data).run(b'12345')", "ValueError", "got 5 items"),
    "inputs": ("mote.Model(data).run()", "ValueError", "1 inputs, got 0"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals_on_the_board(pico, tmp_path, case):
    from moteforge.transport import attach

    action, kind, text = REFUSALS[case]
    (tmp_path / "model.tflite").write_bytes((EXAMPLE / "keyword.tflite").read_bytes())
    with attach(pico.port, 60) as board:
        board.mount(tmp_path)
        found = board.ask(f"{ON_BOARD}\nattempt(lambda: {action})\n", "trying")
    assert found[0] == kind
    assert text in found[1]
    assert len(found[1]) > 20


# ---- a command that is interrupted


def signal_during(number: int, delay: float, device: str) -> SimpleNamespace:
    """Replays, and sends a signal so many seconds after the board has begun."""
    process = start("replay", KEYWORD, CLIP, "--device", device, "--verbose", "--block", 16)
    try:
        assert any("replaying ..." in line for line in process.stderr)
        time.sleep(delay)
        process.send_signal(number)
        out, err = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
    return SimpleNamespace(code=process.returncode, out=out, err=err)


@pytest.mark.parametrize("delay", [0.0, 0.4, 0.8, 1.1, 1.5, 2.2, 3.3])
def test_interrupted_replay_leaves_the_board_usable(pico, delay):
    done = signal_during(signal.SIGINT, delay, pico.port)
    assert (done.code, done.err.strip()) == (130, "error: interrupted")
    answer = subprocess.run(
        [sys.executable, "-m", "mpremote", "connect", pico.port, "exec", EXAMINE],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (answer.returncode, answer.stdout) == (0, "42 False\n"), answer.stderr


EXAMINE = "import os; print(6 * 7, 'remote' in os.listdir('/'))"


def test_terminated_replay_leaves_the_board_usable(pico):
    assert signal_during(signal.SIGTERM, 1.0, pico.port).code == 143
    assert mote("install", "--device", pico.port, "--json").json()["copied"] == []


# ---- a board that goes away


def unplug_during(pico: VirtualPico, process: subprocess.Popen, sign: str) -> SimpleNamespace:
    """Pulls the cable once the command has printed a sign; waits for its end."""
    for line in process.stderr:
        if sign in line:
            break
    else:
        pytest.fail(f"the command never printed {sign!r}")
    time.sleep(1.0)
    pico.unplug()
    out, err = process.communicate(timeout=SECONDS)
    return SimpleNamespace(code=process.returncode, out=out, err=err)


def start(*arguments: object) -> subprocess.Popen:
    """A command that runs beside the test."""
    return subprocess.Popen(command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True)  # fmt: skip


def test_unplugged_while_replaying():
    with VirtualPico() as pico:
        assert mote("install", "--device", pico.port).code == 0
        process = start("replay", KEYWORD, CLIP, "--device", pico.port, "--verbose", "--block", 16)
        try:
            done = unplug_during(pico, process, "replaying ...")
        finally:
            process.kill()
    assert done.code == 3
    assert "the board went away while" in done.err
    assert "Traceback" not in done.err


def test_port_that_is_gone(pico, tmp_path):
    done = mote("install", "--device", tmp_path / "ttyACM0")
    assert done.code == 3
    assert "there is no port" in done.err


def test_without_the_package():
    with VirtualPico() as pico:
        done = mote("replay", KEYWORD, CLIP, "--device", pico.port)
    assert done.code == 1
    assert "mote install" in done.err


# ---- --sim


def test_sim_starts_and_installs_by_itself(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros(1960, np.int8))
    model = EXAMPLE / "keyword.tflite"
    sim = mote("run", model, tmp_path / "x.npy", "--sim", "--json")
    assert sim.code == 0, sim.err
    host = mote("run", model, tmp_path / "x.npy", "--host", "--json").json()
    assert sim.json()["outputs"] == host["outputs"]
    assert sim.json()["target"] == "sim"


def test_firmware_with_the_module_inside():
    firmware = places.build_folder() / "firmware" / "RPI_PICO_MOTE.uf2"
    if not firmware.is_file():
        pytest.skip(f"{firmware} is not built (make firmware)")
    install = mote("install", "--sim", "--json", MOTE_FIRMWARE="RPI_PICO_MOTE").json()
    assert install["copied"] == []
    assert "inside" in install["note"]
    board = mote("replay", KEYWORD, CLIP, "--sim", "--json", MOTE_FIRMWARE="RPI_PICO_MOTE")
    assert board.code == 0, board.err
    assert_same_replay(board.json(), mote("replay", KEYWORD, CLIP, "--host", "--json").json())


def test_missing_firmware_is_said():
    done = mote("install", "--sim", MOTE_FIRMWARE="/no/such.uf2")
    assert done.code == 1
    assert "/no/such.uf2" in done.err


def test_demo():
    done = mote("demo", "--json")
    assert done.code == 0, done.err
    document = done.json()
    assert document["identical"] is True
    assert_same_replay(document["board_replay"], document["host_replay"])
    memory = document["memory_bytes"]
    assert memory["heap_before"] - memory["heap_after_import"] == memory["import"] > 0


def test_demo_when_piped_is_plain():
    done = mote("demo")
    assert done.code == 0, done.err
    assert "\x1b" not in done.out
    assert "Identical bit for bit" in done.out
    assert done.out.count("emulated") >= 3
    assert done.err == ""
