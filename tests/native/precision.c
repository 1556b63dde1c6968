/* SPDX-License-Identifier: Apache-2.0 */
/* For tests/native/flipped.py: native/src/real.c, of which a test can choose the precision that products and quotients
 * are rounded at, whatever their caller asks for. */
#define mote_real_mul asked_mul
#define mote_real_div asked_div
#define mote_real_ratio_to_scale asked_ratio_to_scale
#include "real.c"
#undef mote_real_mul
#undef mote_real_div
#undef mote_real_ratio_to_scale

/* Significant bits of products and quotients; 0: what the caller asks for. */
int product_bits, quotient_bits;

mote_real mote_real_mul(mote_real a, mote_real b, int bits) {
  return asked_mul(a, b, product_bits ? product_bits : bits);
}

mote_real mote_real_div(mote_real a, mote_real b, int bits) {
  return asked_div(a, b, quotient_bits ? quotient_bits : bits);
}

bool mote_real_ratio_to_scale(const mote_real *a, const mote_real *b, const mote_real *c, mote_scale *scale) {
  if (!product_bits && !quotient_bits) return asked_ratio_to_scale(a, b, c, scale);
  mote_real product = mote_real_mul(*a, *b, MOTE_DOUBLE_BITS);
  return mote_real_to_scale(mote_real_div(product, *c, MOTE_DOUBLE_BITS), scale);
}
