# SPDX-License-Identifier: Apache-2.0
"""The signal chain: windows of samples in, frames of features out."""

from array import array

from .chain import buffer_size, load, typecode
from .chain import words as chain_words
from .native import CHAIN, functions
from .ring import Ring


class Frontend:
    """Frontend(config): a pipeline file's path or its dict. `values`: length of a frame."""

    def __init__(self, config, native=None):
        self._native = native or functions(CHAIN)
        if isinstance(config, str):
            config = load(config)
        words = chain_words(config)
        self.rate = config["sampleRate"]
        self.typecode = typecode(config)
        self.ring = Ring(buffer_size(config), self._native)
        self.state = bytearray(self._native.chain_measure(words))
        self.window, self.hop, count, size = self._native.chain_init(self.state, words)
        self.frame = array(self.typecode, bytes(count * size))
        self.values = len(self.frame)

    def take(self):
        """Computes the next frame into `frame`, without allocating; False: no window yet."""
        return self._native.chain_next(self.state, self.ring.buffer, self.frame) == 1

    def push(self, samples, each=None):
        """Feeds any number of int16 samples and never overruns the ring; returns the new frames.

        Where `each` is given, it is called with every frame instead, in the same array every time.
        """
        frames = []
        start = 0
        while True:
            fed = self.ring.feed(samples, start)
            start += fed
            while self.take():
                if each:
                    each(self.frame)
                else:
                    frames.append(self.frame[:])
            if not fed:
                return frames

    def reset(self):
        """Forgets the stream: noise estimates start anew, unread samples are dropped."""
        self._native.ring_init(self.ring.buffer, self.ring.size)
        self._native.chain_reset(self.state)
