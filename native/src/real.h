/* SPDX-License-Identifier: Apache-2.0 */
/* Positive real numbers in integer arithmetic, rounded where IEEE 754 singles and doubles would round.
 *
 * TFLM derives multipliers in double precision. Deriving them in integers gives the same bits on chips without a
 * floating-point unit, needs no library, and is proved against real doubles by tests/native/test_real.py. */
#ifndef MOTE_REAL_H
#define MOTE_REAL_H

#include <stdbool.h>
#include <stdint.h>

#include "fixedpoint.h"

/* mantissa * 2^exponent; mantissa 0 is zero, else its top bit is bit 63. */
typedef struct {
  uint64_t mantissa;
  int32_t exponent;
} mote_real;

#define MOTE_SINGLE_BITS 24
#define MOTE_DOUBLE_BITS 53

mote_real mote_real_from_u32(uint32_t value);
/* From the bits of an IEEE 754 single; false unless it is finite and > 0. */
bool mote_real_from_single(uint32_t bits, mote_real *value);
/* Products and quotients rounded to nearest even at `bits` significant bits. The factors of a product have at most 32
 * significant bits each, the divisor has at most 32, so that one 64-bit word holds what matters. */
mote_real mote_real_mul(mote_real a, mote_real b, int bits);
mote_real mote_real_div(mote_real a, mote_real b, int bits);
mote_real mote_real_scale2(mote_real a, int exponent);
/* -1, 0, 1: a < b, a == b, a > b. */
int mote_real_compare(mote_real a, mote_real b);
/* |a - b|, truncated to 64 significant bits. */
mote_real mote_real_distance(mote_real a, mote_real b);
/* Nearest integer, halves away from zero, at most INT32_MAX. */
int32_t mote_real_round(mote_real a);
/* The integer part, at most INT32_MAX. */
int32_t mote_real_floor(mote_real a);
/* The bits of the nearest IEEE 754 single, even at ties; infinite where a is too large. */
uint32_t mote_real_to_single(mote_real a);
/* TFLM's QuantizeMultiplier; false where the shift would exceed 30. */
bool mote_real_to_scale(mote_real a, mote_scale *scale);
/* The same of a * b / c, where all are singles > 0 and TFLM computes in doubles: the many channels of a layer need
 * it quick. */
bool mote_real_ratio_to_scale(const mote_real *a, const mote_real *b, const mote_real *c, mote_scale *scale);
/* Whether that cannot fail, without dividing; where this is false it may or may not. */
static inline bool mote_real_ratio_fits(const mote_real *a, const mote_real *b, const mote_real *c) {
  return a->exponent + b->exponent - c->exponent + 66 <= 30;
}
/* mote_rescale as a call, for loops where its 90 bytes count for more than the cycles of a call. */
int32_t mote_rescaled(int32_t x, const mote_scale *scale);
/* mote_rescaled + zero, to the nearest int8. */
int8_t mote_rescaled_byte(int32_t x, const mote_scale *scale, int32_t zero);

#endif
