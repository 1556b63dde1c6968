/* SPDX-License-Identifier: Apache-2.0 */
/* ADD and SUB, int8 (AddFunc of reference_integer_ops, SubElementwise). */
#include "add.h"

/* mote_round_shift, prepared. |x| <= 2^28 leaves room for the half. */
static inline int32_t rounded(int32_t x, const mote_rounding *r) {
  return (x + r->half + ((x >> 31) & r->nudge)) >> r->shift;
}

/* gemmlowp's high product of y * 2^20 with the multiplier, floor((y * multiplier + 2^10) / 2^11), rounded. |y| <= 255
 * keeps every product below 2^29. */
static inline int32_t smaller(const mote_addition *a, int32_t y) {
  return rounded(y * a->high + ((y * a->low + (1 << 10)) >> 11), &a->in);
}

void mote_add_row(const mote_addition *a, const int8_t *x, int32_t x_step, const int8_t *y, int32_t y_step, int8_t *out,
                  int32_t n) {
  for (const int8_t *end = out + n; out != end; x += x_step, y += y_step) {
    int32_t sum = *x * a->factor + a->offset + a->sign * smaller(a, *y - a->zero);
    int32_t value = rounded(mote_high_mul(sum, a->multiplier), &a->out) + a->out_zero;
    *out++ = (int8_t)mote_clamp(value, a->range.low, a->range.high);
  }
}
