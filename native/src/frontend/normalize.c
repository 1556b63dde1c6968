/* SPDX-License-Identifier: Apache-2.0 */
/* Values to features of mean 0 and standard deviation 1. Parameters: what 1.0 becomes in the output, then mean and
 * standard deviation in 1/10000, one pair for all values or one for each.
 *
 * out = round((value / unit - mean) / std * scale), halves away from zero, saturated. Exact: as the integer quotient of
 * (10000 value - mean unit) * scale and std unit, which are below 2^63 and 2^47. */
#include "frontend/numbers.h"

#define PARTS 10000
#define MOST 2000000000 /* mean and standard deviation, in parts */

typedef struct {
  int32_t mean, std;
} moments;

typedef struct {
  uint32_t offset;
  uint32_t unit;
  uint16_t count, pairs;
  uint16_t scale;
  uint8_t wide;
  moments of[]; /* `pairs` */
} mote_normalize;

static int check_pairs(const mote_flow *flow, const mote_params *params) {
  int32_t pairs = params->count / 2;
  if (params->count < 3 || params->count % 2 == 0)
    return mote_stage_fault(params, MOTE_SUBJECT_COUNT, params->count, 1 + 2 * flow->count);
  if (pairs != 1 && pairs != flow->count) return mote_stage_fault(params, MOTE_SUBJECT_VALUES, pairs, flow->count);
  int status = mote_stage_range(params, 0, 1, INT16_MAX);
  for (int i = 1; i < params->count && status == MOTE_OK; i++)
    status = mote_stage_range(params, i, i % 2 ? -MOST : 1, MOST);
  return status;
}

int mote_normalize_measure(mote_flow *flow, const mote_params *params) {
  int status = mote_stage_takes_numbers(params, flow);
  if (status == MOTE_OK) status = check_pairs(flow, params);
  if (status != MOTE_OK) return status;
  flow->kind = MOTE_FLOW_FEATURES;
  flow->unit = (uint32_t)params->word[0];
  flow->state = (uint32_t)(sizeof(mote_normalize) + (uint32_t)params->count / 2 * sizeof(moments));
  return MOTE_OK;
}

void mote_normalize_init(void *self, const mote_flow *in, const int32_t *word) {
  mote_normalize *normalize = self;
  normalize->offset = in->offset;
  normalize->unit = in->unit;
  normalize->count = in->count;
  normalize->pairs = (uint16_t)(word[-1] / 2);
  normalize->scale = (uint16_t)word[0];
  normalize->wide = in->kind == MOTE_FLOW_VALUES;
  for (uint32_t i = 0; i < normalize->pairs; i++) {
    normalize->of[i].mean = word[1 + 2 * i];
    normalize->of[i].std = word[2 + 2 * i];
  }
}

static int16_t normalized(const mote_normalize *by, const moments *of, int32_t value) {
  int64_t above = (int64_t)value * PARTS - (int64_t)of->mean * by->unit;
  uint64_t size = (above < 0 ? 0 - (uint64_t)above : (uint64_t)above) * by->scale;
  int32_t result = (int32_t)mote_rounded_ratio(size, (uint64_t)(uint32_t)of->std * by->unit, 15);
  return mote_saturate16(above < 0 ? -result : result);
}

/* In place: outputs are not wider than inputs. */
void mote_normalize_run(void *self, mote_frame *frame) {
  const mote_normalize *normalize = self;
  const void *values = frame->scratch + normalize->offset;
  int16_t *out = (int16_t *)(frame->scratch + normalize->offset);
  uint32_t step = normalize->pairs > 1;
  for (uint32_t i = 0; i < normalize->count; i++)
    out[i] = normalized(normalize, normalize->of + i * step, mote_number(values, normalize->wide, i));
}
