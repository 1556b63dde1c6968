/* SPDX-License-Identifier: Apache-2.0 */
/* SOFTMAX, int8 to int8 (reference_ops::Softmax with gemmlowp's fixed-point exp and reciprocal). Qm.n below: m integer
 * bits, n fraction bits, one sign bit. */
#include "../tflite.h"
#include "kernels.h"
#include "quant.h"

#define DIFF_BITS 5 /* integer bits of a scaled difference: Q5.26 */
#define SUM_BITS 12 /* integer bits of the sum of exponentials: Q12.19 */

typedef struct {
  mote_scale scale;
  int32_t diff_min;
  uint32_t rows;
  int32_t depth;
  const int8_t *input;
  int8_t *output;
} softmax;

/* x * 2^bits, saturating. */
static int32_t shl_saturated(int32_t x, int bits) {
  int32_t limit = INT32_MAX >> bits;
  if (x > limit) return INT32_MAX;
  return x < -limit - 1 ? INT32_MIN : mote_shl(x, bits);
}

/* exp(a) for a in [-1/4, 0), Q0.31: the Taylor series around -1/8 up to the fourth power. */
static int32_t exp_near_zero(int32_t a) {
  const int32_t exp_minus_eighth = 1895147668, third = 715827883;
  int32_t x = mote_add(a, 1 << 28);
  int32_t x2 = mote_high_mul_any(x, x), x3 = mote_high_mul_any(x2, x), x4 = mote_high_mul_any(x2, x2);
  int32_t tail = mote_high_mul_any(mote_add(mote_round_shift(x4, 2), x3), third);
  tail = mote_round_shift(mote_add(tail, x2), 1);
  return mote_add(exp_minus_eighth, mote_high_mul_any(exp_minus_eighth, mote_add(x, tail)));
}

/* exp(-2^(bit - 26)) for bits 24 .. 30 of a Q5.26 number, Q0.31: e^-1/4 .. e^-16. */
static int32_t exp_of_bit(int bit) {
  switch (bit) {
    case 24: return 1672461947;
    case 25: return 1302514674;
    case 26: return 790015084;
    case 27: return 290630308;
    case 28: return 39332535;
    case 29: return 720401;
    default: return 242;
  }
}

/* exp(a) for a <= 0 in Q5.26, as Q0.31. */
static int32_t exp_negative(int32_t a) {
  const int32_t quarter = 1 << 24;
  if (a == 0) return INT32_MAX;
  int32_t fraction = (a & (quarter - 1)) - quarter;
  int32_t rest = mote_add(fraction, (int32_t)(0u - (uint32_t)a));
  int32_t result = exp_near_zero(shl_saturated(fraction, DIFF_BITS));
  for (int bit = 24; bit <= 30; bit++) {
    if (rest & (1 << bit)) result = mote_high_mul_any(result, exp_of_bit(bit));
  }
  return result;
}

/* 1 / (1 + a) for a in [0, 1), Q0.31: three Newton steps on half the denominator, in Q2.29. */
static int32_t one_over_one_plus(int32_t a) {
  const int32_t q48_over_17 = 1515870810, q_minus_32_over_17 = -1010580540;
  int32_t half = (int32_t)(((int64_t)a + INT32_MAX + 1) / 2);
  int32_t x = mote_add(q48_over_17, mote_high_mul_any(half, q_minus_32_over_17));
  for (int i = 0; i < 3; i++) {
    int32_t missing = mote_add(1 << 29, (int32_t)(0u - (uint32_t)mote_high_mul_any(half, x)));
    x = mote_add(x, shl_saturated(mote_high_mul_any(x, missing), 2));
  }
  return shl_saturated(x, 1);
}

static int leading_zeros(uint32_t x) {
  int n = 0;
  for (; n < 32 && !(x >> 31); n++) x <<= 1;
  return n;
}

static int32_t scaled_diff(const softmax *s, int32_t diff) {
  return mote_high_mul(mote_shl(diff, s->scale.shift), s->scale.multiplier);
}

static void run_row(const softmax *s, const int8_t *in, int8_t *out) {
  int32_t max = INT8_MIN, sum = 0;
  for (int32_t i = 0; i < s->depth; i++) max = in[i] > max ? in[i] : max;
  for (int32_t i = 0; i < s->depth; i++) {
    if (in[i] - max < s->diff_min) continue;
    sum = mote_add(sum, mote_round_shift(exp_negative(scaled_diff(s, in[i] - max)), SUM_BITS));
  }
  int headroom = leading_zeros((uint32_t)sum);
  int32_t reciprocal = one_over_one_plus((int32_t)(((uint32_t)sum << headroom) - 0x80000000u));
  int exponent = SUM_BITS - headroom + 31 - 8;
  for (int32_t i = 0; i < s->depth; i++) {
    out[i] = INT8_MIN;
    if (in[i] - max < s->diff_min) continue;
    int32_t value = mote_high_mul_any(reciprocal, exp_negative(scaled_diff(s, in[i] - max)));
    out[i] = (int8_t)mote_clamp(mote_round_shift(value, exponent) + INT8_MIN, INT8_MIN, INT8_MAX);
  }
}

/* beta * scale in steps of 2^-26, below 2^31; a difference below diff_min has an exponential that counts as 0. */
static int derive_scale(mote_op *op, softmax *s, const mote_tensor *input) {
  mote_real scale, beta;
  uint32_t bits = (uint32_t)fb_get_i32(&op->graph->file, op->options, TFL_SOFTMAX_BETA, 0);
  (void)mote_tensor_scale(input, 0, &scale);
  if (!mote_real_from_single(bits, &beta)) return mote_op_fail(op, MOTE_ERR_OPTION, -1, (int32_t)bits, 0x3f800000);
  mote_real factor = mote_real_scale2(mote_real_mul(beta, scale, MOTE_DOUBLE_BITS), 31 - DIFF_BITS);
  mote_real most = mote_real_from_u32(INT32_MAX);
  if (mote_real_compare(factor, most) > 0) factor = most;
  (void)mote_real_to_scale(factor, &s->scale);
  if (s->scale.shift > 31) s->scale.shift = 31;
  if (mote_real_compare(factor, mote_real_from_u32(1)) <= 0) {
    return mote_op_fail(op, MOTE_ERR_QUANT, 0, s->scale.multiplier, 0);
  }
  int64_t radius = ((int64_t)((1 << DIFF_BITS) - 1) << (31 - DIFF_BITS)) >> s->scale.shift;
  s->diff_min = -(int32_t)radius;
  return MOTE_OK;
}

static int prepare(mote_op *op, softmax *s) {
  mote_tensor input, output;
  mote_real scale;
  int status = mote_op_arity(op, 1, 1, 1, TFL_SOFTMAX);
  if (status == MOTE_OK) status = mote_op_input(op, 0, &input);
  if (status == MOTE_OK) status = mote_op_output(op, 0, &output);
  if (status == MOTE_OK) status = mote_need_int8(op, 0, &input);
  if (status == MOTE_OK) status = mote_need_int8(op, 1, &output);
  if (status == MOTE_OK) status = mote_need_value(op, 1, (int32_t)output.elements, (int32_t)input.elements);
  if (status == MOTE_OK && input.rank < 1) status = mote_need_rank(op, 0, &input, 1);
  if (status != MOTE_OK) return status;
  (void)mote_tensor_scale(&output, 0, &scale);
  bool fits =
      output.zero_point == INT8_MIN && mote_real_compare(mote_real_scale2(scale, 8), mote_real_from_u32(1)) == 0;
  if (!fits) return mote_op_fail(op, MOTE_ERR_QUANT, 1, output.zero_point, INT8_MIN);
  status = derive_scale(op, s, &input);
  s->depth = input.dims[input.rank - 1];
  s->rows = input.elements / (uint32_t)s->depth;
  /* The sum of exponentials is Q12.19: 4096 ones would not fit. */
  if (status == MOTE_OK && s->depth > 4095) status = mote_op_fail(op, MOTE_ERR_SHAPE, 0, s->depth, 4095);
  s->input = (const int8_t *)input.data;
  s->output = (int8_t *)output.data;
  return status;
}

int mote_kernel_softmax(mote_op *op) {
  softmax s;
  int status = prepare(op, &s);
  for (uint32_t i = 0; status == MOTE_OK && op->arena && i < s.rows; i++) {
    run_row(&s, s.input + i * (uint32_t)s.depth, s.output + i * (uint32_t)s.depth);
  }
  return status;
}
