/* SPDX-License-Identifier: Apache-2.0 */
/* Length of the vector whose axes are the lanes, 2 or 3 of them. Parameter: 1 for half of it, which always fits.
 *
 * y = min(round(sqrt(sum of squares)), 32767), or round(sqrt(sum of squares) / 2), at most 28378: exact, halves up. */
#include "frontend/arithmetic.h"

typedef struct {
  uint32_t lanes, halve;
} mote_vector_magnitude;

int mote_vector_magnitude_measure(mote_flow *flow, const mote_params *params) {
  static const int32_t range[1][2] = {{0, 1}};
  int status = mote_stage_takes(params, flow, MOTE_FLOW_SAMPLES);
  if (status == MOTE_OK) status = mote_stage_ranges(params, 1, range);
  if (status != MOTE_OK) return status;
  if (flow->lanes != 2 && flow->lanes != 3)
    return mote_stage_fault(params, MOTE_SUBJECT_VALUES, flow->lanes, flow->lanes < 2 ? 2 : 3);
  flow->lanes = 1;
  flow->state = sizeof(mote_vector_magnitude);
  return MOTE_OK;
}

void mote_vector_magnitude_init(void *self, const mote_flow *in, const int32_t *word) {
  mote_vector_magnitude *magnitude = self;
  magnitude->lanes = in->lanes;
  magnitude->halve = (uint32_t)word[0];
}

/* Half a root is the root of a quarter. (sum + 3) / 4 reaches m^2 + m + 1, from where mote_root gives m + 1, where sum
 * reaches 4 m^2 + 4 m + 1, the square of 2 m + 1. */
void mote_vector_magnitude_run(void *self, mote_frame *frame) {
  const mote_vector_magnitude *magnitude = self;
  for (uint32_t i = 0; i < frame->instants; i++) {
    uint32_t sum = 0;
    for (uint32_t lane = 0; lane < magnitude->lanes; lane++) {
      int32_t x = frame->chunk[lane * MOTE_CHUNK + i];
      sum += (uint32_t)(x * x);
    }
    frame->chunk[i] = mote_saturate16((int32_t)mote_root(magnitude->halve ? (sum + 3) >> 2 : sum));
  }
  frame->lanes = 1;
}
