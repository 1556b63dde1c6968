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
  if (exponent) *value = (mote_real){(uint64_t)(fraction | 0x800000u) << 40, (int32_t)exponent - 190};
  else *value = normalized(fraction, -149);
  return true;
}

mote_real mote_real_mul(mote_real a, mote_real b, int bits) {
  uint64_t product = (a.mantissa >> 32) * (b.mantissa >> 32);
  mote_real r = normalized(product, a.exponent + b.exponent + 64);
  return r.mantissa ? rounded(r, bits, false) : r;
}

/* a * 2^16 / divisor for a divisor of 24 bits with its top bit set, a byte of quotient at a time: the quotient has 56
 * or 57 bits, more than the 53 that results are rounded at. */
static uint64_t divide_by_single(uint64_t a, uint32_t divisor, bool *sticky) {
  uint32_t rest = (uint32_t)(a >> 48), high = 0, low = 0;
  for (int shift = 40; shift >= -16; shift -= 8) {
    uint32_t byte = shift >= 0 ? (uint32_t)(a >> shift) & 0xffu : 0;
    rest = rest << 8 | byte;
    uint32_t digit = rest / divisor;
    rest -= digit * divisor;
    high = high << 8 | low >> 24;
    low = low << 8 | digit;
  }
  *sticky = rest != 0;
  return (uint64_t)high << 32 | low;
}

/* The same for any divisor, a bit at a time: 64 bits of a * 2^63 / divisor. */
static uint64_t divide_by_any(uint64_t a, uint64_t divisor, bool *sticky) {
  uint64_t rest = a, quotient = 0;
  for (int i = 0; i < 64; i++) {
    bool carry = i && rest >> 63;
    if (i) rest <<= 1;
    quotient <<= 1;
    if (carry || rest >= divisor) {
      rest -= divisor;
      quotient |= 1;
    }
  }
  *sticky = rest != 0;
  return quotient;
}

mote_real mote_real_div(mote_real a, mote_real b, int bits) {
  bool sticky;
  if (a.mantissa == 0) return a;
  bool single = (b.mantissa & 0xffffffffffu) == 0;
  uint64_t quotient = single ? divide_by_single(a.mantissa, (uint32_t)(b.mantissa >> 40), &sticky)
                             : divide_by_any(a.mantissa, b.mantissa, &sticky);
  int32_t exponent = a.exponent - b.exponent - (single ? 56 : 63);
  return rounded(normalized(quotient, exponent), bits, sticky);
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

int32_t mote_real_floor(mote_real a) {
  if (a.mantissa == 0 || a.exponent < -63) return 0;
  if (a.exponent > -33) return INT32_MAX;
  return (int32_t)(a.mantissa >> -a.exponent);
}

uint32_t mote_real_to_single(mote_real a) {
  int32_t biased = a.exponent + 190;
  int drop = biased > 0 ? 40 : 41 - biased; /* subnormals keep fewer bits */
  if (a.mantissa == 0 || drop > 64) return 0;
  if (biased > 254) return 0x7f800000u;
  uint64_t half = (uint64_t)1 << (drop - 1), rest = drop == 64 ? a.mantissa : a.mantissa & (2 * half - 1);
  uint32_t kept = drop == 64 ? 0 : (uint32_t)(a.mantissa >> drop);
  if (rest > half || (rest == half && kept & 1)) kept++;
  return biased > 0 ? ((uint32_t)(biased - 1) << 23) + kept : kept; /* a carry goes into the exponent */
}

/* From a multiplier in [2^30, 2^31]. */
static bool store_scale(uint32_t q, int32_t shift, mote_scale *scale) {
  scale->multiplier = 0;
  scale->shift = 0;
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

bool mote_real_to_scale(mote_real a, mote_scale *scale) {
  if (a.mantissa == 0) return store_scale(0, 0, scale);
  uint32_t high = (uint32_t)(a.mantissa >> 32); /* a = 0.1xxx * 2^(exponent + 64) */
  return store_scale((high >> 1) + (high & 1), a.exponent + 64, scale);
}

/* The product is exact in 48 bits. 32 bits of quotient come one at a time, 1/2 of the multiplier's unit last. A double
 * keeps 21 bits more: where the rest of the division rounds them up to a whole, the last bit turns from 0 to 1. */
bool mote_real_ratio_to_scale(const mote_real *a, const mote_real *b, const mote_real *c, mote_scale *scale) {
  uint32_t divisor = (uint32_t)(c->mantissa >> 40);
  uint64_t product = (a->mantissa >> 40) * (b->mantissa >> 40);
  int32_t shift = a->exponent + b->exponent - c->exponent + 65;
  for (; (uint32_t)(product >> 24) < divisor; product <<= 1) shift--;
  uint32_t rest = (uint32_t)(product >> 24) - divisor, next = (uint32_t)product << 8, q = 1;
  for (int i = 0; i < 31; i++, next <<= 1) {
    rest = rest << 1 | next >> 31;
    q <<= 1;
    if (rest >= divisor) {
      rest -= divisor;
      q++;
    }
  }
  bool up = (q & 1) || divisor - rest <= divisor >> 22;
  return store_scale((q >> 1) + up, shift, scale);
}

__attribute__((noinline)) int32_t mote_rescaled(int32_t x, const mote_scale *scale) { return mote_rescale(x, *scale); }

int8_t mote_rescaled_byte(int32_t x, const mote_scale *scale, int32_t zero) {
  return (int8_t)mote_clamp(mote_add(mote_rescaled(x, scale), zero), INT8_MIN, INT8_MAX);
}
