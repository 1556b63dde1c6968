/* SPDX-License-Identifier: Apache-2.0 */
/* What SOFTMAX and LOG_SOFTMAX of int8 rows have in common: exponentials of differences to a row's largest element. */
#ifndef MOTE_EXPONENTS_H
#define MOTE_EXPONENTS_H

#include "quant.h"

#define MOTE_DIFF_BITS 5   /* integer bits of a scaled difference: Q5.26 */
#define MOTE_SUM_BITS 12   /* integer bits of a sum of exponentials: Q12.19 */
#define MOTE_SUM_MOST 4095 /* ones that fit such a sum */

typedef struct {
  mote_tensor input, output; /* one input and one output with as many elements; rows along the last axis */
  uint32_t rows;
  int32_t depth;
  mote_scale scale;
  int32_t diff_min; /* below it an exponential counts as 0 */
} mote_exponents;

/* Reads and checks the operator's two tensors, but for the output's quantization. */
int mote_exponents_read(mote_op *op, mote_exponents *e, int options_type, int32_t most_depth);
/* Derives scale and diff_min: input scale * beta (positive) in steps of 2^-26, below 2^31. */
int mote_exponents_derive(mote_op *op, mote_exponents *e, mote_real beta);
/* Whether a tensor's scale is 2^exponent within a thousandth of it, as TF_LITE_ENSURE_NEAR has it. */
bool mote_scale_is_near(const mote_tensor *tensor, int exponent);

int32_t mote_exponents_max(const mote_exponents *e, const int8_t *row);
/* A difference >= diff_min, Q5.26. */
static inline int32_t mote_exponents_scaled(const mote_exponents *e, int32_t diff) {
  return mote_high_mul(mote_shl(diff, e->scale.shift), e->scale.multiplier);
}
/* The sum over a row, Q12.19, >= 1. */
int32_t mote_exponents_sum(const mote_exponents *e, const int8_t *row, int32_t max);

#endif
