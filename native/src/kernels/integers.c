/* SPDX-License-Identifier: Apache-2.0 */
/* int32 arithmetic (reference_ops::Add, Sub, Mul, Div, MaximumMinimumBroadcastSlow, SquaredDifference). */
#include "integers.h"

#include "../tflite.h"

/* CalculateActivationRange; ADD leaves its activation out. */
static int activation_range(mote_op *op, mote_range *range) {
  int activation = fb_get_i8(&op->graph->file, op->options, TFL_ADD_ACTIVATION, TFL_ACT_NONE);
  *range = (mote_range){INT32_MIN, INT32_MAX};
  if (op->code == TFL_OP_ADD) return MOTE_OK;
  if (activation == TFL_ACT_RELU || activation == TFL_ACT_RELU6) range->low = 0;
  if (activation == TFL_ACT_RELU6) range->high = 6;
  if (activation == TFL_ACT_RELU_N1_TO_1) *range = (mote_range){-1, 1};
  return mote_need_option(op, activation, TFL_ACT_NONE, TFL_ACT_RELU6);
}

static bool has_activation(int code) {
  return code == TFL_OP_ADD || code == TFL_OP_SUB || code == TFL_OP_MUL || code == TFL_OP_DIV;
}

/* TFLM refuses ADD, SUB and DIV of integers that have a scale, SUB in the output too. */
static int check_unscaled(mote_op *op, const mote_operands *o) {
  if (!has_activation(op->code) || op->code == TFL_OP_MUL) return MOTE_OK;
  for (int k = 0; k < 3; k++) {
    const mote_tensor *tensor = k < 2 ? &o->in[k] : &o->out;
    bool counts = k < 2 || op->code == TFL_OP_SUB;
    if (counts && tensor->n_scales) return mote_op_fail(op, MOTE_ERR_QUANT, k, (int32_t)tensor->n_scales, 0);
  }
  return MOTE_OK;
}

static inline int32_t subtract(int32_t a, int32_t b) { return mote_add(a, mote_mul(b, -1)); }

static int32_t combine(int code, int32_t a, int32_t b) {
  switch (code) {
    case TFL_OP_ADD: return mote_add(a, b);
    case TFL_OP_SUB: return subtract(a, b);
    case TFL_OP_MUL: return mote_mul(a, b);
    case TFL_OP_DIV: return b == -1 ? subtract(0, a) : a / b;
    case TFL_OP_MAXIMUM: return a > b ? a : b;
    case TFL_OP_MINIMUM: return a < b ? a : b;
    default: return mote_mul(subtract(a, b), subtract(a, b)); /* SQUARED_DIFFERENCE */
  }
}

/* A row of the output, NULL where it would divide by 0; not inlined: the loop has all registers. */
static __attribute__((noinline)) int32_t *combine_row(int code, const mote_operands *o, mote_range range,
                                                      int32_t *out) {
  const int32_t *a = (const int32_t *)(void *)o->in[0].data + o->rows.offsets[0];
  const int32_t *b = (const int32_t *)(void *)o->in[1].data + o->rows.offsets[1];
  int32_t step1 = o->rows.strides[0][0], step2 = o->rows.strides[0][1];
  for (const int32_t *end = out + o->rows.dims[0]; out != end; a += step1, b += step2) {
    if (code == TFL_OP_DIV && *b == 0) return NULL;
    *out++ = mote_clamp(combine(code, *a, *b), range.low, range.high);
  }
  return out;
}

int mote_integers(mote_op *op, mote_operands *o) {
  mote_range range = {INT32_MIN, INT32_MAX};
  int status = mote_need_type(op, 1, &o->in[1], TFL_INT32);
  if (status == MOTE_OK) status = mote_need_type(op, 2, &o->out, TFL_INT32);
  if (status == MOTE_OK) status = check_unscaled(op, o);
  if (status == MOTE_OK && has_activation(op->code)) status = activation_range(op, &range);
  if (status != MOTE_OK || !op->arena) return status;
  int32_t *out = (int32_t *)(void *)o->out.data;
  do {
    out = combine_row(op->code, o, range, out);
    if (!out) return mote_op_fail(op, MOTE_ERR_DIVISION, 1, 0, 0);
  } while (mote_operands_next(o));
  return MOTE_OK;
}
