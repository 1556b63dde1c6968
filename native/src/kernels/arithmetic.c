/* SPDX-License-Identifier: Apache-2.0 */
/* ADD, SUB and MUL of int8 (CalculateOpDataAdd, CalculateOpDataSub, MulElementwise) and int32. */
#include "../tflite.h"
#include "add.h"
#include "integers.h"
#include "kernels.h"
#include "operands.h"

static mote_rounding rounding(mote_scale scale) {
  int32_t shift = -scale.shift;
  return (mote_rounding){shift, (int32_t)(1u << shift >> 1), shift ? -1 : 0};
}

/* `in` holds the tensors of the larger and the smaller scale, `signs` theirs. */
static bool derive_addition(mote_addition *a, const mote_tensor *const in[2], const int32_t signs[2],
                            const mote_real scales[3]) {
  mote_scale factor, out;
  mote_real twice = mote_real_scale2(scales[0], 1);
  if (!mote_quotient(scales[1], twice, &factor) || factor.shift > 0) return false;
  if (!mote_quotient(twice, mote_real_scale2(scales[2], MOTE_ADD_SHIFT), &out) || out.shift > 0) return false;
  a->factor = signs[0] * (1 << (MOTE_ADD_SHIFT - 1));
  a->offset = -in[0]->zero_point * a->factor;
  a->zero = in[1]->zero_point;
  a->sign = signs[1];
  a->high = factor.multiplier >> (31 - MOTE_ADD_SHIFT);
  a->low = factor.multiplier & ((1 << (31 - MOTE_ADD_SHIFT)) - 1);
  a->in = rounding(factor);
  a->multiplier = out.multiplier;
  a->out = rounding(out);
  return true;
}

static int add(mote_op *op, mote_operands *o, mote_real scales[3], mote_range range) {
  mote_addition a = {.out_zero = o->out.zero_point, .range = range};
  bool subtract = op->code == TFL_OP_SUB;
  int large = mote_real_compare(scales[0], scales[1]) < 0, small = 1 - large;
  const mote_tensor *in[2] = {&o->in[large], &o->in[small]};
  mote_real ordered[3] = {scales[large], scales[small], scales[2]};
  int32_t signs[2] = {subtract && large ? -1 : 1, subtract && small ? -1 : 1};
  if (!derive_addition(&a, in, signs, ordered)) {
    return mote_op_fail(op, MOTE_ERR_QUANT, 2, 0, 0);
  }
  if (!op->arena) return MOTE_OK;
  const mote_rows *rows = &o->rows;
  const int8_t *x = (const int8_t *)in[0]->data, *y = (const int8_t *)in[1]->data;
  int8_t *out = (int8_t *)o->out.data;
  do {
    mote_add_row(&a, x + rows->offsets[large], rows->strides[0][large], y + rows->offsets[small],
                 rows->strides[0][small], out, rows->dims[0]);
    out += rows->dims[0];
  } while (mote_operands_next(o));
  return MOTE_OK;
}

static int multiply(mote_op *op, mote_operands *o, mote_real scales[3], mote_range range) {
  mote_scale scale;
  mote_real product = mote_real_mul(scales[0], scales[1], MOTE_DOUBLE_BITS);
  if (!mote_quotient(product, scales[2], &scale)) return mote_op_fail(op, MOTE_ERR_QUANT, 2, 0, 0);
  if (!op->arena) return MOTE_OK;
  const mote_rows *rows = &o->rows;
  int32_t zero1 = o->in[0].zero_point, zero2 = o->in[1].zero_point, step1 = rows->strides[0][0],
          step2 = rows->strides[0][1];
  int8_t *out = (int8_t *)o->out.data;
  do {
    const int8_t *x1 = (const int8_t *)o->in[0].data + rows->offsets[0];
    const int8_t *x2 = (const int8_t *)o->in[1].data + rows->offsets[1];
    for (int32_t i = 0; i < rows->dims[0]; i++, x1 += step1, x2 += step2) {
      int32_t value = mote_rescale((*x1 - zero1) * (*x2 - zero2), scale);
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
