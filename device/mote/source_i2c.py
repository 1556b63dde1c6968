# SPDX-License-Identifier: Apache-2.0
"""Accelerometers on I2C that keep samples in a FIFO of their own."""

import time
from collections import namedtuple

from .source import Source

# A chip is data. address: the usual one; who: (register, value) that tells it; setup: (register, value) in turn, where
# a value may be "rate" or "range"; rates: Hz to the value, or to the divider of 1 kHz; ranges: g to the value; per_g:
# counts of 1 g by range; level: (register, bytes, mask, divisor) of the number of instants in the FIFO; over:
# (register, mask) that tells that it ran over; empty: writes that empty it; data: the register to read instants
# from, `burst` of them at once at most; big: the upper byte comes first.
Chip = namedtuple(
    "Chip", ("address", "who", "setup", "rates", "ranges", "per_g", "level", "over", "empty",
             "data", "burst", "big"))  # fmt: skip

CHIPS = {
    # ST LIS3DH: 32 instants in stream mode, high resolution, left-justified.
    "lis3dh": Chip(
        0x18, (0x0F, 0x33),
        ((0x20, "rate"), (0x23, "range"), (0x24, 0x40), (0x2E, 0x00), (0x2E, 0x80)),
        {10: 0x27, 25: 0x37, 50: 0x47, 100: 0x57, 200: 0x67, 400: 0x77},
        {2: 0x88, 4: 0x98, 8: 0xA8, 16: 0xB8}, {2: 16384, 4: 8192, 8: 4096, 16: 1365},
        (0x2F, 1, 0x1F, 1), (0x2F, 0x40), ((0x2E, 0x00), (0x2E, 0x80)), 0x28 | 0x80, 32, False,
    ),
    # InvenSense MPU-6050: 1,024 bytes, 44 Hz low-pass, 1 kHz divided.
    "mpu6050": Chip(
        0x68, (0x75, 0x68),
        ((0x6B, 0x01), (0x1A, 0x03), (0x19, "rate"), (0x1C, "range"), (0x23, 0x08),
         (0x6A, 0x04), (0x6A, 0x40)),
        {50: 19, 100: 9, 125: 7, 200: 4, 250: 3, 500: 1, 1000: 0},
        {2: 0x00, 4: 0x08, 8: 0x10, 16: 0x18}, {2: 16384, 4: 8192, 8: 4096, 16: 2048},
        (0x72, 2, 0x1FFF, 6), (0x3A, 0x10), ((0x6A, 0x04), (0x6A, 0x40)), 0x74, 32, True,
    ),
    # Analog Devices ADXL345: 32 instants in stream mode, full resolution; one instant a transfer.
    "adxl345": Chip(
        0x53, (0x00, 0xE5),
        ((0x2D, 0x00), (0x2C, "rate"), (0x31, "range"), (0x38, 0x00), (0x38, 0x80), (0x2D, 0x08)),
        {25: 8, 50: 9, 100: 10, 200: 11, 400: 12, 800: 13},
        {2: 0x08, 4: 0x09, 8: 0x0A, 16: 0x0B}, {2: 256, 4: 256, 8: 256, 16: 256},
        (0x39, 1, 0x3F, 1), (0x30, 0x01), ((0x38, 0x00), (0x38, 0x80)), 0x32, 1, False,
    ),
}  # fmt: skip


class Accelerometer(Source):
    """Accelerometer(i2c, chip, rate, g=2): x, y, z of a chip in CHIPS (or a Chip), +- g; `per_g` counts are 1 g.

    poll() empties the FIFO in blocks of 8 instants, so it is to be called before the FIFO is full: within 0.3 s for
    32 instants at 100 Hz. Where that was too late, the FIFO is emptied and a gap is marked. i2c: a machine.I2C of
    400 kHz. OSError where nothing answers.
    """

    channels = 3
    BLOCK = 8

    def __init__(self, i2c, chip, rate, g=2, address=None, clock=time):
        Source.__init__(self, rate, clock)
        if isinstance(chip, str):
            if chip not in CHIPS:
                raise ValueError(
                    "Accelerometer: chip is %r, known are %s" % (chip, ", ".join(sorted(CHIPS)))
                )
            chip = CHIPS[chip]
        for key, value, known in (("rate", rate, chip.rates), ("g", g, chip.ranges)):
            if value not in known:
                raise ValueError(
                    "Accelerometer: %s is %r, the chip has %s"
                    % (key, value, ", ".join(str(v) for v in sorted(known)))
                )
        self.i2c = i2c
        self.chip = chip
        self.per_g = chip.per_g[g]
        self.address = chip.address if address is None else address
        self._values = {"rate": chip.rates[rate], "range": chip.ranges[g]}
        # poll() allocates nothing: it reads into these.
        self._block = bytearray(6 * self.BLOCK)
        step = 6 * min(self.BLOCK, chip.burst)
        view = memoryview(self._block)
        self._parts = [view[at : at + step] for at in range(0, len(view), step)]
        self._level = bytearray(chip.level[1])
        self._flag = bytearray(1)

    def _begin(self):
        register, want = self.chip.who
        self.i2c.readfrom_mem_into(self.address, register, self._flag)
        if self._flag[0] != want:
            raise ValueError(
                "Accelerometer: register 0x%02x at address 0x%02x is 0x%02x, the chip has 0x%02x"
                % (register, self.address, self._flag[0], want)
            )
        self._write(self.chip.setup)
        self._left = 0
        self._last = self._clock.ticks_us()

    def _write(self, settings):
        for register, value in settings:
            self._flag[0] = self._values.get(value, value)
            self.i2c.writeto_mem(self.address, register, self._flag)

    def poll(self):
        """Moves the FIFO's whole blocks into the ring."""
        if self.ring is None:
            return False
        register, mask = self.chip.over
        self.i2c.readfrom_mem_into(self.address, register, self._flag)
        if self._flag[0] & mask:
            self._ran_over()
            return True
        level = self._instants()
        while level >= self.BLOCK:
            self._read_block()
            self.ring.push(self._block)
            level -= self.BLOCK
        self._left = level
        self._last = self._clock.ticks_us()
        return True

    def _instants(self):
        """In the FIFO."""
        register, _, mask, divisor = self.chip.level
        self.i2c.readfrom_mem_into(self.address, register, self._level)
        level = 0
        for byte in self._level:
            level = level << 8 | byte
        return (level & mask) // divisor

    def _read_block(self):
        for part in self._parts:
            self.i2c.readfrom_mem_into(self.address, self.chip.data, part)
        if self.chip.big:
            block = self._block
            for i in range(0, len(block), 2):
                block[i], block[i + 1] = block[i + 1], block[i]

    def _ran_over(self):
        """Nobody knows which instants the FIFO still has: all since the last poll are missing, by the board's clock."""
        self._write(self.chip.empty)
        now = self._clock.ticks_us()
        spent = max(0, self._clock.ticks_diff(now, self._last))
        self.ring.gap(self.channels * (self._left + spent // 1000 * self.rate // 1000))
        self._left = 0
        self._last = now
