/* SPDX-License-Identifier: Apache-2.0 */
/* Broadcasting as TFLM does it (BroadcastBinaryOpSimple, BroadcastSelectSimple). */
#include "operands.h"

/* The n-th dimension from the last, n from 1; 1 beyond the first. */
static int32_t dim_from_last(const mote_tensor *tensor, int n) {
  return n <= tensor->rank ? tensor->dims[tensor->rank - n] : 1;
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

static int lay_out(mote_op *op, mote_operands *o) {
  mote_rows *rows = &o->rows;
  int32_t elements[MOTE_OPERANDS] = {1, 1, 1}; /* of each input in the dimensions so far */
  int last = 0;
  *rows = (mote_rows){.dims = {1}, .strides = {{1, 1, 1}}};
  for (int n = 1; n <= MOTE_MAX_RANK; n++) {
    int32_t dim = dim_from_last(&o->out, n);
    int mask = repeated(op, o, n, dim);
    if (mask < 0) return mask;
    if (dim == 1) continue;
    bool level = mask != last && rows->dims[rows->levels] > 1;
    if (level) rows->dims[++rows->levels] = 1;
    rows->dims[rows->levels] *= dim;
    for (int k = 0; k < o->inputs; k++) {
      bool absent = mask >> k & 1;
      if (mask != last) rows->strides[rows->levels][k] = absent ? 0 : elements[k];
      if (!absent) elements[k] *= dim;
    }
    last = mask;
  }
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

bool mote_product(const mote_real *a, const mote_real *b, const mote_real *c, mote_scale *scale) {
  return mote_real_ratio_to_scale(a, b, c, scale);
}

bool mote_quotient(const mote_real *a, const mote_real *b, mote_scale *scale) {
  mote_real one = {(uint64_t)1 << 63, -63};
  return mote_product(a, &one, b, scale);
}

bool mote_operands_next(mote_operands *o) {
  mote_rows *rows = &o->rows;
  for (int level = 1; level <= rows->levels; level++) {
    bool more = ++rows->at[level] < rows->dims[level];
    int32_t steps = more ? 1 : 1 - rows->dims[level];
    if (!more) rows->at[level] = 0;
    for (int k = 0; k < o->inputs; k++) rows->offsets[k] += (uint32_t)(steps * rows->strides[level][k]);
    if (more) return true;
  }
  return false;
}
