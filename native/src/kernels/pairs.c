/* SPDX-License-Identifier: Apache-2.0 */
/* MAXIMUM, MINIMUM, SQUARED_DIFFERENCE, PRELU of int8 (MaximumMinimumBroadcastSlow, SquaredDifference with
 * PrepareQuantized, BroadcastPrelu4DSlow with CalculatePreluParams); of int32 what TFLM has, and DIV. */
#include "../tflite.h"
#include "integers.h"
#include "kernels.h"
#include "operands.h"

#define SQUARE_SHIFT 7

typedef struct {
  int code;
  mote_scale first, second, result;
  int32_t zero1, zero2, out_zero; /* 0 for the extremes, which are of the bytes as they are */
} pair;

/* The inputs at 2^7 steps of twice the larger scale. */
static bool derive_squares(pair *p, mote_real scales[3]) {
  mote_real twice = mote_real_scale2(scales[mote_real_compare(scales[0], scales[1]) < 0], 1);
  scales[2].exponent += 2 * SQUARE_SHIFT;
  return mote_quotient(&scales[0], &twice, &p->first) && mote_quotient(&scales[1], &twice, &p->second) &&
         mote_product(&twice, &twice, &scales[2], &p->result);
}

static bool derive_prelu(pair *p, const mote_real scales[3]) {
  return mote_quotient(&scales[0], &scales[2], &p->first) &&
         mote_product(&scales[0], &scales[1], &scales[2], &p->second);
}

static int prepare(mote_op *op, pair *p, const mote_operands *o) {
  mote_real scales[3];
  *p = (pair){.code = op->code};
  if (op->code == TFL_OP_MAXIMUM || op->code == TFL_OP_MINIMUM) {
    int status = mote_need_type(op, 1, &o->in[1], TFL_INT8);
    return status == MOTE_OK ? mote_need_type(op, 2, &o->out, TFL_INT8) : status;
  }
  int status = mote_operands_int8(op, o, scales);
  if (status != MOTE_OK) return status;
  p->zero1 = o->in[0].zero_point;
  p->zero2 = o->in[1].zero_point;
  p->out_zero = o->out.zero_point;
  bool fits = op->code == TFL_OP_PRELU ? derive_prelu(p, scales) : derive_squares(p, scales);
  return fits ? MOTE_OK : mote_op_fail(op, MOTE_ERR_QUANT, 2, 0, 0);
}

static int32_t prelu(const pair *p, int32_t a, int32_t b) {
  return a >= 0 ? mote_rescaled(a, &p->first) : mote_rescaled(a * b, &p->second);
}

static int32_t squared_difference(const pair *p, int32_t a, int32_t b) {
  int32_t difference =
      mote_rescaled(a * (1 << SQUARE_SHIFT), &p->first) - mote_rescaled(b * (1 << SQUARE_SHIFT), &p->second);
  return mote_rescaled(difference * difference, &p->result);
}

static int32_t combine(const pair *p, int32_t a, int32_t b) {
  switch (p->code) {
    case TFL_OP_MAXIMUM: return a > b ? a : b;
    case TFL_OP_MINIMUM: return a < b ? a : b;
    case TFL_OP_PRELU: return prelu(p, a, b);
    default: return squared_difference(p, a, b);
  }
}

static void run(const pair *p, mote_operands *o) {
  const int32_t *steps = o->rows.strides[0];
  int8_t *out = (int8_t *)o->out.data;
  do {
    const int8_t *a = (const int8_t *)o->in[0].data + o->rows.offsets[0];
    const int8_t *b = (const int8_t *)o->in[1].data + o->rows.offsets[1];
    for (int32_t i = 0; i < o->rows.dims[0]; i++, a += steps[0], b += steps[1]) {
      int32_t value = mote_add(combine(p, *a - p->zero1, *b - p->zero2), p->out_zero);
      *out++ = (int8_t)mote_clamp(value, INT8_MIN, INT8_MAX);
    }
  } while (mote_operands_next(o));
}

int mote_kernel_pairs(mote_op *op) {
  mote_operands operands;
  pair p;
  int status = mote_operands_read(op, 2, op->code == TFL_OP_DIV ? TFL_DIV : 0, &operands);
  if (status != MOTE_OK) return status;
  if (op->code == TFL_OP_DIV || (op->code != TFL_OP_PRELU && operands.out.type == TFL_INT32)) {
    return mote_integers(op, &operands);
  }
  status = prepare(op, &p, &operands);
  if (status == MOTE_OK && op->arena) run(&p, &operands);
  return status;
}
