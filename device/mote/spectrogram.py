# SPDX-License-Identifier: Apache-2.0
"""The last frames of a chain as a model's input."""

from .memory import allocate


class Spectrogram:
    """Spectrogram(frames, values, target, native): the last `frames` frames of `values` bytes each, oldest first.

    The frames lie in a circle: a new one is written over the oldest one, at place `slot` of `circle`, and nothing
    moves. unroll() copies the circle's two parts into `target`, the model's input of frames * values bytes. Of
    one frame the target itself is the circle.
    """

    def __init__(self, frames, values, target, native):
        self.frames = frames
        self._values = values
        self._target = target
        self._native = native
        self.circle = target if frames == 1 else allocate(frames * values, "the spectrogram")
        self.slot = 0

    def keep(self):
        """What has been written at `slot` is the newest frame now."""
        self.slot = self.slot + 1 if self.slot + 1 < self.frames else 0

    def newest(self):
        """The frame kept last. Allocates: for observers."""
        at = ((self.slot or self.frames) - 1) * self._values
        return memoryview(self.circle)[at : at + self._values]

    def unroll(self):
        """Puts the frames into the target in the order of time."""
        if self.frames > 1:
            self._native.unroll(self._target, self.circle, self.slot * self._values)
