/* SPDX-License-Identifier: Apache-2.0 */
/* Noise reduction by spectral subtraction, per channel. Parameters: smoothing of even and of odd channels (0: as even)
 * and the least part of the signal to be left, each in parts per million; fraction bits of the estimate; clamping (0,
 * 1).
 *
 * estimate += smoothing * (signal - estimate); out = max(signal - estimate, signal * least part). Coefficients have 14
 * bits, the estimate is kept with the fraction bits given. With clamping it never exceeds the signal. Channels are at
 * most 2^15 times what a unit of the spectrum is in them (filterbank.c); with the fraction bits they must fit in 32. */
#include "frontend/arithmetic.h"
#include "frontend/exact.h"
#include "frontend/stage.h"

#define COEFFICIENT_BITS 14
#define MILLION 1000000

typedef struct {
  uint32_t offset;
  uint16_t count;
  uint8_t bits, clamping;
  uint16_t smoothing[2]; /* of even and odd channels */
  uint32_t least;
  uint32_t lanes;
  uint32_t estimate[]; /* count a lane */
} mote_noise;

int mote_noise_measure(mote_flow *flow, const mote_params *params) {
  static const int32_t range[5][2] = {{1, MILLION}, {0, MILLION}, {0, MILLION}, {0, 16}, {0, 1}};
  int status = mote_stage_takes(params, flow, MOTE_FLOW_CHANNELS);
  if (status == MOTE_OK) status = mote_stage_ranges(params, 5, range);
  if (status == MOTE_OK) status = mote_stage_range(params, 3, 0, 32 - mote_channel_bits(flow));
  if (status == MOTE_OK && flow->noise) status = mote_stage_fault(params, -1, 2, 1);
  if (status != MOTE_OK) return status;
  flow->noise = 1;
  flow->noise_bits = (uint8_t)params->word[3];
  flow->state = (uint32_t)(sizeof(mote_noise) + flow->lanes * flow->count * sizeof(uint32_t));
  return MOTE_OK;
}

static uint32_t coefficient(int32_t ppm) { return (uint32_t)mote_ratio((uint64_t)ppm, MILLION, COEFFICIENT_BITS); }

void mote_noise_init(void *self, const mote_flow *in, const int32_t *word) {
  mote_noise *noise = self;
  noise->offset = in->offset;
  noise->count = in->count;
  noise->lanes = in->lanes;
  noise->bits = (uint8_t)word[3];
  noise->clamping = (uint8_t)word[4];
  noise->smoothing[0] = (uint16_t)coefficient(word[0]);
  noise->smoothing[1] = word[1] ? (uint16_t)coefficient(word[1]) : noise->smoothing[0];
  noise->least = coefficient(word[2]);
}

void mote_noise_reset(void *self) {
  mote_noise *noise = self;
  for (uint32_t i = 0; i < noise->lanes * noise->count; i++) noise->estimate[i] = 0;
}

void mote_subtract(const mote_subtraction *of, const uint32_t *value, uint32_t *out, uint32_t *estimate,
                   uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    uint32_t signal = value[i] << of->bits;
    uint64_t blend = mote_product(signal, of->fresh[i & 1]) + mote_product(estimate[i], of->kept[i & 1]);
    uint32_t whole = (uint32_t)(blend >> of->coefficient_bits), below = whole < signal ? whole : signal;
    uint32_t least = (uint32_t)(mote_product(value[i], of->least) >> of->coefficient_bits);
    uint32_t left = (signal - below) >> of->bits;
    estimate[i] = of->clamping ? below : whole;
    out[i] = left > least ? left : least;
  }
}

void mote_noise_run(void *self, mote_frame *frame) {
  mote_noise *noise = self;
  const uint32_t one = 1u << COEFFICIENT_BITS, even = noise->smoothing[0], odd = noise->smoothing[1];
  const mote_subtraction of = {{even, odd}, {one - even, one - odd}, noise->least,
                               noise->bits, COEFFICIENT_BITS,        noise->clamping != 0};
  uint32_t *value = (uint32_t *)(frame->scratch + noise->offset);
  uint32_t *estimate = noise->estimate + frame->lane * noise->count;
  mote_subtract(&of, value, value, estimate, noise->count);
  frame->noise = estimate;
}
