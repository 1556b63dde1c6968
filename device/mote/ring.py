# SPDX-License-Identifier: Apache-2.0
"""Ring of int16 samples between one writer, which may be an interrupt, and one reader."""

from array import array

from .memory import allocate
from .native import CHAIN, functions


class Ring:
    """Ring(size, channels=1): the last `size` (a power of two) samples of interleaved channels.

    Counts what it overwrites; `gap` marks where samples are missing.
    """

    def __init__(self, size, channels=1, native=None):
        if not isinstance(size, int) or size < 2 or size > 1 << 20 or size & (size - 1):
            raise ValueError("Ring: size is %r, must be a power of two from 2 to 1048576" % (size,))
        if not isinstance(channels, int) or not 1 <= channels <= min(8, size):
            raise ValueError("Ring: channels is %r, must be 1 to 8, at most the size" % (channels,))
        self._native = native or functions(CHAIN)
        self.size = size
        self.channels = channels
        needed = self._native.ring_bytes(size)
        self.buffer = allocate(needed, "the ring", "choose a smaller bufferSize")
        self.reset()

    def reset(self):
        """Empties the ring and sets all its counters to 0."""
        self._native.ring_init(self.buffer, self.size, self.channels)

    def push(self, samples):
        """Appends a buffer of int16 samples. Allocates nothing: may be called in an interrupt."""
        self._native.ring_push(self.buffer, samples)

    def push_slots(self, slots, shift=16):
        """Appends samples of a buffer of int32, shifted right by `shift` bits and saturated. As push may be called."""
        self._native.ring_push_slots(self.buffer, slots, shift)

    def gap(self, missing=0):
        """Marks that the next sample pushed does not follow the last: `missing` (0: unknown) lie between.

        No window spans a gap. May be called where push may.
        """
        if not isinstance(missing, int) or not 0 <= missing < 1 << 32:
            raise ValueError(
                "gap: missing is %r, must be an integer from 0 to 2**32 - 1" % (missing,)
            )
        self._native.ring_gap(self.buffer, missing)

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
    def missing(self):
        """Samples missing at the gaps that the reader has passed, as far as they are known."""
        return self._native.ring_stats(self.buffer)[3]

    @property
    def breaks(self):
        """Times that the next sample to be read did not follow the one before: overruns and gaps."""
        return self._native.ring_stats(self.buffer)[4]

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
