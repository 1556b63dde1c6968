# SPDX-License-Identifier: Apache-2.0
# Runs /remote/model.tflite once on /remote/input0.raw, ... and prints the outputs.


def mote_run(inputs):
    import gc
    import time
    from binascii import b2a_base64

    import mote

    gc.collect()
    model = mote.Model("/remote/model.tflite")
    data = []
    for index in range(inputs):
        with open("/remote/input%d.raw" % index, "rb") as source:
            data.append(source.read())
    gc.collect()
    free = gc.mem_free()
    start = time.ticks_us()
    outputs = model.run(*data)
    spent = time.ticks_diff(time.ticks_us(), start)
    for output in outputs:
        view = bytes(output)
        for at in range(0, len(view), 768):
            print("#mote", ("output", b2a_base64(view[at : at + 768])))
        print("#mote", ("next",))
    print("#mote", ("end", spent, free, model.arena_bytes))
