/* SPDX-License-Identifier: Apache-2.0 */
/* Per-channel amplitude normalization: automatic gain control by the noise estimate. Parameters: strength and offset in
 * parts per million, fraction bits of the gain.
 *
 * out = shrink(signal * gain(estimate)), gain(x) = (x + offset)^-strength, shrink(x) = x^2 / 4 below 2, x - 1 above.
 * Between powers of two the gain is a parabola through its values at both ends and in the middle; x has 12 fraction
 * bits, the result 6. The fraction bits of the gain are so many that signal * gain fits in 32 bits. (Lyon et al.,
 * "Trainable frontend for robust and far-field keyword spotting", 2017.) */
#include "frontend/arithmetic.h"
#include "frontend/exact.h"
#include "frontend/stage.h"

#define RATIO_BITS 12
#define OUTPUT_BITS 6
#define MILLION 1000000
#define SEGMENTS 31 /* [2^(k-1), 2^k), k = 2 .. 32 */

typedef struct {
  uint32_t offset;
  uint16_t count;
  uint16_t shift;                  /* of signal * gain to RATIO_BITS */
  int16_t gains[2 + 3 * SEGMENTS]; /* as in mote_gain_control */
} mote_pcan;

int mote_pcan_measure(mote_flow *flow, const mote_params *params) {
  const int32_t fits = mote_channel_bits(flow) + flow->drop_bits + RATIO_BITS + 15 - 33;
  const int32_t least = RATIO_BITS + 1 + flow->drop_bits, first = fits > least ? fits : least;
  const int32_t range[3][2] = {{0, 2 * MILLION}, {1, INT32_MAX}, {first, 30}};
  int status = mote_stage_takes(params, flow, MOTE_FLOW_CHANNELS);
  if (status == MOTE_OK) status = mote_stage_ranges(params, 3, range);
  if (status == MOTE_OK && !flow->noise) status = mote_stage_fault(params, -1, 0, MOTE_STAGE_NOISE_REDUCTION);
  if (status == MOTE_OK && flow->noise_bits < flow->drop_bits) {
    status = mote_stage_fault(params, -1, flow->noise_bits, flow->drop_bits);
  }
  flow->state = sizeof(mote_pcan);
  return status;
}

/* The gain as a curve: x has `bits` fraction bits. */
typedef struct {
  uint32_t strength, offset; /* parts per million */
  int bits, gain_bits;
  uint64_t unit; /* log2(10^6 * 2^bits) */
} curve;

/* log2 of (x / 2^bits + offset), 36 fraction bits. */
static int64_t log_of_input(const curve *of, uint32_t x) {
  uint64_t sum = (uint64_t)x * MILLION + ((uint64_t)of->offset << of->bits);
  int64_t log = (int64_t)(mote_log2(sum) - of->unit);
  return log >> (MOTE_LOG_BITS - 36);
}

/* 2^gain_bits * (x / 2^bits + offset)^-strength, rounded, at most 32767. */
static int16_t gain_at(const curve *of, uint32_t x) {
  int64_t log = log_of_input(of, x);
  uint64_t size = (uint64_t)(log < 0 ? -log : log) * of->strength; /* below 2^63 */
  int64_t part = (int64_t)mote_divide(mote_divide(size, 1000), 1000);
  int64_t exponent = ((int64_t)of->gain_bits << 36) + (log < 0 ? part : -part);
  if (exponent < -((int64_t)1 << 36)) return 0;
  if (exponent >= (int64_t)15 << 36) return INT16_MAX;
  int whole = (int)((exponent >> 36) + 1); /* 0 .. 15 */
  uint64_t fraction = (uint64_t)(exponent & (((int64_t)1 << 36) - 1)) << (MOTE_LOG_BITS - 36);
  uint64_t gain = mote_round(mote_exp2(fraction), MOTE_EXP_BITS + 1 - whole);
  return gain > INT16_MAX ? INT16_MAX : (int16_t)gain;
}

static void segment_at(const curve *of, int k, int16_t *segment) {
  uint32_t start = 1u << (k - 1), middle = start + (start >> 1), end = k == 32 ? UINT32_MAX : 2 * start;
  int32_t first = gain_at(of, start), rise = gain_at(of, middle) - first, whole = gain_at(of, end) - first;
  int32_t slope = 4 * rise - whole;
  segment[0] = (int16_t)first;
  segment[1] = (int16_t)slope;
  segment[2] = (int16_t)(whole - slope);
}

void mote_pcan_init(void *self, const mote_flow *in, const int32_t *word) {
  mote_pcan *pcan = self;
  curve of = {(uint32_t)word[0], (uint32_t)word[1], in->noise_bits - in->drop_bits, word[2], 0};
  of.unit = mote_log2(MILLION) + ((uint64_t)of.bits << MOTE_LOG_BITS);
  pcan->offset = in->offset;
  pcan->count = in->count;
  pcan->shift = (uint16_t)(word[2] - in->drop_bits - RATIO_BITS);
  pcan->gains[0] = gain_at(&of, 0);
  pcan->gains[1] = gain_at(&of, 1);
  for (int k = 2; k <= 32; k++) segment_at(&of, k, pcan->gains + 2 + 3 * (k - 2));
}

static int16_t gain(const mote_gain_control *of, uint32_t x) {
  if (x < 2) return of->gains[x];
  int k = mote_bit_length(x);
  const int16_t *curve = of->gains + 2 + (uint32_t)(k - 2) * of->stride;
  int32_t t = (int32_t)((k < 11 ? x << (11 - k) : x >> (k - 11)) & 0x3ff); /* 10 fraction bits */
  int32_t rise = ((curve[2] * t) >> 5) + curve[1] * 32;
  return (int16_t)(((rise * t + (1 << 14)) >> 15) + curve[0]);
}

static uint32_t shrink(uint32_t x) {
  if (x < 2u << RATIO_BITS) return (x * x) >> (2 + 2 * RATIO_BITS - OUTPUT_BITS);
  return (x >> (RATIO_BITS - OUTPUT_BITS)) - (1u << OUTPUT_BITS);
}

void mote_control_gain(const mote_gain_control *of, const uint32_t *value, const uint32_t *noise, uint32_t *out,
                       uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    int32_t factor = gain(of, noise[i]);
    uint64_t product = factor < 0 ? ((uint64_t)value[i] << 32) - mote_product(value[i], (uint32_t)-factor)
                                  : mote_product(value[i], (uint32_t)factor);
    out[i] = shrink((uint32_t)(product >> of->shift));
  }
}

void mote_pcan_run(void *self, mote_frame *frame) {
  const mote_pcan *pcan = self;
  const mote_gain_control of = {pcan->gains, 3, pcan->shift};
  uint32_t *value = (uint32_t *)(frame->scratch + pcan->offset);
  mote_control_gain(&of, value, frame->noise, value, pcan->count);
}
