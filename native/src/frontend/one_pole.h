/* SPDX-License-Identifier: Apache-2.0 */
/* The running mean of a lane, mean += alpha (x - mean): a low-pass of one pole that starts at the first sample.
 *
 * alpha = 1 - exp(-2 pi cutoff / rate) has 32 fraction bits, so from 0.001 Hz at 768 kHz on (alpha = 35 / 2^32, within
 * 1.5 %) every cutoff below half the rate has one. The mean has 47 fraction bits and x - mean 15: one step is exact but
 * for those 32 bits, and the mean stays within 2^-15 of that of real numbers. */
#ifndef MOTE_ONE_POLE_H
#define MOTE_ONE_POLE_H

#include "fixedpoint.h"
#include "frontend/stage.h"

#define MOTE_MEAN_BITS 15

/* high has MOTE_MEAN_BITS fraction bits, low 32 more. */
typedef struct {
  int32_t high;
  uint32_t low;
} mote_mean;

/* MOTE_OK where the only parameter is a cutoff in mHz, at least 1 and below half the rate. */
int mote_cutoff_measure(const mote_params *params, const mote_flow *flow);
/* alpha * 2^32 for such a cutoff. */
uint32_t mote_alpha(int32_t cutoff, uint32_t rate);

static inline void mote_mean_start(mote_mean *mean, int32_t x) {
  mean->high = mote_shl(x, MOTE_MEAN_BITS);
  mean->low = 0;
}

/* Takes a sample; returns x - mean as it was before, MOTE_MEAN_BITS fraction bits, below 2^31 in magnitude. */
static inline int32_t mote_mean_step(mote_mean *mean, int32_t x, uint32_t alpha) {
  int32_t away = mote_shl(x, MOTE_MEAN_BITS) - mean->high, high = away >> 16;
  uint32_t low = (uint32_t)away & 0xffff, alpha_high = alpha >> 16, alpha_low = alpha & 0xffff;
  uint64_t sum = (uint64_t)(uint32_t)(mean->high + high * (int32_t)alpha_high) << 32 | mean->low;
  sum += ((uint64_t)(int64_t)(high * (int32_t)alpha_low) << 16) + ((uint64_t)(low * alpha_high) << 16);
  sum += low * alpha_low;
  mean->high = (int32_t)(sum >> 32);
  mean->low = (uint32_t)sum;
  return away;
}

#endif
