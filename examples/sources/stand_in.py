# SPDX-License-Identifier: Apache-2.0
# Recordings that stand in for sensors, in the time of the board's clock: for the virtual Pico, which has no sensor.
import time
from array import array

import micropython
from machine import Timer

WAV_HEADER = 44  # of the files that recordings.py and Python's wave module write


class Pin:
    """Reads as machine.ADC: a recording of one channel, a sample each time, over and over."""

    def __init__(self, path):
        self.samples = array("h")
        with open(path, "rb") as file:
            file.seek(WAV_HEADER)
            self.samples.extend(file.read())
        self.at = 0

    def read_u16(self):
        # In the source's interrupt: allocates nothing.
        value = self.samples[self.at] + 32768
        self.at = self.at + 1 if self.at + 1 < len(self.samples) else 0
        return value


@micropython.viper
def widen(samples: ptr16, slots: ptr16, count: int):  # noqa: F821
    for i in range(count):
        slots[2 * i] = 0
        slots[2 * i + 1] = samples[i]


class Microphone:
    """Reads as machine.I2S of 32 bits, mono: a recording of 16 kHz, then silence. Drops what nobody reads in time."""

    def __init__(self, path, rate=16000, ibuf=32000):
        self.file = open(path, "rb")  # noqa: SIM115
        self.file.seek(WAV_HEADER)
        self.rate, self.ibuf = rate, ibuf
        self.taken = self.dropped = 0
        self.block = self.callback = None
        self.timer = Timer(-1)

    def irq(self, callback):
        self.callback = callback
        if callback is None:
            self.timer.deinit()
        else:
            self.began = time.ticks_ms()
            self.timer.init(mode=Timer.PERIODIC, period=4, callback=self.tick)

    def readinto(self, block):
        self.block = block
        self.samples = bytearray(len(block) // 2)

    def tick(self, timer):
        # Hands over the blocks that the clock has filled.
        ready = time.ticks_diff(time.ticks_ms(), self.began) * self.rate // 1000 - self.taken
        count = len(self.block) // 4
        drop = ready - self.ibuf // 4 - count
        if drop > 0:
            self.file.seek(2 * drop, 1)
            self.taken += drop
            self.dropped += drop
        elif ready >= count:
            got = self.file.readinto(self.samples)
            for i in range(got, len(self.samples)):
                self.samples[i] = 0
            self.taken += count
            widen(self.samples, self.block, count)
            self.callback(self)


class Lis3dh:
    """Reads as a machine.I2C with an LIS3DH at address 0x18: a recording of three axes, over and over."""

    DEPTH = 32

    def __init__(self, path, rate=100):
        self.file = open(path, "rb")  # noqa: SIM115
        self.rate = rate
        self.file.seek(WAV_HEADER)
        self.empty()

    def empty(self):
        self.began, self.read = time.ticks_ms(), 0

    def level(self):
        return time.ticks_diff(time.ticks_ms(), self.began) * self.rate // 1000 - self.read

    def writeto_mem(self, address, register, data):
        if register == 0x2E and data[0] == 0:
            self.file.seek(6 * max(0, self.level()), 1)  # what was in the FIFO is gone
            self.empty()

    def readfrom_mem_into(self, address, register, into):
        if register == 0x0F:
            into[0] = 0x33
        elif register == 0x2F:
            level = self.level()
            into[0] = 0x40 | 0x1F if level >= self.DEPTH else level
        else:
            self.read += len(into) // 6
            if self.file.readinto(into) < len(into):
                self.file.seek(WAV_HEADER)
                self.file.readinto(into)
