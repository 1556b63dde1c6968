# SPDX-License-Identifier: Apache-2.0
# Runs on the board, through the prompt, and on the PC: one observer, so that both can be compared.
from binascii import crc32


def mote_recorder(base, now, tell):
    # A class like `base` (a Pipeline) that tells every inference and adds up what passes.
    # tell(time_ms, scores, features_us, inference_us); features_us is of the last frame.
    class Recorder(base):
        def watch(self):
            self.features_crc = 0
            self.scores_crc = 0
            self.features_us = 0
            self.features_max = 0
            self.seen = 0
            return self

        def _frame(self, fresh):
            # Before the model runs, which uses its input's bytes again.
            self.features_crc = crc32(self.spectrogram.newest(), self.features_crc)
            self._news = False
            super()._frame(fresh)
            features_us, inference_us = self.latency_us
            self.features_us += features_us
            self.features_max = max(self.features_max, features_us)
            self.seen += 1
            if self._news:
                tell(self.time_ms, self.scores, features_us, inference_us)

        def _infer(self):
            super()._infer()
            self.scores_crc = crc32(self.scores, self.scores_crc)
            self._news = True

    return Recorder
