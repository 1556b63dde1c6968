# SPDX-License-Identifier: Apache-2.0
"""The ring: every interleaving of reader and writer, the counters, and a random model test."""

from __future__ import annotations

import platform
import subprocess
import zlib
from pathlib import Path

import numpy as np
import pytest
from compiled import BUILD, ROOT, SANITIZE, compiled
from frontend_support import Native
from hypothesis import given, settings
from hypothesis import strategies as st
from moteforge._core import ffi

STEPS = ROOT / "tests/native/ring_steps.c"
RING = ROOT / "native/src/ring.c"
stepped = pytest.mark.skipif(
    platform.machine() != "x86_64", reason="single steps by the x86-64 trap flag"
)


# Where gaps lie in what the writer pushes, as ring_steps.c numbers it.
NO_GAPS, BEFORE, WITHIN, BEHIND, CROWD = range(5)


def steps(ring: Path, side: str, lanes: int, gaps: int) -> subprocess.CompletedProcess:
    program = compiled(f"ring_steps_{ring.stem}", [STEPS, ring], ["-std=gnu99", "-O2"])
    command = [program, side, str(lanes), str(gaps)]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)


@stepped
@pytest.mark.parametrize(
    ("lanes", "gaps"),
    [(1, NO_GAPS), (1, WITHIN), *((3, gaps) for gaps in (NO_GAPS, BEFORE, WITHIN, BEHIND, CROWD))],
)
@pytest.mark.parametrize("side", ["reader", "writer"])
def test_cut_in_after_every_instruction(side, lanes, gaps):
    done = steps(RING, side, lanes, gaps)
    assert done.returncode == 0, done.stdout
    assert int(done.stdout) > 1000


@stepped
@pytest.mark.parametrize(
    ("side", "lanes", "gaps", "line", "instead", "found"),
    [
        (
            "reader",
            1,
            NO_GAPS,
            "return ring->claimed - ring->read <= ring->capacity &&",
            "return",
            "torn window",
        ),
        ("writer", 1, NO_GAPS, "  ring->claimed = end;\n", "", "torn window"),
        (
            "writer",
            1,
            NO_GAPS,
            "behind > storing ? behind - storing : 0",
            "behind + 0 * storing",
            "torn window",
        ),
        (
            "reader",
            1,
            NO_GAPS,
            "ring->lost += ring->read - from",
            "ring->lost++",
            "count of lost",
        ),
        (
            "reader",
            1,
            NO_GAPS,
            "if (behind > 0) ring->read +=",
            "if (behind > 0) ring->read += 1 +",
            "skipped",
        ),
        (
            "reader",
            3,
            NO_GAPS,
            "(behind + lanes - 1) / lanes * lanes",
            "behind + 0 * lanes",
            "inside an instant",
        ),
        (
            "reader",
            3,
            BEFORE,
            "&& gap_before(ring, ring->read + n, &passed, &mark) == 0",
            "&& (gap_before(ring, ring->read + n, &passed, &mark), 1)",
            "across a gap",
        ),
        (
            "reader",
            3,
            WITHIN,
            "  ring->read = mark.at;\n",
            "",
            "inside an instant|across a gap",
        ),
        (
            "writer",
            3,
            CROWD,
            "return *passed != ring->passed ||",
            "return",
            "across a gap|inside an instant",
        ),
    ],
)
def test_the_steps_find_faults(side, lanes, gaps, line, instead, found):
    """A ring with one safeguard removed must not pass."""
    source = RING.read_text()
    assert source.count(line) == 1
    changed = source.replace(line, instead)
    if "claimed = end" in line:  # announced only when it is too late
        changed = changed.replace(
            "  ring->written = end;", "  ring->claimed = ring->written = end;"
        )
    BUILD.mkdir(parents=True, exist_ok=True)
    mutant = BUILD / f"mutant_{zlib.crc32(changed.encode()):08x}.c"
    mutant.write_text(changed)
    done = steps(mutant, side, lanes, gaps)
    assert done.returncode == 1
    assert any(part in done.stdout for part in found.split("|"))


def test_random_use_with_sanitizers():
    """Bounds of both buffers, under the address and undefined behaviour sanitizers."""
    program = compiled("ring_random", [ROOT / "tests/native/ring_random.c", RING], SANITIZE)
    done = subprocess.run([program], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout) > 10000


class Model:
    """What a ring must do, in plain Python."""

    def __init__(self, capacity):
        self.capacity, self.samples, self.read, self.lost, self.overruns = capacity, [], 0, 0, 0

    def window(self, n, hop):
        late = len(self.samples) - self.capacity - self.read
        if late > 0:
            self.read, self.lost, self.overruns = (
                self.read + late,
                self.lost + late,
                self.overruns + 1,
            )
        if len(self.samples) - self.read < n:
            return None
        self.read += hop
        return self.samples[self.read - hop : self.read - hop + n]


moves = st.lists(
    st.one_of(
        st.tuples(st.just("push"), st.integers(0, 40)),
        st.tuples(st.just("feed"), st.integers(0, 40)),
        st.tuples(st.just("window"), st.integers(1, 16), st.integers(1, 16)),
    ),
    max_size=40,
)


@settings(max_examples=300, deadline=None)
@given(moves, st.sampled_from([0, 2**32 - 20]))
def test_against_a_model(plan, start):
    native, capacity, model = Native(), 16, Model(16)
    ring = bytearray(native.ring_bytes(capacity))
    native.ring_init(ring, capacity, 1)
    fields = ffi.from_buffer("mote_ring[1]", ring)[0]
    fields.claimed = fields.written = fields.read = start
    value = 0
    for move in plan:
        if move[0] == "window":
            n, hop = move[1], min(move[2], move[1])
            out = np.zeros(n, np.int16)
            expected = model.window(n, hop)
            assert native.ring_window(ring, out, n, hop) == (expected is not None)
            assert expected is None or out.tolist() == expected
        else:
            samples = np.arange(value, value + move[1], dtype=np.int16)
            if move[0] == "push":
                native.ring_push(ring, samples)
                taken = len(samples)
            else:
                taken = native.ring_feed(ring, samples, 0)
                room = max(0, capacity - (len(model.samples) - model.read))
                assert taken == min(len(samples), room)
            model.samples += samples[:taken].tolist()
            value += taken
        assert native.ring_available(ring) == min(capacity, len(model.samples) - model.read)
        written = (start + len(model.samples)) % 2**32
        assert native.ring_stats(ring)[:3] == (written, model.lost, model.overruns)


@pytest.mark.parametrize("capacity", [0, 3, 100, 2**23 + 1])
def test_capacity_must_be_a_power_of_two(capacity):
    native = Native()
    with pytest.raises((ValueError, MemoryError), match=r"invalid argument|too small"):
        native.ring_init(bytearray(native.ring_bytes(256)), capacity, 1)


@pytest.mark.parametrize(("n", "hop"), [(0, 1), (17, 1), (4, 0), (4, 5)])
def test_windows_that_do_not_fit_are_refused(n, hop):
    native = Native()
    ring = bytearray(native.ring_bytes(16))
    native.ring_init(ring, 16, 1)
    native.ring_push(ring, np.zeros(16, np.int16))
    with pytest.raises(ValueError, match="window: n must be"):
        native.ring_window(ring, np.zeros(32, np.int16), n, hop)
    assert native.ring_stats(ring)[:3] == (16, 0, 0)


# ---- Gaps and channels


class Gaps:
    """Which window comes next from a ring in which samples are missing here and there; sample i has the value i."""

    def __init__(self, capacity, lanes):
        self.capacity, self.lanes, self.written, self.read = capacity, lanes, 0, 0
        self.starts, self.passed = [0], 0  # of the parts between gaps; the part that is read

    def gap(self):
        self.starts.append(self.written)

    def window(self, n, hop):
        """Where it starts, or None."""
        if len(self.starts) - 1 - self.passed >= 4:  # more gaps than the queue can hold for sure
            self.enter(len(self.starts) - 1)
        while True:
            start = self.starts[self.passed]
            late = self.written - self.capacity - start
            if late > self.read - start:
                self.read = start + -(-late // self.lanes) * self.lanes
            last = self.passed == len(self.starts) - 1
            end = self.written if last else self.starts[self.passed + 1]
            if self.read + n <= end:
                self.read += hop
                return self.read - hop
            if last:
                return None
            self.enter(self.passed + 1)

    def enter(self, part):
        self.passed, self.read = part, self.starts[part]


gap_moves = st.lists(
    st.one_of(
        st.tuples(st.just("push"), st.integers(0, 25)),
        st.tuples(st.just("gap")),
        st.tuples(st.just("window"), st.integers(1, 5), st.integers(1, 5)),
    ),
    max_size=60,
)


@settings(max_examples=500, deadline=None)
@given(gap_moves, st.sampled_from([1, 2, 3, 5]), st.sampled_from([0, 2**32 - 20]))
def test_gaps_and_channels_against_a_model(plan, lanes, start):
    native, capacity = Native(), 16
    ring, model = bytearray(native.ring_bytes(capacity)), Gaps(16, lanes)
    native.ring_init(ring, capacity, lanes)
    fields = ffi.from_buffer("mote_ring[1]", ring)[0]
    fields.claimed = fields.written = fields.read = start
    for move in plan:
        if move[0] == "gap":
            native.ring_gap(ring, 7)
            model.gap()
        elif move[0] == "push":
            samples = np.arange(model.written, model.written + move[1], dtype=np.int16)
            native.ring_push(ring, samples)
            model.written += move[1]
        else:
            n = min(move[1], capacity // lanes) * lanes
            hop = min(move[2] * lanes, n)
            out = np.zeros(n, np.int16)
            at = model.window(n, hop)
            assert native.ring_window(ring, out, n, hop) == (at is not None)
            assert at is None or out.tolist() == list(range(at, at + n))
    taken = fields.passed
    assert taken == model.passed
    assert native.ring_stats(ring)[3] <= 7 * taken
    assert native.ring_available(ring) <= max(0, min(capacity, model.written - model.read))


def test_a_crowd_of_gaps():
    """More gaps than the queue holds: no window of what lies between them, then all that lies behind."""
    native = Native()
    ring = bytearray(native.ring_bytes(64))
    native.ring_init(ring, 64, 1)
    for part in range(6):
        native.ring_push(ring, np.full(8, part, np.int16))
        native.ring_gap(ring, 0)
    native.ring_push(ring, np.full(8, 6, np.int16))
    assert native.ring_available(ring) == 0
    out = np.zeros(4, np.int16)
    assert native.ring_window(ring, out, 4, 4) == 1
    assert out.tolist() == [6] * 4
    assert native.ring_available(ring) == 4
