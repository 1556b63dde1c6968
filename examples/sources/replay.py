# SPDX-License-Identifier: Apache-2.0
# A recording in a file instead of a sensor. Runs on a board and on a PC alike.
import json
import sys

RECORDING = "walk_shake.wav"


def run(path, told=print, pipeline="accelerometer.pipeline.json", gaps=()):
    """Prints each decision: (end of the window in ms, label). gaps: [[instant, missing], ...] of a cut recording."""
    line = Pipeline(pipeline)
    source = Replay(path, gaps=gaps)
    source.start(line)
    more = True
    try:
        while more:
            more = source.poll()
            for decision in line.poll():
                told(decision.time_ms, decision.label)
    finally:
        source.stop()
    return line


try:
    from mote import Pipeline
    from mote.source_replay import Replay
except ImportError:  # on a PC
    from moteforge import Pipeline
    from moteforge.mote.source_replay import Replay

if __name__ == "__main__":
    if len(sys.argv) > 2:  # python3 replay.py RECORDING GAPS.json
        with open(sys.argv[2]) as file:
            run(sys.argv[1], gaps=json.load(file))
    else:
        run(sys.argv[1] if len(sys.argv) > 1 else RECORDING)
