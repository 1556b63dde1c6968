# SPDX-License-Identifier: Apache-2.0
# Optimisation of the core, for every build of it. Kernels hold the inner loops and are worth their bytes; the rest
# runs once per model or per operator and stays small. $(call mote_opt,PATH) gives the level for a source file.
MOTE_OPT_KERNELS ?= -O3
MOTE_OPT_REST ?= -Os
mote_opt = $(if $(findstring /kernels/,$(1)),$(MOTE_OPT_KERNELS),$(MOTE_OPT_REST))
