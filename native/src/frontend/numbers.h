/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of a whole window or frame: quotients, a logarithm, and the values of frame stages, which are int16 features
 * or int32 values alike. Some hundred cycles each on a Cortex-M0+: never per sample. */
#ifndef MOTE_NUMBERS_H
#define MOTE_NUMBERS_H

#include "frontend/stage.h"

/* ---- Values of frame stages ---- */

/* MOTE_OK where features or values flow in. */
int mote_stage_takes_numbers(const mote_params *params, const mote_flow *flow);

/* Value i of the flow, whose kind is VALUES (wide) or FEATURES. */
static inline int32_t mote_number(const void *values, int wide, uint32_t i) {
  return wide ? ((const int32_t *)values)[i] : ((const int16_t *)values)[i];
}

static inline uint32_t mote_absolute(int32_t x) { return x < 0 ? 0u - (uint32_t)x : (uint32_t)x; }

/* ---- Products and quotients ---- */

/* x * y / 2^32, up to 3 too small: for cores whose multiplier gives 32 bits only. */
static inline uint32_t mote_top_product(uint32_t x, uint32_t y) {
  uint32_t xl = x & 0xffff, xh = x >> 16, yl = y & 0xffff, yh = y >> 16;
  return xh * yh + (xh * yl >> 16) + (xl * yh >> 16);
}

/* round(n / d), halves up, at most 2^bits; 1 <= d, d * 2^bits < 2^63, n < 2^63. Exact. */
uint64_t mote_rounded_ratio(uint64_t n, uint64_t d, int bits);

/* a * 2^shift / b, b >= 1, saturated at INT32_MAX; at most 0.57 off. */
int32_t mote_scaled_quotient(uint64_t a, uint64_t b, int shift);

/* ---- Logarithm ---- */

/* Position of the highest set bit, counted from 1; 0 for 0. */
int mote_long_bits(uint64_t x);

#define MOTE_SHORT_LOG_BITS 24
/* log2(x) with MOTE_SHORT_LOG_BITS fraction bits, x >= 1; at most 2 of the last bit too small. */
uint32_t mote_short_log2(uint64_t x);

#endif
