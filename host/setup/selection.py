# SPDX-License-Identifier: Apache-2.0
"""Which operators a firmware and native modules get: OPS="CONV_2D ADD", all where it is not set."""

from __future__ import annotations

import os
import re

from paths import ROOT
from report import SetupError

VARIABLES = ("OPS", "MOTE_OPS")  # the first that is set counts
ROW = re.compile(r"^MOTE_(?:OPERATOR|CUSTOM)\((\w+),", re.MULTILINE)


def known() -> list[str]:
    """Names in the core's list of operators."""
    return ROW.findall((ROOT / "native/src/operators.def").read_text("utf-8"))


def selected() -> list[str]:
    """The names asked for, each once, sorted; empty: all operators. SetupError names one that is not known."""
    variable = next((name for name in VARIABLES if os.environ.get(name)), VARIABLES[0])
    names = sorted(set(os.environ.get(variable, "").replace(",", " ").split()))
    unknown = sorted(set(names) - set(known()))
    if unknown:
        raise SetupError(
            f"{variable} names {', '.join(unknown)}, which no operator is called",
            f"names are: {' '.join(sorted(known()))}; `mote inspect MODEL` prints what a model needs",
        )
    return names
