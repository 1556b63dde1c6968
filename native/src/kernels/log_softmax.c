/* SPDX-License-Identifier: Apache-2.0 */
/* LOG_SOFTMAX, int8 (reference_ops::LogSoftmaxQuantized with log_x_for_x_greater_than_or_equal_to_1 of TFLM's
 * internal/common.h). */
#include "../tflite.h"
#include "exponents.h"
#include "kernels.h"
#include "transcend.h"

#define LOG_BITS (MOTE_DIFF_BITS + 1) /* integer bits of a logarithm while it is summed up: Q6.25 */

/* Powers of two, less or plus a quarter: Q6.25. */
static int32_t power(int bits, int32_t quarter) { return bits * (1 << (31 - LOG_BITS)) + quarter; }

/* The mantissa of z in Q0.31 around 2^-1/4 and its power of two, from the larger of two normalizations. */
static int32_t mantissa(int32_t z, int32_t *exponent) {
  const int32_t sqrt_half = 1518500250, quarter = 1 << (29 - LOG_BITS);
  int headroom = mote_leading_zeros((uint32_t)z);
  int32_t a = mote_shl_saturated(mote_high_mul_any(mote_shl_saturated(z, headroom - 1), sqrt_half), 1);
  int headroom_b = mote_leading_zeros((uint32_t)mote_high_mul_any(z, sqrt_half)) - 1;
  int32_t b = mote_shl_saturated(z, headroom_b);
  int32_t power_a = power(MOTE_SUM_BITS - headroom, quarter);
  int32_t power_b = power(MOTE_SUM_BITS - headroom_b, -quarter);
  *exponent = power_a > power_b ? power_a : power_b;
  return a < b ? a : b;
}

/* ln(z) for z >= 1 in Q12.19, as Q5.26: a rational approximation around 2^-1/4. */
static int32_t logarithm(int32_t z) {
  const int32_t log_2 = 1488522236, fourth_root_half = 1805811301;
  const int32_t alpha_n = 117049297, alpha_d = 127690142, alpha_i = 1057819769, alpha_f = 638450708;
  int32_t exponent, r = mantissa(z, &exponent);
  int32_t p = (int32_t)(((int64_t)r + fourth_root_half + 1) / 2);
  int32_t q = mote_shl(mote_add(r, -fourth_root_half), 1), q2 = mote_high_mul_any(q, q);
  int32_t numerator = mote_add(mote_high_mul_any(q, r), mote_high_mul_any(mote_high_mul_any(q, q2), alpha_n));
  int32_t denominator = mote_add(mote_add(alpha_i, q), mote_high_mul_any(alpha_d, q2));
  denominator = mote_add(mote_high_mul_any(p, denominator), mote_high_mul_any(alpha_f, q));
  int32_t tail = mote_high_mul_any(mote_round_shift(numerator, LOG_BITS), mote_one_over_one_plus(denominator));
  return mote_shl_saturated(mote_add(mote_high_mul_any(exponent, log_2), tail), 1);
}

/* 2^(31 - shift) / multiplier of the input's factor: from Q5.26 back to steps of the input. */
static bool derive_inverse(const mote_exponents *e, mote_scale *inverse) {
  if (e->scale.shift < 2) return false;
  mote_real steps = mote_real_from_u32(1u << (31 - e->scale.shift));
  mote_real factor = mote_real_div(steps, mote_real_from_u32((uint32_t)e->scale.multiplier), MOTE_DOUBLE_BITS);
  return mote_real_to_scale(factor, inverse);
}

static int prepare(mote_op *op, mote_exponents *e, mote_scale *inverse) {
  mote_real scale;
  int status = mote_exponents_read(op, e, TFL_LOG_SOFTMAX, MOTE_SUM_MOST);
  if (status == MOTE_OK) status = mote_need_int8(op, 1, &e->output);
  if (status == MOTE_OK) status = mote_exponents_derive(op, e, mote_real_from_u32(1));
  if (status == MOTE_OK) status = mote_need_value(op, 1, e->output.rank, e->input.rank);
  for (int i = 0; status == MOTE_OK && i < e->input.rank; i++) {
    status = mote_need_value(op, 1, e->output.dims[i], e->input.dims[i]);
  }
  if (status != MOTE_OK) return status;
  (void)mote_tensor_scale(&e->output, 0, &scale);
  bool fits = mote_real_compare(mote_real_scale2(scale, 4), mote_real_from_u32(1)) == 0;
  if (!fits || e->output.zero_point != INT8_MAX) {
    return mote_op_fail(op, MOTE_ERR_QUANT, 1, e->output.zero_point, INT8_MAX);
  }
  return derive_inverse(e, inverse) ? MOTE_OK : mote_op_fail(op, MOTE_ERR_QUANT, 0, e->scale.shift, 2);
}

static void run_row(const mote_exponents *e, mote_scale inverse, uint32_t first) {
  const int8_t *in = (const int8_t *)e->input.data + first;
  int8_t *out = (int8_t *)e->output.data + first;
  int32_t max = mote_exponents_max(e, in);
  int32_t log_sum = logarithm(mote_exponents_sum(e, in, max));
  int32_t least = mote_rescaled(mote_add(log_sum, INT32_MIN), &inverse); /* that Q5.26 can hold less log_sum */
  if (least < e->diff_min - 1) least = e->diff_min - 1;
  for (int32_t i = 0; i < e->depth; i++) {
    out[i] = INT8_MIN;
    if (in[i] - max <= least) continue;
    int32_t value = mote_add(mote_exponents_scaled(e, in[i] - max), -log_sum);
    out[i] = (int8_t)mote_clamp(mote_round_shift(value, 31 - MOTE_DIFF_BITS - 4) + INT8_MAX, INT8_MIN, INT8_MAX);
  }
}

int mote_kernel_log_softmax(mote_op *op) {
  mote_exponents e;
  mote_scale inverse;
  int status = prepare(op, &e, &inverse);
  for (uint32_t i = 0; status == MOTE_OK && op->arena && i < e.rows; i++) run_row(&e, inverse, i * (uint32_t)e.depth);
  return status;
}
