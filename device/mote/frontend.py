# SPDX-License-Identifier: Apache-2.0
"""The signal chain: windows of samples in, frames of features out."""

from array import array

from .chain import SENSE, buffer_size, has_stage, load, words
from .memory import allocate
from .native import CHAIN, functions, sense_table
from .ring import Ring

# By kind of the frame (mote_flow_kind); a spectrum is pairs of int16, real and imaginary.
_TYPECODES = "?hhIIhbih"
# take(): none yet, one, one whose window does not follow the window before it.
NONE, FRAME, FRESH = 0, 1, 2


class Frontend:
    """Frontend(config): a pipeline file's path or its dict. `values`: length of a frame.

    model: of which the stage toModel takes scale and zero point. Raises ValueError for a configuration that is
    refused, naming stage, key, value and remedy; MemoryError where the board has too little RAM.
    """

    def __init__(self, config, model=None, native=None):
        self._native = native or functions(CHAIN)
        if isinstance(config, str):
            config = load(config)
        stages = words(config, model and input_scale(model))
        self._table = sense_table(self._native) if has_stage(config, SENSE) else None
        fault = self._native.chain_check(stages, self._table)
        if fault:
            from .remedies import refusal

            raise ValueError(refusal(config, fault))
        self._allocate(config, stages)

    def _allocate(self, config, stages):
        self.rate = config["sampleRate"]
        self.channels = config.get("channels", 1)
        self.ring = Ring(buffer_size(config), self.channels, self._native)
        needed = self._native.chain_measure(stages, self._table)
        remedy = "choose a smaller windowSize or fft, fewer channels or stages"
        self.state = allocate(needed, "the signal chain", remedy)
        sizes = self._native.chain_init(self.state, stages, self._table)
        self.window, self.hop, count, size, self.kind, self.unit = sizes
        self.typecode = _TYPECODES[self.kind]
        self.frame = array(self.typecode, bytes(count * size))
        self.values = len(self.frame)
        self._second = self.rate * self.channels
        self._seconds = self._rest = 0

    def take(self, frames=None, index=0):
        """Computes the next frame into place `index` of `frames` (else self.frame), without allocating.

        0: no window yet; 1; 2: samples are missing between this window and the one before it.
        """
        return self._native.chain_next(
            self.state, self.ring.buffer, self.frame if frames is None else frames, index
        )

    def push(self, samples, each=None):
        """Feeds any number of int16 samples and never overruns the ring; returns the new frames.

        Where `each` is given, it is called with every frame instead, in the same array every time.
        """
        frames = []
        start = 0
        while True:
            while self.take():
                if each:
                    each(self.frame)
                else:
                    frames.append(self.frame[:])
            # The ring has less than a window left: room for samples, if there are any.
            fed = self.ring.feed(samples, start)
            start += fed
            if not fed:
                return frames

    def _advance(self):
        """Adds up what has passed: whole seconds, and the samples beyond them. No number gets large."""
        self._rest += self._native.chain_passed(self.state)
        self._seconds += self._rest // self._second
        self._rest %= self._second

    @property
    def end(self):
        """Samples of a channel from the start of the stream to the end of the last window, missing ones included.

        To be read, or time_ms, once within 2^32 samples at least.
        """
        self._advance()
        return (self._seconds * self._second + self._rest) // self.channels

    @property
    def time_ms(self):
        """The end of the last window in the stream, missing samples included; allocates nothing for 12 days."""
        self._advance()
        return self._seconds * 1000 + self._rest * 1000 // self._second

    def reset(self):
        """Forgets the stream: noise estimates start anew, unread samples are dropped."""
        self.ring.reset()
        self._native.chain_reset(self.state)
        self._seconds = self._rest = 0


def input_scale(model):
    """(mantissa, exponent, zero point) of a model's first input, scale = mantissa * 2**exponent."""
    from .decision import exact

    if not hasattr(model, "inputs"):
        raise ValueError("the model is %r, must be a Model" % (model,))
    info = model.inputs[0]
    return exact(info.scale, "input") + (info.zero_point,)
