# SPDX-License-Identifier: Apache-2.0
"""Words for what native modules refuse: mote_fault of mote.h as an exception.

Firmware and PC have the same texts in native/src/fault.c; native modules, which lie in RAM, have none.
"""

from .names import name

# By -status (mote_status); the core's texts.
_TEXTS = (
    "ok",
    "invalid argument",
    "the file is cut off: it points past its own end",
    "not a well-formed .tflite file",
    "operator is not supported",
    "element type is not supported here",
    "shapes do not fit",
    "quantization parameters are missing or out of range",
    "option is not supported",
    "larger than this build handles",
    "state buffer is too small",
    "arena is too small",
    "the file's own memory plan is inconsistent",
    "signal chain configuration is out of range",
    "operator is not in this build",
    "variables need a VAR_HANDLE and an ASSIGN_VARIABLE, CALL_ONCE only assigns constants",
    "the address is not aligned",
    "division by zero",
)
_TRUNCATED, _OPERATOR, _TYPE, _STATE, _ARENA, _CONFIG, _ABSENT, _ALIGN = 2, 4, 5, 10, 11, 13, 14, 16

# By mote_stage.
_STAGES = (
    "unknown", "input", "window", "fft", "energy", "filterbank", "noiseReduction", "pcan", "log",
    "quantize", "toModel", "calibration", "dcRemoval", "biquad", "decimate", "vectorMagnitude",
    "tiltFree", "statistics", "magnitude", "spectralStatistics", "dct", "normalize", "deltas",
)  # fmt: skip
# By TFLite's TensorType.
_TYPES = {
    0: "FLOAT32", 2: "INT32", 3: "UINT8", 4: "INT64", 6: "BOOL", 7: "INT16", 9: "INT8",
    12: "UINT64", 15: "UINT32",
}  # fmt: skip


def refuse(status, index, code, subject, have, want):
    """Raises MemoryError for a state or an arena that is too small, else ValueError."""
    kind = MemoryError if -status in (_STATE, _ARENA) else ValueError
    raise kind(text(-status, index, code, subject, have, want))


def text(problem, index, code, subject, have, want):
    """The words of mote_fault_text; problem: -status."""
    known = 0 <= problem < len(_TEXTS)
    what = _TEXTS[problem] if known else "unknown error"
    return _place(problem, index, code, subject) + what + _numbers(problem, have, want)


def _place(problem, index, code, subject):
    if problem == _CONFIG:
        stage = _STAGES[code] if 0 <= code < len(_STAGES) else _STAGES[0]
        words, part = "%s (stage %d)" % (stage, index), "parameter"
    elif index >= 0:
        words, part = "%s (operator %d)" % (name(code), index), "tensor"
    else:
        return ""
    return words + (", %s %d: " % (part, subject) if subject >= 0 else ": ")


def _numbers(problem, have, want):
    if problem in (_OPERATOR, _ABSENT) or have == want == 0:
        return ""
    if problem == _TRUNCATED and want == -1:
        return " (it has %d bytes)" % have
    if problem == _TYPE:
        return ": have %s, want %s" % (_TYPES.get(have, "another"), _TYPES.get(want, "another"))
    if problem == _ALIGN:
        what = "the arena lies %d past a multiple of %d, pass a whole bytearray"
        if want == 4:
            what = "the file lies %d past a multiple of %d, copy it into a bytearray"
        return ": " + what % (have, want)
    return ": have %d" % have + (", want %d" % want if want != -1 else "")
