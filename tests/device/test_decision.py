# SPDX-License-Identifier: Apache-2.0
"""Smoothing, hysteresis and debouncing, against a model in exact fractions."""

from __future__ import annotations

import struct
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mote.decision import Decider

LABELS = ["silence", "yes", "no"]


def decider(smoothing=1, threshold=600000, hysteresis=100000, debounce=0, scale=1 / 256, zero=-128):
    rules = (1, 1, smoothing, threshold, hysteresis, debounce, ("silence",))
    return Decider(LABELS, rules, scale, zero)


def q(*scores: float) -> list[int]:
    """Scores between 0 and 1 as int8."""
    return [round(score * 256) - 128 for score in scores]


def test_a_label_fires_once_while_it_stays_high():
    it = decider()
    assert [it.update(q(0, 0.9, 0), t) for t in range(5)] == [1, -1, -1, -1, -1]


def test_it_fires_again_after_falling_below_the_hysteresis():
    it = decider()
    heights = [0.9, 0.55, 0.9, 0.45, 0.9]
    fired = [it.update(q(0, height, 0), t) for t, height in enumerate(heights)]
    assert fired == [1, -1, -1, -1, 1]


def test_debouncing_holds_it_back():
    it = decider(debounce=100)
    times = [0, 50, 99, 99, 100]
    fired = [
        it.update(q(0, h, 0), t) for t, h in zip(times, [0.9, 0.1, 0.9, 0.1, 0.9], strict=True)
    ]
    assert fired == [1, -1, -1, -1, 1]


def test_labels_debounce_apart():
    it = decider(debounce=1000)
    assert it.update(q(0, 0.9, 0), 0) == 1
    assert it.update(q(0, 0, 0.9), 10) == 2


def test_ignored_labels_never_fire():
    it = decider()
    assert it.update(q(1 - 1 / 256, 0, 0), 0) == -1
    assert it.score(0) == 996093


def test_scores_are_averaged():
    it = decider(smoothing=4)
    fired = [it.update(q(0, 0.75, 0), t) for t in range(4)]
    assert fired == [-1, -1, -1, 1]  # 0.5625 after three runs
    assert it.score(1) == 750000


def test_the_threshold_itself_fires():
    assert decider(threshold=500000).update(q(0, 0.5, 0), 0) == 1
    assert decider(threshold=500001).update(q(0, 0.5, 0), 0) == -1


def test_the_highest_fires():
    assert decider(threshold=100000).update(q(0, 0.3, 0.4), 0) == 2


def test_reset_arms_all():
    it = decider(debounce=10**6)
    assert it.update(q(0, 0.9, 0), 0) == 1
    it.reset()
    assert it.update(q(0, 0.9, 0), 1) == 1


def test_means_begin_anew_at_a_gap():
    it = decider(smoothing=2)
    assert [it.update(q(0, 0.7, 0), t) for t in range(2)] == [-1, 1]
    assert it.score(1) == 699218
    it.gap()
    it.update(q(0, 0.75, 0), 2)
    assert it.score(1) == 375000


def test_what_fired_before_a_gap_does_not_fire_again_for_the_zeros_behind_it():
    it = decider(smoothing=3)
    fired = [it.update(q(0, 0.9, 0), t) for t in range(4)]
    it.gap()
    fired += [it.update(q(0, 0.9, 0), t) for t in range(4, 9)]
    assert fired == [-1, -1, 1] + 6 * [-1]
    fired = [it.update(q(0, score, 0), t) for t, score in enumerate([0, 0, 0.9, 0.9, 0.9], 9)]
    assert fired[-1] == 1


def test_a_mean_of_new_runs_arms_again_behind_a_gap():
    it = decider(smoothing=2)
    assert [it.update(q(0, 0.9, 0), t) for t in range(2)] == [-1, 1]
    it.gap()
    assert [it.update(q(0, s, 0), t) for t, s in enumerate([0, 0, 0.9, 0.9], 2)][-1] == 1


def test_debouncing_goes_on_across_a_gap():
    it = decider(debounce=100)
    assert it.update(q(0, 0.9, 0), 0) == 1
    it.gap()
    assert [it.update(q(0, s, 0), t) for t, s in ((50, 0), (99, 0.9), (100, 0.9))] == [-1, -1, 1]


@pytest.mark.parametrize("scale", [0.0, -0.5, float("inf"), float("nan")])
def test_scales_that_mean_nothing(scale):
    with pytest.raises(ValueError, match="output scale is"):
        decider(scale=scale)


class Reference:
    """The rules of docs/CHAIN.md in exact fractions."""

    def __init__(self, smoothing, threshold, hysteresis, debounce, scale, zero):
        self.high, self.low = Fraction(threshold, 10**6), Fraction(threshold - hysteresis, 10**6)
        self.smoothing, self.debounce = smoothing, debounce
        self.scale, self.zero = Fraction(scale), zero
        self.runs, self.armed, self.last = [], [True] * 3, [-(10**9)] * 3

    def update(self, scores, time):
        self.runs.append([(s - self.zero) * self.scale for s in scores])
        recent = self.runs[-self.smoothing :]
        mean = [sum(column) / self.smoothing for column in zip(*recent, strict=True)]
        self.armed = [a or m < self.low for a, m in zip(self.armed, mean, strict=True)]
        able = [
            (mean[i], -i)
            for i in (1, 2)
            if self.armed[i] and mean[i] >= self.high and time - self.last[i] >= self.debounce
        ]
        if not able:
            return -1
        best = -max(able)[1]
        self.armed[best], self.last[best] = False, time
        return best


@settings(max_examples=300, deadline=None)
@given(
    st.integers(1, 5),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.integers(0, 50),
    st.sampled_from([1 / 256, 1 / 255, 0.1, 2.0**-20, 3.0, 1e-30]),
    st.integers(-128, 127),
    st.lists(st.lists(st.integers(-128, 127), min_size=3, max_size=3), max_size=30),
)
def test_against_exact_fractions(smoothing, threshold, hysteresis, debounce, scale, zero, runs):
    scale = struct.unpack("<f", struct.pack("<f", scale))[0]
    hysteresis = min(hysteresis, threshold)
    it = decider(smoothing, threshold, hysteresis, debounce, scale, zero)
    reference = Reference(smoothing, threshold, hysteresis, debounce, scale, zero)
    for number, scores in enumerate(runs):
        assert it.update(scores, 7 * number) == reference.update(scores, 7 * number)
