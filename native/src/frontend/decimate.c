/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/stage.h"

int mote_decimate_measure(mote_flow *flow, const mote_params *params) {
  (void)flow;
  return mote_stage_fault(params, -1, 0, 0);
}

void mote_decimate_init(void *self, const mote_flow *in, const int32_t *word) { (void)self, (void)in, (void)word; }

void mote_decimate_run(void *self, mote_frame *frame) { (void)self, (void)frame; }

void mote_decimate_reset(void *self) { (void)self; }
