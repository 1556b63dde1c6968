# SPDX-License-Identifier: Apache-2.0
"""Ring of int16 samples between one writer, which may be an interrupt, and one reader."""

from array import array

from .native import CHAIN, functions


class Ring:
    """Ring(size): the last `size` (a power of two) samples; counts what it overwrites."""

    def __init__(self, size, native=None):
        if not isinstance(size, int) or size < 2 or size > 1 << 20 or size & (size - 1):
            raise ValueError("Ring: size is %r, must be a power of two from 2 to 1048576" % (size,))
        self._native = native or functions(CHAIN)
        self.size = size
        self.buffer = bytearray(self._native.ring_bytes(size))
        self._native.ring_init(self.buffer, size)

    def push(self, samples):
        """Appends a buffer of int16 samples. Allocates nothing: may be called in an interrupt."""
        self._native.ring_push(self.buffer, samples)

    def feed(self, samples, start=0):
        """Appends samples from `start` on while no unread one is overwritten; returns how many."""
        return self._native.ring_feed(self.buffer, samples, start)

    def window(self, n, hop=None, out=None):
        """The next n samples in `out` or a new array('h'), moving on by hop; or None."""
        if not isinstance(n, int) or not 1 <= n <= self.size:
            raise ValueError("Ring.window: n is %r, must be 1 to %d" % (n, self.size))
        if out is None:
            out = array("h", bytes(2 * n))
        return (
            out
            if self._native.ring_window(self.buffer, out, n, n if hop is None else hop)
            else None
        )

    @property
    def available(self):
        """Samples that can be read now."""
        return self._native.ring_available(self.buffer)

    @property
    def written(self):
        """Samples ever pushed, modulo 2**32."""
        return self._native.ring_stats(self.buffer)[0]

    @property
    def lost(self):
        """Samples overwritten before the reader had passed them."""
        return self._native.ring_stats(self.buffer)[1]

    @property
    def overruns(self):
        """Times that samples were lost."""
        return self._native.ring_stats(self.buffer)[2]
