# SPDX-License-Identifier: Apache-2.0
"""MoteForge on a MicroPython board: exact int8 inference, features, pipelines.

    import mote
    model = mote.Model("keyword.tflite")
    scores = model.run(frame)[0]

The parts load when they are first used: a board that only runs a model does not pay for the
signal chain.
"""

__version__ = "0.1.0"

_PARTS = {"Model": "model", "Ring": "ring", "Frontend": "frontend", "Pipeline": "pipeline"}


def __getattr__(name):
    if name not in _PARTS:
        raise AttributeError("module 'mote' has no attribute '%s'" % name)
    part = __import__("%s.%s" % (__name__, _PARTS[name]), None, None, (name,))
    value = getattr(part, name)
    globals()[name] = value
    return value
