# SPDX-License-Identifier: Apache-2.0
"""Samples in, decisions out: ring, signal chain, model and thresholds of one pipeline file."""

import time
from collections import namedtuple

from .chain import decision, load
from .decision import Decider
from .frontend import FRESH, Frontend
from .spectrogram import Spectrogram

# time_ms: end of the window in the stream; score: parts per million
Decision = namedtuple("Decision", ("time_ms", "label", "score"))

if hasattr(time, "ticks_us"):
    _now, _since = time.ticks_us, time.ticks_diff
else:

    def _now():
        return time.perf_counter_ns() // 1000

    def _since(end, start):
        return end - start


_MUCH_US = (
    1 << 29
)  # what a board holds in a small integer, which needs no memory, with a bit to spare


class Spent:
    """Microseconds of work that is done again and again: `last`, `max`, and `mean`, in which the far past fades."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.last = self.max = self._sum = self._count = 0

    def add(self, spent):
        """Counts one piece of work. At nine minutes in sum, what was before counts half from then on."""
        self.last = spent
        if spent > self.max:
            self.max = spent
        self._sum += spent
        self._count += 1
        if self._sum >= _MUCH_US:
            self._sum >>= 1
            self._count = (self._count + 1) >> 1

    def report(self):
        """{"mean", "max"}, None where nothing was done."""
        count = self._count
        if not count:
            return {"mean": None, "max": None}
        return {"mean": (self._sum + count // 2) // count, "max": self.max}


class Pipeline:
    """Pipeline(config, model=None): the path of a pipeline file, or its dict.

    scores: the model's last output; count: frames so far. What waits for a decision allocates nothing.
    """

    def __init__(self, config, model=None, native=None):
        if isinstance(config, str):
            config = load(config)
        if isinstance(model, str):
            config, model = dict(config, model=model), None
        # First what needs the largest blocks of the heap.
        self.model = self._open(config) if model is None else model
        self.frontend = Frontend(config, self.model, native)
        self.ring = self.frontend.ring
        rules = decision(config)
        self.frames, self.stride = rules[:2]
        output = self._check(config)
        self.decider = Decider(config["labels"], rules, output.scale, output.zero_point)
        self.spectrogram = Spectrogram(
            self.frames, self.frontend.values, self.model.input(), self.frontend._native
        )
        self._features, self._inference = Spent(), Spent()
        self.reset()

    def _open(self, config):
        """Opens the model that the configuration names."""
        from .model import Model

        if not isinstance(config.get("model"), str):
            raise ValueError("pipeline: model is %r, must be a path" % (config.get("model"),))
        return Model(config["model"])

    def _check(self, config):
        """Refuses a model that does not fit chain and labels; returns its output's TensorInfo."""
        given, output = self.model.inputs[0], self.model.outputs[0]
        sizes = (
            ("frames x values", self.frames * self.frontend.values, _size(given)),
            ("labels", len(config["labels"]), _size(output)),
        )
        types = given.dtype, output.dtype, self.frontend.typecode
        if types != ("int8", "int8", "b") or any(have != need for _, have, need in sizes):
            from .misfit import misfit

            raise ValueError(misfit(config, self.frontend.typecode, given, output, sizes))
        return output

    def reset(self):
        """Forgets the stream, the scores and what fired; counters and profile begin anew."""
        self.frontend.reset()
        self.model.reset()
        self.decider.reset()
        self._features.reset()
        self._inference.reset()
        self.count = 0
        self.scores = None
        self._decisions = ()
        self._together = 0  # frames without a gap between them
        self._spent = 0  # microseconds on the frame that is being made

    # ---- samples in

    def push(self, samples):
        """Feeds any number of int16 samples; returns the Decisions that they led to, a tuple."""
        self._decisions = ()
        start = 0
        while True:
            while self._take():
                pass
            fed = self.ring.feed(samples, start)
            start += fed
            if not fed:
                return self._decisions

    def poll(self):
        """Works on the samples that an interrupt has pushed into `ring`; returns Decisions."""
        return self.push(b"")

    def gap(self, missing=0):
        """The next samples do not follow the last: `missing` (0: unknown), of all channels, lie between.

        No frame and no run of the model spans a gap. May be called in an interrupt.
        """
        self.ring.gap(missing)

    # ---- frames and scores

    def _take(self):
        """One frame, if it is there. Work on samples whose window is not complete counts as its features."""
        start = _now()
        frame = self.frontend.take(self.spectrogram.circle, self.spectrogram.slot)
        self._spent += _since(_now(), start)
        if frame:
            self._features.add(self._spent)
            self._spent = 0
            self.spectrogram.keep()
            self._frame(frame == FRESH)
        return frame

    def _frame(self, fresh):
        """Runs the model where a frame makes that due; fresh: samples are missing before it."""
        if fresh:
            self._together = 0
            self.model.reset()
            self.decider.gap()
        self.count += 1
        self._together += 1
        behind = self._together - self.frames
        if behind >= 0 and behind % self.stride == 0:
            self._infer()

    def _infer(self):
        start = _now()
        self.spectrogram.unroll()
        self.scores = self.model.execute()[0]
        self._inference.add(_since(_now(), start))
        self._decide(self.scores)

    def _decide(self, scores):
        now = self.time_ms
        fired = self.decider.update(scores, now)
        if fired >= 0:
            found = Decision(now, self.decider.labels[fired], self.decider.score(fired))
            self._decisions += (found,)

    # ---- what has been

    @property
    def time_ms(self):
        """End of the last window in the stream; lost and missing samples count as time."""
        return self.frontend.time_ms

    @property
    def lost(self):
        """Samples overwritten in the ring before they were worked on."""
        return self.ring.lost

    @property
    def overruns(self):
        """Times that samples were lost."""
        return self.ring.overruns

    @property
    def missing(self):
        """Samples missing at the gaps that were passed, as far as they are known."""
        return self.ring.missing

    @property
    def latency_us(self):
        """(features of the last frame, last inference) in microseconds."""
        return self._features.last, self._inference.last

    def profile(self):
        """{"features": {"mean", "max"}, "inference": {"mean", "max"}}: microseconds a frame and a run of the model.

        None where there was none yet. Features are all of the chain's work, inference is the model's.
        """
        return {"features": self._features.report(), "inference": self._inference.report()}


def _size(info):
    size = 1
    for dim in info.shape:
        size *= dim
    return size
