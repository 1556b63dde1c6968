/* SPDX-License-Identifier: Apache-2.0 */
/* EQUAL, NOT_EQUAL, GREATER, GREATER_EQUAL, LESS, LESS_EQUAL of int8, int32, int64 and, the first two, BOOL;
 * LOGICAL_AND and LOGICAL_OR (ComparisonsPrepare, ComparisonWithScaling, ComparisonImpl, LogicalImpl). */
#include "../tflite.h"
#include "kernels.h"
#include "operands.h"

#define LEFT_SHIFT 8 /* of int8 less its zero point, before its scale is applied as a factor */

typedef struct {
  mote_tensor *in;
  mote_scale scales[2]; /* of int8 */
  int accepted;         /* orders for which the answer is yes: bit 0 less, 1 equal, 2 greater */
} comparison;

static int accepted_orders(int code) {
  switch (code) {
    case TFL_OP_LESS: return 1;
    case TFL_OP_EQUAL: return 2;
    case TFL_OP_LESS_EQUAL: return 3;
    case TFL_OP_GREATER: return 4;
    case TFL_OP_NOT_EQUAL: return 5;
    case TFL_OP_GREATER_EQUAL: return 6;
    default: return 0;
  }
}

/* TFLM stops at scales that are not below 1. */
static int check_scale(mote_op *op, int subject, const mote_tensor *tensor, mote_scale *scale) {
  mote_real real;
  int status = mote_need_int8(op, subject, tensor);
  if (status != MOTE_OK) return status;
  (void)mote_tensor_scale(tensor, 0, &real);
  bool fits = mote_real_to_scale(real, scale) && scale->shift <= 0;
  return fits ? MOTE_OK : mote_op_fail(op, MOTE_ERR_QUANT, subject, scale->shift, 0);
}

static int prepare(mote_op *op, comparison *c, mote_operands *o) {
  int type = o->in[0].type;
  c->in = o->in;
  c->accepted = accepted_orders(op->code);
  if (type == TFL_INT8 && c->accepted) {
    int status = check_scale(op, 0, &o->in[0], &c->scales[0]);
    return status == MOTE_OK ? check_scale(op, 1, &o->in[1], &c->scales[1]) : status;
  }
  bool symmetric = c->accepted == 0 || c->accepted == 2 || c->accepted == 5;
  bool plain = c->accepted && (type == TFL_INT32 || type == TFL_INT64);
  if (plain || (type == TFL_BOOL && symmetric)) return MOTE_OK;
  return mote_op_fail(op, MOTE_ERR_TYPE, 0, type, c->accepted ? TFL_INT8 : TFL_BOOL);
}

/* An element as two words of which the first decides, the second breaks ties. */
typedef struct {
  int32_t high;
  uint32_t low;
} wide;

static wide element(const comparison *c, int k, uint32_t index) {
  const mote_tensor *tensor = &c->in[k];
  const int32_t *words = (const int32_t *)(const void *)tensor->data;
  int8_t byte = (int8_t)tensor->data[index];
  switch (tensor->type) {
    case TFL_INT8: return (wide){mote_rescaled((byte - tensor->zero_point) * (1 << LEFT_SHIFT), &c->scales[k]), 0};
    case TFL_INT32: return (wide){words[index], 0};
    case TFL_INT64: return (wide){words[2 * index + 1], (uint32_t)words[2 * index]};
    default: return (wide){byte != 0, 0};
  }
}

static bool answer(const comparison *c, int code, wide a, wide b) {
  if (code == TFL_OP_LOGICAL_AND) return a.high & b.high;
  if (code == TFL_OP_LOGICAL_OR) return a.high | b.high;
  int order = a.high != b.high ? (a.high > b.high) - (a.high < b.high) : (a.low > b.low) - (a.low < b.low);
  return c->accepted >> (order + 1) & 1;
}

int mote_kernel_compare(mote_op *op) {
  mote_operands o;
  comparison c;
  int status = mote_operands_read(op, 2, 0, &o);
  if (status == MOTE_OK) status = mote_need_type(op, 2, &o.out, TFL_BOOL);
  if (status == MOTE_OK) status = prepare(op, &c, &o);
  if (status != MOTE_OK || !op->arena) return status;
  uint8_t *out = o.out.data;
  do {
    uint32_t a = o.rows.offsets[0], b = o.rows.offsets[1];
    for (int32_t i = 0; i < o.rows.dims[0]; i++) {
      *out++ = answer(&c, op->code, element(&c, 0, a), element(&c, 1, b));
      a += (uint32_t)o.rows.strides[0][0];
      b += (uint32_t)o.rows.strides[0][1];
    }
  } while (mote_operands_next(&o));
  return MOTE_OK;
}
