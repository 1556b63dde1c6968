/* SPDX-License-Identifier: Apache-2.0 */
/* ADD, SUB and MUL of int8 (CalculateOpDataAdd, CalculateOpDataSub, MulElementwise) and int32. */
#include "../tflite.h"
#include "add.h"
#include "integers.h"
#include "kernels.h"
#include "operands.h"

static mote_rounding rounding(int32_t shift) {
  return (mote_rounding){shift, (int32_t)(1u << shift >> 1), shift ? -1 : 0};
}

/* `large` is the input of the larger scale. */
static bool derive_addition(mote_addition *a, const mote_operands *o, mote_real scales[3], int large, bool subtract) {
  mote_scale in, out;
  mote_real twice = mote_real_scale2(scales[large], 1);
  scales[2].exponent += MOTE_ADD_SHIFT;
  if (!mote_quotient(&scales[!large], &twice, &in) || in.shift > 0) return false;
  if (!mote_quotient(&twice, &scales[2], &out) || out.shift > 0) return false;
  int32_t minus = subtract ? -1 : 1;
  a->factor = (large ? minus : 1) * (1 << (MOTE_ADD_SHIFT - 1));
  a->sign = large ? 1 : minus;
  a->offset = -o->in[large].zero_point * a->factor;
  a->zero = o->in[!large].zero_point;
  a->high = in.multiplier >> (31 - MOTE_ADD_SHIFT);
  a->low = in.multiplier & ((1 << (31 - MOTE_ADD_SHIFT)) - 1);
  a->in = rounding(-in.shift);
  a->multiplier = out.multiplier;
  a->out = rounding(-out.shift);
  a->out_zero = o->out.zero_point;
  return true;
}

static int add(mote_op *op, mote_operands *o, mote_real scales[3], mote_range range) {
  mote_addition a;
  const mote_rows *rows = &o->rows;
  int large = mote_real_compare(scales[0], scales[1]) < 0;
  bool fits = derive_addition(&a, o, scales, large, op->code == TFL_OP_SUB);
  if (!fits) return mote_op_fail(op, MOTE_ERR_QUANT, 2, 0, 0);
  if (!op->arena) return MOTE_OK;
  a.range = range;
  int8_t *out = (int8_t *)o->out.data;
  do {
    const int8_t *x = (const int8_t *)o->in[large].data + rows->offsets[large];
    const int8_t *y = (const int8_t *)o->in[!large].data + rows->offsets[!large];
    mote_add_row(&a, x, rows->strides[0][large], y, rows->strides[0][!large], out, rows->dims[0]);
    out += rows->dims[0];
  } while (mote_operands_next(o));
  return MOTE_OK;
}

static int multiply(mote_op *op, mote_operands *o, mote_real scales[3], mote_range range) {
  mote_scale scale;
  bool fits = mote_product(&scales[0], &scales[1], &scales[2], &scale);
  if (!fits) return mote_op_fail(op, MOTE_ERR_QUANT, 2, 0, 0);
  if (!op->arena) return MOTE_OK;
  const mote_rows *rows = &o->rows;
  int32_t zero1 = o->in[0].zero_point, zero2 = o->in[1].zero_point, step1 = rows->strides[0][0],
          step2 = rows->strides[0][1];
  int8_t *out = (int8_t *)o->out.data;
  do {
    const int8_t *x1 = (const int8_t *)o->in[0].data + rows->offsets[0];
    const int8_t *x2 = (const int8_t *)o->in[1].data + rows->offsets[1];
    for (int32_t i = 0; i < rows->dims[0]; i++, x1 += step1, x2 += step2) {
      int32_t value = mote_rescaled((*x1 - zero1) * (*x2 - zero2), &scale);
      *out++ = (int8_t)mote_clamp(mote_add(value, o->out.zero_point), range.low, range.high);
    }
  } while (mote_operands_next(o));
  return MOTE_OK;
}

static int options_type(int code) { return code == TFL_OP_ADD ? TFL_ADD : code == TFL_OP_SUB ? TFL_SUB : TFL_MUL; }

int mote_kernel_arithmetic(mote_op *op) {
  mote_operands operands;
  mote_real scales[3];
  mote_range range;
  int status = mote_operands_read(op, 2, options_type(op->code), &operands);
  if (status != MOTE_OK) return status;
  if (operands.out.type == TFL_INT32) return mote_integers(op, &operands);
  int activation = fb_get_i8(&op->graph->file, op->options, TFL_ADD_ACTIVATION, TFL_ACT_NONE);
  status = mote_operands_int8(op, &operands, scales);
  if (status == MOTE_OK) status = mote_activation_range(op, activation, 2, &operands.out, &range);
  if (status != MOTE_OK) return status;
  return op->code == TFL_OP_MUL ? multiply(op, &operands, scales, range) : add(op, &operands, scales, range);
}
