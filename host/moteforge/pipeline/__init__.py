# SPDX-License-Identifier: Apache-2.0
"""Pipeline files on the PC: their model and JSON Schema, what is checked before deployment, what a chain costs."""
