/* SPDX-License-Identifier: Apache-2.0 */
/* Checks that all stages make of their parameters. */
#include "frontend/stage.h"

int mote_stage_fault(const mote_params *params, int subject, int32_t have, int32_t want) {
  mote_fault fault = {MOTE_ERR_CONFIG, params->stage, params->type, (int16_t)subject, have, want};
  if (params->fault) *params->fault = fault;
  return MOTE_ERR_CONFIG;
}

int mote_stage_count(const mote_params *params, int32_t count) {
  return params->count == count ? MOTE_OK : mote_stage_fault(params, MOTE_SUBJECT_COUNT, params->count, count);
}

int mote_stage_range(const mote_params *params, int index, int32_t low, int32_t high) {
  int32_t value = params->word[index];
  if (value < low) return mote_stage_fault(params, index, value, low);
  if (value > high) return mote_stage_fault(params, index, value, high);
  return MOTE_OK;
}

int mote_stage_ranges(const mote_params *params, int32_t count, const int32_t (*range)[2]) {
  int status = mote_stage_count(params, count);
  for (int i = 0; i < count && status == MOTE_OK; i++) status = mote_stage_range(params, i, range[i][0], range[i][1]);
  return status;
}

int mote_stage_takes(const mote_params *params, const mote_flow *flow, mote_flow_kind kind) {
  return flow->kind == kind ? MOTE_OK : mote_stage_fault(params, MOTE_SUBJECT_FLOW, flow->kind, (int32_t)kind);
}

uint32_t mote_stage_abi(void) { return 1u << 16 | (sizeof(mote_flow) + sizeof(mote_frame)); }

uint32_t mote_flow_value_bytes(int kind) {
  switch (kind) {
    case MOTE_FLOW_SPECTRUM:
    case MOTE_FLOW_POWER:
    case MOTE_FLOW_CHANNELS:
    case MOTE_FLOW_VALUES: return 4;
    case MOTE_FLOW_QUANTIZED: return 1;
    default: return 2;
  }
}

void mote_flow_reserve(mote_flow *flow) {
  uint32_t end = flow->offset + flow->count * mote_flow_value_bytes(flow->kind);
  if (end > flow->scratch) flow->scratch = end;
}

const char *mote_stage_name(int type) {
  switch (type) {
    case MOTE_STAGE_INPUT: return "input";
#define MOTE_STAGE(NAME, code, name, text, place, group) \
  case MOTE_STAGE_##NAME: return text;
#include "frontend/stages.def"
#undef MOTE_STAGE
    default: return "unknown";
  }
}

int mote_stage_place(int type) {
  switch (type) {
#define MOTE_STAGE(NAME, code, name, text, place, group) \
  case MOTE_STAGE_##NAME: return MOTE_PLACE_##place;
#include "frontend/stages.def"
#undef MOTE_STAGE
    default: return -1;
  }
}

#define IS_SPEECH 0
#define IS_SENSE 1

int mote_stage_is_sense(int type) {
  switch (type) {
#define MOTE_STAGE(NAME, code, name, text, place, group) \
  case MOTE_STAGE_##NAME: return IS_##group;
#include "frontend/stages.def"
#undef MOTE_STAGE
    default: return 0;
  }
}
