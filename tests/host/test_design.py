# SPDX-License-Identifier: Apache-2.0
"""Filters from their description to the integers of the stage biquad, and what is refused on the way."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from moteforge import design as module
from moteforge.design import (
    MOST_SUM,
    ONE,
    TOLERANCE,
    design,
    error_bound,
    parse,
    real,
    resolve,
    response,
)
from moteforge.signal import Frontend
from scipy import signal

GOOD = [
    (16000, {"design": "lowpass 800 Hz"}, ("lowpass", 800)),
    (16000, {"design": "Lowpass 0.8 kHz", "order": 1}, ("lowpass", 800)),
    (16000, {"design": "highpass 20 Hz", "order": 7}, ("highpass", 20)),
    (16000, {"design": "bandpass 300-3400 Hz"}, ("bandpass", (300, 3400))),
    (16000, {"design": "bandpass 0.3 - 3.4 kHz", "order": 8}, ("bandpass", (300, 3400))),
    (16000, {"design": "bandstop 49-51 Hz"}, ("bandstop", (49, 51))),
    (
        16000,
        {"design": "bandstop 1000-2000 Hz", "order": 3, "ripple": 1},
        ("bandstop", (1000, 2000)),
    ),
    (100, {"design": "lowpass 0.1 Hz"}, ("lowpass", 0.1)),
    (100, {"design": "highpass 0.5 Hz"}, ("highpass", 0.5)),
    (100, {"design": "lowpass 49.5 Hz", "order": 2}, ("lowpass", 49.5)),
    (768000, {"design": "lowpass 20 kHz", "order": 8, "ripple": 0.1}, ("lowpass", 20000)),
]


def stage(entry: dict) -> dict:
    return {"type": "biquad", **entry}


def pipeline(stages: list[dict], rate: int = 16000) -> dict:
    return {
        "format": 1, "sampleRate": rate, "channels": 1, "bufferSize": 4096, "windowSize": 480,
        "hopLength": 240, "fixedPointScale": 32768, "stages": stages,
    }  # fmt: skip


@pytest.mark.parametrize(("rate", "entry", "wanted"), GOOD)
def test_designs_are_scipys(rate, entry, wanted):
    """The quantized filter against SciPy's transfer function of zeros and poles, all over the band."""
    sections = design(stage(entry), rate)
    kind, edges = wanted
    kinds = {"ftype": "cheby1", "rp": entry["ripple"]} if "ripple" in entry else {"ftype": "butter"}
    zpk = signal.iirfilter(entry.get("order", 4), edges, btype=kind, fs=rate, output="zpk", **kinds)
    at, gain = response(sections, rate, 4001)
    assert at[0] == 0
    assert at[-1] == rate / 2
    exact = signal.freqz_zpk(*zpk, worN=at, fs=rate)[1]
    assert np.abs(gain - exact).max() < TOLERANCE
    assert (
        np.abs(np.abs(gain) - np.abs(signal.sosfreqz(real(sections), worN=at, fs=rate)[1])).max()
        < 1e-6
    )


@pytest.mark.parametrize(("rate", "entry", "wanted"), GOOD)
def test_designs_are_accepted_and_fit(rate, entry, wanted):
    """By the core, too; sections are no more than eight, no section is louder inside than twice the whole."""
    sections = design(stage(entry), rate)
    assert 1 <= len(sections) <= 8
    assert max(sum(map(abs, row[:3])) for row in sections) <= MOST_SUM
    assert all(isinstance(value, int) for row in sections for value in row)
    for k in range(1, len(sections)):
        gain = response(sections[:k], rate, 20000)[1]
        assert np.abs(gain).max() <= 2.01
    Frontend(pipeline([stage({"sections": sections})], rate))


def test_gain_at_the_ends_is_exact():
    """What a high-pass stops at 0 Hz it stops altogether, however rounded; a low-pass passes 0 Hz with gain 1."""
    high = design(stage({"design": "highpass 5 Hz"}), 16000)
    assert response(high, 16000)[1][0] == 0
    low = design(stage({"design": "lowpass 20 Hz"}), 16000)
    assert abs(response(low, 16000)[1][0]) == pytest.approx(1, abs=5e-4)


@pytest.mark.parametrize("q", [5, 30, 100])
def test_notch(q):
    sections = design(stage({"design": "notch 50 Hz", "q": q}), 1000)
    exact = signal.iirnotch(50, q, fs=1000)
    at, gain = response(sections, 1000, 5001)
    assert np.abs(gain - signal.freqz(*exact, worN=at, fs=1000)[1]).max() < TOLERANCE
    assert np.abs(gain[500]) < 1e-4
    assert len(sections) == 1


def test_given_sections():
    """As SciPy has them, a0 of any size; their product is kept."""
    sos = signal.ellip(5, 1, 60, 1000, fs=16000, output="sos")
    given_ = (sos * np.array([[2.0], [-3.0], [0.5]])).tolist()
    at, gain = response(design(stage({"sos": given_}), 16000), 16000)
    assert np.abs(gain - signal.sosfreqz(sos, worN=at, fs=16000)[1]).max() < TOLERANCE


@pytest.mark.parametrize(
    ("rate", "entry", "part"),
    [
        (16000, {"design": "lowpass 8000 Hz"}, "below half the sample rate there, 8000 Hz"),
        (16000, {"design": "bandpass 300-9000 Hz"}, "design is 'bandpass 300-9000 Hz'"),
        (16000, {"design": "bandpass 3400-300 Hz"}, "the lower one first"),
        (16000, {"design": "lowpass 0 Hz"}, "above 0 Hz"),
        (16000, {"design": "lowpass 800"}, "must be like"),
        (16000, {"design": "lowpass 1.2.3 Hz"}, "must be like"),
        (16000, {"design": "bandpass 800 Hz"}, "bandpass has 2 edge"),
        (16000, {"design": "lowpass 300-800 Hz"}, "lowpass has 1 edge"),
        (16000, {"design": "allpass 800 Hz"}, "must be like"),
        (16000, {"design": 800}, "must be like"),
        (
            16000,
            {"design": "lowpass 800 Hz", "order": 0},
            "order is 0, must be an integer from 1 to 16",
        ),
        (16000, {"design": "lowpass 800 Hz", "order": 17}, "order is 17"),
        (
            16000,
            {"design": "bandpass 300-800 Hz", "order": 9},
            "order is 9, must be an integer from 1 to 8",
        ),
        (16000, {"design": "lowpass 800 Hz", "order": 2.5}, "order is 2.5"),
        (16000, {"design": "lowpass 800 Hz", "order": True}, "order is True"),
        (
            16000,
            {"design": "lowpass 800 Hz", "ripple": 0},
            "ripple is 0, must be a number from 0.01 to 6",
        ),
        (16000, {"design": "lowpass 800 Hz", "q": 30}, "q is 30, must be absent"),
        (16000, {"design": "notch 50 Hz", "order": 2}, "order is 2, must be absent"),
        (16000, {"design": "notch 50 Hz", "q": 0}, "q is 0"),
        (16000, {"design": "notch 50 Hz", "q": float("nan")}, "q is nan"),
        (16000, {"design": "lowpass 50 Hz", "sos": [[1, 0, 0, 1, 0, 0]]}, "sos is"),
        (16000, {"sos": []}, "1 to 8 rows"),
        (16000, {"sos": [[1, 0, 0, 1, 0]]}, "1 to 8 rows"),
        (16000, {"sos": [[1, 0, 0, 0, 0, 0]]}, "1 to 8 rows"),
        (16000, {"sos": "lowpass"}, "1 to 8 rows"),
        (16000, {"sos": [[1, 0, 0, 1, 0, float("inf")]]}, "1 to 8 rows"),
        (16000, {"sos": [[1, 0, 0, 1, 0, 0]] * 9}, "1 to 8 rows"),
        (16000, {"sos": [[1, 0, 0, 1, -2, 1.0001]]}, "must be stable"),
        (16000, {"sos": [[1, 0, 0, 1, 0, 1]]}, "must be stable"),
        (16000, {"sos": [[5, 0, 0, 1, 0, 0]]}, "give it less gain"),
        (16000, {"design": "lowpass 0.1 Hz"}, "put a decimate before it"),
        (16000, {"design": "highpass 0.01 Hz"}, "put a decimate before it"),
        (16000, {"design": "highpass 0.5 Hz"}, "put a decimate before it"),
        (768000, {"design": "bandpass 10-11 Hz"}, "put a decimate before it"),
    ],
)
def test_refusals(rate, entry, part):
    """All name the place, the key, the value and what it must be."""
    with pytest.raises(ValueError, match=r"^stage 3 \(biquad\): ") as caught:
        design(stage(entry), rate, "stage 3 (biquad)")
    key = next(
        name
        for name in ("q", "order", "ripple", "sos", "design")
        if f" {name} is " in str(caught.value)
    )
    assert repr(entry[key]) in str(caught.value)
    assert part in str(caught.value)


def test_text():
    assert parse(" notch   50Hz ") == ("notch", [50.0])
    assert parse("BANDSTOP 1-2.5 KHZ") == ("bandstop", [1000.0, 2500.0])


def test_resolve_is_at_the_rate_behind_decimation():
    low = stage({"design": "lowpass 100 Hz"})
    config = pipeline(
        [low, {"type": "decimate", "factor": 4}, low, {"type": "decimate", "factor": 5}, low]
    )
    before = copy.deepcopy(config)
    out = resolve(config)
    assert config == before
    for index, rate in ((0, 16000), (2, 4000), (4, 800)):
        assert out["stages"][index] == {**low, "sections": design(low, rate)}
    assert out["stages"][1] == config["stages"][1]
    Frontend(out)


def test_resolve_twice_is_once():
    out = resolve(pipeline([stage({"design": "highpass 30 Hz", "order": 2})]))
    assert resolve(out) == out


def test_resolve_leaves_given_sections_alone():
    config = pipeline([stage({"sections": [[ONE, 0, 0, 0, 0]]})])
    assert resolve(config) == config


def test_sections_of_another_design_are_refused():
    out = resolve(pipeline([stage({"design": "lowpass 100 Hz"})]))
    out["stages"][0]["design"] = "lowpass 101 Hz"
    with pytest.raises(
        ValueError, match=r"stage 1 \(biquad\): sections are not those of design 'lowpass 101 Hz'"
    ):
        resolve(out)


@pytest.mark.parametrize(
    "change",
    [
        {"stages": None}, {"stages": [None, 3, "x", {}, {"type": "biquad"}]}, {"sampleRate": "x"}, {"sampleRate": True},
        {"stages": [{"type": "decimate", "factor": "4"}, {"type": "decimate", "factor": 0}, {"type": "decimate"}]},
    ],
)  # fmt: skip
def test_resolve_leaves_the_rest_to_others(change):
    """What is malformed elsewhere passes through, for chain.words() to name."""
    config = {**pipeline([]), **change}
    assert resolve(config) == config


def test_error_bound_is_of_the_arithmetic():
    """A section without poles has only the last rounding and its own remainder, twice half of 2^-11."""
    assert error_bound([[ONE, 0, 0, 0, 0]]) == pytest.approx(0.5 + 2 / 4096)
    assert error_bound(design({"design": "lowpass 0.1 Hz"}, 100)) < 0.7


def test_refused_for_its_error(monkeypatch):
    monkeypatch.setattr(module, "MOST_ERROR", 0.55)
    with pytest.raises(ValueError, match=r"of an arithmetic error below 0\.55 steps"):
        design({"design": "lowpass 0.1 Hz"}, 100)
