# SPDX-License-Identifier: Apache-2.0
"""An analogue pin, read by a timer."""

import time
from array import array

from .source import Source


class Adc(Source):
    """Adc(machine.ADC(26), rate): a sample at each tick of a timer; 32768 is subtracted from read_u16.

    The ticks are hard interrupts where the port has them (rp2): they come while the model runs, too. Ticks that come a
    whole period late are marked as a gap, so the samples that there are have their places in time. rate divides
    1,000,000, for timers count microseconds. A tick takes some 50 us on a Pico: 4,000 Hz is a lot.

    timer: a machine.Timer, where Timer(-1) is not the one.
    """

    def __init__(self, adc, rate, timer=None, clock=time):
        Source.__init__(self, rate, clock)
        if 1000000 % rate:
            raise ValueError(
                "Adc: rate is %d, must divide 1000000: %d and %d do"
                % (rate, _divisor(rate, -1), _divisor(rate, 1))
            )
        self.adc = adc
        self._period = 1000000 // rate
        self._timer = timer
        # All that the interrupt uses is made here, for it may not allocate.
        self._sample = array("h", [0])
        self._callback = self._tick
        self._due = -1

    def _begin(self):
        from machine import Timer

        if self._timer is None:
            self._timer = Timer(-1)
        self._due = -1
        settings = {"mode": Timer.PERIODIC, "freq": self.rate, "callback": self._callback}
        try:
            self._timer.init(hard=True, **settings)
        except TypeError:  # no hard interrupts in this port: late ticks become gaps
            self._timer.init(**settings)

    def _end(self):
        self._timer.deinit()

    def _tick(self, timer):
        """In the interrupt: one sample, at its time."""
        now = self._clock.ticks_us()
        if self._due < 0:
            self._due = now
        late = self._clock.ticks_diff(now, self._due)
        if late < -(self._period >> 1):
            return  # makes up for a tick whose place in the stream is marked as missing
        if late >= self._period:
            missed = late // self._period
            self.ring.gap(missed)
            self._due = self._clock.ticks_add(self._due, missed * self._period)
        self._due = self._clock.ticks_add(self._due, self._period)
        self._sample[0] = self.adc.read_u16() - 32768
        self.ring.push(self._sample)


def _divisor(rate, step):
    """The next rate in one direction that divides 1,000,000."""
    while 1000000 % rate:
        rate += step
    return rate
