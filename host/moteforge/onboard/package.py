# SPDX-License-Identifier: Apache-2.0
# What of the package and its native modules cannot be used on this board.


def mote_lacks(modules, further, stages):
    # Words, or None where all is there. further: of operators; stages: whether the chain has those of another module.
    reason = "the package mote is not there, or is of an older version"
    try:
        from mote.native import CHAIN, attach, functions, sense_table

        reason = None
        for name in modules:
            functions(name)
        if further:
            attach(further)
        if stages:
            sense_table(functions(CHAIN))
    except ImportError as error:
        reason = reason or str(error)
    except MemoryError:
        reason = "the native modules %s do not fit in RAM" % ", ".join(modules + further)
    print("#mote", repr(reason))
