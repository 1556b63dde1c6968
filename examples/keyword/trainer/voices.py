# SPDX-License-Identifier: Apache-2.0
"""Who says it: eSpeak NG's voice variants, divided so that no test voice is ever trained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# Dialects whose voices take variants ("en-gb" silently ignores them).
ACCENTS = (
    "en",
    "en-us",
    "en-us",
    "en-029",
    "en-gb-scotland",
    "en-gb-x-rp",
    "en-gb-x-gbclan",
    "en-gb-x-gbcwmd",
)
TEST = _names("""
Annie Hugo Lee Mario belinda f4 klatt5 linda m5 paul sandro steph steph2 steph3 travis
""")
VALIDATION = _names("Alicia Diogo Gene Gene2 edward edward2 f2 m2 pablo victor")
TRAIN = _names("""
Alex Andrea Andy AnxiousAndy Denis Henrique Jacky Marco Michael Mike Nguyen RicishayMax
RicishayMax2 RicishayMax3 Tweaky adam anika antonio aunty benjamin boris caleb croak david ed f1
f3 f5 fast grandma grandpa gustave iven iven2 iven3 iven4 john kaukovalta klatt2 klatt3 klatt4
m1 m3 m4 m6 m7 m8 marcelo max michel miguel norbert pedro quincy rob robert shelby whisper zac
""")
SPLITS = {"train": TRAIN, "validation": VALIDATION, "test": TEST}


@dataclass(frozen=True)
class Voice:
    """A speaker's manner: eSpeak NG's -v, -s (words a minute), -p, -a, and a resampling factor.

    A `warp` above 1 lowers pitch and formants and lengthens the word: a larger vocal tract.
    """

    name: str
    speed: int
    pitch: int
    amplitude: int
    warp: float


def pick(rng: np.random.Generator, split: str, fast: bool = False) -> Voice:
    """A random voice of `split`; `fast` speaks at the pace of running text."""
    accent, variant = rng.choice(ACCENTS), rng.choice(SPLITS[split])
    slowest, quickest = (140, 260) if fast else (90, 230)
    return Voice(
        name=f"{accent}+{variant}",
        speed=int(rng.integers(slowest, quickest)),
        pitch=int(rng.integers(15, 90)),
        amplitude=int(rng.integers(60, 180)),
        warp=round(float(np.exp(rng.uniform(-0.16, 0.16))), 3),
    )
