# SPDX-License-Identifier: Apache-2.0
# Runs on MicroPython: every model of TRIALS, its runs, and the first one once more after a reset. The host puts view()
# in front, TRIALS = [(place of the file, bytes, place of the inputs, [bytes of each input], runs)], and ARENA, the
# bytes that the dearest of them needs.
import binascii
import gc
from array import array

import mote

CODES = {
    "int8": "b", "uint8": "B", "bool": "B", "int16": "h", "uint16": "H", "int32": "i",
    "uint32": "I", "int64": "q", "uint64": "Q", "float32": "f",
}  # fmt: skip


def run(model, at, sizes):
    """Prints the CRC-32 of the outputs; returns where the next run's inputs lie."""
    given, crc = [], 0
    for index, size in enumerate(sizes):
        info = model.inputs[index]
        given.append(array(CODES[info.dtype], bytes(data[at : at + size])))
        at += size
    for output in model.run(*given):
        crc = binascii.crc32(output, crc)
    print(crc, end=" ")
    return at


def trial(file, size, first, sizes, runs):
    model = mote.Model(data[file : file + size], arena)
    at = first
    for _ in range(runs):
        at = run(model, at, sizes)
    model.reset()
    run(model, first, sizes)


arena = bytearray(ARENA)  # noqa: F821
data = memoryview(view("trials.bin"))  # noqa: F821
for row in TRIALS:  # noqa: F821
    gc.collect()
    trial(*row)
    print()
print("end")
