# SPDX-License-Identifier: Apache-2.0
"""Memory that is taken once, and what is said where there is too little."""

import gc


def allocate(count, what, remedy=""):
    """A bytearray of count bytes; MemoryError that says what for, the bytes needed and there, and the remedy."""
    try:
        return bytearray(count)
    except MemoryError:
        raise too_little(count, what, remedy) from None


def too_little(count, what, remedy=""):
    """The MemoryError for that."""
    gc.collect()
    free = gc.mem_free() if hasattr(gc, "mem_free") else -1
    text = "%s needs %d bytes of RAM, %d are free" % (what, count, free)
    return MemoryError(text + (": " + remedy if remedy else ""))
