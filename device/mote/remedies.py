# SPDX-License-Identifier: Apache-2.0
"""Words for chains whose stages do not fit together: what chain_check found, with the key and the remedy.

Loads only when something is refused. A fault is (status, stage, code, subject, have, want); subjects are parameters in
the order of the words, or the negative ones of mote_subject in mote.h.
"""

from . import chain

_CONFIG = -13
_STAGE, _FLOW, _PLACE, _COUNT, _GROUP = -1, -2, -3, -4, -5
_KINDS = (
    "nothing", "samples", "a spectrum", "power", "channels", "features", "int8", "values",
)  # fmt: skip
_PLACES = ("the stream", "a window of one channel", "the whole frame")
# By type and key: what must be so, with %(want)s the bound in the key's unit.
_WANTS = {
    ("fft", "size"): "a power of two that is at least the windowSize behind decimation: %(want)s",
}


def refusal(config, fault):
    """The text for what chain_check gave for the words of config."""
    _, stage, _, subject, have, want = fault
    if stage < 1:
        return "pipeline: parameter %d is %d, want %d" % (subject, have, want)
    entry = config["stages"][stage - 1]
    where = chain.place(stage, entry)
    if subject == _FLOW:
        return "%s: takes %s, but the stage before gives %s" % (where, _KINDS[want], _KINDS[have])
    if subject == _PLACE:
        return "%s: works on %s, so it must stand before the stages that work on %s" % (
            where, _PLACES[have], _PLACES[want])  # fmt: skip
    if subject == _GROUP:
        return "%s: needs the native module _mote_sense: run 'mote install --all'" % where
    if subject < 0:
        return "%s: have %d, want %d" % (where, have, want)
    return _parameter(where, entry, subject, have, want)


def _parameter(where, entry, subject, have, want):
    row = chain._row(entry["type"])
    key, unit = "parameter %d" % subject, 1
    if subject < len(row[1]):
        key, _, _, _, unit = row[1][subject]
    if isinstance(unit, tuple):
        have = unit[have] if 0 <= have < len(unit) else have
    elif unit != 1:
        have, want = have / unit, want / unit
    words = _WANTS.get((entry["type"], key), "%(want)s") % {"want": want}
    return "%s: %s is %r, must be %s" % (where, key, have, words)
