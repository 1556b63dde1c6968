/* SPDX-License-Identifier: Apache-2.0 */
/* gemmlowp's exp_on_negative_values, one_over_one_plus_x_for_x_in_0_1 and one_minus_x_over_one_plus_x_for_x_in_0_1. */
#include "transcend.h"

int32_t mote_high_mul_any(int32_t a, int32_t b) {
  if (b >= 0) return mote_high_mul(a, b);
  if (a >= 0) return mote_high_mul(b, a);
  if (a > INT32_MIN && b > INT32_MIN) return mote_high_mul(-a, -b);
  if (a == b) return INT32_MAX;
  return a == INT32_MIN ? -b : -a;
}

int32_t mote_shl_saturated(int32_t x, int bits) {
  int32_t limit = INT32_MAX >> bits;
  if (x > limit) return INT32_MAX;
  return x < -limit - 1 ? INT32_MIN : mote_shl(x, bits);
}

int mote_leading_zeros(uint32_t x) {
  int n = 0;
  for (; n < 32 && !(x >> 31); n++) x <<= 1;
  return n;
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

int32_t mote_exp_negative(int32_t a, int integer_bits) {
  /* e^-1/4, e^-1/2 .. e^-16 in Q0.31 */
  static const int32_t factors[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
  int quarter_bit = 29 - integer_bits;
  const int32_t quarter = 1 << quarter_bit;
  if (a == 0) return INT32_MAX;
  int32_t fraction = (a & (quarter - 1)) - quarter;
  uint32_t rest = (uint32_t)fraction - (uint32_t)a;
  int32_t result = exp_near_zero(mote_shl_saturated(fraction, integer_bits));
  for (int i = 0; i < integer_bits + 2; i++) {
    if (rest >> (quarter_bit + i) & 1) result = mote_high_mul_any(result, factors[i]);
  }
  return result;
}

/* 1 / (1 + a), Q2.29: three Newton steps on half the denominator. */
static int32_t reciprocal(int32_t a) {
  const int32_t q48_over_17 = 1515870810, q_minus_32_over_17 = -1010580540;
  int32_t half = (int32_t)(((int64_t)a + INT32_MAX + 1) / 2);
  int32_t x = mote_add(q48_over_17, mote_high_mul_any(half, q_minus_32_over_17));
  for (int i = 0; i < 3; i++) {
    int32_t missing = mote_add(1 << 29, (int32_t)(0u - (uint32_t)mote_high_mul_any(half, x)));
    x = mote_add(x, mote_shl_saturated(mote_high_mul_any(x, missing), 2));
  }
  return x;
}

int32_t mote_one_over_one_plus(int32_t a) { return mote_shl_saturated(reciprocal(a), 1); }

int32_t mote_one_minus_over_one_plus(int32_t a) { return mote_shl_saturated(reciprocal(a) - (1 << 29), 2); }
