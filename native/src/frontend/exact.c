/* SPDX-License-Identifier: Apache-2.0 */
/* Taylor series and repeated squaring in 64-bit fixed point. */
#include "frontend/exact.h"

#define ONE (1ull << MOTE_EXP_BITS)
#define LN2 0xb17217f7d1cf79acull        /* ln 2 * 2^64 */
#define QUARTER_PI 0xc90fdaa22168c235ull /* pi / 4 * 2^64 */

/* x * y from 16-bit products: a quarter of the time of the compiler's 64-bit product on cores without a long one. */
static inline uint64_t product(uint32_t x, uint32_t y) {
  uint32_t xl = x & 0xffff, xh = x >> 16, yl = y & 0xffff, yh = y >> 16;
  uint32_t low = xl * yl, left = xh * yl, right = xl * yh, mid = left + right;
  uint32_t carry = mid < left ? 0x10000u : 0;
  uint32_t bottom = low + (mid << 16);
  return (uint64_t)(xh * yh + (mid >> 16) + carry + (bottom < low)) << 32 | bottom;
}

uint64_t mote_high_product(uint64_t x, uint64_t y) {
  uint32_t xl = (uint32_t)x, xh = (uint32_t)(x >> 32), yl = (uint32_t)y, yh = (uint32_t)(y >> 32);
  uint64_t mid = product(xh, yl) + (product(xl, yl) >> 32);
  uint64_t low = product(xl, yh) + (uint32_t)mid;
  return product(xh, yh) + (mid >> 32) + (low >> 32);
}

uint64_t mote_ratio(uint64_t numerator, uint64_t denominator, int bits) {
  uint64_t quotient = 0;
  for (int i = 0; i <= bits; i++) {
    quotient <<= 1;
    if (numerator >= denominator) {
      numerator -= denominator;
      quotient |= 1;
    }
    numerator <<= 1;
  }
  return quotient;
}

uint64_t mote_divide(uint64_t x, uint32_t divisor) {
  uint64_t quotient = 0;
  uint32_t rest = 0;
  for (int shift = 48; shift >= 0; shift -= 16) {
    uint32_t digit = rest << 16 | (uint32_t)(x >> shift & 0xffff);
    quotient = quotient << 16 | digit / divisor;
    rest = digit % divisor;
  }
  return quotient;
}

/* One bit of the fraction per squaring of the mantissa; every squaring loses at most 2^-63 of it. */
uint64_t mote_log2(uint64_t x) {
  int exponent = 63;
  for (; !(x >> 63); x <<= 1) exponent--;
  uint64_t result = (uint64_t)exponent;
  for (int i = 0; i < MOTE_LOG_BITS; i++) {
    uint64_t square = mote_high_product(x, x); /* in [2^62, 2^64) */
    int carry = (int)(square >> 63);
    x = carry ? square : square << 1;
    result = result << 1 | (uint64_t)carry;
  }
  return result;
}

/* exp(z) = 1 + z (1 + z/2 (1 + z/3 ...)), z < 0.7: the 16th term is below 2^-52. */
uint64_t mote_exp2(uint64_t fraction) {
  uint64_t z = mote_high_product(fraction << (64 - MOTE_LOG_BITS), LN2), sum = ONE;
  for (uint32_t n = 15; n > 0; n--) sum = ONE + mote_divide(mote_high_product(sum, z), n);
  return sum;
}

/* 1 - x^2/(a(a+1)) (1 - x^2/((a+2)(a+3)) ...): cos x for a = 1, sin(x)/x for a = 2; square = x^2 * 2^64, x <= pi/4.
 * The first term left out is below 2^-50. */
static uint64_t series(uint64_t square, uint32_t a) {
  uint64_t sum = ONE;
  for (uint32_t n = a + 14; n + 1 > a; n -= 2) sum = ONE - mote_divide(mote_high_product(sum, square), n * (n + 1));
  return sum;
}

uint64_t mote_sine(uint32_t numerator, uint32_t denominator) {
  int mirror = numerator > denominator - numerator;
  uint64_t part = mirror ? denominator - numerator : numerator;
  uint64_t x = mote_high_product(mote_ratio(2 * part, denominator, 62) << 1, QUARTER_PI) << 1;
  uint64_t square = mote_high_product(x, x);
  return mirror ? series(square, 1) : mote_high_product(series(square, 2), x);
}
