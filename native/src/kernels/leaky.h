/* SPDX-License-Identifier: Apache-2.0 */
/* Factors of RELU and LEAKY_RELU (CalculateOpDataLeakyRelu). The source divides singles, but what TFLM's wheel runs
 * does it in double precision: scales whose quotients differ tell. */
#ifndef MOTE_LEAKY_H
#define MOTE_LEAKY_H

#include "../tflite.h"
#include "quant.h"

static inline bool mote_leaky_derive(mote_real numerator, mote_real denominator, mote_scale *scale) {
  return mote_real_to_scale(mote_real_div(numerator, denominator, MOTE_DOUBLE_BITS), scale);
}

/* |alpha| * the input's scale; alpha may be 0 or negative, but not infinite. */
static inline bool mote_leaky_product(mote_op *op, mote_real input, mote_real *product, bool *negative) {
  uint32_t bits = (uint32_t)fb_get_i32(&op->graph->file, op->options, TFL_LEAKY_ALPHA, 0), size = bits & INT32_MAX;
  mote_real alpha = {0, 0};
  *negative = bits != size;
  if (size && !mote_real_from_single(size, &alpha)) return false;
  *product = mote_real_mul(input, alpha, MOTE_DOUBLE_BITS);
  return true;
}

#endif
