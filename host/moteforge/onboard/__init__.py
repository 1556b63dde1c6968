# SPDX-License-Identifier: Apache-2.0
"""Code that runs on a board, sent through its prompt. Plain MicroPython; never imported here."""
