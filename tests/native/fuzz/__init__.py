# SPDX-License-Identifier: Apache-2.0
"""Coverage-guided fuzzing of the core: target.c is what libFuzzer calls, mutate.c how it changes files, seeds.py what
it begins with, campaign.py runs it. corpus/ holds files that reach all code that was reached before, found/ those that
once broke a promise."""
