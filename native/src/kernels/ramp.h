/* SPDX-License-Identifier: Apache-2.0 */
/* RELU, LEAKY_RELU and ABS of quantized numbers: two factors that meet at the input's zero point. */
#ifndef MOTE_RAMP_H
#define MOTE_RAMP_H

#include "quant.h"

typedef struct {
  mote_scale above, below; /* of inputs from their zero point on, and under it */
  bool flip;               /* the factor below is negative */
} mote_ramp;

/* From the operator and its tensors' scales; false where alpha is not finite or no shift can express a factor. */
bool mote_ramp_derive(mote_op *op, const mote_tensor *input, const mote_tensor *output, mote_ramp *ramp);
/* Of an input without its zero point; the result is without the output's. */
int32_t mote_ramp_at(const mote_ramp *ramp, int32_t x);

#endif
