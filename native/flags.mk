# SPDX-License-Identifier: Apache-2.0
# Optimisation of the core, for every build of it. The sources named in MOTE_HOT hold the inner loops and are worth
# their bytes; the rest runs once per model or per operator and stays small: native modules lie in RAM.
# $(call mote_opt,PATH) gives the level for a source or object file. micropython.cmake reads this file too.
MOTE_HOT = patch wide requant dot fft fft_block root filterbank energy biquad decimate dct
MOTE_OPT_HOT ?= -O3
MOTE_OPT_REST ?= -Os
# The rest also computes again, a round, what a loop could keep: on processors with few registers that takes more bytes.
MOTE_LEAN ?= -fno-move-loop-invariants -fno-tree-loop-im -fno-tree-dominator-opts
mote_opt = $(if $(filter $(MOTE_HOT),$(basename $(notdir $(1)))),$(MOTE_OPT_HOT),$(MOTE_OPT_REST) $(MOTE_LEAN))
