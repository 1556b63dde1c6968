# SPDX-License-Identifier: Apache-2.0
"""Makes the board's package importable by its own name; the tests give it native functions."""

import sys
from pathlib import Path

DEVICE = str(Path(__file__).resolve().parents[2] / "device")
if DEVICE not in sys.path:
    sys.path.insert(0, DEVICE)
