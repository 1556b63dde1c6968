# SPDX-License-Identifier: Apache-2.0
"""Random models of one operator. Each module here has OPERATORS: "NAME type" -> function of a random generator that
makes a Case."""

import importlib
import pkgutil

GENERATORS = {}
FAMILIES = {}  # names by module
for _module in sorted(entry.name for entry in pkgutil.iter_modules(__path__)):
    _table = importlib.import_module(f"{__name__}.{_module}").OPERATORS
    assert not GENERATORS.keys() & _table.keys(), _module
    GENERATORS.update(_table)
    FAMILIES[_module] = list(_table)
