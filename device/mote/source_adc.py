# SPDX-License-Identifier: Apache-2.0
"""An analogue pin, read by a timer."""

import time
from array import array

from .source import Source


class Adc(Source):
    """Adc(machine.ADC(26), rate): a sample at each tick of a timer; 32768 is subtracted from read_u16.

    The ticks are hard interrupts where the port has them (rp2): they come while the model runs, too. Ticks that come a
    whole period late are marked as a gap, so the samples that there are have their places in time. rate divides
    1,000,000, for timers count microseconds. On a Pico each tick takes some 65 us (emulated): a quarter of the
    processor at 4,000 Hz.

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

    def _begin(self):
        from machine import Timer

        if self._timer is None:
            self._timer = Timer(-1)
        settings = {"mode": Timer.PERIODIC, "freq": self.rate, "callback": self._ticker()}
        try:
            self._timer.init(hard=True, **settings)
        except TypeError:  # no hard interrupts in this port: late ticks become gaps
            self._timer.init(**settings)

    def _end(self):
        self._timer.deinit()

    def _ticker(self):
        """What the interrupt calls: a closure, for its variables are quicker than attributes and need no memory."""
        now, since, later = self._clock.ticks_us, self._clock.ticks_diff, self._clock.ticks_add
        read, push, gap = self.adc.read_u16, self.ring._native.ring_push, self.ring.gap
        buffer, sample = self.ring.buffer, array("h", [0])
        period, early = self._period, -(self._period >> 1)
        due = -1

        def tick(timer):
            nonlocal due
            at = now()
            if due < 0:
                due = at
            late = since(at, due)
            if late < early:
                return  # makes up for a tick whose place in the stream is marked as missing
            if late >= period:
                missed = late // period
                gap(missed)
                due = later(due, missed * period)
            due = later(due, period)
            sample[0] = read() - 32768
            push(buffer, sample)

        return tick


def _divisor(rate, step):
    """The next rate in one direction that divides 1,000,000."""
    while 1000000 % rate:
        rate += step
    return rate
