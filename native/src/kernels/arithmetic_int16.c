/* SPDX-License-Identifier: Apache-2.0 */
/* ADD, SUB and MUL, int16 (CalculateOpDataAdd, CalculateOpDataSub, AddElementwise, SubElementwise, MulElementwise):
 * sums at 2^15 steps of twice the larger scale. */
#include "../tflite.h"
#include "kernels.h"
#include "operands.h"

#define LEFT_SHIFT 15

typedef struct {
  mote_operands operands;
  mote_scale in[2], out; /* MUL has `out` alone */
  int32_t zero[3];
  mote_range range;
} arithmetic;

static bool derive(mote_op *op, arithmetic *a, mote_real scales[3]) {
  if (op->code == TFL_OP_MUL) return mote_product(&scales[0], &scales[1], &scales[2], &a->out);
  mote_real twice = mote_real_scale2(scales[mote_real_compare(scales[0], scales[1]) < 0], 1);
  scales[2].exponent += LEFT_SHIFT;
  bool fits = mote_quotient(&twice, &scales[2], &a->out) && a->out.shift <= 0;
  for (int i = 0; i < 2; i++) fits = fits && mote_quotient(&scales[i], &twice, &a->in[i]);
  return fits;
}

/* Zero points are 0 in MUL, as TFLM has it, and in SUB, where TFLM takes others for inputs that are broadcast only. */
static int prepare(mote_op *op, arithmetic *a) {
  mote_operands *o = &a->operands;
  mote_real scales[3];
  int options = op->code == TFL_OP_ADD ? TFL_ADD : op->code == TFL_OP_SUB ? TFL_SUB : TFL_MUL;
  int status = mote_operands_read(op, 2, options, o);
  for (int i = 0; i < 3 && status == MOTE_OK; i++) {
    const mote_tensor *tensor = i < 2 ? &o->in[i] : &o->out;
    status = mote_need_quantized(op, i, tensor, TFL_INT16);
    if (status != MOTE_OK) return status;
    bool shifted = tensor->zero_point != 0 && (op->code == TFL_OP_MUL || (op->code == TFL_OP_SUB && i < 2));
    if (shifted) return mote_op_fail(op, MOTE_ERR_QUANT, i, tensor->zero_point, 0);
    (void)mote_tensor_scale(tensor, 0, &scales[i]);
    a->zero[i] = tensor->zero_point;
  }
  int activation = fb_get_i8(&op->graph->file, op->options, TFL_ADD_ACTIVATION, TFL_ACT_NONE);
  if (status == MOTE_OK) status = mote_activation_range(op, activation, 2, &o->out, &a->range);
  if (status != MOTE_OK) return status;
  return derive(op, a, scales) ? MOTE_OK : mote_op_fail(op, MOTE_ERR_QUANT, 2, 0, 0);
}

/* Both summands are at most 2^30 in magnitude: 2^16 * 2^15 times one half. */
static int32_t combined(const arithmetic *a, int code, int32_t x, int32_t y) {
  if (code == TFL_OP_MUL) return mote_rescale(mote_mul(x, y), a->out);
  x = mote_rescale(x * (1 << LEFT_SHIFT), a->in[0]);
  y = mote_rescale(y * (1 << LEFT_SHIFT), a->in[1]);
  return mote_rescale(code == TFL_OP_SUB ? x - y : x + y, a->out);
}

int mote_kernel_arithmetic_int16(mote_op *op) {
  arithmetic a;
  int status = prepare(op, &a);
  if (status != MOTE_OK || !op->arena) return status;
  const mote_rows *rows = &a.operands.rows;
  int16_t *out = (int16_t *)(void *)a.operands.out.data;
  do {
    const int16_t *x = (const int16_t *)(const void *)a.operands.in[0].data + rows->offsets[0];
    const int16_t *y = (const int16_t *)(const void *)a.operands.in[1].data + rows->offsets[1];
    for (int32_t i = 0; i < rows->dims[0]; i++, x += rows->strides[0][0], y += rows->strides[0][1]) {
      int32_t value = mote_add(combined(&a, op->code, *x - a.zero[0], *y - a.zero[1]), a.zero[2]);
      *out++ = (int16_t)mote_clamp(value, a.range.low, a.range.high);
    }
  } while (mote_operands_next(&a.operands));
  return MOTE_OK;
}
