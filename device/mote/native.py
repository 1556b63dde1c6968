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

    Raises ImportError as attach() does, ValueError for a file that is none.
    """
    missing = native.model_groups(file)
    if not missing:
        return None
    return attach([name for group, name in enumerate(GROUPS) if missing >> group & 1])


def attach(names):
    """Imports native modules of further groups; the table of their executors for `model_open`.

    Raises ImportError that says how to get a module that is missing or of another build than `_mote`.
    """
    abi, size = native.group_table()
    table = bytearray(size)
    for name in names:
        try:
            __import__(name).attach(table, abi)
        except (ImportError, ValueError) as error:
            raise ImportError(
                "native module '%s' is needed (%s): run 'mote install --model FILE' on the PC"
                % (name, error)
            ) from None
    return table
