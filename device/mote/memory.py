# SPDX-License-Identifier: Apache-2.0
"""Memory that is taken once, and what is said where there is too little."""

import gc


def allocate(count, what):
    """A bytearray of count bytes; MemoryError that says what for, the bytes needed and there."""
    try:
        return bytearray(count)
    except MemoryError:
        raise too_little(count, what) from None


def too_little(count, what):
    """The MemoryError for that."""
    gc.collect()
    free = gc.mem_free() if hasattr(gc, "mem_free") else -1
    return MemoryError("%s needs %d bytes of RAM, %d are free" % (what, count, free))
