# SPDX-License-Identifier: Apache-2.0
# Runs /remote/model.tflite on the inputs in /remote/inputs.raw, one after the other, for a comparison.


def mote_trace(model, lines, tell):
    # Runs a loaded model operator by operator. lines: (operator, 0 before it or 1 after it, offset, bytes, crc32). The
    # bytes whose CRC-32 is another are told, and end it; with a negative crc they are told in any case.
    from binascii import crc32

    arena, done = memoryview(model._arena), 0
    for number, line in enumerate(lines):
        operator, after, offset, size, crc = line
        while done < operator + after:
            model._native.model_run_op(model._state, model._arena, done)
            done += 1
        view = arena[offset : offset + size]
        if crc < 0 or crc32(view) & 0xFFFFFFFF != crc:
            tell(number, view)
            if crc >= 0:
                return


def mote_print(kind, number, view):
    from binascii import b2a_base64

    for at in range(0, len(view), 384):
        print("#mote", (kind, number, b2a_base64(view[at : at + 384])))


def mote_samples(sizes, count):
    # The inputs of one run after the other, in buffers that the next ones overwrite.
    buffers = [bytearray(size) for size in sizes]
    with open("/remote/inputs.raw", "rb") as source:
        for _ in range(count):
            for buffer in buffers:
                at, view = 0, memoryview(buffer)
                while at < len(buffer):
                    got = source.readinto(view[at:])
                    if not got:
                        raise OSError("the inputs end too early")
                    at += got
            yield buffers


def mote_check(sizes, count):
    import gc
    import time

    import mote

    gc.collect()
    model, spent = mote.Model("/remote/model.tflite"), 0
    for buffers in mote_samples(sizes, count):
        start = time.ticks_us()
        outputs = model.run(*buffers)
        spent += time.ticks_diff(time.ticks_us(), start)
        for number, output in enumerate(outputs):
            mote_print("output", number, bytes(output))
        print("#mote", ("sample",))
    print("#mote", ("end", spent))


def mote_check_operators(sizes, count):
    # The last of `count` inputs runs operator by operator.
    import gc

    import mote

    def lines():
        with open("/remote/trace.txt") as source:
            for line in source:
                yield [int(word) for word in line.split()]

    gc.collect()
    model = mote.Model("/remote/model.tflite")
    for number, buffers in enumerate(mote_samples(sizes, count)):
        if number < count - 1:
            model.run(*buffers)
        else:
            model.load(*buffers)
            mote_trace(model, lines(), lambda line, view: mote_print("tensor", line, view))
    print("#mote", ("end", 0))
