# SPDX-License-Identifier: Apache-2.0
"""Pipeline configurations: keys and ranges, and translation into the words that the native chain reads.

Plain Python for the board and the PC. A configuration is the dict of a *.pipeline.json file
(docs/CHAIN.md). Fractions become integers (parts per million, mHz) before any arithmetic, so both
compute with the same numbers. What does not fit together the core refuses, in the words of
remedies.py.
"""

import json
from array import array

# Parameters of a stage, in the order of its words: key, default (None: required), lowest, highest,
# unit. Unit: 1 integer, else the factor that makes a fraction an integer; a tuple lists choices,
# and the word is the index in it.
_PPM = 1000000
_FLAG = (False, True)
_HZ = 384000

# type: (code, parameters, further keys that are for the PC alone, function that makes the words)
STAGES = {
    "window": (
        2,
        (
            ("shape", "hann", 0, 0, ("hann", "hamming", "rectangular")),
            ("weightBits", 12, 8, 14, 1),
            ("scaling", "none", 0, 0, ("none", "block")),
        ),
    ),
    "fft": (
        3,
        (("size", None, 32, 2048, 1), ("scaling", "window", 0, 0, ("none", "window", "block"))),
    ),
    "energy": (4, ()),
    "filterbank": (
        5,
        (
            ("scale", "mel", 0, 0, ("linear", "mel")),
            ("channels", None, 1, 128, 1),
            ("lowHz", None, 0, _HZ, 1000),
            ("highHz", None, 0, _HZ, 1000),
            ("weightBits", 12, 8, 12, 1),
            ("fractionBits", 0, 0, 8, 1),
        ),
    ),
    "noiseReduction": (
        6,
        (
            ("evenSmoothing", 0.025, 0.000001, 1, _PPM),
            ("oddSmoothing", 0.06, 0, 1, _PPM),
            ("minSignalRemaining", 0.05, 0, 1, _PPM),
            ("smoothingBits", 10, 0, 16, 1),
            ("clamping", False, 0, 1, _FLAG),
        ),
    ),
    "pcan": (
        7,
        (
            ("strength", 0.95, 0, 2, _PPM),
            ("offset", 80, 0.000001, 2000, _PPM),
            ("gainBits", 21, 13, 30, 1),
        ),
    ),
    "log": (8, (("outputScale", 64, 1, 2048, 1),)),
    "quantize": (
        9,
        (
            ("multiplier", 256, 1, 32767, 1),
            ("divisor", 666, 1, 32767, 1),
            ("zeroPoint", -128, -128, 127, 1),
        ),
    ),
    "toModel": (10, ()),
}
# The types of sense.py, known here so that it loads only for chains that have one.
SENSE = (
    "biquad", "calibration", "dcRemoval", "dct", "decimate", "deltas", "magnitude", "normalize",
    "spectralStatistics", "statistics", "tiltFree", "vectorMagnitude",
)  # fmt: skip

_FORMAT = ("format", None, 1, 1, 1)
_INPUT = (
    ("sampleRate", None, 1, 768000, 1),
    ("channels", 1, 1, 8, 1),
    ("windowSize", None, 1, 16384, 1),
    ("hopLength", None, 1, 16384, 1),
    ("fixedPointScale", 32768, 32768, 32768, 1),
)
INPUT_KEYS = tuple(rule[0] for rule in _INPUT)
_BUFFER = ("bufferSize", None, 2, 1 << 20, 1)
_DECISION = (
    ("frames", None, 1, 4096, 1),
    ("stride", 1, 1, 4096, 1),
    ("smoothing", 1, 1, 64, 1),
    ("threshold", 0.5, 0, 1, _PPM),
    ("hysteresis", 0, 0, 1, _PPM),
    ("debounceMs", 0, 0, 3600000, 1),
)
_OTHER = ("format", "name", "stages", "model", "labels", "decision")


def refuse(where, key, value, want):
    """ValueError: what it is, and what it must be."""
    raise ValueError("%s: %s is %r, must be %s" % (where, key, value, want))


def number(where, key, value, low, high, unit):
    """value * unit as an integer; fractions have at most six significant digits."""
    want = "a number" if unit != 1 else "an integer"
    want = "%s from %s to %s" % (want, low, high) if low != high else "%s" % low
    if isinstance(value, bool) or not isinstance(value, int if unit == 1 else (int, float)):
        refuse(where, key, value, want)
    if not low <= value <= high:
        refuse(where, key, value, want)
    if isinstance(value, int):
        return value * unit
    scaled, step = abs(round(value * unit)), 1
    while scaled // step >= 1000000:
        step *= 10
    digits = (scaled + step // 2) // step * step
    if abs(abs(value * unit) - digits) > 0.01 + digits * 3e-7:
        refuse(where, key, value, want + " with at most six digits")
    return -digits if value < 0 else digits


def _word(where, config, rule):
    key, default, low, high, unit = rule
    if key not in config and default is None:
        raise ValueError("%s: %s is missing" % (where, key))
    value = config.get(key, default)
    if not isinstance(unit, tuple):
        return number(where, key, value, low, high, unit)
    for index, choice in enumerate(unit):
        if choice is not None and value == choice and isinstance(value, type(choice)):
            return index
    return refuse(where, key, value, "one of " + ", ".join(repr(c) for c in unit if c is not None))


def _known(where, config, keys):
    if not isinstance(config, dict):
        raise ValueError("%s: must be an object, is %r" % (where, config))
    for key in config:
        if key not in keys:
            raise ValueError("%s: unknown key %r, known are %s" % (where, key, ", ".join(keys)))


def row(name):
    """(code, parameters, ...) of a type of stage, None for one that there is not."""
    if name in SENSE:
        from .sense import STAGES as further

        return further[name]
    return STAGES.get(name)


def place(index, config):
    """How messages call a stage, counted from 1."""
    return "stage %d (%s)" % (index, config["type"])


def _stage(index, config, model):
    """(code, words) of one entry of `stages`, counted from 1."""
    name = config.get("type") if isinstance(config, dict) else None
    found = row(name) if isinstance(name, str) else None
    if found is None:
        refuse(
            "stage %d" % index, "type", name, "one of " + ", ".join(sorted(tuple(STAGES) + SENSE))
        )
    where = place(index, config)
    code, rules = found[:2]
    further = found[2] if len(found) > 2 else ()
    _known(where, config, ("type",) + tuple(rule[0] for rule in rules) + further)
    if name == "toModel":
        return code, _model_words(where, model)
    if len(found) > 3:
        return code, found[3](where, config)
    return code, [_word(where, config, rule) for rule in rules]


def _model_words(where, model):
    if model is None:
        raise ValueError("%s: needs a model: pass one, or name it as 'model'" % where)
    return list(model)


def words(config, model=None):
    """The chain of a configuration as array('i'); ValueError names stage, key, value and range.

    model: (mantissa, exponent, zero point) of the input that toModel writes; scale is mantissa *
    2**exponent. That the stages fit together only the core's chain_check can say.
    """
    _known("pipeline", config, INPUT_KEYS + (_BUFFER[0],) + _OTHER)
    _word("pipeline", config, _FORMAT)
    for key in ("name", "model"):
        if not isinstance(config.get(key, ""), str):
            refuse("pipeline", key, config[key], "text")
    if "labels" in config:
        _labels(config)
    head = [_word("pipeline", config, rule) for rule in _INPUT]
    if head[3] > head[2]:
        refuse("pipeline", "hopLength", head[3], "at most the windowSize, %d" % head[2])
    buffer_size(config)
    stages = config.get("stages")
    if not isinstance(stages, list) or len(stages) > 32:
        refuse("pipeline", "stages", stages, "a list of at most 32 stages")
    out = array("i", [1, len(head)] + head)
    for index, stage in enumerate(stages, 1):
        code, params = _stage(index, stage, model)
        out.extend(array("i", [code, len(params)] + params))
    return out


def has_stage(config, names):
    """Whether a configuration, of which words() were made, has one of these types of stages."""
    for stage in config["stages"]:
        if stage["type"] in names:
            return True
    return False


def buffer_size(config):
    """Capacity of the ring, in samples of all channels: a power of two that holds a window."""
    size, least = (
        _word("pipeline", config, _BUFFER),
        config["windowSize"] * config.get("channels", 1),
    )
    if size & (size - 1) or size < least:
        refuse(
            "pipeline",
            "bufferSize",
            size,
            "a power of two, at least windowSize x channels, %s" % least,
        )
    return size


def _labels(config):
    labels = config.get("labels")
    if (
        not isinstance(labels, list)
        or not labels
        or not all(isinstance(label, str) for label in labels)
    ):
        refuse("pipeline", "labels", labels, "a list of names")
    if len(set(labels)) != len(labels):
        refuse("pipeline", "labels", labels, "different names")
    return labels


def decision(config):
    """(frames, stride, smoothing, threshold ppm, hysteresis ppm, debounce ms, ignored labels)."""
    rules, labels = config.get("decision"), _labels(config)
    where = "decision"
    _known(where, rules, tuple(rule[0] for rule in _DECISION) + ("ignore",))
    out = [_word(where, rules, rule) for rule in _DECISION]
    if out[4] > out[3]:
        refuse(where, "hysteresis", rules["hysteresis"], "at most the threshold")
    ignore = rules.get("ignore", [])
    if not isinstance(ignore, list):
        refuse(where, "ignore", ignore, "a list of labels")
    for label in ignore:
        if label not in labels:
            refuse(where, "ignore", label, "one of the labels, %r" % (labels,))
    return tuple(out) + (tuple(ignore),)


def load(path):
    """A pipeline file as a dict; its model's path is made relative to the working directory."""
    with open(path) as file:
        try:
            config = json.load(file)
        except ValueError as error:
            raise ValueError("%s: not JSON: %s" % (path, error))
        except RuntimeError:  # too little stack
            raise ValueError("%s: not a pipeline: nested too deeply" % path) from None
    if not isinstance(config, dict):
        raise ValueError("%s: must be an object, is %r" % (path, config))
    model = config.get("model")
    if isinstance(model, str) and not model.startswith("/") and "/" in path:
        config["model"] = path[: path.rindex("/") + 1] + model
    return config
