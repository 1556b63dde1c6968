# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: E402
import gc

gc.collect()
mote_heap = gc.mem_free()
import os
import sys


def mote_importable(name, path):
    # Whether name can be imported with sys.path cut down to path.
    saved = sys.path[:]
    sys.path[:] = path
    try:
        __import__(name)
        return True
    except Exception:
        return False
    finally:
        sys.path[:] = saved
        sys.modules.pop(name, None)


def mote_facts():
    about = sys.implementation
    try:
        stat = os.statvfs("/")
        block, free = stat[0], stat[3]
    except Exception:
        block, free = 0, 0
    builtin = mote_importable("_mote", [])
    return {
        "implementation": about[0],
        "version": ".".join(str(part) for part in about[1][:3]),
        "machine": getattr(about, "_machine", sys.platform),
        "platform": sys.platform,
        "mpy": getattr(about, "_mpy", 0),
        "builtin": builtin,
        "frozen": builtin and mote_importable("mote", [".frozen"]),
        "heap_free": mote_heap,
        "block": block,
        "blocks_free": free,
    }


print("#mote", mote_facts())
