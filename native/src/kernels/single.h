/* SPDX-License-Identifier: Apache-2.0 */
/* What kernels of single precision share: functions without a mathematical library, and fused activations. */
#ifndef MOTE_SINGLE_H
#define MOTE_SINGLE_H

#include "../graph.h"

/* Within a few units of the last place; infinities and NaN as in C. */
float mote_expf(float x);
float mote_tanhf(float x);
/* x >= 0 and not subnormal, else within 1e-18. */
float mote_sqrtf(float x);

/* a / b. libgcc's function for ARMv6-M has a table of addresses, which a native module cannot have; there the quotient
 * comes from integer arithmetic, the same to its last bit. */
#if defined(__ARM_ARCH_6M__) || defined(MOTE_INTEGER_DIVISION)
float mote_divf(float a, float b);
#else
static inline float mote_divf(float a, float b) { return a / b; }
#endif

typedef struct {
  float low, high;
} mote_float_range;

/* The range of a fused activation (CalculateActivationRange); finite also where there is none. */
int mote_float_activation(mote_op *op, int activation, mote_float_range *range);

static inline float mote_clampf(float x, mote_float_range range) {
  float y = x < range.low ? range.low : x;
  return y > range.high ? range.high : y;
}

int mote_need_float(mote_op *op, int subject, const mote_tensor *tensor);

#endif
