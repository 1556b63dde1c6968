# SPDX-License-Identifier: Apache-2.0
# After recorder.py: replays /remote/recording.raw through a pipeline, in blocks as a sensor would.


def mote_replay(block):
    import gc
    import json
    import time

    import mote
    from mote.pipeline import Pipeline

    with open("/remote/pipeline.json") as source:
        config = json.loads(source.read())

    def tell(time_ms, scores, features_us, inference_us):
        print("#mote", ("inference", time_ms, list(scores), features_us, inference_us))

    gc.collect()
    model = mote.Model("/remote/model.tflite")
    line = mote_recorder(Pipeline, time.ticks_us, tell)(config, model).watch()  # noqa: F821
    gc.collect()
    print("#mote", ("ready", gc.mem_free()))
    buffer = bytearray(2 * block)
    view = memoryview(buffer)
    with open("/remote/recording.raw", "rb") as source:
        while True:
            count = source.readinto(buffer)
            if not count:
                break
            for decision in line.push(view[:count]):
                print("#mote", ("decision",) + tuple(decision))
    crc = (line.features_crc & 0xFFFFFFFF, line.scores_crc & 0xFFFFFFFF)
    print("#mote", ("end", line.seen, line.features_us, line.features_max, line.ring.overruns, crc))
