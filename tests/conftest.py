# SPDX-License-Identifier: Apache-2.0
"""What holds for all tests."""

import os
import signal

# A shell that runs the tests in the background has them ignore Ctrl-C, and every command that they start would inherit
# that. With a handler here the commands begin with the default.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Tests that run make are its children under 'make test': inherited flags and levels would change what it prints.
for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES"):
    os.environ.pop(name, None)
