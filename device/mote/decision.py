# SPDX-License-Identifier: Apache-2.0
"""From a model's scores to decisions: smoothing, thresholds, debouncing. Integers only, no I/O."""

import struct
from array import array


def exact(scale, tensor):
    """A single-precision scale as (mantissa, exponent): mantissa * 2**exponent; ValueError for one that is none."""
    bits = struct.unpack("<I", struct.pack("<f", scale))[0]
    exponent = bits >> 23 & 0xFF
    mantissa = bits & 0x7FFFFF | (0x800000 if exponent else 0)
    if not mantissa or bits >> 31 or exponent == 0xFF:
        raise ValueError("the model's %s scale is %r, must be above 0" % (tensor, scale))
    return mantissa, (exponent or 1) - 150


class Decider:
    """Decides which labels fire; a score is (q - zero_point) * scale of an int8 output."""

    def __init__(self, labels, rules, scale, zero_point):
        """rules: chain.decision(); its thresholds become sums of quantized scores."""
        _, _, self._smoothing, threshold, hysteresis, self.debounce_ms, ignored = rules
        self.labels = labels
        self._mantissa, self._exponent = exact(scale, "output")
        self._zero = zero_point
        self._high = self._sum_for(threshold)
        self._low = self._sum_for(threshold - hysteresis)
        self._fires = [label not in ignored for label in labels]
        self._past = array("h", bytes(2 * self._smoothing * len(labels)))
        self._sum = array("i", bytes(4 * len(labels)))
        self.reset()

    def _sum_for(self, ppm):
        """The smallest sum over the smoothed runs whose mean is at least ppm."""
        wanted = ppm * self._smoothing
        unit = self._mantissa * 1000000
        if self._exponent < 0:
            wanted <<= -self._exponent
        else:
            unit <<= self._exponent
        return -(-wanted // unit)

    def score(self, index):
        """The smoothed score of a label in parts per million."""
        value = self._sum[index] * self._mantissa * 1000000
        value = value << self._exponent if self._exponent >= 0 else value >> -self._exponent
        return value // self._smoothing

    def reset(self):
        """Forgets the past: no runs, all labels armed, none fired."""
        self.gap()
        self._settling = 0
        self._armed = [True] * len(self.labels)
        self._last = [None] * len(self.labels)

    def gap(self):
        """The next run does not follow the last: means begin anew, what has fired stays fired.

        A label is armed again by a mean of new runs alone, and debounced in the time of the stream.
        """
        for past in (self._past, self._sum):
            for i in range(len(past)):
                past[i] = 0
        self._slot = 0
        self._settling = self._smoothing

    def update(self, scores, time_ms):
        """Takes the scores of one run; returns the index of the label that fires, or -1.

        Runs that have not happened yet count as 0. Of several labels that could, the highest fires.
        """
        if self._settling:
            self._settling -= 1
        count = len(self.labels)
        base, best = self._slot * count, -1
        self._slot = (self._slot + 1) % self._smoothing
        for i in range(count):
            value = int(scores[i]) - self._zero
            self._sum[i] += value - self._past[base + i]
            self._past[base + i] = value
            if self._sum[i] < self._low and not self._settling:
                self._armed[i] = True
            if self._ready(i, time_ms) and (best < 0 or self._sum[i] > self._sum[best]):
                best = i
        if best >= 0:
            self._armed[best] = False
            self._last[best] = time_ms
        return best

    def _ready(self, i, time_ms):
        last = self._last[i]
        return (
            self._fires[i]
            and self._armed[i]
            and self._sum[i] >= self._high
            and (last is None or time_ms - last >= self.debounce_ms)
        )
