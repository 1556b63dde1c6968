# SPDX-License-Identifier: Apache-2.0
"""The native functions: module `_mote`, in the firmware or in /lib. On a PC, moteforge puts its own in place."""

try:
    import _mote as native
except ImportError:
    native = None


# Native modules by group of operators (mote_group in mote.h); the first is `_mote` itself.
GROUPS = ("_mote", "_mote_ops", "_mote_state", "_mote_signal", "_mote_int16", "_mote_float")


def functions():
    """The native module, or ImportError that says how to get it."""
    if native is None:
        raise ImportError("no module '_mote' on this board: run 'mote install' on the PC")
    return native


def group_modules(file):
    """The table of further native modules that the model in `file` needs, None where it needs none.

    Raises ImportError that says how to get a module that is missing or of another version.
    """
    missing = native.model_groups(file)
    if not missing:
        return None
    abi, size = native.group_table()
    table = bytearray(size)
    for group, name in enumerate(GROUPS):
        if missing >> group & 1:
            try:
                __import__(name).attach(table, abi)
            except ImportError:
                raise ImportError(
                    "this model needs module '%s': run 'mote install --model FILE' on the PC" % name
                ) from None
    return table
