/* SPDX-License-Identifier: Apache-2.0 */
/* Window function on int16 samples. Parameters: shape (0: Hann), fraction bits of the weights.
 *
 * Hann at half-sample positions: w[i] = sin^2(pi (2 i + 1) / (2 n)), so w[i] = w[n - 1 - i] and half is kept. Sums to
 * one with a copy shifted by n / 2. */
#include "frontend/exact.h"
#include "frontend/stage.h"

typedef struct {
  uint32_t offset;
  uint16_t count;
  uint16_t bits;
  int16_t weight[]; /* (count + 1) / 2 */
} mote_window;

int mote_window_measure(mote_flow *flow, const mote_params *params) {
  static const int32_t range[2][2] = {{0, 0}, {8, 14}};
  int status = mote_stage_ranges(params, 2, range);
  if (status == MOTE_OK) status = mote_stage_takes(params, flow, MOTE_FLOW_SAMPLES);
  flow->state = (uint32_t)(sizeof(mote_window) + (flow->count + 1u) / 2 * sizeof(int16_t));
  return status;
}

void mote_window_init(void *self, const mote_flow *in, const int32_t *word) {
  mote_window *window = self;
  window->offset = in->offset;
  window->count = in->count;
  window->bits = (uint16_t)word[1];
  for (uint32_t i = 0; i < (in->count + 1u) / 2; i++) {
    uint64_t sine = mote_sine(2 * i + 1, in->count) << 1; /* count odd: the middle one is sin(pi/2) exactly */
    uint64_t square = mote_high_product(sine, sine);      /* 62 fraction bits */
    window->weight[i] = (int16_t)mote_round(square, 62 - window->bits);
  }
}

static int16_t weighted(int32_t sample, int32_t weight, int bits) { return (int16_t)((sample * weight) >> bits); }

/* Weights are at most 1, so nothing saturates. */
void mote_window_run(void *self, mote_frame *frame) {
  const mote_window *window = self;
  int16_t *low = (int16_t *)(frame->scratch + window->offset), *high = low + window->count - 1;
  for (const int16_t *weight = window->weight; low <= high; weight++, low++, high--) {
    if (low != high) *high = weighted(*high, *weight, window->bits);
    *low = weighted(*low, *weight, window->bits);
  }
}
