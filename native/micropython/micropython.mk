# SPDX-License-Identifier: Apache-2.0
# The same user C modules for ports that build with make: make USER_C_MODULES=.../native
# (make looks for NAME/micropython.mk below that directory). MOTE_OPS: which operators (selection.mk); all unless set.
MOTE_NATIVE_DIR := $(USERMOD_DIR)/..

include $(MOTE_NATIVE_DIR)/selection.mk

MOTE_SOURCES := $(wildcard $(MOTE_NATIVE_DIR)/src/*.c $(MOTE_NATIVE_DIR)/src/*/*.c)
SRC_USERMOD_C += $(addprefix $(USERMOD_DIR)/,modmote.c modchain.c glue.c)
SRC_USERMOD_LIB_C += $(MOTE_SOURCES)
CFLAGS_USERMOD += -I$(MOTE_NATIVE_DIR) -I$(MOTE_NATIVE_DIR)/src $(MOTE_OPS_FLAGS)
