# SPDX-License-Identifier: Apache-2.0
"""Words for chains whose stages do not fit together: what chain_check found, with the key and the remedy.

Loads only when something is refused. A fault is (status, stage, code, subject, have, want); subjects are parameters in
the order of the words, or the negative ones of mote_subject in mote.h.
"""

from .chain import INPUT_KEYS, place, row

_FLOW, _PLACE, _COUNT, _GROUP, _VALUES = -2, -3, -4, -5, -6
# By mote_flow_kind and mote_place_kind.
_KINDS = (
    "nothing", "samples", "a spectrum", "power", "channels", "features", "int8", "values", "scaled samples",
)  # fmt: skip
_PLACES = ("the stream", "windows", "whole frames")
# What makes each kind.
_MAKERS = {
    1: "it must come before the fft", 2: "put an fft before it", 3: "put an energy before it",
    4: "put a filterbank or a magnitude before it",
    5: "put a log behind bands, or statistics, before it",
}  # fmt: skip

# By type and key: why the bound is there, and what else would help. Key "": the stage as a whole; "*": the number of
# values that flow in.
_WHY = {
    ("fft", "size"): "no less than the windowSize behind decimation",
    ("filterbank", "lowHz"): "below half the sampleRate behind decimation",
    ("filterbank", "highHz"): (
        "above lowHz, with one bin of the fft between them, and below half the sampleRate behind "
        "decimation"
    ),
    ("filterbank", "weightBits"): "an even number, whose half the square root leaves",
    ("noiseReduction", ""): "a chain has one noiseReduction at most",
    ("noiseReduction", "smoothingBits"): "so that the estimate fits in 32 bits",
    ("pcan", ""): "put a noiseReduction with enough smoothingBits before it",
    ("dct", "coefficients"): "at most as many as there are features",
    ("biquad", "sections"): (
        "a section is stable where |a2| < 1 and |a1| < 1 + a2, 1.0 being 268435456; |b0| + |b1| + "
        "|b2| is at most 4.5; 'mote pipeline design FILE' makes such ones on the PC"
    ),
    ("calibration", "*"): "one offset and gain for all channels, or one for each",
    ("vectorMagnitude", "*"): "it takes 2 or 3 channels",
    ("tiltFree", "*"): "it takes the 3 axes of an accelerometer",
    ("normalize", "*"): "one mean and std for all values of the frame, or one for each",
    ("deltas", "*"): "a smaller frame, or order 1",
    ("spectralStatistics", ""): "ask for bands, centroid, rolloff, flatness or dominant",
    ("spectralStatistics", "bands"): (
        "a band is no narrower than a bin: fewer bands, a wider range or a larger fft"
    ),
    ("spectralStatistics", "lowHz"): "below highHz",
    ("spectralStatistics", "highHz"): "half the sampleRate behind decimation",
    ("pcan", "gainBits"): "so that gains have 12 fraction bits, and signal times gain fits in 32",
}

# What a stage counts where it refuses a number of values.
_COUNTED = {
    "calibration": "offsets and gains", "vectorMagnitude": "channels",
    "tiltFree": "channels", "normalize": "means and deviations", "deltas": "values with slopes",
}  # fmt: skip
# Faults whose have and want are other things than the parameter and its bound.
_OTHERWISE = {
    ("decimate", "factor"): (
        "windowSize, hopLength and sampleRate must be divisible by it, behind earlier stages; "
        "%d / %d leaves a rest"
    ),
}


def refusal(config, fault):
    """The text for what chain_check gave for the words of config."""
    _, stage, _, subject, have, want = fault
    if stage < 1:
        return "pipeline: %s is %d, must be %s" % (_input_key(subject), have, _bound(have, want))
    entry = config["stages"][stage - 1]
    where = place(stage, entry)
    if subject >= 0:
        return _parameter(where, entry, subject, have, want)
    if subject == _FLOW:
        return "%s: takes %s, but the stage before gives %s: %s" % (
            where, _name(_KINDS, want), _name(_KINDS, have), _MAKERS.get(want, "change their order"),
        )  # fmt: skip
    if subject == _PLACE:
        return "%s: works on %s, so it must stand before all stages that work on %s" % (
            where, _name(_PLACES, have), _name(_PLACES, want))  # fmt: skip
    if subject == _GROUP:
        return (
            "%s: needs the native module _mote_sense: run 'mote install --pipeline FILE' on the PC"
            % where
        )
    if entry["type"] == "calibration":  # whose words are pairs
        have, want = have // 2, want // 2
    counted = "number of " + _COUNTED.get(entry["type"], "values")
    key = {_COUNT: "number of parameters", _VALUES: counted}.get(subject)
    why = _WHY.get((entry["type"], "*" if subject == _VALUES else ""))
    if subject == _VALUES and not why:
        why = "the frame would have them all: a smaller windowSize, fewer channels"
    text = "%s: %s is %d, must be %s" % (where, key, have, _bound(have, want)) if key else where
    return text + ": " + (why or "have %d, want %d" % (have, want)) if why or not key else text


def _name(names, index):
    return names[index] if 0 <= index < len(names) else "something else"


def _input_key(subject):
    keys = INPUT_KEYS
    return keys[subject] if 0 <= subject < len(keys) else "parameter %d" % subject


def _bound(have, want):
    return "at %s %s" % ("least" if have < want else "most", want)


def _parameter(where, entry, subject, have, want):
    kind, key, unit = entry["type"], "parameter %d" % subject, 1
    rules = row(kind)[1]
    if subject < len(rules):
        key, _, _, _, unit = rules[subject]
    else:
        key = _list_key(kind, entry, subject) or key
    if (kind, key) in _OTHERWISE:
        return "%s: %s is %r: " % (where, key, entry.get(key)) + _OTHERWISE[kind, key] % (
            have,
            want,
        )
    if (kind, key) == ("fft", "size") and have & (have - 1):
        return "%s: size is %d, must be a power of two (%s)" % (where, have, _WHY[kind, key])
    if isinstance(unit, tuple):
        have, want = _name(unit, have), _name(unit, want)
    elif unit != 1:
        have, want = have / unit, want / unit
    why = _WHY.get((kind, key.split("[")[0]))
    return "%s: %s is %s, must be %s%s" % (
        where, key, have, want if isinstance(unit, tuple) else _bound(have, want),
        " (%s)" % why if why else "",
    )  # fmt: skip


def _list_key(kind, entry, subject):
    """The key of a word of a stage whose parameters are lists."""
    if kind == "biquad":
        return "sections[%d][%d]" % (subject // 5, subject % 5)
    if kind == "statistics":
        return "values[%d]" % subject
    if kind == "calibration":
        return "%s[%d]" % (("offset", "gain")[subject % 2], subject // 2)
    if kind == "normalize":
        if subject == 0:
            return "outputScale"
        return "%s[%d]" % (("std", "mean")[subject % 2], (subject - 1) // 2)
    if kind == "toModel":
        return "the model's input " + ("scale", "scale", "zero point")[subject % 3]
    return None
