# SPDX-License-Identifier: Apache-2.0
"""The native functions: module `_mote`, in the firmware or in /lib. On a PC, moteforge puts its own in place."""

try:
    import _mote as native
except ImportError:
    native = None


def functions():
    """The native module, or ImportError that says how to get it."""
    if native is None:
        raise ImportError("no module '_mote' on this board: run 'mote install' on the PC")
    return native
