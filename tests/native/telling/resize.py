# SPDX-License-Identifier: Apache-2.0
"""RESIZE_NEAREST_NEIGHBOR: no scales, but a quotient of sizes and its products with places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from single_op import INT8, INT32, Spec

from telling.base import BOTH, Rng, Rounds, Telling, pack


@dataclass
class Sizes(Telling):
    """Packed anew for each trial."""

    align: bool = False

    def trial(self, packed: bytes, rng: Rng) -> tuple[bytes, Rounds]:
        source, target = (int(n) for n in rng.integers(2, 200, 2))
        sizes = Spec((2,), INT32, data=np.array([1, target]))
        image = np.arange(source).astype(np.int8).reshape(1, 1, source, 1)
        specs = [Spec(image.shape, INT8, 1.0), sizes]
        output = Spec((1, 1, target, 1), INT8, 1.0)
        options = {"alignCorners": self.align, "halfPixelCenters": not self.align}
        return pack("RESIZE_NEAREST_NEIGHBOR", specs, output, 3, **options), [[image]]


OPERATORS = {
    f"RESIZE_NEAREST_NEIGHBOR int8, {words}": Sizes(
        bytes, lambda rng: ([], []), BOTH, double=False, align=align
    )
    for words, align in (("half pixels", False), ("corners", True))
}
