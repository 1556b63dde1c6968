# SPDX-License-Identifier: Apache-2.0
"""Models whose outputs tell in which precision factors are derived from scales. Each module here has OPERATORS:
"NAME type" -> Telling."""

import importlib
import pkgutil

from telling.base import PRODUCT, QUOTIENT

TELLING = {}
for _module in sorted(entry.name for entry in pkgutil.iter_modules(__path__)):
    if _module != "base":
        _table = importlib.import_module(f"{__name__}.{_module}").OPERATORS
        assert not TELLING.keys() & _table.keys(), _module
        TELLING.update(_table)

__all__ = ["PRODUCT", "QUOTIENT", "TELLING"]
