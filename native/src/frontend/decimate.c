/* SPDX-License-Identifier: Apache-2.0 */
/* Low-pass filter, of which every factor-th value is kept. Parameters: factor, taps per phase.
 *
 * The filter has factor x taps coefficients, symmetric: sin(pi s / 2 factor) / s at s = 1 - L, 3 - L ... L - 1 (half at
 * half the rate that goes out), under a Kaiser window with beta = 6.2, rounded to 15 fraction bits, their sum
 * exactly 1. What lies within width = 4 / (L - 1) of the rate that comes in around that half is neither passed nor
 * stopped; with 4 taps or more the gain is 1 within 0.02 dB below it, and at most -57 dB above it, where frequencies
 * fold onto the former.
 *
 * y = saturated floor(sum of coefficients times samples + 1/2), the sum exact. The stream starts from zeros. A value
 * comes with the last sample of each group of factor samples, delayed by (L - 1) / 2 samples. */
#include <string.h>

#include "frontend/exact.h"
#include "frontend/stage.h"

#define TAP_BITS 15
#define HALF_PI 0x6487ed5110b4611aull /* pi / 2 * 2^62 */
#define BETA 0x99c28f5c28f5c28full    /* (beta / 2)^2 / 16 * 2^64 */

typedef struct {
  uint16_t lanes, factor, length, half; /* half: coefficients, those of the second half being the same */
  uint16_t position, phase;             /* where the next sample goes; samples of its group before it */
  int16_t data[];                       /* (length + 1) / 2 coefficients, then length samples a lane */
} mote_decimate;

/* ---- Set-up ---- */

/* Whether the rate behind is a whole number of hertz, within 1/1000. */
static int rate_fits(uint32_t rate, uint32_t factor) {
  uint32_t rest = rate % factor, off = rest <= factor / 2 ? rest : factor - rest;
  return off * 1000 <= rate;
}

static int divide_flow(mote_flow *flow, const mote_params *params) {
  uint16_t factor = (uint16_t)params->word[0];
  if (flow->window % factor) return mote_stage_fault(params, 0, flow->window, factor);
  if (flow->hop % factor) return mote_stage_fault(params, 0, flow->hop, factor);
  if (!rate_fits(flow->rate, factor)) return mote_stage_fault(params, 0, (int32_t)flow->rate, factor);
  flow->window /= factor;
  flow->hop /= factor;
  flow->decimation = (uint16_t)(flow->decimation * factor);
  flow->rate = (flow->rate + factor / 2) / factor;
  return MOTE_OK;
}

int mote_decimate_measure(mote_flow *flow, const mote_params *params) {
  static const int32_t range[2][2] = {{2, 16}, {2, 32}};
  int status = mote_stage_takes(params, flow, MOTE_FLOW_SAMPLES);
  if (status == MOTE_OK) status = mote_stage_ranges(params, 2, range);
  if (status == MOTE_OK) status = divide_flow(flow, params);
  if (status != MOTE_OK) return status;
  uint32_t length = (uint32_t)(params->word[0] * params->word[1]);
  flow->state = (uint32_t)sizeof(mote_decimate) + 2 * ((length + 1) / 2 + length * flow->lanes);
  return MOTE_OK;
}

/* I0(beta sqrt(1 - x^2)), 55 fraction bits, as the series of ((beta / 2)^2 (1 - x^2))^k / k!^2; square: 1 - x^2, 62
 * fraction bits. The first term left out is below 2^-60. */
static uint64_t kaiser(uint64_t square) {
  uint64_t factor = mote_high_product(square << 1, BETA), term = 1ull << 55, sum = term;
  for (uint32_t k = 1; k <= 20; k++) {
    term = mote_divide(mote_high_product(term, factor) << 5, k * k);
    sum += term;
  }
  return sum;
}

/* sin(pi s / 2 factor) / s, 62 fraction bits. */
static int64_t sinc(uint32_t s, uint32_t factor) {
  if (s == 0) return (int64_t)mote_divide(HALF_PI, factor);
  uint32_t quadrant = s / factor % 4, rest = s % factor;
  int64_t size = (int64_t)mote_divide(mote_sine(quadrant & 1 ? factor - rest : rest, factor), s);
  return quadrant & 2 ? -size : size;
}

/* Coefficient k of the first half, outermost first, to a scale of its own. */
static int64_t weight(const mote_decimate *of, uint32_t k) {
  uint32_t last = of->length - 1u, s = last - 2 * k;
  int64_t sine = sinc(s, of->factor);
  uint64_t square = mote_ratio(last * last - s * s, last * last, 62);
  int64_t size = (int64_t)mote_high_product((uint64_t)(sine < 0 ? -sine : sine), kaiser(square));
  return sine < 0 ? -size : size;
}

/* What rounding leaves of the sum goes to the innermost. */
static void make_taps(mote_decimate *of) {
  int odd = of->length & 1;
  int64_t sum = 0;
  int32_t rest = 1 << TAP_BITS;
  for (uint32_t k = 0; k < of->half; k++) sum += 2 * weight(of, k);
  if (odd) sum += weight(of, of->half);
  for (uint32_t k = 0; k < of->half + (uint32_t)odd; k++) {
    int64_t exact = weight(of, k);
    int32_t tap =
        (int32_t)mote_round(mote_ratio((uint64_t)(exact < 0 ? -exact : exact), (uint64_t)sum, 62), 62 - TAP_BITS);
    of->data[k] = (int16_t)(exact < 0 ? -tap : tap);
    rest -= of->data[k] * (k < of->half ? 2 : 1);
  }
  of->data[of->half + odd - 1] += (int16_t)(odd ? rest : rest / 2);
}

void mote_decimate_init(void *self, const mote_flow *in, const int32_t *word) {
  mote_decimate *decimate = self;
  decimate->lanes = in->lanes;
  decimate->factor = (uint16_t)word[0];
  decimate->length = (uint16_t)(word[0] * word[1]);
  decimate->half = decimate->length / 2;
  make_taps(decimate);
}

void mote_decimate_reset(void *self) {
  mote_decimate *decimate = self;
  uint32_t taps = (decimate->length + 1u) / 2;
  decimate->position = decimate->phase = 0;
  memset(decimate->data + taps, 0, 2u * decimate->length * decimate->lanes);
}

/* ---- Run ---- */

static int32_t pairs(const int16_t *up, const int16_t *down, const int16_t *tap, uint32_t count) {
  int32_t sum = 0;
  for (; count > 0; count--) sum += (*up++ + *down--) * *tap++;
  return sum;
}

/* The filter's value where the oldest of a lane's samples lies at `position`. Pairs of samples that share a coefficient
 * are taken from both ends inwards, until one end wraps; and in two halves, of which neither can overflow: the
 * magnitudes of all coefficients may add up to more than 2, those of a half do not. */
static int16_t filtered(const mote_decimate *of, const int16_t *sample) {
  uint32_t half = of->half, length = of->length, up = of->position, down = up ? up - 1 : length - 1, k = 0;
  int32_t sum = 0;
  while (k < half) {
    uint32_t count = (k < half / 2 ? half / 2 : half) - k;
    if (count > length - up) count = length - up;
    if (count > down + 1) count = down + 1;
    sum = mote_saturate32((int64_t)sum + pairs(sample + up, sample + down, of->data + k, count));
    k += count;
    up = up + count < length ? up + count : 0;
    down = down >= count ? down - count : length - 1;
  }
  if (length & 1) sum = mote_saturate32((int64_t)sum + sample[up] * of->data[half]);
  return mote_saturate16(((sum >> (TAP_BITS - 1)) + 1) >> 1);
}

void mote_decimate_run(void *self, mote_frame *frame) {
  mote_decimate *decimate = self;
  uint32_t length = decimate->length, given = 0;
  int16_t *history = decimate->data + (length + 1) / 2;
  for (uint32_t i = 0; i < frame->instants; i++) {
    for (uint32_t lane = 0; lane < decimate->lanes; lane++)
      history[lane * length + decimate->position] = frame->chunk[lane * MOTE_CHUNK + i];
    if (++decimate->position == length) decimate->position = 0;
    if (++decimate->phase < decimate->factor) continue;
    decimate->phase = 0;
    for (uint32_t lane = 0; lane < decimate->lanes; lane++)
      frame->chunk[lane * MOTE_CHUNK + given] = filtered(decimate, history + lane * length);
    given++;
  }
  frame->instants = (uint16_t)given;
}
