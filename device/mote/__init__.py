# SPDX-License-Identifier: Apache-2.0
"""MoteForge on a MicroPython board: exact int8 inference, features, pipelines.

    import mote
    model = mote.Model("keyword.tflite")
    scores = model.run(frame)[0]

The parts load when they are first used, the native module of each before anything else while the heap has large
blocks: a board that only runs a model does not pay for the signal chain, nor the other way round.
"""

__version__ = "0.1.0"

_PARTS = {"Model": "model", "Ring": "ring", "Frontend": "frontend", "Pipeline": "pipeline"}


def refuse(*fault):
    """For the native modules: raises what they refuse, in words, which load only now."""
    from .faults import refuse

    refuse(*fault)


def __getattr__(name):
    if name not in _PARTS:
        raise AttributeError("module 'mote' has no attribute '%s'" % name)
    from .native import CHAIN, MODEL, functions

    functions(MODEL if name == "Model" else CHAIN)
    part = __import__("%s.%s" % (__name__, _PARTS[name]), None, None, (name,))
    value = getattr(part, name)
    globals()[name] = value
    return value
