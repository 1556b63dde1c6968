/* SPDX-License-Identifier: Apache-2.0 */
/* From an operator to its kernel. A switch, not a table of functions: native .mpy modules cannot relocate data.
 *
 * A build holds the groups in MOTE_WITH_GROUPS (bit n for group n; all unless defined). With MOTE_SELECTED it holds
 * only the operators NAME for which MOTE_WITH_NAME is 1. Kernels that are left out are not referred to, so that the
 * linker drops them. */
#include "kernels/kernels.h"
#include "operators.h"
#include "tflite.h"

#ifndef MOTE_WITH_GROUPS
#define MOTE_WITH_GROUPS ((1u << MOTE_GROUPS) - 1)
#endif

#ifdef MOTE_SELECTED
/* 1 where the macro MOTE_WITH_name is defined as 1, else 0: its value turns into a further argument. */
#define PLACE_1 0,
#define SECOND(first, second, ...) second
#define SELECTED_2(place) SECOND(place 1, 0, 0)
#define SELECTED_1(value) SELECTED_2(PLACE_##value)
#define SELECTED_0(macro) SELECTED_1(macro)
#define SELECTED(name) SELECTED_0(MOTE_WITH_##name)
#else
#define SELECTED(name) 1
#endif
#define HELD(group, name) ((MOTE_WITH_GROUPS >> MOTE_GROUP_##group & 1) && SELECTED(name))

uint32_t mote_groups(void) { return MOTE_WITH_GROUPS; }
uint32_t mote_abi(void) { return 2u << 16 | sizeof(mote_op); }

static int absent(mote_op *op, int group) { return mote_op_fail(op, MOTE_ERR_ABSENT, -1, group, -1); }

static int run_int16(mote_op *op) {
  switch (op->code) {
#define MOTE_INT16(name, kernel)                            \
  case TFL_OP_##name:                                       \
    if (HELD(INT16, name)) return mote_kernel_##kernel(op); \
    break;
#include "operators.def"
    default: break;
  }
  return absent(op, MOTE_GROUP_INT16);
}

static int run_float(mote_op *op) {
  switch (op->code) {
#define MOTE_FLOAT(name, kernel)                            \
  case TFL_OP_##name:                                       \
    if (HELD(FLOAT, name)) return mote_kernel_##kernel(op); \
    break;
#include "operators.def"
    default: break;
  }
  return absent(op, MOTE_GROUP_FLOAT);
}

static int run_other(mote_op *op, int group) {
  switch (op->code) {
#define MOTE_OPERATOR(name, code, group, flags, kernel)     \
  case code:                                                \
    if (HELD(group, name)) return mote_kernel_##kernel(op); \
    break;
#define MOTE_CUSTOM(name, code, group, flags, kernel, text) \
  case code:                                                \
    if (HELD(group, name)) return mote_kernel_##kernel(op); \
    break;
#include "operators.def"
    default: break;
  }
  return absent(op, group);
}

/* Of this module's own groups. */
int mote_execute(mote_op *op) {
  int group = mote_code_group(op->code, op->type);
  if (group == MOTE_GROUP_INT16) return run_int16(op);
  if (group == MOTE_GROUP_FLOAT) return run_float(op);
  return run_other(op, group);
}
