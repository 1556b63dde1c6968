/* SPDX-License-Identifier: Apache-2.0 */
/* Integer mathematics for set-up: sine, logarithm and power with some 48 bits, from 64-bit products and shifts alone,
 * so that tables are the same on every machine. Slow on purpose (microseconds each on a Cortex-M0+): never per
 * sample. */
#ifndef MOTE_EXACT_H
#define MOTE_EXACT_H

#include <stdint.h>

#define MOTE_LOG_BITS 48 /* fraction bits of mote_log2 */
#define MOTE_EXP_BITS 62 /* fraction bits of mote_exp2 and mote_sine */

/* floor(numerator * 2^bits / denominator); numerator <= denominator < 2^63, bits <= 62. */
uint64_t mote_ratio(uint64_t numerator, uint64_t denominator, int bits);

/* floor(x / divisor); 1 <= divisor < 2^16. */
uint64_t mote_divide(uint64_t x, uint32_t divisor);

/* log2(x) with MOTE_LOG_BITS fraction bits, x >= 1. */
uint64_t mote_log2(uint64_t x);

/* 2^(fraction / 2^MOTE_LOG_BITS) with MOTE_EXP_BITS fraction bits; fraction in [0, 2^MOTE_LOG_BITS). */
uint64_t mote_exp2(uint64_t fraction);

/* sin(numerator / denominator * pi/2) with MOTE_EXP_BITS fraction bits; numerator <= denominator < 2^31. */
uint64_t mote_sine(uint32_t numerator, uint32_t denominator);

/* floor(x * y / 2^64). */
uint64_t mote_high_product(uint64_t x, uint64_t y);

/* round(x / 2^bits), halves up; 1 <= bits <= 63. */
static inline uint64_t mote_round(uint64_t x, int bits) { return ((x >> (bits - 1)) + 1) >> 1; }

#endif
