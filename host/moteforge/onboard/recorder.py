# SPDX-License-Identifier: Apache-2.0
# Runs on the board, through the prompt, and on the PC: one observer, so that both can be compared.
from binascii import crc32


def mote_recorder(base, now, tell):
    # A class like `base` (a Pipeline) that tells every inference and adds up what passes.
    # tell(time_ms, scores, features_us, inference_us); features_us is of the frames since the last.
    class Recorder(base):
        def watch(self):
            self.features_crc = 0
            self.scores_crc = 0
            self.features_us = 0
            self.features_max = 0
            self.seen = 0
            return self

        def _frame(self, frame):
            self._news = None
            super()._frame(frame)
            self.features_us += self._features_us
            self.features_max = max(self.features_max, self._features_us)
            self.features_crc = crc32(frame, self.features_crc)
            self.seen += 1
            if self._news:
                tell(self.time_ms, self.scores, *self._news)
            self._start = now()

        def _infer(self):
            super()._infer()
            self.scores_crc = crc32(self.scores, self.scores_crc)
            self._news = self.latency_us

    return Recorder
