# SPDX-License-Identifier: Apache-2.0
"""What several tests of whole systems use."""

from __future__ import annotations

import shutil

import pytest
from moteforge.bench import image


@pytest.fixture(scope="module", params=image.CPUS)
def cpu(request):
    """Each processor that bare-metal images are made for, in turn."""
    chosen = image.get_cpu(request.param)
    for program in (chosen.emulator, chosen.prefix + "gcc"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed (run `make setup`)")
    return chosen
