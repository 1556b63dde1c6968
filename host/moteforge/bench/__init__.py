# SPDX-License-Identifier: Apache-2.0
"""Cycles, instructions, stack and sizes of the core in QEMU; `python -m moteforge.bench`."""
