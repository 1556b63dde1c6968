/* SPDX-License-Identifier: Apache-2.0 */
/* ADD, SUB and MUL in single precision (reference_ops of these names). */
#include "../tflite.h"
#include "kernels.h"
#include "operands.h"
#include "single.h"

static float combine(int code, float a, float b) {
  switch (code) {
    case TFL_OP_ADD: return a + b;
    case TFL_OP_SUB: return a - b;
    default: return a * b;
  }
}

int mote_kernel_arithmetic_float(mote_op *op) {
  mote_operands o;
  mote_float_range range;
  int options = op->code == TFL_OP_ADD ? TFL_ADD : op->code == TFL_OP_SUB ? TFL_SUB : TFL_MUL;
  int status = mote_operands_read(op, 2, options, &o);
  if (status == MOTE_OK) status = mote_need_float(op, 1, &o.in[1]);
  if (status == MOTE_OK) status = mote_need_float(op, 2, &o.out);
  int activation = fb_get_i8(&op->graph->file, op->options, TFL_ADD_ACTIVATION, TFL_ACT_NONE);
  if (status == MOTE_OK) status = mote_float_activation(op, activation, &range);
  if (status != MOTE_OK || !op->arena) return status;
  float *out = (float *)(void *)o.out.data;
  const int32_t *steps = o.rows.strides[0];
  do {
    const float *a = (const float *)(void *)o.in[0].data + o.rows.offsets[0];
    const float *b = (const float *)(void *)o.in[1].data + o.rows.offsets[1];
    for (int32_t i = 0; i < o.rows.dims[0]; i++, a += steps[0], b += steps[1]) {
      *out++ = mote_clampf(combine(op->code, *a, *b), range);
    }
  } while (mote_operands_next(&o));
  return MOTE_OK;
}
