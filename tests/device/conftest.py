# SPDX-License-Identifier: Apache-2.0
"""Makes the board's package and the shared helpers of tests/native importable."""

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
for folder in (TESTS.parent / "device", TESTS / "native"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
