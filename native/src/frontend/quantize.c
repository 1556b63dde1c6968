/* SPDX-License-Identifier: Apache-2.0 */
/* To the int8 of a model's input tensor. Parameters: multiplier, divisor, zero point.
 *
 * out = (value * multiplier + divisor / 2) / divisor + zero point, cut towards zero and saturated: rounds values >=
 * 0. */
#include "frontend/stage.h"

typedef struct {
  uint32_t offset;
  uint32_t count;
  int32_t multiplier, divisor, zero_point;
} mote_quantize;

int mote_quantize_measure(mote_flow *flow, const mote_params *params) {
  static const int32_t range[3][2] = {{1, 32767}, {1, 32767}, {-128, 127}};
  int status = mote_stage_takes(params, flow, MOTE_FLOW_FEATURES);
  if (status == MOTE_OK) status = mote_stage_ranges(params, 3, range);
  flow->kind = MOTE_FLOW_QUANTIZED;
  flow->state = sizeof(mote_quantize);
  return status;
}

void mote_quantize_init(void *self, const mote_flow *in, const int32_t *word) {
  mote_quantize *quantize = self;
  quantize->offset = in->offset;
  quantize->count = in->count;
  quantize->multiplier = word[0];
  quantize->divisor = word[1];
  quantize->zero_point = word[2];
}

/* In place: outputs are narrower than inputs. */
void mote_quantize_run(void *self, mote_frame *frame) {
  const mote_quantize *quantize = self;
  const int16_t *value = (const int16_t *)(frame->scratch + quantize->offset);
  int8_t *out = (int8_t *)(frame->scratch + quantize->offset);
  int32_t half = quantize->divisor / 2;
  for (uint32_t i = 0; i < quantize->count; i++) {
    int32_t result = (value[i] * quantize->multiplier + half) / quantize->divisor + quantize->zero_point;
    out[i] = (int8_t)(result < -128 ? -128 : result > 127 ? 127 : result);
  }
}
