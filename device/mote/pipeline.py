# SPDX-License-Identifier: Apache-2.0
"""Samples in, decisions out: ring, signal chain, model and thresholds of one pipeline file."""

import time
from array import array
from collections import namedtuple

from .chain import decision, load
from .decision import Decider
from .frontend import Frontend

# time_ms: end of the window in the stream; score: parts per million
Decision = namedtuple("Decision", ("time_ms", "label", "score"))

if hasattr(time, "ticks_us"):
    _now, _since = time.ticks_us, time.ticks_diff
else:

    def _now():
        return time.perf_counter_ns() // 1000

    def _since(end, start):
        return end - start


class Pipeline:
    """Pipeline(config, model=None): the path of a pipeline file, or its dict."""

    def __init__(self, config, model=None, native=None):
        if isinstance(config, str):
            config = load(config)
        # First what needs the largest blocks of the heap.
        self.model = self._open(config) if model is None else model
        self.frontend = Frontend(config, self.model, native)
        self.ring = self.frontend.ring
        rules = decision(config)
        self.frames, self.stride = rules[:2]
        output = self._check(config["labels"])
        self.decider = Decider(config["labels"], rules, output.scale, output.zero_point)
        self.history = array("b", bytes(self.frames * self.frontend.values))
        self._decisions = []
        self.reset()

    def _open(self, config):
        """Opens the model that the configuration names."""
        from .model import Model

        if not isinstance(config.get("model"), str):
            raise ValueError("pipeline: model is %r, must be a path" % (config.get("model"),))
        return Model(config["model"])

    def _check(self, labels):
        """Refuses a model that does not fit chain and labels; returns its output's TensorInfo."""
        given, output = self.model.inputs[0], self.model.outputs[0]
        want = self.frames * self.frontend.values
        if self.frontend.typecode != "b" or given.dtype != "int8" or output.dtype != "int8":
            raise ValueError(
                "pipeline: all must be int8 (the last stage is then 'quantize'): the chain gives "
                "array type %r, the model takes %s and gives %s"
                % (self.frontend.typecode, given.dtype, output.dtype)
            )
        for key, have, need in (
            ("frames x values", want, _size(given)),
            ("labels", len(labels), _size(output)),
        ):
            if have != need:
                raise ValueError("pipeline: %s is %d, but the model has %d" % (key, have, need))
        return output

    def reset(self):
        """Forgets the stream, the scores and what fired."""
        self.frontend.reset()
        self.decider.reset()
        for i in range(len(self.history)):
            self.history[i] = 0
        self.count = 0
        self.scores = None
        self.latency_us = (0, 0)
        self._features_us = 0

    def push(self, samples):
        """Feeds any number of int16 samples; returns the Decisions that they led to.

        latency_us: (features of the last frame, last inference); scores: the last output.
        """
        self._decisions = []
        self._start = _now()
        self.frontend.push(samples, self._frame)
        return self._decisions

    def poll(self):
        """Works on the samples that an interrupt has pushed into `ring`; returns Decisions."""
        return self.push(b"")

    def _frame(self, frame):
        """One frame of features: keeps it, runs the model when it is due, decides."""
        self._features_us = _since(_now(), self._start)
        self.frontend._native.shift_in(self.history, frame)
        self.count += 1
        if self.count >= self.frames and (self.count - self.frames) % self.stride == 0:
            self._infer()
        self._start = _now()

    def _infer(self):
        start = _now()
        self.scores = self.model.run(self.history)[0]
        self.latency_us = (self._features_us, _since(_now(), start))
        flat = getattr(self.scores, "ravel", None)  # of NumPy
        fired = self.decider.update(flat() if flat else self.scores, self.time_ms)
        if fired >= 0:
            decision = Decision(self.time_ms, self.decider.labels[fired], self.decider.score(fired))
            self._decisions.append(decision)

    @property
    def time_ms(self):
        """End of the last window in the stream; lost samples count as time."""
        return self.frontend.end * 1000 // self.frontend.rate


def _size(info):
    size = 1
    for dim in info.shape:
        size *= dim
    return size
