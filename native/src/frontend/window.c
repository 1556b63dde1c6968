/* SPDX-License-Identifier: Apache-2.0 */
/* Window function on int16 samples. Parameters: shape (0: Hann, 1: Hamming, 2: rectangular), fraction bits of the
 * weights, scaling (0: none, 1: block).
 *
 * At half-sample positions, with a = 2 pi (i + 1/2) / n: Hann is 0.5 - 0.5 cos a = sin^2(a / 2), Hamming 0.54 - 0.46
 * cos a = 0.08 + 0.92 sin^2(a / 2), rectangular 1, so w[i] = w[n - 1 - i] and half is kept. Hann sums to one with a
 * copy shifted by n / 2.
 *
 * Without scaling out = sample * w, cut to an integer, as by TFLM. With block scaling all products are shifted down
 * only as far as the largest needs to fit in 14 bits, and rounded: what is quiet keeps 14 bits, less 1/2 in the last
 * one. The shift, 0 .. 14, goes with the frame. Where all products are below 1/16 of a sample's unit they are silence.
 * A rectangular window changes nothing in either case. */
#include "frontend/exact.h"
#include "frontend/stage.h"

enum { HANN = 0, HAMMING = 1, RECTANGULAR = 2 };
enum { SCALING_NONE = 0, SCALING_BLOCK = 1 };

#define BLOCK_BITS 14
#define SILENT_BITS 4 /* with these, shifts behind the FFT stay below 32 */

typedef struct {
  uint32_t offset;
  uint16_t count;
  uint8_t bits;
  uint8_t scaling;
  int16_t weight[]; /* (count + 1) / 2, none for a rectangular one */
} mote_window;

int mote_window_measure(mote_flow *flow, const mote_params *params) {
  static const int32_t range[3][2] = {{HANN, RECTANGULAR}, {8, 14}, {SCALING_NONE, SCALING_BLOCK}};
  int status = mote_stage_ranges(params, 3, range);
  if (status == MOTE_OK) status = mote_stage_takes(params, flow, MOTE_FLOW_SAMPLES);
  if (status != MOTE_OK) return status;
  uint32_t weights = params->word[0] == RECTANGULAR ? 0 : (flow->count + 1u) / 2;
  flow->state = (uint32_t)(sizeof(mote_window) + weights * sizeof(int16_t));
  if (weights && params->word[2] == SCALING_BLOCK) flow->kind = MOTE_FLOW_SCALED;
  return MOTE_OK;
}

/* The weight at an angle whose half has this square of the sine; 62 fraction bits. */
static uint64_t weight_of(int shape, uint64_t square) {
  if (shape == HANN) return square;
  uint64_t low = mote_ratio(8, 100, 62), part = mote_ratio(92, 100, 62) << 1;
  return low + (mote_high_product(square, part) << 1);
}

void mote_window_init(void *self, const mote_flow *in, const int32_t *word) {
  mote_window *window = self;
  window->offset = in->offset;
  window->count = word[0] == RECTANGULAR ? 0 : in->count;
  window->bits = (uint8_t)word[1];
  window->scaling = (uint8_t)word[2];
  for (uint32_t i = 0; i < (window->count + 1u) / 2; i++) {
    uint64_t sine = mote_sine(2 * i + 1, in->count) << 1; /* count odd: the middle one is sin(pi/2) exactly */
    uint64_t weight = weight_of(word[0], mote_high_product(sine, sine));
    window->weight[i] = (int16_t)mote_round(weight, 62 - window->bits);
  }
}

/* The least number of bits that hold every product of sample and weight beside its sign. */
static int product_bits(const mote_window *window, const int16_t *low) {
  const int16_t *high = low + window->count - 1;
  uint32_t seen = 0;
  for (const int16_t *weight = window->weight; low <= high; weight++, low++, high--) {
    int32_t first = *low * *weight, second = *high * *weight;
    seen |= (uint32_t)(first ^ first >> 31) | (uint32_t)(second ^ second >> 31);
  }
  return mote_bit_length(seen);
}

/* Weights are at most 1, so nothing saturates. */
static void weigh(const mote_window *window, int16_t *low, int down, int32_t half) {
  int16_t *high = low + window->count - 1;
  for (const int16_t *weight = window->weight; low <= high; weight++, low++, high--) {
    int32_t first = *low * *weight + half, second = *high * *weight + half;
    *high = (int16_t)(second >> down);
    *low = (int16_t)(first >> down);
  }
}

void mote_window_run(void *self, mote_frame *frame) {
  const mote_window *window = self;
  int16_t *sample = (int16_t *)(frame->scratch + window->offset);
  int bits = window->bits;
  if (window->count == 0) return;
  if (window->scaling == SCALING_NONE) {
    weigh(window, sample, bits, 0);
    return;
  }
  int size = product_bits(window, sample), down = size > BLOCK_BITS ? size - BLOCK_BITS : 0;
  if (size < bits - SILENT_BITS) down = 31; /* rounds all to 0 */
  else frame->shift += bits - down;
  weigh(window, sample, down, (int32_t)((1u << down) >> 1));
}
