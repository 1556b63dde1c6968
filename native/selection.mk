# SPDX-License-Identifier: Apache-2.0
# Operators to build: MOTE_OPS names them ("CONV_2D ADD", as `mote inspect` prints them); empty: all. After this file
# MOTE_OPS_FLAGS is for src/execute.c, which alone refers to the kernels. micropython.cmake does the same.
MOTE_OPS ?=
MOTE_OPERATORS_DEF := $(dir $(lastword $(MAKEFILE_LIST)))src/operators.def
MOTE_KNOWN_OPS := $(shell sed -nE 's/^MOTE_(OPERATOR|CUSTOM).([A-Z0-9_]+),.*/\2/p' '$(MOTE_OPERATORS_DEF)')
ifneq ($(filter-out $(MOTE_KNOWN_OPS),$(MOTE_OPS)),)
$(error MOTE_OPS has $(filter-out $(MOTE_KNOWN_OPS),$(MOTE_OPS)), which no operator is called; `mote inspect` prints names)
endif
MOTE_OPS_FLAGS = $(if $(strip $(MOTE_OPS)),-DMOTE_SELECTED $(MOTE_OPS:%=-DMOTE_WITH_%=1))
