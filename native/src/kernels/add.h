/* SPDX-License-Identifier: Apache-2.0 */
/* The int8 sum or difference of two inputs, whose loop is worth its own optimization level. */
#ifndef MOTE_ADD_H
#define MOTE_ADD_H

#include "quant.h"

/* TFLM adds at 2^20 steps of twice the larger scale, so the input of the larger scale is multiplied by 2^19 exactly
 * and only the other one is rounded. */
#define MOTE_ADD_SHIFT 20

/* A right shift that rounds halves away from zero. */
typedef struct {
  int32_t shift, half; /* half of 2^shift */
  int32_t nudge;       /* -1, or 0 where the shift is 0 */
} mote_rounding;

typedef struct {
  int32_t factor, offset; /* the input of the larger scale counts as factor * x + offset, factor +-2^19 */
  int32_t zero, sign;     /* of the other input; sign +-1 */
  int32_t high, low;      /* its multiplier in two parts: high * 2^11 + low */
  mote_rounding in;       /* after it */
  int32_t multiplier;     /* of the sum */
  mote_rounding out;      /* after that */
  int32_t out_zero;
  mote_range range;
} mote_addition;

/* One row. x: the input of the larger scale, y: the other; their steps from element to element are 0 or 1. */
void mote_add_row(const mote_addition *a, const int8_t *x, int32_t x_step, const int8_t *y, int32_t y_step, int8_t *out,
                  int32_t n);

#endif
