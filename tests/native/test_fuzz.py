# SPDX-License-Identifier: Apache-2.0
"""Ten seconds of coverage-guided fuzzing: the kept corpus, a model of every operator, and what mutations make of them.

`make fuzz SECONDS=3600` goes on for longer, from more files.
"""

import pytest
from fuzz import campaign
from fuzz.seeds import MOST_BYTES, write_seeds

SECONDS = 10


@pytest.fixture(autouse=True)
def _fuzzer_is_here():
    if reason := campaign.missing():
        pytest.skip(reason)


def test_ten_seconds_find_nothing(tmp_path):
    models = write_seeds(tmp_path / "seeds", 1)
    kept = len(list(campaign.CORPUS.iterdir()))
    assert models > 100
    assert kept > 100
    seeds = [tmp_path / "seeds", campaign.CORPUS, campaign.FOUND]
    outcome = campaign.run(tmp_path / "corpus", seeds, tmp_path / "findings", SECONDS, MOST_BYTES)
    assert not outcome.findings, outcome.log[-5000:]
    assert outcome.executed > models + kept
