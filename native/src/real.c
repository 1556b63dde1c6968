/* SPDX-License-Identifier: Apache-2.0 */
#include "real.h"

static mote_real normalized(uint64_t mantissa, int32_t exponent) {
  mote_real r = {mantissa, exponent};
  if (mantissa == 0) return r;
  while (!(r.mantissa >> 63)) {
    r.mantissa <<= 1;
    r.exponent--;
  }
  return r;
}

/* Rounds to nearest even at `bits` significant bits; `sticky`: something nonzero lies below the mantissa. */
static mote_real rounded(mote_real r, int bits, bool sticky) {
  int drop = 64 - bits;
  uint64_t half = (uint64_t)1 << (drop - 1), rest = r.mantissa & (2 * half - 1);
  uint64_t kept = r.mantissa - rest;
  bool odd = (kept >> drop) & 1;
  if (rest > half || (rest == half && (sticky || odd))) {
    kept += 2 * half;
    if (kept == 0) { /* carried out of the top: 1.111... became 10.0 */
      kept = (uint64_t)1 << 63;
      r.exponent++;
    }
  }
  r.mantissa = kept;
  return r;
}

mote_real mote_real_from_u32(uint32_t value) { return normalized(value, 0); }

bool mote_real_from_single(uint32_t bits, mote_real *value) {
  uint32_t fraction = bits & 0x7fffffu, exponent = bits >> 23; /* the sign lies in the exponent's bit 8 */
  if (exponent >= 255 || bits == 0) return false;
  *value = exponent ? normalized(fraction | 0x800000u, (int32_t)exponent - 150) : normalized(fraction, -149);
  return true;
}

mote_real mote_real_mul(mote_real a, mote_real b, int bits) {
  uint64_t product = (a.mantissa >> 32) * (b.mantissa >> 32);
  mote_real r = normalized(product, a.exponent + b.exponent + 64);
  return r.mantissa ? rounded(r, bits, false) : r;
}

/* One 64-bit dividend by a 32-bit divisor with its top bit set, bit by bit: 66 quotient bits are never needed, since
 * results are rounded at 53 at most. */
mote_real mote_real_div(mote_real a, mote_real b, int bits) {
  uint64_t divisor = b.mantissa, rest = a.mantissa, quotient = 0;
  if (a.mantissa == 0) return a;
  int32_t exponent = a.exponent - b.exponent;
  for (int i = 0; i < 64; i++) {
    bool carry = false;
    if (i) {
      carry = rest >> 63;
      rest <<= 1;
    }
    quotient <<= 1;
    if (carry || rest >= divisor) {
      rest -= divisor;
      quotient |= 1;
    }
  }
  return rounded(normalized(quotient, exponent - 63), bits, rest != 0);
}

mote_real mote_real_scale2(mote_real a, int exponent) {
  a.exponent += exponent;
  return a;
}

int mote_real_compare(mote_real a, mote_real b) {
  if (a.mantissa == 0 || b.mantissa == 0) return (a.mantissa != 0) - (b.mantissa != 0);
  if (a.exponent != b.exponent) return a.exponent < b.exponent ? -1 : 1;
  return (a.mantissa > b.mantissa) - (a.mantissa < b.mantissa);
}

mote_real mote_real_distance(mote_real a, mote_real b) {
  if (mote_real_compare(a, b) < 0) {
    mote_real t = a;
    a = b;
    b = t;
  }
  int32_t gap = a.exponent - b.exponent;
  uint64_t less = b.mantissa && gap < 64 ? b.mantissa >> gap : 0;
  return normalized(a.mantissa - less, a.exponent);
}

int32_t mote_real_round(mote_real a) {
  if (a.mantissa == 0 || a.exponent < -64) return 0;
  if (a.exponent > -33) return INT32_MAX;
  int drop = -a.exponent; /* 33..64 */
  uint64_t half = (uint64_t)1 << (drop - 1);
  uint64_t whole = drop < 64 ? a.mantissa >> drop : 0;
  uint64_t value = whole + ((a.mantissa & half) != 0);
  return value > INT32_MAX ? INT32_MAX : (int32_t)value;
}

bool mote_real_to_scale(mote_real a, mote_scale *scale) {
  scale->multiplier = 0;
  scale->shift = 0;
  if (a.mantissa == 0) return true;
  int32_t shift = a.exponent + 64; /* a = 0.1xxx * 2^shift */
  uint64_t q = (a.mantissa >> 33) + ((a.mantissa >> 32) & 1);
  if (q >> 31) {
    q >>= 1;
    shift++;
  }
  if (shift > 30) return false;
  if (shift >= -31) {
    scale->multiplier = (int32_t)q;
    scale->shift = shift;
  }
  return true;
}
