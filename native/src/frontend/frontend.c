/* SPDX-License-Identifier: Apache-2.0 */
/* The chain at run time. Samples come from the ring, either as whole windows (one lane, no stream stages) or in chunks
 * that go through the stream stages into a history of the chain's own. Of each window the lane stages are run lane
 * after lane over one scratch memory; what they leave is gathered into a frame, and the frame stages see that.
 *
 * The state holds, each at a multiple of 4 bytes, this header, a slot a stage, the stages' states, the history (lane
 * after lane, each a ring of one window), the scratch memory. */
#include "mote.h"

#include <string.h>

#include "frontend/layout.h"

#define MAGIC 0x4e46544du /* of an initialised state */

struct mote_frontend {
  uint32_t magic;
  mote_stages sense;                  /* zeros where there is none */
  uint32_t history, scratch, result;  /* offsets in the state; history 0: there is none */
  uint32_t gathered;                  /* offset of the frame as the lanes leave it */
  uint32_t last, lane_unit;           /* offset of what lane stages leave; what is 1.0 there */
  uint32_t unit;                      /* of the frame */
  uint32_t needed;                    /* instants that the next window still wants from the ring */
  uint32_t breaks;                    /* of the ring, seen so far */
  uint32_t end, told;                 /* samples to the end of the last window; of them mote_frontend_passed told */
  uint32_t first_needed, next_needed; /* instants for the first window, for each further one */
  uint16_t window, hop, lane_values, values;
  uint16_t position; /* in the history: where the next sample goes */
  uint8_t lanes_in, lanes, gather, value_bytes, lane_value_bytes;
  uint8_t stages, streams, frames, kind, fresh;
  mote_slot slot[];
};

/* ---- Set-up ---- */

static uint32_t header_bytes(const mote_layout *layout) {
  return (uint32_t)(sizeof(mote_frontend) + layout->stages * sizeof(mote_slot));
}

static uint32_t state_bytes_of(const mote_layout *layout) {
  uint32_t history = mote_aligned(2 * mote_layout_history(layout));
  return header_bytes(layout) + layout->states + history + mote_aligned(layout->flow.scratch);
}

static int lay_out(mote_chain_source *source, mote_layout *layout, uint32_t index, mote_stage_info *info) {
  if (source->fault) *source->fault = (mote_fault){MOTE_ERR_ARGUMENT, -1, -1, -1, 0, 0};
  if (!source->words && source->count) return MOTE_ERR_ARGUMENT;
  return mote_chain_walk(source, layout, NULL, index, info);
}

int mote_frontend_measure(const int32_t *words, size_t count, const mote_stages *sense, uint32_t *state_bytes,
                          mote_fault *fault) {
  mote_stages speech;
  mote_layout layout;
  mote_chain_source source = {words, count, &speech, sense, fault};
  mote_speech_stages(&speech);
  int status = lay_out(&source, &layout, 0, NULL);
  if (status != MOTE_OK) return status;
  if (!state_bytes) return MOTE_ERR_ARGUMENT;
  *state_bytes = state_bytes_of(&layout);
  return MOTE_OK;
}

int mote_frontend_stage(const int32_t *words, size_t count, const mote_stages *sense, uint32_t index,
                        mote_stage_info *info, mote_fault *fault) {
  mote_stages speech;
  mote_layout layout;
  mote_chain_source source = {words, count, &speech, sense, fault};
  if (!info) return MOTE_ERR_ARGUMENT;
  mote_speech_stages(&speech);
  memset(info, 0, sizeof *info);
  int status = lay_out(&source, &layout, index, info);
  return status == MOTE_OK && index > layout.stages ? MOTE_ERR_ARGUMENT : status;
}

/* Sizes and offsets in the header; the layout's own offsets are relative to scratch memory. */
static void place(mote_frontend *frontend, const mote_layout *layout) {
  const mote_flow *lane = &layout->lane, *flow = &layout->flow;
  uint32_t end = header_bytes(layout) + layout->states, history = mote_layout_history(layout);
  frontend->history = history ? end : 0;
  frontend->scratch = end + mote_aligned(2 * history);
  frontend->result = frontend->scratch + flow->offset;
  frontend->last = frontend->scratch + lane->offset;
  frontend->gathered = frontend->scratch + mote_aligned(lane->scratch);
  frontend->lane_unit = lane->unit;
  frontend->unit = flow->unit;
  frontend->kind = flow->kind;
  frontend->window = lane->window;
  frontend->hop = lane->hop;
  frontend->first_needed = (uint32_t)lane->window * lane->decimation;
  frontend->next_needed = (uint32_t)lane->hop * lane->decimation;
  frontend->lane_values = lane->count;
  frontend->lane_value_bytes = (uint8_t)mote_flow_value_bytes(lane->kind);
  frontend->values = flow->count;
  frontend->value_bytes = (uint8_t)mote_flow_value_bytes(flow->kind);
  frontend->lanes_in = layout->lanes_in;
  frontend->lanes = lane->lanes;
  frontend->gather = layout->gather;
  frontend->stages = (uint8_t)layout->stages;
  frontend->streams = (uint8_t)layout->streams;
  frontend->frames = (uint8_t)layout->frames;
}

static int room_fault(mote_fault *fault, int status, size_t have, uint32_t want) {
  if (fault) *fault = (mote_fault){(int16_t)status, -1, -1, -1, (int32_t)have, (int32_t)want};
  return status;
}

int mote_frontend_init(void *state, size_t state_bytes, const int32_t *words, size_t count, const mote_stages *sense,
                       mote_fault *fault) {
  mote_frontend *frontend = state;
  mote_stages speech;
  mote_layout layout;
  mote_chain_source source = {words, count, &speech, sense, fault};
  mote_speech_stages(&speech);
  int status = lay_out(&source, &layout, 0, NULL);
  if (status != MOTE_OK) return status;
  uint32_t want = state_bytes_of(&layout);
  if (!state || (uintptr_t)state % sizeof(uint32_t)) return room_fault(fault, MOTE_ERR_ARGUMENT, state_bytes, want);
  if (state_bytes < want) return room_fault(fault, MOTE_ERR_STATE_SIZE, state_bytes, want);
  memset(state, 0, want);
  place(frontend, &layout);
  mote_workshop workshop = {state, header_bytes(&layout), frontend->slot};
  mote_chain_walk(&source, &layout, &workshop, 0, NULL);
  if (sense) frontend->sense = *sense;
  frontend->needed = frontend->first_needed;
  frontend->magic = MAGIC;
  return MOTE_OK;
}

uint32_t mote_frontend_window(const mote_frontend *frontend) { return frontend->first_needed * frontend->lanes_in; }
uint32_t mote_frontend_hop(const mote_frontend *frontend) { return frontend->next_needed * frontend->lanes_in; }
uint32_t mote_frontend_lanes(const mote_frontend *frontend) { return frontend->lanes_in; }
uint32_t mote_frontend_values(const mote_frontend *frontend) { return frontend->values; }
/* Never 0, so that a caller may divide by it whatever memory it was given. */
uint32_t mote_frontend_value_bytes(const mote_frontend *frontend) {
  return frontend->value_bytes ? frontend->value_bytes : 1;
}

int mote_frontend_kind(const mote_frontend *frontend) { return frontend->kind; }
uint32_t mote_frontend_unit(const mote_frontend *frontend) { return frontend->unit; }

/* ---- Stages ---- */

/* One pass through the chain: the tables of functions are made anew, for a state may not point into this module. */
typedef struct {
  mote_frontend *frontend;
  mote_stages speech;
  mote_frame frame;
} passage;

static void run_stages(passage *at, uint32_t from, uint32_t to) {
  mote_frontend *frontend = at->frontend;
  for (const mote_slot *slot = frontend->slot + from, *end = frontend->slot + to; slot < end; slot++) {
    const mote_stages *group = slot->sense ? &frontend->sense : &at->speech;
    group->run(slot->type, (uint8_t *)frontend + slot->offset, &at->frame);
  }
}

static void reset_stages(passage *at, uint32_t from, uint32_t to) {
  mote_frontend *frontend = at->frontend;
  for (const mote_slot *slot = frontend->slot + from, *end = frontend->slot + to; slot < end; slot++) {
    const mote_stages *group = slot->sense ? &frontend->sense : &at->speech;
    group->reset(slot->type, (uint8_t *)frontend + slot->offset);
  }
}

/* After a gap: filters and what compares frames start anew, estimates of the surroundings stay. */
static void restart(passage *at) {
  mote_frontend *frontend = at->frontend;
  reset_stages(at, 0, frontend->streams);
  reset_stages(at, frontend->stages - frontend->frames, frontend->stages);
  frontend->needed = frontend->first_needed;
  frontend->position = 0;
  frontend->fresh = 1;
}

static void see_breaks(passage *at, const mote_ring *ring) {
  if (ring->breaks == at->frontend->breaks) return;
  at->frontend->breaks = ring->breaks;
  restart(at);
}

/* ---- Samples in ---- */

/* Every `lanes`-th sample of n instants. */
static void take_apart(int16_t *to, const int16_t *from, uint32_t lanes, uint32_t n) {
  for (const int16_t *end = to + n; to != end; from += lanes) *to++ = *from;
}

/* Reads n instants into the chunk, lane after lane; behind the chunk, scratch memory holds them as they come. */
static int read_chunk(passage *at, mote_ring *ring, uint32_t n) {
  uint32_t lanes = at->frontend->lanes_in, count = n * lanes;
  int16_t *chunk = (int16_t *)at->frame.scratch, *mixed = lanes > 1 ? chunk + lanes * MOTE_CHUNK : chunk;
  if (mote_ring_window(ring, mixed, count, count) <= 0) return 0;
  at->frame.chunk = chunk;
  at->frame.instants = (uint16_t)n;
  at->frame.lanes = (uint8_t)lanes;
  for (uint32_t lane = 0; lane < lanes && lanes > 1; lane++)
    take_apart(chunk + lane * MOTE_CHUNK, mixed + lane, lanes, n);
  return 1;
}

/* At most one window long, so that a lane's samples wrap around once at most. */
static void remember(passage *at) {
  mote_frontend *frontend = at->frontend;
  uint32_t window = frontend->window, n = at->frame.instants, to = frontend->position;
  uint32_t first = n < window - to ? n : window - to;
  int16_t *history = (int16_t *)(void *)((uint8_t *)frontend + frontend->history);
  const int16_t *chunk = at->frame.chunk;
  for (uint32_t lane = 0; lane < frontend->lanes; lane++, history += window, chunk += MOTE_CHUNK) {
    memcpy(history + to, chunk, first * sizeof *chunk);
    memcpy(history, chunk + first, (n - first) * sizeof *chunk);
  }
  frontend->position = (uint16_t)(to + n < window ? to + n : n - first);
}

/* Instants for the next chunk; where there is none, 1: the ring passes a gap then, or has nothing. */
static uint32_t chunk_size(const mote_frontend *frontend, const mote_ring *ring) {
  uint32_t n = frontend->needed < MOTE_CHUNK ? frontend->needed : MOTE_CHUNK, there = mote_ring_available(ring);
  if (there >= n * frontend->lanes_in) return n;
  there /= frontend->lanes_in;
  return there ? there : 1;
}

/* Takes samples until the history holds the next window; 0: the ring has no more. */
static int fill(passage *at, mote_ring *ring) {
  mote_frontend *frontend = at->frontend;
  while (frontend->needed > 0) {
    uint32_t n = chunk_size(frontend, ring);
    if (!read_chunk(at, ring, n)) return 0;
    see_breaks(at, ring);
    frontend->needed -= n;
    run_stages(at, 0, frontend->streams);
    remember(at);
  }
  frontend->needed = frontend->next_needed;
  return 1;
}

static void load_lane(passage *at) {
  const mote_frontend *frontend = at->frontend;
  uint32_t window = frontend->window, older = window - frontend->position;
  const uint8_t *history = (const uint8_t *)frontend + frontend->history;
  const int16_t *lane = (const int16_t *)(const void *)history + at->frame.lane * window;
  memcpy(at->frame.scratch, lane + frontend->position, older * sizeof *lane);
  memcpy((int16_t *)at->frame.scratch + older, lane, frontend->position * sizeof *lane);
}

/* Direct: the first lane's window is in scratch memory already. */
static int next_window(passage *at, mote_ring *ring) {
  const mote_frontend *frontend = at->frontend;
  if (frontend->history) return fill(at, ring);
  if (mote_ring_window(ring, (int16_t *)at->frame.scratch, frontend->window, frontend->hop) <= 0) return 0;
  see_breaks(at, ring);
  return 1;
}

/* ---- Frames out ---- */

/* Puts what a lane has left behind what the stages have put beside the flow. */
static void gather(passage *at) {
  const mote_frontend *frontend = at->frontend;
  const uint8_t *last = (const uint8_t *)frontend + frontend->last;
  uint32_t bytes = (uint32_t)frontend->lane_values * frontend->lane_value_bytes;
  if (frontend->gather == MOTE_GATHER_COPY) {
    memcpy((uint8_t *)frontend + frontend->gathered + at->frame.lane * bytes, last, bytes);
  } else if (frontend->gather == MOTE_GATHER_BOTH) {
    const int16_t *feature = (const int16_t *)(const void *)last;
    for (uint32_t i = 0; i < frontend->lane_values; i++) {
      *at->frame.appended++ = (int32_t)feature[i] * 65536 / (int32_t)frontend->lane_unit;
    }
  }
}

static void run_lanes(passage *at) {
  mote_frontend *frontend = at->frontend;
  at->frame.appended = (int32_t *)(void *)((uint8_t *)frontend + frontend->gathered);
  for (uint32_t lane = 0; lane < frontend->lanes; lane++) {
    at->frame.lane = (uint8_t)lane;
    at->frame.shift = 0;
    at->frame.noise = NULL;
    if (frontend->history) load_lane(at);
    run_stages(at, frontend->streams, frontend->stages - frontend->frames);
    gather(at);
  }
}

int mote_frontend_next(mote_frontend *frontend, mote_ring *ring, void *out) {
  if (!frontend || !ring || !out || frontend->magic != MAGIC) return MOTE_ERR_ARGUMENT;
  if (ring->lanes != frontend->lanes_in) return MOTE_ERR_ARGUMENT;
  passage at;
  memset(&at, 0, sizeof at);
  at.frontend = frontend;
  at.frame.scratch = (uint8_t *)frontend + frontend->scratch;
  mote_speech_stages(&at.speech);
  if (!next_window(&at, ring)) return 0;
  frontend->end = ring->read + ring->missing + (frontend->history ? 0 : (uint32_t)frontend->window - frontend->hop);
  run_lanes(&at);
  run_stages(&at, frontend->stages - frontend->frames, frontend->stages);
  memcpy(out, (uint8_t *)frontend + frontend->result, (uint32_t)frontend->values * frontend->value_bytes);
  int result = frontend->fresh ? 2 : 1;
  frontend->fresh = 0;
  return result;
}

uint32_t mote_frontend_passed(mote_frontend *frontend) {
  uint32_t passed = frontend->end - frontend->told;
  frontend->told = frontend->end;
  return passed;
}

void mote_frontend_reset(mote_frontend *frontend) {
  if (!frontend || frontend->magic != MAGIC) return;
  passage at;
  memset(&at, 0, sizeof at);
  at.frontend = frontend;
  mote_speech_stages(&at.speech);
  reset_stages(&at, 0, frontend->stages);
  frontend->needed = frontend->first_needed;
  frontend->position = 0;
  frontend->breaks = 0;
  frontend->end = frontend->told = 0;
  frontend->fresh = 0;
}
