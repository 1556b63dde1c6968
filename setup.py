# SPDX-License-Identifier: Apache-2.0
"""Declares the compiled core; everything else is in pyproject.toml."""

from setuptools import setup

setup(cffi_modules=["host/moteforge/_build_core.py:ffi"])
