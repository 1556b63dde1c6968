/* SPDX-License-Identifier: Apache-2.0 */
/* Factors as in CalculateOpDataLeakyRelu and its like, but divided in double precision: the source divides singles,
 * what TFLM's wheel runs does not, and scales whose quotients differ tell. */
#include "ramp.h"

#include "../real.h"
#include "../tflite.h"
#include "operands.h"

/* |alpha| may be 0, which has no place among reals for a quotient. */
static bool derive_leak(mote_op *op, const mote_real *in, const mote_real *out, mote_ramp *ramp) {
  uint32_t bits = (uint32_t)fb_get_i32(&op->graph->file, op->options, TFL_LEAKY_ALPHA, 0), size = bits & INT32_MAX;
  mote_real alpha;
  ramp->flip = bits != size;
  ramp->below = (mote_scale){0, 0};
  return size == 0 || (mote_real_from_single(size, &alpha) && mote_product(in, &alpha, out, &ramp->below));
}

bool mote_ramp_derive(mote_op *op, const mote_tensor *input, const mote_tensor *output, mote_ramp *ramp) {
  mote_real in, out;
  (void)mote_tensor_scale(input, 0, &in);
  (void)mote_tensor_scale(output, 0, &out);
  if (!mote_quotient(&in, &out, &ramp->above)) return false;
  if (op->code == TFL_OP_LEAKY_RELU) return derive_leak(op, &in, &out, ramp);
  ramp->below = ramp->above;
  ramp->flip = op->code == TFL_OP_ABS;
  return true;
}

/* A negative factor times x is the factor's magnitude times -x, rounded the same way. */
int32_t mote_ramp_at(const mote_ramp *ramp, int32_t x) {
  if (x >= 0) return mote_rescaled(x, &ramp->above);
  return mote_rescaled(ramp->flip ? -x : x, &ramp->below);
}
