# SPDX-License-Identifier: Apache-2.0
"""Stages for sensors: their parameters and words, as STAGES of chain.py. Loads only for chains that have one."""

from .chain import number, refuse

_PPM = 1000000
_FLAG = (False, True)
_HZ = 384000
MEASURES = ("mean", "rms", "std", "peakToPeak", "crest", "skewness", "kurtosis", "zeroCrossings")


def items(where, key, value, low, high, unit):
    """A number or a list of them as integers."""
    if not isinstance(value, list):
        return [number(where, key, value, low, high, unit)]
    if not value:
        refuse(where, key, value, "a number, or a list of numbers")
    return [number(where, "%s[%d]" % (key, i), v, low, high, unit) for i, v in enumerate(value)]


def pairs(where, first, second, first_key, second_key):
    """Two lists of one length, or of which one is a single number, as words in turn."""
    count = max(len(first), len(second))
    for key, values in ((first_key, first), (second_key, second)):
        if len(values) not in (1, count):
            refuse(where, key, values, "one number, or %d of them" % count)
    out = []
    for i in range(count):
        out.append(first[i if len(first) > 1 else 0])
        out.append(second[i if len(second) > 1 else 0])
    return out


def _calibration(where, config):
    offset = items(where, "offset", config.get("offset", 0), -32768, 32767, 1)
    gain = items(where, "gain", config.get("gain", 1), -8, 8, _PPM)
    return pairs(where, offset, gain, "offset", "gain")


def _biquad(where, config):
    """Sections of a cascade: b0, b1, b2, a1, a2 with 28 fraction bits (a0 is 1)."""
    sections = config.get("sections")
    if sections is None:
        raise ValueError(
            "%s: sections are missing: on the PC, 'mote pipeline design FILE' makes them of design"
            % where
        )
    if not isinstance(sections, list) or not 1 <= len(sections) <= 8:
        refuse(where, "sections", sections, "a list of 1 to 8 sections")
    out = []
    for i, section in enumerate(sections):
        key = "sections[%d]" % i
        if not isinstance(section, list) or len(section) != 5:
            refuse(where, key, section, "b0, b1, b2, a1, a2 as integers, 1.0 being 268435456")
        out += items(where, key, section, -(1 << 31), (1 << 31) - 1, 1)
    return out


def _statistics(where, config):
    values = config.get("values")
    if not isinstance(values, list) or not values:
        refuse(where, "values", values, "a list of " + ", ".join(MEASURES))
    for i, value in enumerate(values):
        if value not in MEASURES or value in values[:i]:
            refuse(where, "values[%d]" % i, value, "one of %s, once" % ", ".join(MEASURES))
    return [MEASURES.index(value) for value in values]


def _normalize(where, config):
    """outputScale, then mean and standard deviation in 1/10000, for all features or for each."""
    scale = number(where, "outputScale", config.get("outputScale", 4096), 1, 32767, 1)
    mean = items(where, "mean", config.get("mean", 0), -200000, 200000, 10000)
    std = items(where, "std", config.get("std", 1), 0.0001, 200000, 10000)
    return [scale] + pairs(where, mean, std, "mean", "std")


STAGES = {
    "calibration": (11, (), ("offset", "gain"), _calibration),
    "dcRemoval": (12, (("cutoffHz", None, 0.001, _HZ, 1000),)),
    "biquad": (13, (), ("sections", "design", "order", "ripple", "q", "sos"), _biquad),
    "decimate": (14, (("factor", None, 2, 16, 1), ("taps", 8, 2, 32, 1))),
    "vectorMagnitude": (15, (("halve", False, 0, 1, _FLAG),)),
    "tiltFree": (16, (("cutoffHz", 0.3, 0.001, _HZ, 1000),)),
    "statistics": (17, (), ("values",), _statistics),
    "magnitude": (18, (("fractionBits", 0, 0, 8, 1),)),
    "spectralStatistics": (
        19,
        (
            ("bands", 0, 0, 32, 1),
            ("lowHz", 0, 0, _HZ, 1000),
            ("highHz", 0, 0, _HZ, 1000),
            ("logBands", False, 0, 1, _FLAG),
            ("centroid", False, 0, 1, _FLAG),
            ("rolloff", 0, 0, 1, _PPM),
            ("flatness", False, 0, 1, _FLAG),
            ("dominant", 0, 0, 8, 1),
        ),
    ),
    "dct": (20, (("coefficients", None, 1, 128, 1),)),
    "normalize": (21, (), ("outputScale", "mean", "std"), _normalize),
    "deltas": (22, (("width", 2, 1, 4, 1), ("order", 1, 1, 2, 1))),
}
