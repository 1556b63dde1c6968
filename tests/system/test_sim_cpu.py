# SPDX-License-Identifier: Apache-2.0
"""The virtual Pico's core: interpreter, translator and rp2040js's own on random programs."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from moteforge import sim
from moteforge.errors import SimError
from moteforge.sim import places

CHECK = Path(__file__).with_name("sim_cpu.mjs")
PROGRAMS = 150
OPERATIONS = 59  # of ARMv6-M, all but branches, system instructions and SP arithmetic


def test_three_cores_agree():
    try:
        node, package = places.find_node(), places.find_rp2040js()
    except SimError as error:
        pytest.skip(f"{error} ({error.remedy})")
    command = [node, CHECK, Path(sim.__file__).parent, package, str(PROGRAMS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=250)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["wrong"] == []
    assert report["operations"] == OPERATIONS
    assert report["programs"] == PROGRAMS
    assert report["translated"] >= PROGRAMS
    assert report["instructions"] > 100 * PROGRAMS
