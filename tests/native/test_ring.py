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


def steps(ring: Path, side: str) -> subprocess.CompletedProcess:
    program = compiled(f"ring_steps_{ring.stem}", [STEPS, ring], ["-std=gnu99", "-O2"])
    return subprocess.run([program, side], capture_output=True, text=True, timeout=240, check=False)


@stepped
@pytest.mark.parametrize("side", ["reader", "writer"])
def test_cut_in_after_every_instruction(side):
    done = steps(RING, side)
    assert done.returncode == 0, done.stdout
    assert int(done.stdout) > 1000


@stepped
@pytest.mark.parametrize(
    ("side", "line", "instead", "found"),
    [
        (
            "reader",
            "return ring->claimed - ring->read <= ring->capacity &&",
            "return",
            "torn window",
        ),
        ("writer", "  ring->claimed = end;\n", "", "torn window"),
        (
            "writer",
            "behind > storing ? behind - storing : 0",
            "behind + 0 * storing",
            "torn window",
        ),
        ("reader", "ring->lost += instants * ring->lanes", "ring->lost++", "count of lost"),
        (
            "reader",
            "ring->read += instants * ring->lanes;",
            "ring->read += behind;",
            "skipped|count",
        ),
    ],
)
def test_the_steps_find_faults(side, line, instead, found):
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
    done = steps(mutant, side)
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
