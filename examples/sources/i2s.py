# SPDX-License-Identifier: Apache-2.0
# Spoken words: a microphone on I2S (INMP441, SPH0645 ...) and the model of examples/keyword. README.md has the wiring.
from machine import I2S, Pin
from mote import Pipeline
from mote.source_i2s import I2s

RATE, BYTES = 16000, 32000  # BYTES lie in wait while the model runs: half a second


def run(microphone, milliseconds=None, told=print, pipeline="keyword.pipeline.json"):
    """Prints each word: (end of the window in ms, word). microphone: a machine.I2S, or what reads like one."""
    line = Pipeline(pipeline)
    source = I2s(microphone, RATE, bits=32, ibuf=BYTES, shift=16)
    source.start(line)
    try:
        while milliseconds is None or line.time_ms < milliseconds:
            source.poll()
            for decision in line.poll():
                told(decision.time_ms, decision.label)
    finally:
        source.stop()
    return line


if __name__ == "__main__":
    run(I2S(0, sck=Pin(16), ws=Pin(17), sd=Pin(18), mode=I2S.RX, bits=32, format=I2S.MONO, rate=RATE,
            ibuf=BYTES))  # fmt: skip
