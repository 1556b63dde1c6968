# SPDX-License-Identifier: Apache-2.0
# Knocks on a table: a contact microphone on pin GP26, 1,000 samples a second, no model. README.md has the wiring.
from machine import ADC
from mote import Frontend
from mote.source_adc import Adc

KURTOSIS = 8  # a knock is sharp: noise has 3, a hum less
FALLEN = 5


def run(pin, milliseconds=None, told=print):
    """Prints each knock: (end of the window in ms, volts peak to peak). pin: a machine.ADC, or what reads like one."""
    frontend = Frontend("adc.pipeline.json")
    source = Adc(pin, frontend.rate)
    source.start(frontend)
    above = False
    try:
        while milliseconds is None or frontend.time_ms < milliseconds:
            source.poll()
            while frontend.take():
                peak, kurtosis = (value / frontend.unit for value in frontend.frame)
                if kurtosis > KURTOSIS and not above:
                    told(frontend.time_ms, round(peak * 3.3 / 65536, 3))
                above = kurtosis > (FALLEN if above else KURTOSIS)
    finally:
        source.stop()
    return frontend


if __name__ == "__main__":
    run(ADC(26))
