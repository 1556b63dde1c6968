/* SPDX-License-Identifier: Apache-2.0 */
/* To the int8 of a model's input tensor, in the tensor's own quantization. Parameters: mantissa and exponent of its
 * scale, which is mantissa * 2^exponent as in a single-precision number, and its zero point.
 *
 * out = round(value / unit / scale) + zero point, saturated; halves away from zero, as TFLite quantizes real numbers.
 * Exact: value * 2^-exponent is divided by mantissa * unit as an integer, where a product with the reciprocal leaves it
 * open to which side of a half the quotient lies. */
#include "frontend/numbers.h"

#define QUOTIENT_BITS 9 /* 256 and more saturate with every zero point */
#define DIVISOR_BITS 41 /* mantissa <= 2^24, unit <= 2^16 */
#define MOST (1 << 15)  /* of value / unit */
#define PRODUCT_BITS 20 /* fraction bits of a product with the reciprocal */
#define PRODUCT_ERROR 5 /* by which it is too small at most, in the last of them */

/* out = round(value * 2^up / (mantissa * unit)), where `most` saturates as well as any larger value. */
typedef struct {
  uint32_t offset;
  uint32_t count;
  uint32_t unit, mantissa;
  uint32_t most;
  uint32_t reciprocal; /* up to 2 below 2^up / (mantissa * unit) * 2^(PRODUCT_BITS + 32 - lift); 0: there is none */
  int16_t zero_point;
  uint8_t wide, up;
  uint8_t lift; /* most * 2^lift < 2^32 */
} mote_to_model;

static inline uint64_t divisor_of(const mote_to_model *to) { return (uint64_t)to->unit * to->mantissa; }

int mote_to_model_measure(mote_flow *flow, const mote_params *params) {
  static const int32_t range[3][2] = {{1, 1 << 24}, {-149, 127}, {-128, 127}};
  int status = mote_stage_takes_numbers(params, flow);
  if (status == MOTE_OK) status = mote_stage_ranges(params, 3, range);
  flow->kind = MOTE_FLOW_QUANTIZED;
  flow->state = sizeof(mote_to_model);
  return status;
}

/* A scale above 2 MOST makes every value 0; an `up` of all bits of divisor and quotient saturates all others. */
void mote_to_model_init(void *self, const mote_flow *in, const int32_t *word) {
  mote_to_model *to = self;
  int32_t exponent = word[1], up = exponent < 0 ? -exponent : 0;
  to->offset = in->offset;
  to->count = in->count;
  to->unit = in->unit;
  to->mantissa = (uint32_t)word[0];
  for (; exponent > 0 && to->mantissa <= 2 * MOST; exponent--) to->mantissa *= 2;
  to->up = (uint8_t)(up < DIVISOR_BITS + QUOTIENT_BITS ? up : DIVISOR_BITS + QUOTIENT_BITS);
  uint64_t most = (divisor_of(to) << QUOTIENT_BITS >> to->up) + 1;
  to->most = most < UINT32_MAX ? (uint32_t)most : UINT32_MAX;
  to->lift = (uint8_t)(32 - mote_bit_length(to->most));
  int32_t reciprocal = mote_scaled_quotient(1, divisor_of(to), to->up + PRODUCT_BITS + 32 - to->lift);
  to->reciprocal = reciprocal > 1 && reciprocal < INT32_MAX ? (uint32_t)reciprocal - 1 : 0;
  to->zero_point = (int16_t)word[2];
  to->wide = in->kind == MOTE_FLOW_VALUES;
}

static uint32_t steps_of(const mote_to_model *to, uint32_t size) {
  const uint32_t one = 1u << PRODUCT_BITS;
  if (size > to->most) size = to->most;
  if (to->reciprocal) {
    uint32_t product = mote_top_product(size << to->lift, to->reciprocal) + one / 2;
    if (product % one < one - PRODUCT_ERROR) return product / one;
  }
  return (uint32_t)mote_rounded_ratio((uint64_t)size << to->up, divisor_of(to), QUOTIENT_BITS);
}

/* In place: outputs are narrower than inputs. */
void mote_to_model_run(void *self, mote_frame *frame) {
  const mote_to_model *to = self;
  const void *values = frame->scratch + to->offset;
  int8_t *out = (int8_t *)(frame->scratch + to->offset);
  for (uint32_t i = 0; i < to->count; i++) {
    int32_t value = mote_number(values, to->wide, i), steps = (int32_t)steps_of(to, mote_absolute(value));
    int32_t result = (value < 0 ? -steps : steps) + to->zero_point;
    out[i] = (int8_t)(result < INT8_MIN ? INT8_MIN : result > INT8_MAX ? INT8_MAX : result);
  }
}
