/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a chain's words: stage after stage is measured, and what flows between them checked. */
#include "frontend/layout.h"

#include <string.h>

#define MOTE_MAX_STAGES 32
#define MOTE_MAX_VALUES 65535 /* of a frame */

/* ---- Words ---- */

/* The words as they are read, stage by stage. */
typedef struct {
  const int32_t *word;
  size_t left;
  mote_params stage; /* the one read last */
} reader;

/* Reads the next stage; 0 where there is none. */
static int next_stage(reader *words) {
  mote_params *stage = &words->stage;
  if (words->left == 0) return 0;
  stage->stage++;
  stage->type = (int16_t)(words->word[0] >= 1 && words->word[0] <= INT8_MAX ? words->word[0] : -1);
  stage->count = words->left > 1 ? words->word[1] : 0;
  if (stage->type < 0) return mote_stage_fault(stage, -1, words->word[0], MOTE_STAGE_DELTAS);
  if (words->left < 2 || stage->count < 0 || (size_t)stage->count > words->left - 2) {
    int32_t rest = words->left > 2 ? (int32_t)(words->left - 2) : 0;
    return mote_stage_fault(stage, -1, stage->count, rest);
  }
  stage->word = words->word + 2;
  words->word += 2 + stage->count;
  words->left -= 2 + (size_t)stage->count;
  return 1;
}

/* ---- Between the places ---- */

/* What input states: rate, channels, window, hop, full scale. */
static int open_input(mote_layout *layout, const mote_params *params) {
  static const int32_t range[5][2] = {{1, 768000}, {1, MOTE_MAX_LANES}, {1, 16384}, {1, 16384}, {32768, 32768}};
  mote_flow *flow = &layout->flow;
  int status = mote_stage_ranges(params, 5, range);
  if (status == MOTE_OK) status = mote_stage_range(params, 3, 1, params->word[2]);
  if (status != MOTE_OK) return status;
  memset(layout, 0, sizeof *layout);
  flow->kind = MOTE_FLOW_SAMPLES;
  flow->rate = (uint32_t)params->word[0];
  flow->lanes = layout->lanes_in = (uint8_t)params->word[1];
  flow->window = flow->count = (uint16_t)params->word[2];
  flow->hop = (uint16_t)params->word[3];
  flow->decimation = 1;
  return MOTE_OK;
}

/* The window of one lane; before that, the chunk in both orders. */
static void open_lanes(mote_layout *layout) {
  mote_flow *flow = &layout->flow;
  flow->place = MOTE_PLACE_LANE;
  flow->count = flow->window;
  if (layout->streams || layout->lanes_in > 1) flow->scratch = 4u * MOTE_CHUNK * layout->lanes_in;
  mote_flow_reserve(flow);
}

static int close_lanes(mote_layout *layout, const mote_params *params) {
  mote_flow *flow = &layout->flow;
  int beside = flow->appended > 0, features = flow->kind == MOTE_FLOW_FEATURES;
  layout->lane = *flow;
  layout->gather = (uint8_t)(beside ? (features ? MOTE_GATHER_BOTH : MOTE_GATHER_APPENDED)
                                    : (flow->lanes > 1 ? MOTE_GATHER_COPY : MOTE_GATHER_NONE));
  uint32_t values = beside ? flow->appended + (features ? flow->count : 0u) : flow->count;
  values *= flow->lanes;
  if (values > MOTE_MAX_VALUES) return mote_stage_fault(params, MOTE_SUBJECT_VALUES, (int32_t)values, MOTE_MAX_VALUES);
  flow->place = MOTE_PLACE_FRAME;
  flow->lanes = 1;
  flow->count = (uint16_t)values;
  if (layout->gather != MOTE_GATHER_NONE) flow->offset = mote_aligned(flow->scratch);
  if (beside) {
    flow->kind = MOTE_FLOW_VALUES;
    flow->unit = 1u << 16;
  }
  mote_flow_reserve(flow);
  return MOTE_OK;
}

/* Goes on to the place of the stage read last. */
static int enter(mote_layout *layout, const mote_params *params, int place) {
  mote_flow *flow = &layout->flow;
  if (place < flow->place) return mote_stage_fault(params, MOTE_SUBJECT_PLACE, place, flow->place);
  if (flow->place == MOTE_PLACE_STREAM && place > MOTE_PLACE_STREAM) open_lanes(layout);
  if (flow->place == MOTE_PLACE_LANE && place > MOTE_PLACE_LANE) return close_lanes(layout, params);
  return MOTE_OK;
}

/* ---- Stages ---- */

static const mote_stages *group_of(const mote_chain_source *source, int type) {
  return mote_stage_is_sense(type) ? source->sense : source->speech;
}

/* Whether there is such a stage and it may stand here; goes on to its place. */
static int admit(const mote_chain_source *source, mote_layout *layout, const mote_params *params) {
  int place = mote_stage_place(params->type);
  if (place < 0) return mote_stage_fault(params, -1, params->type, MOTE_STAGE_DELTAS); /* also a second input */
  if (!group_of(source, params->type))
    return mote_stage_fault(params, MOTE_SUBJECT_GROUP, params->type, MOTE_STAGE_TO_MODEL);
  if (params->stage > MOTE_MAX_STAGES) return mote_stage_fault(params, -1, params->stage, MOTE_MAX_STAGES);
  layout->stages++;
  if (place == MOTE_PLACE_STREAM) layout->streams++;
  if (place == MOTE_PLACE_FRAME) layout->frames++;
  return enter(layout, params, place);
}

static void make_stage(const mote_chain_source *source, const mote_workshop *at, uint32_t offset, const mote_flow *in,
                       const mote_params *params) {
  const mote_stages *group = group_of(source, params->type);
  mote_slot slot = {(uint8_t)params->type, (uint8_t)mote_stage_is_sense(params->type), at->offset + offset};
  void *self = at->state + slot.offset;
  at->slots[params->stage - 1] = slot;
  group->init(params->type, self, in, params->word);
  group->reset(params->type, self);
}

static void describe(const mote_layout *layout, const mote_params *params, mote_stage_info *info) {
  const mote_flow *flow = &layout->flow;
  info->type = params->type;
  info->values = flow->count;
  info->value_bytes = mote_flow_value_bytes(flow->kind);
  info->lanes = flow->lanes;
  info->appended = flow->place == MOTE_PLACE_FRAME ? 0 : flow->appended;
  info->state_bytes = params->stage ? mote_aligned(flow->state) : 0;
  info->window = flow->window;
  info->rate = flow->rate;
  info->kind = flow->kind;
  info->place = flow->place;
}

/* ---- The walk ---- */

static int start(reader *words, const mote_chain_source *source, mote_layout *layout) {
  words->word = source->words;
  words->left = source->count;
  memset(&words->stage, 0, sizeof words->stage);
  words->stage.stage = words->stage.type = -1;
  words->stage.fault = source->fault;
  int status = next_stage(words);
  if (status < 0) return status;
  if (status == 0 || words->stage.type != MOTE_STAGE_INPUT) {
    return mote_stage_fault(&words->stage, -1, words->stage.type, MOTE_STAGE_INPUT);
  }
  return open_input(layout, &words->stage);
}

int mote_chain_walk(const mote_chain_source *source, mote_layout *layout, const mote_workshop *workshop, uint32_t index,
                    mote_stage_info *info) {
  reader words;
  int status = start(&words, source, layout);
  if (status != MOTE_OK) return status;
  if (info && index == 0) describe(layout, &words.stage, info);
  while ((status = next_stage(&words)) > 0) {
    const mote_params *stage = &words.stage;
    if ((status = admit(source, layout, stage)) != MOTE_OK) return status;
    mote_flow in = layout->flow;
    layout->flow.state = 0;
    status = group_of(source, stage->type)->measure(stage->type, &layout->flow, stage);
    if (status != MOTE_OK) return status;
    if (workshop) make_stage(source, workshop, layout->states, &in, stage);
    if (info && index == (uint32_t)stage->stage) describe(layout, stage, info);
    layout->states += mote_aligned(layout->flow.state);
  }
  return status < 0 ? status : enter(layout, &words.stage, MOTE_PLACE_FRAME);
}
