# SPDX-License-Identifier: Apache-2.0
"""Finding a board, speaking with it, and every way in which that can end."""

from __future__ import annotations

import pytest
from fakeboard import PICO, FakeBoard
from moteforge import ports as finding
from moteforge.errors import BoardError, DeviceGone, NoDevice, NotMicroPython, UsageError
from moteforge.transport import LineSplitter, attach

DATA = bytes(range(256)) * 9


def test_no_board(ports):
    ports()
    with pytest.raises(NoDevice, match="no board is attached") as caught:
        finding.find_one()
    assert "--sim" in caught.value.remedy
    assert caught.value.exit_code == 3


def test_the_only_board_needs_no_name(ports):
    ports(("/dev/ttyS0", None, None), ("/dev/ttyACM3", PICO, "E66"))
    assert finding.find_one() == "/dev/ttyACM3"


def test_two_boards_are_listed(ports):
    ports(("/dev/ttyACM0", PICO, "A1"), ("/dev/ttyUSB0", (0x10C4, 0xEA60), "B2"))
    with pytest.raises(UsageError) as caught:
        finding.find_one()
    for part in ("2 boards", "/dev/ttyACM0", "rpi_pico", "id:A1", "/dev/ttyUSB0", "esp32", "id:B2"):
        assert part in caught.value.message
    assert caught.value.exit_code == 2


def test_board_id_narrows_the_choice(ports):
    ports(("/dev/ttyACM0", PICO, "A1"), ("/dev/ttyUSB0", (0x10C4, 0xEA60), "B2"))
    assert finding.find_one("esp32") == "/dev/ttyUSB0"
    with pytest.raises(NoDevice, match="no esp32c3 is attached"):
        finding.find_one("esp32c3")


def test_unknown_usb_ports_are_named(ports):
    ports(("/dev/ttyACM0", (0x1234, 0xABCD), None))
    with pytest.raises(NoDevice, match=r"/dev/ttyACM0 .*1234:abcd"):
        finding.find_one()


@pytest.mark.parametrize(
    ("name", "path"),
    [("a0", "/dev/ttyACM0"), ("u12", "/dev/ttyUSB12"), ("c3", "COM3"), ("port:/x y", "/x y"),
     ("/dev/ttyACM1", "/dev/ttyACM1"), ("id:B2", "/dev/ttyUSB0")],
)  # fmt: skip
def test_names_as_mpremote_has_them(ports, name, path):
    ports(("/dev/ttyACM0", PICO, "A1"), ("/dev/ttyUSB0", (0x10C4, 0xEA60), "B2"))
    assert finding.resolve(name) == path


def test_unknown_serial_number(ports):
    ports(("/dev/ttyACM0", PICO, "A1"))
    with pytest.raises(NoDevice, match="serial number ZZ") as caught:
        finding.resolve("id:ZZ")
    assert "id:A1" in caught.value.remedy


def test_missing_port():
    with pytest.raises(NoDevice, match="there is no port /dev/nothing"), attach("/dev/nothing", 2):
        pass


def test_port_that_is_a_file(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("hello")
    with pytest.raises(NoDevice, match="is a file, not a serial port"), attach(str(path), 2):
        pass


def test_port_in_use(board):
    fake = board()
    with attach(fake.port, 2), pytest.raises(NoDevice, match="cannot be opened"):
        attach(fake.port, 2).__enter__()


def test_facts(board):
    with attach(board().port, 2) as here:
        facts = here.facts()
    assert (facts.arch, facts.abi, facts.machine) == ("armv6m", "6.3", "Fake board with RP2040")
    assert facts.free_bytes == 300 * 4096
    assert not facts.builtin


def test_put_is_whole_and_in_place(board):
    fake = board()
    with attach(fake.port, 2) as here:
        here.put("/lib/deep/er/file.bin", DATA)
        here.put("/lib/deep/er/file.bin", DATA[::-1])
        assert here.hashes(["/lib/deep/er/file.bin", "/no"])["/no"] is None
        assert here.files("/lib/deep/er") == {"file.bin": len(DATA)}
        assert here.files("/none") == {}
    assert fake.path("/lib/deep/er/file.bin").read_bytes() == DATA[::-1]


def test_put_on_fat(board):
    fake = board(faults=("fat",))
    with attach(fake.port, 2) as here:
        here.put("/lib/x", b"old")
        here.put("/lib/x", DATA)
    assert fake.path("/lib/x").read_bytes() == DATA


def test_put_that_reads_back_wrong(board):
    fake = board(faults=("corrupt",))
    with attach(fake.port, 2) as here, pytest.raises(BoardError, match="reads back differently"):
        here.put("/lib/x", DATA)
    assert list(fake.path("/lib").iterdir()) == []


def test_exception_on_the_board(board):
    with attach(board().port, 2) as here, pytest.raises(BoardError) as caught:
        here.run("raise ValueError('too wet')", "testing")
    assert caught.value.message == "ValueError on the board while testing: too wet"
    assert caught.value.kind == "ValueError"
    assert "Traceback" in caught.value.trace


def test_lines_come_one_by_one(board):
    seen: list[str] = []
    with attach(board().port, 2) as here:
        here.run("print('a'); print('b c'); print('d', end='')", "printing", seen.append)
    assert seen == ["a", "b c", "d"]


def test_lines_cut_anywhere():
    for cut in range(1, 6):
        seen: list[str] = []
        splitter = LineSplitter(seen.append)
        data = "äb\r\ncd\n".encode()
        splitter.feed(data[:cut])
        splitter.feed(data[cut:] + b"\x04")
        splitter.finish()
        assert seen == ["äb", "cd"]


def test_busy_board_is_interrupted(board):
    fake = board(faults=("busy",))
    with attach(fake.port, 2) as here:
        assert here.ask("print('#mote', 7)", "asking") == 7
    assert fake.interrupted


@pytest.mark.parametrize(("fault", "said"), [("silent", "it sent nothing"), ("alien", "login:")])
def test_not_micropython(board, fault, said):
    fake = board(faults=(fault,))
    with pytest.raises(NotMicroPython, match=said), attach(fake.port, 0.5):
        pass


@pytest.mark.parametrize("at", ["mote_begin('", "mote_write(b", "mote_commit('", "mote_hash(["])
def test_unplugged_in_the_middle(board, at):
    fake = board(dies_at=at)
    with pytest.raises(DeviceGone, match="went away while") as caught, attach(fake.port, 2) as here:
        here.hashes(["/lib/x"]) if at == "mote_hash([" else here.put("/lib/x", DATA)
    assert caught.value.exit_code == 3
    assert ("comparing files" if at == "mote_hash([" else "copying /lib/x") in caught.value.message
    assert not fake.path("/lib/x").exists()


def test_silence_in_the_middle(board):
    fake = board(mute_at="sleep_for_ever")
    with pytest.raises(DeviceGone, match="fell silent while dreaming"), attach(fake.port, 0.4) as b:
        b.run("sleep_for_ever", "dreaming")
    assert fake.wait_interrupted(4)  # twice at the start, twice when giving up


def test_answer_that_cannot_be_read(board):
    with attach(board().port, 2) as here:
        with pytest.raises(BoardError, match="cannot be read"):
            here.ask("print('#mote', 'unclosed', '(')\nprint('#mote [')", "asking")
        with pytest.raises(BoardError, match="no answer"):
            here.ask("print('hello')", "asking")


def test_fake_board_is_no_accomplice(tmp_path):
    """The fake computes hashes from its folder, not from what it was told."""
    (tmp_path / "f").write_bytes(b"abc")
    with FakeBoard(tmp_path) as fake, attach(fake.port, 2) as here:
        assert here.hashes(["/f"])["/f"] == fake.sha256("/f")
        assert fake.sha256("/f").startswith("ba7816bf")
