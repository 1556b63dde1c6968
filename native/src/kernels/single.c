/* SPDX-License-Identifier: Apache-2.0 */
#include "single.h"

#include <string.h>

#include "../real.h"
#include "../tflite.h"
#include "quant.h"

#define MOST 3.40282347e38f

static float from_bits(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static uint32_t to_bits(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

#if defined(__ARM_ARCH_6M__) || defined(MOTE_INTEGER_DIVISION)
/* No quotient of singles that is not a tie lies within 2^-50 of one, so rounding it at 53 bits first does no harm,
 * where rounding it at 24 would to subnormal ones. */
float mote_divf(float a, float b) {
  const uint32_t infinite = 0x7f800000;
  uint32_t sign = (to_bits(a) ^ to_bits(b)) & 0x80000000u, x = to_bits(a) & INT32_MAX, y = to_bits(b) & INT32_MAX;
  mote_real numerator, denominator;
  if (x > infinite || y > infinite || (x == y && (x == 0 || x == infinite))) return from_bits(0x7fc00000);
  if (x == infinite || y == 0) return from_bits(sign | infinite);
  if (!mote_real_from_single(x, &numerator) || !mote_real_from_single(y, &denominator)) return from_bits(sign);
  return from_bits(sign | mote_real_to_single(mote_real_div(numerator, denominator, MOTE_DOUBLE_BITS)));
}
#endif

/* x * 2^n, -252 <= n <= 254, rounded once: the two factors are powers of two, and only the second leaves the range. */
static float scale2(float x, int n) {
  int half = n / 2;
  return x * from_bits((uint32_t)(half + 127) << 23) * from_bits((uint32_t)(n - half + 127) << 23);
}

/* exp(x) = (1 + *rest) * 2^n, for |x| < 128: the Taylor series for |r| <= ln(2) / 2, where ln(2) is taken off in two
 * parts so that nothing is rounded. */
static int split_exp(float x, float *rest) {
  int n = (int)(x * 1.44269504f + (x < 0 ? -0.5f : 0.5f));
  float r = x - (float)n * 0.693359375f + (float)n * 2.12194440e-4f;
  float y = 1.0f / 5040;
  y = y * r + 1.0f / 720;
  y = y * r + 1.0f / 120;
  y = y * r + 1.0f / 24;
  y = y * r + 1.0f / 6;
  y = y * r + 0.5f;
  *rest = (y * r) * r + r;
  return n;
}

float mote_expf(float x) {
  float rest;
  if (x != x) return x;
  if (x > 89) return from_bits(0x7f800000);
  if (x < -104) return 0;
  int n = split_exp(x, &rest);
  return scale2(1 + rest, n);
}

float mote_tanhf(float x) {
  float rest, size = x < 0 ? -x : x;
  if (x != x) return x;
  if (size > 10) return x < 0 ? -1.0f : 1.0f;
  int n = split_exp(2 * size, &rest);
  float less_one = n ? scale2(1 + rest, n) - 1 : rest; /* exp(2x) - 1, exact also near 0 */
  float y = mote_divf(less_one, less_one + 2);
  return x < 0 ? -y : y;
}

float mote_sqrtf(float x) {
  if (!(x > 0) || x > MOST) return x;
  float y = from_bits((to_bits(x) >> 1) + 0x1fc00000u); /* half the exponent: within 6 % */
  for (int i = 0; i < 4; i++) y = 0.5f * (y + mote_divf(x, y));
  return y;
}

int mote_float_activation(mote_op *op, int activation, mote_float_range *range) {
  *range = (mote_float_range){-MOST, MOST};
  if (activation == TFL_ACT_RELU || activation == TFL_ACT_RELU6) range->low = 0;
  if (activation == TFL_ACT_RELU6) range->high = 6;
  if (activation == TFL_ACT_RELU_N1_TO_1) *range = (mote_float_range){-1, 1};
  return mote_need_option(op, activation, TFL_ACT_NONE, TFL_ACT_RELU6);
}

int mote_need_float(mote_op *op, int subject, const mote_tensor *tensor) {
  return mote_need_type(op, subject, tensor, TFL_FLOAT32);
}
