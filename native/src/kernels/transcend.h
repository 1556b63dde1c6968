/* SPDX-License-Identifier: Apache-2.0 */
/* Exponentials and reciprocals of fixed-point numbers, bit for bit those of gemmlowp's fixedpoint.h. Qm.n: m integer
 * bits, n fraction bits, one sign bit. */
#ifndef MOTE_TRANSCEND_H
#define MOTE_TRANSCEND_H

#include "../fixedpoint.h"

/* gemmlowp's SaturatingRoundingDoublingHighMul for any signs. */
int32_t mote_high_mul_any(int32_t a, int32_t b);
/* x * 2^bits, saturating; 0 <= bits <= 30. */
int32_t mote_shl_saturated(int32_t x, int bits);
/* Of 0: 32. */
int mote_leading_zeros(uint32_t x);

/* exp(a) for a <= 0 in Qm.(31 - m) with m = integer_bits 4 or 5, as Q0.31. */
int32_t mote_exp_negative(int32_t a, int integer_bits);
/* 1 / (1 + a) for a in [0, 1), both Q0.31. */
int32_t mote_one_over_one_plus(int32_t a);
/* (1 - a) / (1 + a) for a in [0, 1), both Q0.31. */
int32_t mote_one_minus_over_one_plus(int32_t a);

#endif
