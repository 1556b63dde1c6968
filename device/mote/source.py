# SPDX-License-Identifier: Apache-2.0
"""What all sources of samples have in common: start(target), poll(), stop()."""

import time


class Source:
    """Fills the ring of a Pipeline or a Frontend, or a Ring; marks there what it has to leave out.

    rate: samples a second of a channel. clock: `time`, or what has its ticks_us and ticks_diff.
    """

    channels = 1

    def __init__(self, rate, clock=time):
        if not isinstance(rate, int) or not 1 <= rate <= 768000:
            raise ValueError("%s: rate is %r, must be 1 to 768000" % (self._name(), rate))
        self.rate = rate
        self.ring = None
        self._clock = clock

    def _name(self):
        return type(self).__name__

    def start(self, target):
        """Begins to fill target's ring; ValueError where rate or channels are not those of its configuration."""
        if self.ring is not None:
            raise ValueError("%s: is started already: stop() comes first" % self._name())
        frontend = getattr(target, "frontend", target)
        ring = getattr(target, "ring", target)
        for key, have, want in (
            ("sampleRate", getattr(frontend, "rate", self.rate), self.rate),
            ("channels", ring.channels, self.channels),
        ):
            if have != want:
                raise ValueError(
                    "%s: gives %s %d, but the pipeline has %d" % (self._name(), key, want, have)
                )
        if ring.written:
            ring.gap()  # what was pushed before this start came from another time
        self.ring = ring
        try:
            self._begin()
        except Exception:
            self.ring = None
            raise

    def stop(self):
        """No sample comes after this; start() may follow."""
        if self.ring is not None:
            self._end()
            self.ring = None

    def poll(self):
        """To be called again and again, before Pipeline.poll(). False: nothing will come any more."""
        return self.ring is not None

    def _begin(self):
        pass

    def _end(self):
        pass
