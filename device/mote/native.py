# SPDX-License-Identifier: Apache-2.0
"""The native modules: in the firmware or in /lib, each loaded when something needs it, for it then takes RAM."""

# Runs models; the ring and the signal chain, which need no other.
MODEL, CHAIN = "_mote", "_mote_chain"
# By group of operators (mote_group in mote.h); the first has `_mote` itself.
GROUPS = (MODEL, "_mote_ops", "_mote_state", "_mote_signal", "_mote_int16", "_mote_float",
          "_mote_move")  # fmt: skip
# Stages of the chain for sensors.
SENSE = "_mote_sense"
MODULES = (MODEL, CHAIN, SENSE) + GROUPS[1:]

# On a PC, moteforge puts here what has the functions of MODEL and CHAIN.
on_pc = None


def functions(module=MODEL):
    """A native module; ImportError that says how to get one that is missing or of another MicroPython."""
    if on_pc:
        return on_pc
    try:
        return __import__(module)
    except (ImportError, ValueError) as error:
        raise _needed(module, error, "") from None


def _needed(module, error, options):
    return ImportError(
        "native module '%s' is needed (%s): run 'mote install%s' on the PC"
        % (module, error, options)
    )


def sense_table(native):
    """The table of the further stages of the chain, from their module; None where the build has them.

    Raises ImportError as attach() does.
    """
    abi, size, own = native.stage_table()
    return None if own else _entered([SENSE], abi, size, " --pipeline FILE")


def group_modules(file):
    """The table of further native modules that the model in `file` needs, None where it needs none.

    Raises ImportError as attach() does, ValueError for a file that is none.
    """
    missing = functions().model_groups(file)
    if not missing:
        return None
    return attach([name for group, name in enumerate(GROUPS) if missing >> group & 1])


def attach(names):
    """Imports native modules of further groups; the table of their executors for `model_open`.

    Raises ImportError that says how to get a module that is missing or of another build than `_mote`.
    """
    abi, size = functions().group_table()
    return _entered(names, abi, size, " --model FILE")


def _entered(names, abi, size, options):
    table = bytearray(size)
    for name in names:
        try:
            __import__(name).attach(table, abi)
        except (ImportError, ValueError) as error:
            raise _needed(name, error, options) from None
    return table
