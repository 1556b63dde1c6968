/* SPDX-License-Identifier: Apache-2.0 */
/* From three axes to what an accelerometer shows along gravity and across it, in whatever direction it is mounted.
 * Parameter: cutoff in mHz of the running mean (one_pole.h) that is taken for gravity g.
 *
 * With d = x - g, g before it takes the sample, and u = g / |g|:
 *   lane 0 = d . u, which is x . u - |g|,  lane 1 = |d cross u|, which is the length of x without its part along u,
 * rounded and saturated. That is d and not x keeps gravity itself out of the rounding of u, which has 15 fraction bits
 * and is within 9e-5 in direction and 5e-5 in length: both lanes are within 0.6 + 1.4e-4 |d| of real numbers. Where no
 * axis of g reaches half a step (free fall), there is no direction: lane 0 is 0, lane 1 is |d|. */
#include "frontend/arithmetic.h"
#include "frontend/one_pole.h"

#define AXES 3

typedef struct {
  uint32_t alpha, started;
  mote_mean gravity[AXES];
} mote_tilt_free;

int mote_tilt_free_measure(mote_flow *flow, const mote_params *params) {
  int status = mote_stage_takes(params, flow, MOTE_FLOW_SAMPLES);
  if (status == MOTE_OK) status = mote_cutoff_measure(params, flow);
  if (status != MOTE_OK) return status;
  if (flow->lanes != AXES) return mote_stage_fault(params, MOTE_SUBJECT_VALUES, flow->lanes, AXES);
  flow->lanes = 2;
  flow->state = sizeof(mote_tilt_free);
  return MOTE_OK;
}

void mote_tilt_free_init(void *self, const mote_flow *in, const int32_t *word) {
  mote_tilt_free *tilt = self;
  tilt->alpha = mote_alpha(word[0], in->rate);
}

void mote_tilt_free_reset(void *self) {
  mote_tilt_free *tilt = self;
  tilt->started = 0;
}

/* ---- Direction of gravity ---- */

/* round(x / 2^bits), halves up. */
static inline int32_t shifted(int32_t x, int bits) { return bits > 0 ? ((x >> (bits - 1)) + 1) >> 1 : x; }

/* y (3 - x y^2) / 2, Newton's iteration for 1 / sqrt(x); x has 16 fraction bits, y 15. */
static inline uint32_t nearer(uint32_t y, uint32_t x) {
  uint32_t square = (y * y) >> 16, next = (y * ((3u << 14) - ((square * x) >> 16))) >> 15;
  return next < 0xffff ? next : 0xffff;
}

/* 2^30 / sqrt(x), x from 2^30 on: from a line that is within 11 % of it, twice with 16 bits, once with 32. There x is a
 * fraction of 2^32, y has 15 fraction bits. */
static uint32_t reciprocal_root(uint32_t x) {
  uint32_t top = x >> 16, y = nearer(nearer(68157 - ((top * 36045) >> 16), top), top);
  uint32_t once = (uint32_t)(mote_product(x, y) >> 16);     /* x y, 31 fraction bits */
  uint32_t twice = (uint32_t)(mote_product(once, y) >> 16); /* x y^2, 30 */
  return (uint32_t)((mote_product((3u << 30) - twice, y) + (1u << 31)) >> 32);
}

/* Bits by which the largest axis must be shifted down to have 15 of them. */
static int excess_bits(const mote_mean *gravity) {
  uint32_t all = 0;
  for (int i = 0; i < AXES; i++) {
    int32_t axis = gravity[i].high;
    all |= (uint32_t)(axis < 0 ? -axis : axis);
  }
  return mote_bit_length(all) - 15;
}

/* g / |g| with 15 fraction bits; 0 where there is no direction. */
static int direction(const mote_mean *gravity, int32_t *unit) {
  int excess = excess_bits(gravity);
  if (excess < 0) return 0;
  uint32_t sum = 0;
  for (int i = 0; i < AXES; i++) {
    unit[i] = shifted(gravity[i].high, excess);
    sum += (uint32_t)(unit[i] * unit[i]);
  }
  int small = sum < 1u << 30;
  int32_t scale = (int32_t)reciprocal_root(small ? sum << 2 : sum);
  for (int i = 0; i < AXES; i++) unit[i] = mote_saturate16(shifted(unit[i] * scale, 15 - small));
  return 1;
}

/* ---- Run ---- */

/* away * unit / 2^16, rounded down: 13 fraction bits from 14 and 15. */
static inline int32_t times(int32_t away, int32_t unit) {
  return (away >> 16) * unit + (((away & 0xffff) * unit) >> 16);
}

static int16_t along(const int32_t *away, const int32_t *unit) {
  return mote_saturate16(shifted(times(away[0], unit[0]) + times(away[1], unit[1]) + times(away[2], unit[2]), 13));
}

/* away cross unit, 4 fraction bits. */
static void cross(const int32_t *away, const int32_t *unit, int32_t *out) {
  for (int i = 0, j = 1, k = 2; i < AXES; i++, j = k, k = i - 1)
    out[i] = shifted(times(away[j], unit[k]) - times(away[k], unit[j]), 9);
}

/* Of a vector with 4 fraction bits, each axis below 2^22. */
static int16_t length(const int32_t *vector) {
  uint64_t sum = 0;
  for (int i = 0; i < AXES; i++) sum += (uint64_t)((int64_t)vector[i] * vector[i]);
  return mote_saturate16(shifted((int32_t)mote_root(sum), 4));
}

static void take(mote_tilt_free *tilt, int16_t *x) {
  int32_t unit[AXES], away[AXES], across[AXES];
  int directed = direction(tilt->gravity, unit);
  for (int i = 0; i < AXES; i++) away[i] = mote_mean_step(tilt->gravity + i, x[i * MOTE_CHUNK], tilt->alpha) >> 1;
  if (directed) cross(away, unit, across);
  for (int i = 0; i < AXES && !directed; i++) across[i] = shifted(away[i], MOTE_MEAN_BITS - 1 - 4);
  x[0] = directed ? along(away, unit) : 0;
  x[MOTE_CHUNK] = length(across);
}

void mote_tilt_free_run(void *self, mote_frame *frame) {
  mote_tilt_free *tilt = self;
  frame->lanes = 2;
  if (frame->instants == 0) return;
  for (int i = 0; i < AXES && !tilt->started; i++) mote_mean_start(tilt->gravity + i, frame->chunk[i * MOTE_CHUNK]);
  tilt->started = 1;
  for (uint32_t i = 0; i < frame->instants; i++) take(tilt, frame->chunk + i);
}
