/* SPDX-License-Identifier: Apache-2.0 */
/* Squared magnitude of the bins, in place. No parameters. */
#include "frontend/stage.h"

typedef struct {
  uint32_t offset;
  uint32_t count;
} mote_energy;

int mote_energy_measure(mote_flow *flow, const mote_params *params) {
  int status = mote_stage_count(params, 0);
  if (status == MOTE_OK) status = mote_stage_takes(params, flow, MOTE_FLOW_SPECTRUM);
  flow->kind = MOTE_FLOW_POWER;
  flow->state = sizeof(mote_energy);
  return status;
}

void mote_energy_init(void *self, const mote_flow *in, const int32_t *word) {
  mote_energy *energy = self;
  (void)word;
  energy->offset = in->offset;
  energy->count = in->count;
}

/* Two squares of at most 2^30 each: 2^31 needs the unsigned sum. */
void mote_energy_run(void *self, mote_frame *frame) {
  const mote_energy *energy = self;
  const mote_complex *bin = (const mote_complex *)(frame->scratch + energy->offset);
  uint32_t *power = (uint32_t *)(frame->scratch + energy->offset);
  for (uint32_t i = 0; i < energy->count; i++) {
    int32_t re = bin[i].re, im = bin[i].im;
    power[i] = (uint32_t)(re * re) + (uint32_t)(im * im);
  }
}
