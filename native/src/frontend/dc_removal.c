/* SPDX-License-Identifier: Apache-2.0 */
/* Takes a lane's running mean away. Parameter: cutoff in mHz.
 *
 * y = saturated floor(x - mean + 1/2), then mean += alpha (x - mean), as one_pole.h has it: a high-pass of one pole and
 * one zero at 0 Hz, whose output starts at 0. Within 1/2 + 2^-15 of the same in real numbers. */
#include "frontend/one_pole.h"

typedef struct {
  uint32_t alpha;
  uint16_t lanes, started;
  mote_mean mean[];
} mote_dc_removal;

int mote_dc_removal_measure(mote_flow *flow, const mote_params *params) {
  int status = mote_stage_takes(params, flow, MOTE_FLOW_SAMPLES);
  if (status == MOTE_OK) status = mote_cutoff_measure(params, flow);
  flow->state = (uint32_t)(sizeof(mote_dc_removal) + flow->lanes * sizeof(mote_mean));
  return status;
}

void mote_dc_removal_init(void *self, const mote_flow *in, const int32_t *word) {
  mote_dc_removal *removal = self;
  removal->alpha = mote_alpha(word[0], in->rate);
  removal->lanes = in->lanes;
}

static inline int16_t rounded(int32_t away) {
  return mote_saturate16((away + (1 << (MOTE_MEAN_BITS - 1))) >> MOTE_MEAN_BITS);
}

void mote_dc_removal_run(void *self, mote_frame *frame) {
  mote_dc_removal *removal = self;
  if (frame->instants == 0) return;
  for (uint32_t lane = 0; lane < removal->lanes; lane++) {
    int16_t *x = frame->chunk + lane * MOTE_CHUNK;
    mote_mean mean = removal->mean[lane];
    if (!removal->started) mote_mean_start(&mean, x[0]);
    for (uint32_t i = 0; i < frame->instants; i++) x[i] = rounded(mote_mean_step(&mean, x[i], removal->alpha));
    removal->mean[lane] = mean;
  }
  removal->started = 1;
}

void mote_dc_removal_reset(void *self) {
  mote_dc_removal *removal = self;
  removal->started = 0;
}
