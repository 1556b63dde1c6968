/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/numbers.h"

#include "frontend/exact.h"

#define RATIO_BITS 36

int mote_stage_takes_numbers(const mote_params *params, const mote_flow *flow) {
  return flow->kind == MOTE_FLOW_VALUES ? MOTE_OK : mote_stage_takes(params, flow, MOTE_FLOW_FEATURES);
}

/* Where d is odd there are no halves, and d / 2 cut is as good as d / 2. */
uint64_t mote_rounded_ratio(uint64_t n, uint64_t d, int bits) {
  n += d / 2;
  return n < d << bits ? mote_ratio(n, d << bits, bits) : 1ull << bits;
}

int mote_long_bits(uint64_t x) {
  uint32_t high = (uint32_t)(x >> 32);
  return high ? 32 + mote_bit_length(high) : mote_bit_length((uint32_t)x);
}

/* x * 2^up for up >= -63. */
static uint64_t moved(uint64_t x, int up) { return up >= 0 ? x << up : x >> -up; }

/* a and b are moved up to [2^61, 2^62) and [2^62, 2^63): their ratio has at least RATIO_BITS - 1 bits. */
int32_t mote_scaled_quotient(uint64_t a, uint64_t b, int shift) {
  if (a == 0) return 0;
  int up_a = 62 - mote_long_bits(a), up_b = 63 - mote_long_bits(b);
  int down = RATIO_BITS + up_a - up_b - shift;
  if (down < 4) return INT32_MAX;
  if (down > RATIO_BITS + 1) return 0;
  uint64_t result = mote_round(mote_ratio(moved(a, up_a), moved(b, up_b), RATIO_BITS), down);
  return result > INT32_MAX ? INT32_MAX : (int32_t)result;
}

/* A bit of the fraction per squaring of the mantissa, 31 fraction bits. An error doubles with each squaring, as its
 * weight halves: the 2^-30 that are cut off each of 24 times add up to less than 2^-28. */
uint32_t mote_short_log2(uint64_t x) {
  int bits = mote_long_bits(x);
  uint32_t mantissa = (uint32_t)moved(x, 32 - bits), result = (uint32_t)bits - 1;
  for (int i = 0; i < MOTE_SHORT_LOG_BITS; i++) {
    uint32_t high = mantissa >> 16, mixed = high * (mantissa & 0xffff);
    uint32_t square = high * high + (mixed >> 15), carry = square >> 31; /* 62 - 32 fraction bits */
    mantissa = carry ? square : square << 1 | (mixed >> 14 & 1);
    result = result << 1 | carry;
  }
  return result;
}
