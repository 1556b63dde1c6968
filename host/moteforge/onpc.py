# SPDX-License-Identifier: Apache-2.0
"""Gives the board's classes the PC's native functions; import this before any of moteforge.mote."""

from . import _native
from .mote import native

native.on_pc = _native
