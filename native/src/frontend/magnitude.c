/* SPDX-License-Identifier: Apache-2.0 */
/* Magnitude of the bins, in place. Parameter: fraction bits.
 *
 * out = sqrt(re^2 + im^2) * 2^(fraction bits - shift): the root of the square shifted up, or else the rounded root
 * shifted down and rounded again. The error is 1/2 at most where the exponent is not below 0, and 3/4 where it is. */
#include "frontend/arithmetic.h"

typedef struct {
  uint32_t offset;
  uint16_t count;
  uint16_t fraction_bits;
} mote_magnitude;

int mote_magnitude_measure(mote_flow *flow, const mote_params *params) {
  static const int32_t range[1][2] = {{0, 8}};
  int status = mote_stage_takes(params, flow, MOTE_FLOW_SPECTRUM);
  if (status == MOTE_OK) status = mote_stage_ranges(params, 1, range);
  if (status != MOTE_OK) return status;
  flow->kind = MOTE_FLOW_CHANNELS;
  flow->drop_bits = (int8_t)(mote_bit_length(flow->fft_size) - 1 - params->word[0]);
  flow->state = sizeof(mote_magnitude);
  return MOTE_OK;
}

void mote_magnitude_init(void *self, const mote_flow *in, const int32_t *word) {
  mote_magnitude *magnitude = self;
  magnitude->offset = in->offset;
  magnitude->count = in->count;
  magnitude->fraction_bits = (uint16_t)word[0];
}

static uint32_t magnitude_of(mote_complex bin, int up) {
  uint32_t square = (uint32_t)(bin.re * bin.re) + (uint32_t)(bin.im * bin.im);
  if (up >= 0) return mote_root((uint64_t)square << 2 * up);
  return (mote_root(square) + (1u << (-up - 1))) >> -up;
}

void mote_magnitude_run(void *self, mote_frame *frame) {
  const mote_magnitude *magnitude = self;
  const mote_complex *bin = (const mote_complex *)(frame->scratch + magnitude->offset);
  uint32_t *out = (uint32_t *)(frame->scratch + magnitude->offset);
  int up = magnitude->fraction_bits - frame->shift; /* -31 .. 8 */
  for (uint32_t i = 0; i < magnitude->count; i++) out[i] = magnitude_of(bin[i], up);
}
