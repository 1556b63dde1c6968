/* SPDX-License-Identifier: Apache-2.0 */
/* Fixed-point primitives of the int8 arithmetic, equal to gemmlowp's for the arguments that occur here. */
#ifndef MOTE_FIXEDPOINT_H
#define MOTE_FIXEDPOINT_H

#include <stdint.h>

/* x * 2^shift with wrap-around, as two's complement hardware does it. */
static inline int32_t mote_shl(int32_t x, int shift) { return (int32_t)((uint32_t)x << shift); }
static inline int32_t mote_add(int32_t a, int32_t b) { return (int32_t)((uint32_t)a + (uint32_t)b); }
static inline int32_t mote_mul(int32_t a, int32_t b) { return (int32_t)((uint32_t)a * (uint32_t)b); }

/* round(a * b / 2^31), halves up: gemmlowp's SaturatingRoundingDoublingHighMul, whose nudged division by 2^31 is
 * floor((a * b + 2^30) / 2^31) for either sign. b must be >= 0, which also rules out its one saturating case. */
static inline int32_t mote_high_mul_wide(int32_t a, int32_t b) { return (int32_t)(((int64_t)a * b + (1 << 30)) >> 31); }

/* The same from four 16-bit products, for cores whose multiplier gives 32 bits only. With a = ah:al, b = bh:bl, `mid`
 * stays below 2^31 - 2^14 in magnitude because bh < 2^15. */
static inline int32_t mote_high_mul_narrow(int32_t a, int32_t b) {
  uint32_t al = (uint32_t)a & 0xffffu, bl = (uint32_t)b & 0xffffu;
  int32_t ah = a >> 16, bh = b >> 16;
  uint32_t cross = al * (uint32_t)bh + ((al * bl) >> 16);
  int32_t high = ah * bh + (int32_t)(cross >> 16);
  int32_t mid = ah * (int32_t)bl + (int32_t)(cross & 0xffffu);
  return mote_add(mote_shl(high, 1), (mid + (1 << 14)) >> 15);
}

#if defined(__ARM_ARCH_6M__)
#define mote_high_mul mote_high_mul_narrow
#else
#define mote_high_mul mote_high_mul_wide
#endif

/* x / 2^exponent, halves away from zero; 0 <= exponent <= 31: gemmlowp's RoundingDivideByPOT. */
static inline int32_t mote_round_shift(int32_t x, int exponent) {
  uint32_t mask = (1u << exponent) - 1;
  uint32_t threshold = (mask >> 1) + (x < 0);
  return (x >> exponent) + (((uint32_t)x & mask) > threshold);
}

/* A real factor as multiplier * 2^(shift - 31), multiplier in [2^30, 2^31) or 0. */
typedef struct {
  int32_t multiplier;
  int32_t shift; /* -31..30 */
} mote_scale;

/* TFLM's MultiplyByQuantizedMultiplier with its two roundings. */
static inline int32_t mote_rescale(int32_t x, mote_scale scale) {
  int left = scale.shift > 0 ? scale.shift : 0;
  int right = scale.shift > 0 ? 0 : -scale.shift;
  return mote_round_shift(mote_high_mul(mote_shl(x, left), scale.multiplier), right);
}

static inline int32_t mote_clamp(int32_t x, int32_t low, int32_t high) { return x < low ? low : x > high ? high : x; }

#endif
