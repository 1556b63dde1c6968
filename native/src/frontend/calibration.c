/* SPDX-License-Identifier: Apache-2.0 */
/* Offset and gain of each lane. Parameters: offset in samples, gain in parts per million, for all lanes or for each.
 *
 * y = saturated floor((x - offset) gain + 1/2), the gain with 24 fraction bits, |gain| <= 8. Against real numbers:
 * |x - offset| < 2^16 times the gain's 2^-25, the product's low bits below 2^-11, and 1/2: less than 0.503. */
#include "frontend/exact.h"
#include "frontend/stage.h"

#define GAIN_BITS 24
#define LOW_BITS 13      /* of the gain: (x - offset) times either part stays below 2^31 */
#define MOST_PPM 8000000 /* a power of two times 1e6 */

typedef struct {
  int32_t offset, high, low; /* gain = high 2^LOW_BITS + low */
} lane_calibration;

typedef struct {
  uint32_t lanes;
  lane_calibration lane[];
} mote_calibration;

int mote_calibration_measure(mote_flow *flow, const mote_params *params) {
  int status = mote_stage_takes(params, flow, MOTE_FLOW_SAMPLES);
  if (status != MOTE_OK) return status;
  if (params->count != 2 && params->count != 2 * flow->lanes) {
    return mote_stage_fault(params, MOTE_SUBJECT_VALUES, params->count, 2 * flow->lanes);
  }
  for (int i = 0; i < params->count && status == MOTE_OK; i += 2) {
    status = mote_stage_range(params, i, INT16_MIN, INT16_MAX);
    if (status == MOTE_OK) status = mote_stage_range(params, i + 1, -MOST_PPM, MOST_PPM);
  }
  flow->state = (uint32_t)(sizeof(mote_calibration) + flow->lanes * sizeof(lane_calibration));
  return status;
}

static int32_t gain_of(int32_t ppm) {
  uint32_t size = (uint32_t)(ppm < 0 ? -ppm : ppm);
  int32_t gain = (int32_t)mote_round(mote_ratio(size, MOST_PPM, GAIN_BITS + 6), 3);
  return ppm < 0 ? -gain : gain;
}

void mote_calibration_init(void *self, const mote_flow *in, const int32_t *word) {
  mote_calibration *calibration = self;
  int step = word[-1] > 2 ? 2 : 0;
  calibration->lanes = in->lanes;
  for (uint32_t i = 0; i < in->lanes; i++, word += step) {
    int32_t gain = gain_of(word[1]);
    lane_calibration lane = {word[0], gain >> LOW_BITS, gain & ((1 << LOW_BITS) - 1)};
    calibration->lane[i] = lane;
  }
}

static inline int16_t calibrated(int32_t x, const lane_calibration *of) {
  int32_t away = x - of->offset, shift = GAIN_BITS - LOW_BITS;
  return mote_saturate16((away * of->high + ((away * of->low) >> LOW_BITS) + (1 << (shift - 1))) >> shift);
}

void mote_calibration_run(void *self, mote_frame *frame) {
  const mote_calibration *calibration = self;
  for (uint32_t lane = 0; lane < calibration->lanes; lane++) {
    int16_t *x = frame->chunk + lane * MOTE_CHUNK;
    for (uint32_t i = 0; i < frame->instants; i++) x[i] = calibrated(x[i], calibration->lane + lane);
  }
}
