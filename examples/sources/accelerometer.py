# SPDX-License-Identifier: Apache-2.0
# Walking or shaking: an accelerometer on I2C and a model of 880 bytes. README.md has the wiring.
from machine import I2C, Pin
from mote import Pipeline
from mote.source_i2c import Accelerometer

CHIP, RATE, G = "lis3dh", 100, 4  # "mpu6050" and "adxl345" are known, too


def run(bus, milliseconds=None, told=print, chip=CHIP):
    """Prints each motion: (end of the window in ms, motion). bus: a machine.I2C, or what reads like one."""
    line = Pipeline("accelerometer.pipeline.json")
    source = Accelerometer(bus, chip, RATE, g=G)
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
    run(I2C(0, sda=Pin(4), scl=Pin(5), freq=400000))
