# SPDX-License-Identifier: Apache-2.0
"""A digital microphone on I2S, read in half-buffers."""

import time

from .source import Source


class I2s(Source):
    """I2s(i2s, rate, bits=32, channels=1, ibuf=16000): i2s is a machine.I2S in mode RX, made with these.

    Two blocks of `block` samples: while one is filled in the background, the other is pushed. Of slots of 32 bits,
    which microphones of 24 bits want, the upper 16 are taken (shift=16); each bit less in `shift` doubles the
    volume, saturating.

    ibuf: bytes that MicroPython keeps while nobody reads, so of the longest inference at least. Where more time than
    that has passed, samples were dropped: what lay in the buffer then is left out too and a gap is marked.
    """

    def __init__(self, i2s, rate, bits=32, channels=1, ibuf=16000, block=256, shift=16, clock=time):
        Source.__init__(self, rate, clock)
        if bits not in (16, 32):
            raise ValueError("I2s: bits is %r, must be 16 or 32" % (bits,))
        if not isinstance(shift, int) or not 0 <= shift <= 31:
            raise ValueError("I2s: shift is %r, must be 0 to 31" % (shift,))
        if not isinstance(block, int) or not 1 <= block <= 4096 or block % channels:
            raise ValueError("I2s: block is %r, must be 1 to 4096, whole instants" % (block,))
        self.i2s = i2s
        self.channels = channels
        self._shift = shift if bits == 32 else None
        self._samples = block
        self._blocks = bytearray(block * bits // 8), bytearray(block * bits // 8)
        self._block_us = block * 1000000 // (rate * channels)
        self._hold_us = ibuf * 1000 // (bits // 8 * rate * channels) * 1000 + self._block_us
        self._hold = ibuf // len(self._blocks[0]) + 2
        self._callback = self._filled

    def _begin(self):
        self._turn = self._behind = self._leave_out = self._missing = 0
        self.i2s.irq(self._callback)
        self._last = self._clock.ticks_us()
        self.i2s.readinto(self._blocks[0])

    def _end(self):
        self.i2s.irq(None)

    def _filled(self, i2s):
        """Scheduled when a block is full: has the other one filled, pushes this one."""
        if self.ring is None:
            return
        full = self._blocks[self._turn]
        self._turn ^= 1
        self.i2s.readinto(self._blocks[self._turn])
        if not self._leave_out:
            self._push(full)
        else:
            self._skip()
        self._watch()

    def _push(self, full):
        if self._shift is None:
            self.ring.push(full)
        else:
            self.ring.push_slots(full, self._shift)

    def _watch(self):
        """Adds up how far reading is behind the clock; more than the buffer holds was dropped.

        Clocks that differ by less than 1 in 128 look the same.
        """
        now = self._clock.ticks_us()
        spent = self._clock.ticks_diff(now, self._last)
        self._last = now
        self._behind = max(0, self._behind + spent - self._block_us - (self._block_us >> 7))
        dropped = self._behind - self._hold_us
        if dropped > 0:
            self._behind = self._hold_us
            self._missing += dropped // 1000 * self.rate // 1000 * self.channels
            self._leave_out = self._hold

    def _skip(self):
        """One of the blocks among which samples were dropped."""
        self._missing += self._samples
        self._leave_out -= 1
        if not self._leave_out:
            self.ring.gap(self._missing)
            self._missing = 0
