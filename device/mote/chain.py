# SPDX-License-Identifier: Apache-2.0
"""Pipeline configurations: checks, and translation into the words that the native chain reads.

Plain Python for the board and the PC. A configuration is the dict of a *.pipeline.json file
(docs/CHAIN.md). Fractions become integers (parts per million, mHz) before any arithmetic, so both
compute with the same numbers.
"""

import json
from array import array

# Parameters of a stage, in the order of its words: key, default (None: required), lowest, highest,
# unit. Unit: 1 integer, else the factor that makes a fraction an integer; a tuple lists choices,
# and the word is the index in it.
_PPM = 1000000
_FLAG = (False, True)
_HZ = 384000

# type: (code, what it takes, what it gives, parameters)
STAGES = {
    "window": (
        2,
        "samples",
        "samples",
        (("shape", "hann", 0, 0, ("hann",)), ("weightBits", 12, 8, 14, 1)),
    ),
    "fft": (
        3,
        "samples",
        "spectrum",
        (("size", None, 32, 2048, 1), ("autoScale", True, 0, 1, _FLAG)),
    ),
    "energy": (4, "spectrum", "power", ()),
    "filterbank": (
        5,
        "power",
        "channels",
        (
            ("scale", "mel", 0, 0, (None, "mel")),
            ("channels", None, 1, 128, 1),
            ("lowHz", None, 0, _HZ, 1000),
            ("highHz", None, 0, _HZ, 1000),
            ("weightBits", 12, 8, 12, 1),
        ),
    ),
    "noiseReduction": (
        6,
        "channels",
        "channels",
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
        "channels",
        "channels",
        (
            ("strength", 0.95, 0, 2, _PPM),
            ("offset", 80, 0.000001, 2000, _PPM),
            ("gainBits", 21, 13, 30, 1),
        ),
    ),
    "log": (8, "channels", "features", (("outputScale", 64, 1, 2048, 1),)),
    "quantize": (
        9,
        "features",
        "int8",
        (
            ("multiplier", 256, 1, 32767, 1),
            ("divisor", 666, 1, 32767, 1),
            ("zeroPoint", -128, -128, 127, 1),
        ),
    ),
}

_INPUT = (
    ("sampleRate", None, 1, 768000, 1),
    ("channels", 1, 1, 1, 1),
    ("windowSize", None, 1, 16384, 1),
    ("hopLength", None, 1, 16384, 1),
    ("fixedPointScale", 32768, 32768, 32768, 1),
)
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


def _refuse(where, key, value, want):
    raise ValueError("%s: %s is %r, must be %s" % (where, key, value, want))


def _number(where, key, value, low, high, unit):
    """value * unit as an integer; fractions have at most six significant digits."""
    want = "a number" if unit != 1 else "an integer"
    want = "%s from %s to %s" % (want, low, high) if low != high else "%s" % low
    if isinstance(value, bool) or not isinstance(value, int if unit == 1 else (int, float)):
        _refuse(where, key, value, want)
    if not low <= value <= high:
        _refuse(where, key, value, want)
    if isinstance(value, int):
        return value * unit
    scaled, step = round(value * unit), 1
    while scaled // step >= 1000000:
        step *= 10
    digits = (scaled + step // 2) // step * step
    if abs(value * unit - digits) > 0.01 + digits * 3e-7:
        _refuse(where, key, value, want + " with at most six digits")
    return digits


def _word(where, config, rule):
    key, default, low, high, unit = rule
    if key not in config and default is None:
        raise ValueError("%s: %s is missing" % (where, key))
    value = config.get(key, default)
    if not isinstance(unit, tuple):
        return _number(where, key, value, low, high, unit)
    for index, choice in enumerate(unit):
        if choice is not None and value == choice and isinstance(value, type(choice)):
            return index
    return _refuse(where, key, value, "one of " + ", ".join(repr(c) for c in unit if c is not None))


def _known(where, config, keys):
    if not isinstance(config, dict):
        raise ValueError("%s: must be an object, is %r" % (where, config))
    for key in config:
        if key not in keys:
            raise ValueError("%s: unknown key %r, known are %s" % (where, key, ", ".join(keys)))


def _stage(index, config):
    """(place for messages, code, takes, gives, words) of one entry of `stages`, counted from 1."""
    name = config.get("type") if isinstance(config, dict) else None
    if not isinstance(name, str) or name not in STAGES:
        _refuse("stage %d" % index, "type", name, "one of " + ", ".join(sorted(STAGES)))
    where = "stage %d (%s)" % (index, name)
    code, takes, gives, rules = STAGES[name]
    _known(where, config, ("type",) + tuple(rule[0] for rule in rules))
    return where, code, takes, gives, [_word(where, config, rule) for rule in rules]


class _Chain:
    """What later stages must know of earlier ones, to refuse what does not fit together."""

    def __init__(self, rate, window):
        self.rate, self.window = rate, window
        self.flow, self.fft, self.drop, self.noise_bits = "samples", 0, 0, -1

    def add(self, where, code, takes, gives, words):
        if takes != self.flow:
            raise ValueError(
                "%s: takes %s, but the stage before gives %s" % (where, takes, self.flow)
            )
        check = {3: self._fft, 5: self._filterbank, 6: self._noise, 7: self._pcan}.get(code)
        if check:
            check(where, words)
        self.flow = gives

    def _fft(self, where, words):
        size = words[0]
        if size & (size - 1):
            _refuse(where, "size", size, "a power of two from 32 to 2048")
        if size < self.window:
            _refuse(where, "size", size, "at least the windowSize, %d" % self.window)
        self.fft = size

    def _filterbank(self, where, words):
        low, high, bits = words[2:]
        log = 0
        while 2 << log <= self.fft:
            log += 1
        if not low < high < self.rate * 500:
            _refuse(
                where,
                "highHz",
                high / 1000,
                "above lowHz (%s) and below half the sampleRate (%s)" % (low / 1000, self.rate / 2),
            )
        # twice the position of the first bin, 1 + lowHz / distance of bins, rounded halves to even
        first = 1 + (2 * low * self.fft + self.rate * 1000) // (2 * self.rate * 1000)
        if (2 * low * self.fft + self.rate * 1000) % (2 * self.rate * 1000) == 0 and first & 1:
            first -= 1
        if first > high * self.fft // (self.rate * 1000):
            _refuse(
                where,
                "highHz",
                high / 1000,
                "high enough for one bin of the fft above lowHz (%s)" % (low / 1000),
            )
        if bits // 2 > log:
            _refuse(
                where, "weightBits", bits, "at most %d for an fft of %d" % (2 * log + 1, self.fft)
            )
        self.drop = log - bits // 2

    def _noise(self, where, words):
        if self.noise_bits >= 0:
            raise ValueError("%s: there is a noiseReduction before" % where)
        self.noise_bits = words[3]

    def _pcan(self, where, words):
        if self.noise_bits < 0:
            raise ValueError("%s: needs a noiseReduction before" % where)
        if self.noise_bits < self.drop:
            _refuse(
                where,
                "smoothingBits of the noiseReduction",
                self.noise_bits,
                "at least %d" % self.drop,
            )
        if words[2] < 13 + self.drop:
            _refuse(where, "gainBits", words[2], "at least %d" % (13 + self.drop))


def words(config):
    """The chain of a configuration as array('i'); ValueError names stage, key, value and range."""
    _known("pipeline", config, tuple(rule[0] for rule in _INPUT) + (_BUFFER[0],) + _OTHER)
    if config.get("format") != 1:
        _refuse("pipeline", "format", config.get("format"), "1")
    head = [_word("pipeline", config, rule) for rule in _INPUT]
    rate, _, window, hop, _ = head
    if hop > window:
        _refuse("pipeline", "hopLength", hop, "at most the windowSize, %d" % window)
    buffer_size(config)
    stages = config.get("stages")
    if not isinstance(stages, list) or len(stages) > 32:
        _refuse("pipeline", "stages", stages, "a list of at most 32 stages")
    out, chain = array("i", [1, len(head)] + head), _Chain(rate, window)
    for index, stage in enumerate(stages, 1):
        where, code, takes, gives, params = _stage(index, stage)
        chain.add(where, code, takes, gives, params)
        out.extend(array("i", [code, len(params)] + params))
    return out


def typecode(config):
    """Array typecode of the chain's frames; a spectrum is pairs of 'h', real and imaginary."""
    stages = config["stages"]
    gives = STAGES[stages[-1]["type"]][2] if stages else "samples"
    return {"power": "I", "channels": "I", "int8": "b"}.get(gives, "h")


def buffer_size(config):
    """Capacity of the ring, in samples: a power of two that holds a window."""
    size = _word("pipeline", config, _BUFFER)
    if size & (size - 1) or size < config["windowSize"]:
        _refuse(
            "pipeline",
            "bufferSize",
            size,
            "a power of two, at least the windowSize, %s" % config["windowSize"],
        )
    return size


def decision(config):
    """(frames, stride, smoothing, threshold ppm, hysteresis ppm, debounce ms, ignored labels)."""
    rules, labels = config.get("decision"), config.get("labels")
    where = "decision"
    _known(where, rules, tuple(rule[0] for rule in _DECISION) + ("ignore",))
    if (
        not isinstance(labels, list)
        or not labels
        or not all(isinstance(label, str) for label in labels)
    ):
        _refuse("pipeline", "labels", labels, "a list of names")
    if len(set(labels)) != len(labels):
        _refuse("pipeline", "labels", labels, "different names")
    out = [_word(where, rules, rule) for rule in _DECISION]
    if out[4] > out[3]:
        _refuse(where, "hysteresis", rules["hysteresis"], "at most the threshold")
    ignore = rules.get("ignore", [])
    if not isinstance(ignore, list):
        _refuse(where, "ignore", ignore, "a list of labels")
    for label in ignore:
        if label not in labels:
            _refuse(where, "ignore", label, "one of the labels, %r" % (labels,))
    return tuple(out) + (tuple(ignore),)


def load(path):
    """A pipeline file as a dict; its model's path is made relative to the working directory."""
    with open(path) as file:
        try:
            config = json.load(file)
        except ValueError as error:
            raise ValueError("%s: not JSON: %s" % (path, error))
    if not isinstance(config, dict):
        raise ValueError("%s: must be an object, is %r" % (path, config))
    model = config.get("model")
    if isinstance(model, str) and not model.startswith("/") and "/" in path:
        config["model"] = path[: path.rindex("/") + 1] + model
    return config
