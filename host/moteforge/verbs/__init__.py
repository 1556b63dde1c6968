# SPDX-License-Identifier: Apache-2.0
"""The verbs of `mote`: one file each, with a `command` made by moteforge.options.verb."""
