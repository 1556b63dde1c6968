# SPDX-License-Identifier: Apache-2.0
"""Configurations to words: what is accepted runs, what is refused is named."""

from __future__ import annotations

import copy
import re
import struct

import pytest
from frontend_support import Native, config
from hypothesis import given, settings
from hypothesis import strategies as st
from mote import chain
from mote.frontend import Frontend

WORDS = [
    *(1, 5, 16000, 1, 480, 320, 32768),
    *(2, 3, 0, 12, 0),
    *(3, 2, 512, 1),
    *(4, 0),
    *(5, 6, 1, 40, 125000, 7500000, 12, 0),
    *(6, 5, 25000, 60000, 50000, 10, 0),
    *(7, 3, 950000, 80000000, 21),
    *(8, 1, 64),
    *(9, 3, 256, 666, -128),
]


def test_words_of_micro_speech():
    words = chain.words(config())
    assert words.typecode == "i"
    assert list(words) == WORDS


def test_defaults_are_those_of_micro_speech():
    short = config()
    short["stages"] = [
        {"type": "window"},
        {"type": "fft", "size": 512},
        {"type": "energy"},
        {"type": "filterbank", "channels": 40, "lowHz": 125, "highHz": 7500},
        {"type": "noiseReduction"},
        {"type": "pcan"},
        {"type": "log"},
        {"type": "quantize"},
    ]
    assert list(chain.words(short)) == WORDS


def changed(path: tuple, value) -> dict:
    result = copy.deepcopy(config())
    at = result
    for key in path[:-1]:
        at = at[key]
    if value is KeyError:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return result


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("format",), 2, "pipeline: format is 2, must be 1"),
        (("sampleRate",), KeyError, "pipeline: sampleRate is missing"),
        (("sampleRate",), "16000", "pipeline: sampleRate is '16000', must be an integer from 1 to"),
        (("sampleRate",), True, "sampleRate is True"),
        (("sampelRate",), 1, "pipeline: unknown key 'sampelRate', known are sampleRate"),
        (("channels",), 9, "channels is 9, must be an integer from 1 to 8"),
        (("hopLength",), 0, "hopLength is 0, must be an integer from 1"),
        (("hopLength",), 481, "hopLength is 481, must be at most the windowSize, 480"),
        (
            ("bufferSize",),
            2000,
            "bufferSize is 2000, must be a power of two, at least windowSize x channels, 480",
        ),
        (
            ("bufferSize",),
            256,
            "bufferSize is 256, must be a power of two, at least windowSize x channels, 480",
        ),
        (("fixedPointScale",), 1, "fixedPointScale is 1"),
        (("stages",), {}, "stages is {}, must be a list"),
        (("stages", 0), 7, "stage 1: type is None, must be one of biquad"),
        (
            ("stages", 0, "type"),
            "windwo",
            "stage 1: type is 'windwo', must be one of biquad, calib",
        ),
        (("stages", 0, "shape"), "box", "stage 1 (window): shape is 'box', must be one of 'hann'"),
        (("stages", 0, "bits"), 12, "stage 1 (window): unknown key 'bits', known are type, shape"),
        (
            ("stages", 1, "size"),
            500,
            "stage 2 (fft): size is 500, must be a power of two (no less than",
        ),
        (
            ("stages", 1, "size"),
            256,
            "stage 2 (fft): size is 256, must be at least 480 (no less than the",
        ),
        (("stages", 1, "size"), 4096, "stage 2 (fft): size is 4096, must be an integer from 32 to"),
        (("stages", 1, "scaling"), 1, "scaling is 1, must be one of 'none', 'window', 'block'"),
        (
            ("stages", 2),
            {"type": "log"},
            "stage 3 (log): takes channels, but the stage before gives",
        ),
        (
            ("stages", 3, "channels"),
            0,
            "stage 4 (filterbank): channels is 0, must be an integer from 1",
        ),
        (
            ("stages", 3, "highHz"),
            8000,
            "highHz is 8000.0, must be at most 7999.999 (above lowHz, with",
        ),
        (("stages", 3, "lowHz"), 7500, "highHz is 7500.0, must be at least 7500.001 (above lowHz"),
        (
            ("stages", 3, "highHz"),
            126,
            "highHz is 126.0, must be at least 156.25 (above lowHz, with one bin",
        ),
        (("stages", 3, "highHz"), float("nan"), "highHz is nan, must be a number"),
        (
            ("stages", 4, "evenSmoothing"),
            0.0250001,
            "must be a number from 1e-06 to 1 with at most six",
        ),
        (
            ("stages", 4, "evenSmoothing"),
            1.5,
            "stage 5 (noiseReduction): evenSmoothing is 1.5, must be",
        ),
        (
            ("stages", 4, "smoothingBits"),
            2,
            "stage 6 (pcan): put a noiseReduction with enough smoothingBits before it",
        ),
        (("stages", 4), {"type": "pcan"}, "stage 5 (pcan): put a noiseReduction with"),
        (
            ("stages", 5),
            {"type": "noiseReduction"},
            "stage 6 (noiseReduction): a chain has one noise",
        ),
        (
            ("stages", 5, "gainBits"),
            15,
            "stage 6 (pcan): gainBits is 15, must be at least 19 (so that",
        ),
        (
            ("stages", 7, "divisor"),
            0,
            "stage 8 (quantize): divisor is 0, must be an integer from 1",
        ),
    ],
)
def test_refusals_name_stage_key_value_and_range(path, value, message):
    with pytest.raises(
        ValueError, match=r"must|missing|unknown|needs|takes|put a|a chain has"
    ) as error:
        Frontend(changed(path, value), native=Native())
    assert message in str(error.value)


MOTION = {
    "format": 1,
    "sampleRate": 100,
    "channels": 3,
    "windowSize": 128,
    "hopLength": 64,
    "bufferSize": 512,
}
SPECTRUM = [{"type": "fft", "size": 128}, {"type": "energy"}]


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ([{"type": "decimate", "factor": 3}], "(decimate): factor is 3: windowSize, hopLength and"),
        ([{"type": "biquad"}], "(biquad): sections are missing: on the PC, 'mote pipeline design"),
        (
            [{"type": "biquad", "sections": [[1 << 28, 0, 0, 0, 1 << 28]]}],
            "sections[0][4] is 268435456, must be at most 268435455 (a section is stable where",
        ),
        (
            [{"type": "calibration", "offset": [1, 2]}],
            "number of offsets and gains is 2, must be at least 3",
        ),
        ([{"type": "calibration", "gain": [1, "x"]}], "gain[1] is 'x', must be a number from -8"),
        (
            [{"type": "vectorMagnitude"}, {"type": "tiltFree"}],
            "stage 2 (tiltFree): number of channels is 1, must be at least 3: it takes the 3 axes",
        ),
        ([{"type": "statistics", "values": ["rms", "rms"]}], "values[1] is 'rms', must be one of"),
        ([{"type": "statistics"}], "values is None, must be a list of mean, rms"),
        (
            [*SPECTRUM, {"type": "spectralStatistics"}],
            "stage 3 (spectralStatistics): ask for bands",
        ),
        (
            [*SPECTRUM, {"type": "spectralStatistics", "bands": 9, "highHz": 5}],
            "bands is 9, must be at most 6 (a band is no narrower than a bin",
        ),
        (
            [{"type": "statistics", "values": ["rms"]}, {"type": "normalize", "mean": [1, 2]}],
            "stage 2 (normalize): number of means and deviations is 2, must be at least 3: one",
        ),
        (
            [{"type": "statistics", "values": ["rms"]}, {"type": "dcRemoval", "cutoffHz": 1}],
            "stage 2 (dcRemoval): works on the stream, so it must stand before all stages that",
        ),
        ([{"type": "dcRemoval"}], "stage 1 (dcRemoval): cutoffHz is missing"),
        ([{"type": "deltas"}], "stage 1 (deltas): takes features, but the stage before gives samp"),
        (
            [{"type": "toModel"}],
            "stage 1 (toModel): needs a model: pass one, or name it as 'model'",
        ),
    ],
)
def test_refusals_of_stages_for_sensors(stages, message):
    with pytest.raises(ValueError, match="stage") as error:
        Frontend({**MOTION, "stages": stages}, native=Native())
    assert message in str(error.value)


def test_weight_bits_have_a_whole_root():
    odd = changed(("stages", 3, "weightBits"), 11)
    with pytest.raises(ValueError, match="weightBits is 11, must be"):
        Frontend(odd, native=Native())


@pytest.mark.parametrize("x", [0.025, 0.06, 0.05, 0.95, 0.333333, 0.000001, 1999.5, 80.0, 12.3456])
def test_single_precision_gives_the_same_integers(x):
    """A board computes with 24-bit fractions."""
    single = struct.unpack("<f", struct.pack("<f", x))[0]
    ppm = chain.number("", "", x, 0, 2000, 1000000)
    assert ppm == chain.number("", "", single, 0, 2000, 1000000) == round(x * 1e6)


values = st.one_of(
    st.integers(-2, 100),
    st.sampled_from(
        [0.5, 1, 2, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 7500, 1e9, float("nan"), None, "x"]
    ),
    st.floats(0, 2).map(lambda x: round(x, 6)),
    st.booleans(),
)
keys = sorted({rule[0] for row in chain.STAGES.values() for rule in row[1]})
edits = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 7), st.sampled_from(keys), values),
        st.tuples(st.just(-1), st.sampled_from(["sampleRate", "windowSize", "hopLength"]), values),
        st.tuples(st.just(-2), st.integers(0, 8), st.integers(0, 8)),
    ),
    max_size=3,
)


@settings(max_examples=400, deadline=None)
@given(edits)
def test_whatever_is_accepted_runs(plan):
    """What the core refuses has a place and a remedy in words; all else makes frames."""
    edited = copy.deepcopy(config())
    for place, key, value in plan:
        if place == -2:
            del edited["stages"][key:value]
        elif place == -1:
            edited[key] = value
        elif place < len(edited["stages"]):
            edited["stages"][place][key] = value
    try:
        front = Frontend(edited, native=Native())
    except ValueError as error:
        assert re.match(r"(pipeline|stage \d+( \(\w+\))?): .", str(error))  # noqa: PT017
        return
    frames = front.push(bytes(2 * (edited["windowSize"] + edited["hopLength"])))
    assert len(frames) == 2
    assert all(len(frame) == front.values for frame in frames)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("decision", "frames"), 0, "decision: frames is 0, must be an integer from 1"),
        (
            ("decision", "threshold"),
            1.1,
            "decision: threshold is 1.1, must be a number from 0 to 1",
        ),
        (
            ("decision", "hysteresis"),
            0.7,
            "decision: hysteresis is 0.7, must be at most the threshold",
        ),
        (
            ("decision", "ignore"),
            ["quiet"],
            "decision: ignore is 'quiet', must be one of the labels",
        ),
        (("decision", "treshold"), 0.5, "decision: unknown key 'treshold'"),
        (("decision",), KeyError, "decision: must be an object"),
        (("labels",), [], "pipeline: labels is [], must be a list of names"),
    ],
)
def test_refusals_of_decisions(path, value, message):
    with pytest.raises(ValueError, match=r"must|unknown") as error:
        chain.decision(changed(path, value))
    assert message in str(error.value)


def test_decision_words():
    rules = chain.decision(config())
    assert rules == (49, 1, 1, 600000, 100000, 500, ("silence", "unknown"))


@pytest.mark.parametrize("missing", [-1, 1 << 32, None, 1.5, "x"])
def test_gaps_are_counts(missing):
    front = Frontend(config(), native=Native())
    with pytest.raises(ValueError, match=r"gap: missing is .*, must be an integer from 0"):
        front.ring.gap(missing)
    assert front.ring.breaks == 0


def test_files_that_are_nested_too_deeply(tmp_path):
    path = tmp_path / "deep.json"
    path.write_text("[" * 100000)
    with pytest.raises(ValueError, match="nested too deeply"):
        Frontend(str(path), native=Native())


def test_the_model_must_be_one():
    stages = [*config()["stages"][:7], {"type": "toModel"}]
    with pytest.raises(ValueError, match=r"the model is 'm.tflite', must be a Model"):
        Frontend({**config(), "stages": stages}, "m.tflite", native=Native())
