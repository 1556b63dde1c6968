# SPDX-License-Identifier: Apache-2.0
"""A recording in a file, instead of a sensor."""

from .source import Source


class Replay(Source):
    """Replay(path, rate=None, channels=1, gaps=()): a WAV file of 16 bits, or raw little-endian int16 with a rate.

    gaps: (instant, missing) pairs in order: before that instant of the file, so many are missing in it. Samples are
    handed over as fast as they are worked on: poll() never overwrites any, and returns False when all are in the
    ring. A file that was cut short is played as far as it goes. OSError and ValueError name the path.
    """

    BLOCK = 512  # bytes

    def __init__(self, path, rate=None, channels=1, gaps=()):
        self.path = path
        self._at, self._bytes = 0, None
        if path.lower().endswith(".wav"):
            rate, channels = self._header()
        elif rate is None:
            raise ValueError("%s: is no .wav file: say its rate" % path)
        Source.__init__(self, rate)
        self.channels = channels
        self._gaps = [(2 * channels * at, channels * missing) for at, missing in gaps]
        for (at, _), (after, _) in zip([(0, 0)] + self._gaps, self._gaps):
            if after < at:
                raise ValueError("%s: gaps are %r, must be in order" % (path, gaps))
        self._block = bytearray(self.BLOCK)
        self._view = memoryview(self._block)

    def _header(self):
        """Rate and channels of a WAV file; notes where its samples lie."""
        form = None
        with open(self.path, "rb") as file:
            head = file.read(12)
            if head[:4] != b"RIFF" or head[8:] != b"WAVE":
                raise ValueError("%s: is no WAV file" % self.path)
            while True:
                name, size = file.read(4), int.from_bytes(file.read(4), "little")
                if len(name) < 4:
                    raise ValueError("%s: has no samples" % self.path)
                if name == b"data":
                    self._at, self._bytes = file.tell(), size
                    return self._format(form)
                behind = file.tell() + size + (size & 1)
                if name == b"fmt ":
                    form = file.read(16)
                file.seek(behind)

    def _format(self, form):
        if form is None or len(form) < 16:
            raise ValueError("%s: has no format before its samples" % self.path)
        kind, channels = form[0] | form[1] << 8, form[2] | form[3] << 8
        bits = form[14] | form[15] << 8
        if kind not in (1, 0xFFFE) or bits != 16 or not 1 <= channels <= 8:
            raise ValueError(
                "%s: has format %d, %d bits, %d channels: must be PCM of 16 bits, 1 to 8 channels"
                % (self.path, kind, bits, channels)
            )
        return int.from_bytes(form[4:8], "little"), channels

    def _begin(self):
        self._file = open(self.path, "rb")
        self._file.seek(self._at)
        self._played = self._have = self._fed = 0
        self._next = 0

    def _end(self):
        self._file.close()

    def poll(self):
        """Puts as many samples into the ring as fit."""
        if self.ring is None:
            return False
        while True:
            if self._fed == self._have and not self._read():
                return False
            fed = self.ring.feed(self._view[: 2 * self._have], self._fed)
            self._fed += fed
            if self._fed < self._have:
                return True

    def _read(self):
        """The next block, up to a gap or the end; whether there is one."""
        while self._next < len(self._gaps) and self._gaps[self._next][0] == self._played:
            self.ring.gap(self._gaps[self._next][1])
            self._next += 1
        room = len(self._block)
        if self._next < len(self._gaps):
            room = min(room, self._gaps[self._next][0] - self._played)
        if self._bytes is not None:
            room = min(room, self._bytes - self._played)
        count = (self._file.readinto(self._view[:room]) or 0) & ~1
        self._played += count
        self._have, self._fed = count // 2, 0
        return count > 0
