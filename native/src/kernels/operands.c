/* SPDX-License-Identifier: Apache-2.0 */
/* Broadcasting as TFLM does it (BroadcastBinaryOpSimple, BroadcastSelectSimple). */
#include "operands.h"

/* The n-th dimension from the last, n from 1; 1 beyond the first. */
static int32_t dim_from_last(const mote_tensor *tensor, int n) {
  return n <= tensor->rank ? tensor->dims[tensor->rank - n] : 1;
}

static bool equal_shapes(const mote_tensor *a, const mote_tensor *b) {
  for (int i = 1; i <= MOTE_MAX_RANK; i++) {
    if (dim_from_last(a, i) != dim_from_last(b, i)) return false;
  }
  return true;
}

/* The shape to walk: the output's, but that of the inputs where they all agree. */
static const mote_tensor *walked(const mote_operands *o) {
  for (int k = 1; k < o->inputs; k++) {
    if (!equal_shapes(&o->in[0], &o->in[k])) return &o->out;
  }
  return &o->in[0];
}

/* Which inputs are repeated along a dimension, a bit each; negative: a refusal. */
static int repeated(mote_op *op, const mote_operands *o, int n, int32_t want) {
  int mask = 0;
  for (int k = 0; k < o->inputs; k++) {
    int32_t dim = dim_from_last(&o->in[k], n);
    if (dim == want) continue;
    if (dim != 1) return mote_op_fail(op, MOTE_ERR_SHAPE, k, dim, want);
    mask |= 1 << k;
  }
  return mask + 1 < 1 << o->inputs ? mask : mote_op_fail(op, MOTE_ERR_SHAPE, o->inputs, want, 1);
}

static void add_level(mote_rows *rows, int inputs, int mask, const int32_t *elements) {
  int32_t *strides = rows->strides[rows->levels];
  rows->dims[rows->levels++] = 1;
  for (int k = 0; k < inputs; k++) strides[k] = mask >> k & 1 ? 0 : elements[k];
}

static int lay_out(mote_op *op, mote_operands *o) {
  const mote_tensor *shape = walked(o);
  mote_rows *rows = &o->rows;
  int32_t elements[MOTE_OPERANDS] = {1, 1, 1}; /* of each input in the dimensions so far */
  int last = -1;
  *rows = (mote_rows){0};
  int status = mote_need_value(op, o->inputs, (int32_t)o->out.elements, (int32_t)shape->elements);
  if (status != MOTE_OK) return status;
  for (int n = 1; n <= MOTE_MAX_RANK; n++) {
    int32_t dim = dim_from_last(shape, n);
    int mask = repeated(op, o, n, dim);
    if (mask < 0) return mask;
    if (dim == 1) continue;
    if (mask != last) add_level(rows, o->inputs, mask, elements);
    rows->dims[rows->levels - 1] *= dim;
    for (int k = 0; k < o->inputs; k++) elements[k] *= mask >> k & 1 ? 1 : dim;
    last = mask;
  }
  if (rows->levels == 0) add_level(rows, o->inputs, 0, elements);
  return MOTE_OK;
}

int mote_operands_read(mote_op *op, int inputs, int options_type, mote_operands *o) {
  int status = mote_op_arity(op, inputs, inputs, 1, options_type);
  o->inputs = inputs;
  for (int k = 0; k < inputs && status == MOTE_OK; k++) status = mote_op_input(op, k, &o->in[k]);
  if (status == MOTE_OK) status = mote_op_output(op, 0, &o->out);
  if (status == MOTE_OK) status = mote_need_type(op, inputs - 1, &o->in[inputs - 1], o->in[inputs - 2].type);
  return status == MOTE_OK ? lay_out(op, o) : status;
}

int mote_operands_int8(mote_op *op, const mote_operands *o, mote_real scales[3]) {
  for (int k = 0; k < 3; k++) {
    const mote_tensor *tensor = k < 2 ? &o->in[k] : &o->out;
    int status = mote_need_int8(op, k, tensor);
    if (status != MOTE_OK) return status;
    (void)mote_tensor_scale(tensor, 0, &scales[k]);
  }
  return MOTE_OK;
}

bool mote_quotient(mote_real a, mote_real b, mote_scale *scale) {
  return mote_real_to_scale(mote_real_div(a, b, MOTE_DOUBLE_BITS), scale);
}

bool mote_operands_next(mote_operands *o) {
  mote_rows *rows = &o->rows;
  for (int level = 1; level < rows->levels; level++) {
    bool more = ++rows->at[level] < rows->dims[level];
    int32_t steps = more ? 1 : 1 - rows->dims[level];
    if (!more) rows->at[level] = 0;
    for (int k = 0; k < o->inputs; k++) rows->offsets[k] += (uint32_t)(steps * rows->strides[level][k]);
    if (more) return true;
  }
  return false;
}
