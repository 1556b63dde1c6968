# SPDX-License-Identifier: Apache-2.0
"""Sources with stand-ins for what MicroPython has: pins, timers, buses, a clock that the test sets."""

from __future__ import annotations

import struct
import sys
import wave
from array import array
from types import SimpleNamespace

import numpy as np
import pytest
from frontend_support import Native
from hypothesis import given, settings
from hypothesis import strategies as st
from mote.ring import Ring
from mote.source_adc import Adc
from mote.source_i2c import CHIPS, Accelerometer
from mote.source_i2s import I2s
from mote.source_replay import Replay

WRAP = 1 << 30  # of ticks_us, as on boards


class Clock:
    """MicroPython's ticks."""

    def __init__(self, now=WRAP - 5000):
        self.now = now

    def ticks_us(self):
        return self.now % WRAP

    def ticks_add(self, ticks, delta):
        return (ticks + delta) % WRAP

    def ticks_diff(self, end, start):
        return (end - start + WRAP // 2) % WRAP - WRAP // 2


class Timer:
    """machine.Timer of a port with hard interrupts, or without."""

    PERIODIC = 1
    takes_hard = True

    def __init__(self, number=-1):
        self.callback = None

    def init(self, *, mode, freq, callback, **options):
        if options and not self.takes_hard:
            raise TypeError("extra keyword arguments given")
        self.freq, self.callback, self.options = freq, callback, options

    def deinit(self):
        self.callback = None


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    monkeypatch.setitem(sys.modules, "machine", SimpleNamespace(Timer=Timer))


def ring(size=256, channels=1):
    return Ring(size, channels, Native())


def unread(it, n=1):
    """Windows of n samples, with None where one does not follow the one before it."""
    out, breaks = [], it.breaks
    while (window := it.window(n)) is not None:
        if it.breaks != breaks:
            breaks = it.breaks
            out.append(None)
        out.append(list(window) if n > 1 else window[0])
    return out


# ---- what all have in common


def test_the_configuration_must_have_the_sources_rate_and_channels():
    target = SimpleNamespace(ring=ring(), frontend=SimpleNamespace(rate=8000))
    source = Adc(Pin(), 1000, clock=Clock())
    with pytest.raises(ValueError, match="Adc: gives sampleRate 1000, but the pipeline has 8000"):
        source.start(target)
    with pytest.raises(ValueError, match="Adc: gives channels 1, but the pipeline has 3"):
        source.start(ring(channels=3))
    assert not source.poll()
    source.start(ring())
    assert source.poll()
    with pytest.raises(ValueError, match=r"is started already: stop\(\) comes first"):
        source.start(ring())
    source.stop()
    assert not source.poll()


@pytest.mark.parametrize("rate", [0, -5, 2.5, "8000", 10**6])
def test_rates(rate):
    with pytest.raises(ValueError, match=r"Adc: rate is .*, must be 1 to 768000"):
        Adc(None, rate)


def test_a_second_start_marks_a_gap():
    it, source = ring(), Adc(SimpleNamespace(read_u16=lambda: 32769), 1000, clock=Clock())
    for _ in range(2):
        source.start(it)
        source._timer.callback(None)
        source.stop()
    assert unread(it) == [1, None, 1]


# ---- ADC


class Pin:
    """Reads one more each time, from the lowest value on."""

    def __init__(self):
        self.value = -1

    def read_u16(self):
        self.value += 1
        return self.value


def ticked(times, rate=1000, each=lambda it: None):
    """What is in the ring when the timer's interrupt comes at these microseconds after the first."""
    clock, it = Clock(), ring(4096)
    source = Adc(Pin(), rate, clock=clock)
    source.start(it)
    begin = clock.now
    for at in times:
        clock.now = begin + at
        source._timer.callback(source._timer)
        each(it)
    return it


def test_adc_samples_at_each_tick():
    it = ticked(range(0, 10000, 1000))
    assert unread(it) == list(range(-32768, -32758))


def test_ticks_may_come_somewhat_late():
    it = ticked([0, 1400, 2000, 3999, 4000, 5000])
    assert it.available == 6
    assert it.breaks == 0


def test_late_ticks_are_a_gap_and_those_that_make_up_for_them_are_left_out():
    late = ticked([0, 1000, 5600, 5610, 5620, 5630, 6000, 7000])
    assert unread(late) == [-32768, -32767, None, -32766, -32765, -32764]
    assert late.missing == 3
    dropped = ticked([0, 1000, 5600, 6000, 7000])
    assert unread(dropped) == [-32768, -32767, None, -32766, -32765, -32764]
    assert dropped.missing == 3


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6000), st.booleans()), min_size=1, max_size=40))
def test_samples_and_missing_ones_keep_the_time(delays):
    """However ticks are delayed, and whether the port drops them or makes up for them."""
    times, free = [], 0
    for number, (delay, kept) in enumerate([(0, True), *delays, (0, True)]):
        at = max(1000 * number + delay, free)
        if kept or number == 0 or at < 1000 * (number + 1):
            times.append(at)
            free = at + 10
    taken = []
    it = ticked(times, each=lambda it: taken.extend(x for x in unread(it) if x is not None))
    assert taken == list(range(-32768, -32768 + len(taken)))
    assert abs(len(taken) + it.missing - 1 - times[-1] // 1000) <= 1


def test_rates_that_timers_do_not_have():
    with pytest.raises(ValueError, match="rate is 16000, must divide 1000000: 15625 and 20000 do"):
        Adc(None, 16000)


def test_ports_without_hard_interrupts(monkeypatch):
    source = Adc(Pin(), 500, clock=Clock())
    source.start(ring())
    assert source._timer.options == {"hard": True}
    source.stop()
    monkeypatch.setattr(Timer, "takes_hard", False)
    source = Adc(Pin(), 500, clock=Clock())
    source.start(ring())
    assert (source._timer.options, source._timer.freq) == ({}, 500)


# ---- I2S


class Sound:
    """machine.I2S that fills a block when the test says so, with rising samples in the upper half of each slot."""

    def __init__(self, bits=32):
        self.bits, self.next, self.callback, self.block = bits, 0, None, None

    def irq(self, callback):
        self.callback = callback

    def readinto(self, block):
        self.block = block

    def fill(self):
        count = len(self.block) * 8 // self.bits
        values = np.arange(self.next, self.next + count)
        self.next += count
        if self.bits == 32:
            self.block[:] = (values.astype("<i4") << 16 | 0x1234).tobytes()
        else:
            self.block[:] = values.astype("<i2").tobytes()
        self.callback(self)


@pytest.mark.parametrize("bits", [16, 32])
def test_i2s_blocks_take_turns(bits):
    clock, it, sound = Clock(), ring(), Sound(bits)
    source = I2s(sound, 16000, bits=bits, block=32, clock=clock)
    source.start(it)
    first = sound.block
    for _ in range(4):
        clock.now += 2000
        sound.fill()
    assert sound.block is first
    assert unread(it) == list(range(128))
    source.stop()
    assert sound.callback is None


def test_i2s_volume_saturates():
    it, sound = ring(), Sound()
    source = I2s(sound, 16000, block=4, shift=12, clock=Clock())
    source.start(it)
    sound.next = 2046
    sound.fill()
    assert unread(it) == [32737, 32753, 32767, 32767]


@pytest.mark.parametrize("error", [0, 1, -1])
def test_clocks_that_differ_by_half_a_percent_lose_nothing(error):
    clock, it, sound = Clock(), ring(), Sound()
    source = I2s(sound, 16000, block=160, ibuf=1600, clock=clock)
    source.start(it)
    for _ in range(5000):
        clock.now += 10000 + 50 * error
        sound.fill()
        assert len(it.window(160)) == 160
    assert it.breaks == 0


def test_a_late_reader_loses_what_the_buffer_did_not_hold():
    clock, it, sound = Clock(), ring(4096), Sound()
    source = I2s(sound, 16000, block=160, ibuf=3200, clock=clock)  # of five blocks
    source.start(it)
    for _ in range(3):
        clock.now += 10000
        sound.fill()
    clock.now += 200000  # an inference of 20 blocks, of which 6 are kept
    for _ in range(6):
        sound.fill()
        clock.now += 10
    sound.next += 13 * 160
    for _ in range(8):
        clock.now += 10000
        sound.fill()
    samples = unread(it)
    assert samples.count(None) == 1
    before, after = samples[: samples.index(None)], samples[samples.index(None) + 1 :]
    assert before == list(range(len(before)))
    assert after == list(range(after[0], after[0] + len(after)))
    assert before[-1] < 9 * 160  # the last that was not dropped
    assert after[0] >= (9 + 13) * 160
    assert abs(it.missing - (after[0] - before[-1])) <= 2 * 160


@pytest.mark.parametrize(
    "options", [{"bits": 24}, {"shift": 32}, {"block": 0}, {"block": 3, "channels": 2}]
)
def test_i2s_options(options):
    with pytest.raises(ValueError, match=f"I2s: {next(iter(options))} is"):
        I2s(Sound(), 16000, **options)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-(2**31), 2**31 - 1), max_size=40), st.integers(0, 31))
def test_slots_are_shifted_and_saturated(slots, shift):
    it = ring(16)
    it.push_slots(array("i", slots), shift)
    expected = [max(-32768, min(32767, slot >> shift)) for slot in slots][-16:]
    assert [sample for sample in unread(it) if sample is not None] == expected
    assert it.lost == max(0, len(slots) - 16)


@pytest.mark.parametrize(("slots", "shift"), [(bytes(6), 16), (bytes(8), 32), (bytes(8), -1)])
def test_slots_that_are_none(slots, shift):
    with pytest.raises(ValueError, match="slots must be int32, the shift 0 to 31"):
        ring().push_slots(slots, shift)


# ---- accelerometers


class Bus:
    """An I2C bus with one chip whose FIFO holds instants (x, y, z)."""

    def __init__(self, chip):
        self.chip, self.fifo, self.ran_over, self.writes, self.transfers = chip, [], False, [], []

    def writeto_mem(self, address, register, data):
        assert address == self.chip.address
        self.writes.append((register, data[0]))
        if (register, data[0]) == self.chip.empty[0]:
            self.fifo, self.ran_over = [], False

    def readfrom_mem_into(self, address, register, into):
        assert address == self.chip.address
        level, size, mask, divisor = self.chip.level
        if register == self.chip.data:
            count = len(into) // 6
            taken, self.fifo = self.fifo[:count], self.fifo[count:]
            assert len(taken) == count
            self.transfers.append(count)
            order = ">" if self.chip.big else "<"
            into[:] = struct.pack(
                f"{order}{3 * count}h", *(v for instant in taken for v in instant)
            )
        elif register == self.chip.over[0] and self.ran_over:
            into[0] = self.chip.over[1]
        elif register == level:
            into[:] = (len(self.fifo) * divisor & mask).to_bytes(size, "big")
        else:
            into[0] = self.chip.who[1] if register == self.chip.who[0] else 0


@pytest.mark.parametrize("name", CHIPS)
def test_fifo_is_emptied_in_blocks(name):
    chip, clock, it = CHIPS[name], Clock(), ring(channels=3)
    bus = Bus(chip)
    source = Accelerometer(bus, name, 100, g=4, clock=clock)
    source.start(it)
    setup = [
        (r, {"rate": chip.rates[100], "range": chip.ranges[4]}.get(v, v)) for r, v in chip.setup
    ]
    assert bus.writes == setup
    assert source.per_g == chip.per_g[4]
    instants = [(i, -i, 256 * i) for i in range(21)]
    bus.fifo = instants[:]
    assert source.poll()
    assert unread(it, 3) == [list(i) for i in instants[:16]]
    assert max(bus.transfers) <= chip.burst
    assert len(bus.fifo) == 5
    bus.fifo += instants[:3]
    source.poll()
    assert unread(it, 3) == [list(i) for i in instants[16:] + instants[:3]]
    assert it.breaks == 0


@pytest.mark.parametrize("name", CHIPS)
def test_a_fifo_that_ran_over_is_a_gap(name):
    chip, clock, it = CHIPS[name], Clock(), ring(channels=3)
    bus = Bus(chip)
    source = Accelerometer(bus, name, 100, clock=clock)
    source.start(it)
    bus.fifo = [(1, 2, 3)] * 11
    source.poll()
    bus.fifo, bus.ran_over = [(9, 9, 9)] * 20, True
    clock.now += 700000
    source.poll()
    bus.fifo = [(4, 5, 6)] * 8
    source.poll()
    assert unread(it, 3) == [[1, 2, 3]] * 8 + [None] + [[4, 5, 6]] * 8
    assert it.missing == 3 * (3 + 70)


def test_another_chip_is_told():
    bus = Bus(CHIPS["lis3dh"]._replace(who=(0x0F, 0x44)))
    source = Accelerometer(bus, "lis3dh", 100, clock=Clock())
    with pytest.raises(
        ValueError, match="register 0x0f at address 0x18 is 0x44, the chip has 0x33"
    ):
        source.start(ring(channels=3))
    assert not source.poll()


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("lis2dw", 100), "chip is 'lis2dw', known are adxl345, lis3dh, mpu6050"),
        (("lis3dh", 120), "rate is 120, the chip has 10, 25, 50, 100, 200, 400"),
        (("adxl345", 100, 3), "g is 3, the chip has 2, 4, 8, 16"),
    ],
)
def test_what_a_chip_does_not_have(options, text):
    with pytest.raises(ValueError, match=text):
        Accelerometer(None, *options)


# ---- replay


def wav(path, samples, rate=8000, channels=1, extra=b""):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.asarray(samples, "<i2").tobytes())
    data = path.read_bytes()
    path.write_bytes(data[:36] + extra + data[36:])
    return str(path)


def played(source, size=64, n=1):
    it, out = ring(size, source.channels), []
    source.start(it)
    more = True
    while more:
        more = source.poll()
        out += unread(it, n)
    source.stop()
    assert it.lost == 0
    return out, it


@pytest.mark.parametrize(
    "extra", [b"", b"LIST\x05\0\0\0abcde\0", b"JUNK" + struct.pack("<I", 6000) + bytes(6000)]
)
def test_a_wav_file_is_played_whole(tmp_path, extra):
    samples = np.random.default_rng(1).integers(-32768, 32768, 1001)
    source = Replay(wav(tmp_path / "a.wav", samples, extra=extra))
    assert (source.rate, source.channels) == (8000, 1)
    for _ in range(2):
        assert played(source)[0] == samples.tolist()


def test_a_raw_file_needs_a_rate(tmp_path):
    path = tmp_path / "a.raw"
    path.write_bytes(np.arange(30, dtype="<i2").tobytes() + b"x")
    with pytest.raises(ValueError, match=r"a\.raw: is no \.wav file: say its rate"):
        Replay(str(path))
    out, _ = played(Replay(str(path), 100, 3), n=3)
    assert out == np.arange(30).reshape(10, 3).tolist()


def test_gaps_of_a_recording(tmp_path):
    path = wav(tmp_path / "a.wav", np.arange(900), channels=3)
    out, it = played(Replay(path, gaps=[(0, 2), (100, 7), (100, 1), (250, 0)]), n=3)
    rows = np.arange(900).reshape(300, 3).tolist()
    assert out == [None, *rows[:100], None, *rows[100:250], None, *rows[250:]]
    assert it.missing == 3 * 10
    with pytest.raises(ValueError, match="must be in order"):
        Replay(path, gaps=[(5, 1), (4, 1)])


def test_a_file_that_was_cut_is_played_as_far_as_it_goes(tmp_path):
    path = tmp_path / "a.wav"
    wav(path, np.arange(500))
    path.write_bytes(path.read_bytes()[:-101])
    assert played(Replay(str(path)))[0] == list(range(449))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda d: b"FORM" + d[4:], "is no WAV file"),
        (lambda d: d[:5], "is no WAV file"),
        (lambda d: d[:30], "has no samples"),
        (lambda d: d[:34] + b"\x18\0" + d[36:], "24 bits, 1 channels: must be PCM of 16 bits"),
        (lambda d: d[:20] + b"\3\0" + d[22:], "has format 3"),
        (lambda d: d[:22] + b"\x09\0" + d[24:], "9 channels"),
        (lambda d: d[:12] + d[36:], "has no format before its samples"),
        (lambda d: d[:16] + b"\xff\xff\xff\xff" + d[20:], "has no samples"),
    ],
)
def test_files_that_are_no_recordings(tmp_path, change, text):
    path = tmp_path / "a.wav"
    wav(path, np.arange(50))
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ValueError, match=f"a.wav: .*{text}"):
        Replay(str(path))
