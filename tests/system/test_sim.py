# SPDX-License-Identifier: Apache-2.0
"""The virtual Pico as programs see it: a serial port with MicroPython behind it."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest
from moteforge.errors import SimError
from moteforge.sim import VirtualPico, places

SECONDS = 60  # for any one step; a step takes one or two
BULK = 200_000  # bytes both ways


def missing() -> str | None:
    """Why the simulator cannot run here, or None."""
    try:
        places.find_node(), places.find_rp2040js(), places.find_firmware(None)
    except SimError as error:
        return f"{error} ({error.remedy})"
    return None


pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))


@pytest.fixture(scope="module")
def pico():
    with VirtualPico() as board:
        yield board


def mpremote(board: VirtualPico, *words: str, code: int | None = 0) -> str:
    """Runs one mpremote command on the board; returns what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "mpremote", "connect", board.port, *words],
        capture_output=True, text=True, timeout=SECONDS,
    )  # fmt: skip
    if code is not None:
        assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def transport(board: VirtualPico):
    """An open mpremote connection in the raw REPL."""
    from mpremote.transport_serial import SerialTransport

    line = SerialTransport(board.port)
    line.enter_raw_repl()
    return line


def until(condition, what: str) -> None:
    """Waits for a condition, at most SECONDS."""
    for _ in range(SECONDS * 20):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail(f"{what} did not happen in {SECONDS} s")


# What runs on it


def test_exec_tells_what_board_it_is(pico):
    text = mpremote(pico, "exec", "import sys,os,machine;print(sys.platform,os.uname().machine);"
                    "print(machine.unique_id().hex(), machine.freq())")  # fmt: skip
    assert text.splitlines() == [
        "rp2 Raspberry Pi Pico with RP2040",
        f"{pico.unique_id.hex()} 125000000",
    ]


def test_run_and_mount(pico, tmp_path):
    (tmp_path / "answer.py").write_text("print('answer', 6 * 7)\n")
    assert mpremote(pico, "run", str(tmp_path / "answer.py")) == "answer 42\n"
    assert "answer 42" in mpremote(pico, "mount", str(tmp_path), "exec", "import answer")


def test_soft_reset_and_reset(pico):
    mpremote(pico, "exec", "kept = 1")
    mpremote(pico, "soft-reset")
    assert "NameError" in mpremote(pico, "resume", "exec", "try:\n kept\nexcept NameError as e:\n"
                                   " print('NameError')")  # fmt: skip
    before = pico.state().resets
    mpremote(pico, "reset")
    until(lambda: pico.state().resets == before + 1, "the reset")
    assert mpremote(pico, "exec", "print(2)") == "2\n"


def test_files_arrive_unchanged(pico, tmp_path):
    data = random.Random(1).randbytes(8_000)
    (tmp_path / "a.bin").write_bytes(data)
    mpremote(pico, "cp", str(tmp_path / "a.bin"), ":a.bin")
    mpremote(pico, "cp", ":a.bin", str(tmp_path / "b.bin"))
    assert (tmp_path / "b.bin").read_bytes() == data


ECHO = """
import sys, micropython, hashlib
micropython.kbd_intr(-1)
rest = {bulk}
chunk = bytearray(250)
arrived = hashlib.sha256()
print('go')
while rest:
    n = sys.stdin.buffer.readinto(chunk, min(rest, 250))
    part = memoryview(chunk)[:n]
    arrived.update(part)
    sys.stdout.buffer.write(part)
    rest -= n
micropython.kbd_intr(3)
print(arrived.digest().hex())
"""


def test_no_byte_is_lost_or_doubled_either_way(pico):
    """The host sends faster than the board reads, so both directions have to hold back."""
    import threading

    data = random.Random(2).randbytes(BULK)
    line = transport(pico)
    line.exec_raw_no_follow(ECHO.format(bulk=BULK))
    line.serial.timeout = SECONDS
    assert line.serial.read(4) == b"go\r\n"  # from here on a 3 is no Ctrl-C
    sender = threading.Thread(target=line.serial.write, args=(data,))
    sender.start()
    back = bytearray()
    while len(back) < BULK:
        got = line.serial.read(min(4096, BULK - len(back)))
        assert got, f"silence after {len(back)} bytes"
        back += got
    sender.join(SECONDS)
    line.serial.timeout = None
    wanted = hashlib.sha256(data).hexdigest()
    assert line.follow(SECONDS) == (wanted.encode() + b"\r\n", b"")
    line.exit_raw_repl()
    line.close()
    assert hashlib.sha256(back).hexdigest() == wanted


def test_output_while_closed_is_dropped(pico):
    line = transport(pico)
    line.exec_raw_no_follow("import time\ntime.sleep(0.3)\nprint('stale' * 10)")
    line.close()
    until(lambda: pico.state().sleeping, "the end of the script")
    time.sleep(0.5)
    assert "stale" not in mpremote(pico, "resume", "exec", "print('fresh')")


def test_ctrl_c_interrupts(pico):
    line = transport(pico)
    line.exec_raw_no_follow("while True: pass")
    line.serial.write(b"\x03")
    output, error = line.follow(SECONDS)
    line.exit_raw_repl()
    line.close()
    assert (output, b"KeyboardInterrupt" in error) == (b"", True)


FLOATS = """
from array import array
import math
x = array('f', bytes.fromhex('{x}')); y = array('f', bytes.fromhex('{y}'))
pairs = list(zip(x, y))
print(bytes(array('f', [a + b for a, b in pairs])).hex())
print(bytes(array('f', [a - b for a, b in pairs])).hex())
print(bytes(array('f', [a * b for a, b in pairs])).hex())
print(bytes(array('f', [a / b for a, b in pairs])).hex())
print(bytes(array('f', [math.sqrt(abs(a)) for a in x])).hex())
print([int(a * 1e-3) if abs(a) < 1e9 else 0 for a in x])
"""


def test_rom_floats_are_correctly_rounded(pico):
    """Single-precision arithmetic of the boot ROM's tables, against NumPy."""
    np = pytest.importorskip("numpy")
    source = random.Random(3)
    draw = [[source.uniform(-2, 2) * 10.0 ** source.randint(-12, 12) for _ in "x" * 40]
            for _ in "xy"]  # fmt: skip
    x, y = np.array(draw, dtype=np.float32)
    lines = mpremote(pico, "exec", FLOATS.format(x=x.tobytes().hex(), y=y.tobytes().hex()))
    got = lines.splitlines()
    wanted = [x + y, x - y, x * y, x / y, np.sqrt(np.abs(x))]
    assert got[:5] == [values.astype(np.float32).tobytes().hex() for values in wanted]
    small = x * np.float32(1e-3)
    assert json.loads(got[5]) == [int(s) if abs(a) < 1e9 else 0 for s, a in zip(small, x)]  # noqa: B905


def test_native_module_loads(pico):
    folder = places.build_folder() / "natmod" / "armv6m"
    if not (folder / "_mote.mpy").is_file():
        pytest.skip("build/natmod/armv6m/_mote.mpy is not there: run `make natmod`")
    code = "import _mote; print(_mote.__file__, callable(_mote.model_open))"
    assert "_mote.mpy True" in mpremote(pico, "mount", str(folder), "exec", code)


def test_idle_means_asleep(pico):
    mpremote(pico, "exec", "1")
    until(lambda: pico.state().sleeping, "sleep")
    before = pico.instructions()
    time.sleep(0.5)
    assert pico.instructions() - before < 20_000  # a busy core does as many in a millisecond


def test_flash_is_memory_mapped(pico):
    data = random.Random(4).randbytes(6000)
    pico.load(0x101000, data)
    look = (
        "import uctypes,hashlib;seen=uctypes.bytearray_at(0x10101000,6000);"
        "print(hashlib.sha256(seen).digest().hex())"
    )
    assert mpremote(pico, "exec", look).strip() == hashlib.sha256(data).hexdigest()
    with pytest.raises(SimError, match="do not fit"):
        pico.load(0x1FFFFF, data)


# Resets and ends


def test_watchdog_resets_and_says_so():
    events = []
    with VirtualPico(on_event=events.append) as board:
        assert mpremote(board, "exec", "import machine;print(machine.reset_cause())") == "1\n"
        code = "import machine;machine.WDT(timeout=50)\nwhile 1: pass"
        mpremote(board, "exec", code, code=None)
        until(lambda: board.state().resets == 1, "the watchdog's reset")
        assert mpremote(board, "exec", "import machine;print(machine.reset_cause())") == "3\n"
    assert [event["cause"] for event in events if event["event"] == "reset"] == ["watchdog"]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("import machine; machine.mem32[0x30000000]", "unmapped 0x30000000"),
        ("import _thread; _thread.start_new_thread(print, ())", "core 1 is not emulated"),
        ("import machine; machine.bootloader()", "USB boot loader"),
        ("@micropython.asm_thumb\ndef f(): data(2, 0xde00)\nf()", "undefined instruction 0xde00"),
    ],
)
def test_a_crash_is_reported(code, text, capfd):
    with VirtualPico() as board:
        mpremote(board, "exec", code, code=None)
        assert board.wait(SECONDS)
        assert not board.running
    assert board.fault.startswith("RPI_PICO.uf2: ")
    assert text in board.fault
    assert ", at 0x" in board.fault
    assert board.fault in capfd.readouterr().err


def test_a_crash_under_the_watchdog_is_a_reset():
    events = []
    with VirtualPico(on_event=events.append) as board:
        code = "import machine;machine.WDT(timeout=50);machine.mem32[0x30000000]"
        mpremote(board, "exec", code, code=None)
        until(lambda: board.state().resets == 1, "the watchdog's reset")
        assert mpremote(board, "exec", "print(5)") == "5\n"
    assert [(e["event"], e.get("fatal")) for e in events] == [
        ("ready", None), ("fault", False), ("reset", None), ("ready", None),
    ]  # fmt: skip


def test_unplugging_is_an_error_at_once():
    board = VirtualPico()
    line = transport(board)
    line.exec_raw_no_follow("while True: pass")
    board.unplug()
    with pytest.raises(OSError):  # noqa: PT011 (SerialException, or EIO itself)
        line.serial.read(1)
    assert not os.path.lexists(board.port)
    with pytest.raises(SimError):
        board.instructions()


# Flash files


def test_files_survive_a_restart(tmp_path):
    image = tmp_path / "with space.flash"
    with VirtualPico(flash=image) as board:
        mpremote(board, "exec", "f=open('kept.txt','w');f.write('still here');f.close()")
    with VirtualPico(flash=image) as board:
        assert mpremote(board, "exec", "print(open('kept.txt').read())") == "still here\n"


def test_a_kill_in_the_middle_of_writing_leaves_a_usable_flash(tmp_path):
    image = tmp_path / "pico.flash"
    code = "i=0\nwhile 1:\n i+=1\n f=open('n.txt','w');f.write(str(i)*500);f.close();print(i)"
    board = VirtualPico(flash=image)
    line = transport(board)
    line.exec_raw_no_follow(code)
    line.serial.timeout = SECONDS
    line.serial.read_until(b"5\r\n")
    board.unplug()  # SIGKILL
    line.serial.close()
    with VirtualPico(flash=image) as board:
        text = mpremote(board, "exec", "t=open('n.txt').read();print(len(t),t[0],len(set(t)))")
    assert text.split()[0] == "500"
    assert int(text.split()[1]) >= 5
    assert text.split()[2] == "1"


def test_one_flash_file_one_simulator(tmp_path):
    image = tmp_path / "pico.flash"
    with VirtualPico(flash=image), pytest.raises(SimError, match="used by another"):
        VirtualPico(flash=image)


def test_two_boards_side_by_side(pico):
    with VirtualPico() as other:
        assert other.port != pico.port
        mpremote(other, "exec", "open('mine.txt','w').close()")
        assert "mine.txt" in mpremote(other, "exec", "import os;print(os.listdir())")
        assert "mine.txt" not in mpremote(pico, "exec", "import os;print(os.listdir())")
        ask = "import machine;print(machine.unique_id().hex())"
        assert mpremote(other, "exec", ask) != mpremote(pico, "exec", ask)


# Bad input


def test_bad_images_are_named(tmp_path):
    bad = tmp_path / "bad.uf2"
    bad.write_bytes(b"\0" * 512)
    with pytest.raises(SimError, match=r"bad\.uf2: block 0 is not a UF2 block"):
        VirtualPico(bad)
    with pytest.raises(SimError, match=r"gone\.uf2 is not there"):
        VirtualPico(tmp_path / "gone.uf2")
    other = struct.pack("<8I", 0x0A324655, 0x9E5D5157, 0x2000, 0x10000000, 256, 0, 1, 0xE48BFF59)
    bad.write_bytes(other + bytes(476) + struct.pack("<I", 0x0AB16F30))
    with pytest.raises(SimError, match="no block for the RP2040"):
        VirtualPico(bad)


def test_an_image_without_firmware_is_refused(tmp_path):
    image = struct.pack("<8I", 0x0A324655, 0x9E5D5157, 0x2000, 0x10000000, 256, 0, 1, 0xE48BFF56)
    path = tmp_path / "empty.uf2"
    path.write_bytes(image + bytes(476) + struct.pack("<I", 0x0AB16F30))
    with pytest.raises(SimError, match="no valid boot stage"):
        VirtualPico(path)


def test_flash_file_too_small_for_the_firmware(tmp_path):
    path = tmp_path / "small.flash"
    path.write_bytes(b"\xff" * 8192)
    with pytest.raises(SimError, match=r"small\.flash is too small for .*do not fit 8192 bytes"):
        VirtualPico(flash=path)


def test_bad_flash_files_are_refused(tmp_path):
    image = tmp_path / "short.flash"
    image.write_bytes(b"abc")
    with pytest.raises(SimError, match="no flash image: it has 3 bytes"):
        VirtualPico(flash=image)
    assert image.read_bytes() == b"abc"
    with pytest.raises(SimError, match="cannot be opened"):
        VirtualPico(flash=tmp_path / "no" / "folder.flash")


def test_missing_parts_have_a_remedy(monkeypatch, tmp_path):
    monkeypatch.setenv("MOTE_RP2040JS", str(tmp_path))
    with pytest.raises(SimError, match="rp2040js is not at") as caught:
        VirtualPico()
    assert "make setup" in caught.value.remedy
    monkeypatch.setenv("MOTE_NODE", str(tmp_path / "node"))
    with pytest.raises(SimError, match="does not run"):
        VirtualPico()


def test_a_link_replaces_nothing_but_links(tmp_path):
    path = tmp_path / "port"
    path.write_text("precious")
    with pytest.raises(SimError, match="not a link to a serial port"):
        VirtualPico(link=path)
    assert path.read_text() == "precious"


def test_a_link_of_a_running_simulator_stays(pico, tmp_path):
    path = tmp_path / "ttyPICO"
    path.symlink_to(os.path.realpath(pico.port))
    with pytest.raises(SimError, match="which is in use"):
        VirtualPico(link=path)
    assert os.readlink(path) == os.path.realpath(pico.port)


def test_a_link_to_a_port_that_is_gone_is_replaced(tmp_path):
    path = tmp_path / "ttyPICO"
    path.symlink_to("/dev/pts/987654")
    with VirtualPico(link=path):
        assert os.path.exists(path)
    assert not os.path.lexists(path)


# The command and the process


def start_command(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "moteforge.cli", "sim", *words],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_mote_sim_prints_the_port_and_ends_with_ctrl_c(tmp_path):
    link = tmp_path / "ttyPICO"
    command = start_command("--link", str(link))
    try:
        assert command.stdout.readline() == f"{link}\n"
        assert os.readlink(link).startswith("/dev/pts/")
        command.send_signal(signal.SIGINT)
        assert command.wait(SECONDS) == 0
    finally:
        command.kill()
        command.stdout.close()
    assert not os.path.lexists(link)


def test_no_process_survives_a_killed_parent(tmp_path):
    image = tmp_path / "orphan.flash"
    marker = tmp_path / "ttyX"
    command = start_command("--json", "--flash", str(image), "--link", str(marker))
    try:
        assert "moteforge.sim/1" in command.stdout.readline() + command.stdout.readline()
        children = Path(f"/proc/{command.pid}/task/{command.pid}/children").read_text().split()
        assert children
    finally:
        command.kill()
        command.wait(SECONDS)
        command.stdout.close()
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children), "the child's end")
