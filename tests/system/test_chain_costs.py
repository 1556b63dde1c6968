# SPDX-License-Identifier: Apache-2.0
"""What chains cost on the emulated Cortex-M0+ stays within reach, with the bytes of this computer."""

from __future__ import annotations

import pytest
from moteforge.bench import peer_fft
from moteforge.bench.chains import CHAINS
from moteforge.bench.measure import bench_frontend
from moteforge.errors import MoteError


@pytest.mark.parametrize("name", list(CHAINS))
def test_chains_are_within_reach(name):
    case = CHAINS[name]
    run = bench_frontend(case.config, case.samples())
    assert run["matches_host"]
    assert 0 < run["cycles"] <= case.cycles
    assert case.state_bytes is None or run["state_bytes"] <= case.state_bytes


def test_the_transform_costs_less_than_emlearns():
    try:
        theirs = peer_fft.measure_emlearn()
    except MoteError as error:
        pytest.skip(f"emlearn's source package: {error}")
    ours = bench_frontend(CHAINS["fft"].config, CHAINS["fft"].samples())
    assert ours["cycles"] < theirs["cycles"]
