# SPDX-License-Identifier: Apache-2.0
"""MoteForge on a PC: the arithmetic of the board, bit for bit, on NumPy arrays.

    from moteforge import Model
    model = Model("keyword.tflite")
    scores = model.run(frame)[0]

The classes carry the names that package `mote` has on a board, and share its code above the compiled core. They load on
first use, so that the command starts fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .model import Model
    from .signal import Frontend, Pipeline, Ring

__version__ = "0.1.0"
__all__ = ["Frontend", "Model", "Pipeline", "Ring", "__version__"]

_PARTS = {"Model": "model", "Ring": "signal", "Frontend": "signal", "Pipeline": "signal"}


def __getattr__(name: str) -> Any:
    if name not in _PARTS:
        raise AttributeError(f"module 'moteforge' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"moteforge.{_PARTS[name]}"), name)
    globals()[name] = value
    return value
