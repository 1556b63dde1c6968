/* SPDX-License-Identifier: Apache-2.0 */
/* The chain: stages one after the other over one scratch memory. The state holds, each at a multiple of 4 bytes, this
 * header, a slot a stage, the stages' states, the scratch memory. */
#include "mote.h"

#include <string.h>

#include "frontend/stage.h"

#define MOTE_MAX_STAGES 32
#define MAGIC 0x4e46544du /* of an initialised state */

typedef struct {
  uint32_t type;
  uint32_t offset; /* of the stage's state */
} stage_slot;

struct mote_frontend {
  uint32_t magic;
  uint16_t window, hop, values;
  uint8_t value_bytes, stages;
  uint32_t scratch, result; /* offsets in the state */
  stage_slot slot[];
};

/* ---- The table of stages ---- */

static int stage_measure(mote_flow *flow, const mote_params *params) {
  switch (params->type) {
    case MOTE_STAGE_WINDOW: return mote_window_measure(flow, params);
    case MOTE_STAGE_FFT: return mote_fft_measure(flow, params);
    case MOTE_STAGE_ENERGY: return mote_energy_measure(flow, params);
    case MOTE_STAGE_FILTERBANK: return mote_filterbank_measure(flow, params);
    case MOTE_STAGE_NOISE_REDUCTION: return mote_noise_measure(flow, params);
    case MOTE_STAGE_PCAN: return mote_pcan_measure(flow, params);
    case MOTE_STAGE_LOG: return mote_log_measure(flow, params);
    case MOTE_STAGE_QUANTIZE: return mote_quantize_measure(flow, params);
    default: /* also a second input stage */ return mote_stage_fault(params, -1, params->type, MOTE_STAGE_QUANTIZE);
  }
}

static void stage_init(int type, void *self, const mote_flow *in, const int32_t *word) {
  switch (type) {
    case MOTE_STAGE_WINDOW: mote_window_init(self, in, word); break;
    case MOTE_STAGE_FFT: mote_fft_init(self, in, word); break;
    case MOTE_STAGE_ENERGY: mote_energy_init(self, in, word); break;
    case MOTE_STAGE_FILTERBANK: mote_filterbank_init(self, in, word); break;
    case MOTE_STAGE_NOISE_REDUCTION: mote_noise_init(self, in, word); break;
    case MOTE_STAGE_PCAN: mote_pcan_init(self, in, word); break;
    case MOTE_STAGE_LOG: mote_log_init(self, in, word); break;
    default: mote_quantize_init(self, in, word);
  }
}

static void stage_run(uint32_t type, void *self, mote_frame *frame) {
  switch (type) {
    case MOTE_STAGE_WINDOW: mote_window_run(self, frame); break;
    case MOTE_STAGE_FFT: mote_fft_run(self, frame); break;
    case MOTE_STAGE_ENERGY: mote_energy_run(self, frame); break;
    case MOTE_STAGE_FILTERBANK: mote_filterbank_run(self, frame); break;
    case MOTE_STAGE_NOISE_REDUCTION: mote_noise_run(self, frame); break;
    case MOTE_STAGE_PCAN: mote_pcan_run(self, frame); break;
    case MOTE_STAGE_LOG: mote_log_run(self, frame); break;
    default: mote_quantize_run(self, frame);
  }
}

/* ---- Reading the configuration ---- */

/* What input states: rate, channels, window, hop, full scale. */
static int input_measure(mote_flow *flow, const mote_params *params) {
  static const int32_t range[5][2] = {{1, 768000}, {1, 1}, {1, 16384}, {1, 16384}, {32768, 32768}};
  int status = mote_stage_ranges(params, 5, range);
  if (status == MOTE_OK) status = mote_stage_range(params, 3, 1, params->word[2]);
  if (status != MOTE_OK) return status;
  memset(flow, 0, sizeof *flow);
  flow->kind = MOTE_FLOW_SAMPLES;
  flow->rate = (uint32_t)params->word[0];
  flow->count = (uint16_t)params->word[2];
  mote_flow_reserve(flow);
  return MOTE_OK;
}

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
  stage->type = (int16_t)(words->word[0] >= 1 && words->word[0] <= INT16_MAX ? words->word[0] : -1);
  stage->count = words->left > 1 ? words->word[1] : 0;
  if (stage->type < 0) return mote_stage_fault(stage, -1, words->word[0], MOTE_STAGE_QUANTIZE);
  if (words->left < 2 || stage->count < 0 || (size_t)stage->count > words->left - 2) {
    int32_t rest = words->left > 2 ? (int32_t)(words->left - 2) : 0;
    return mote_stage_fault(stage, -1, stage->count, rest);
  }
  stage->word = words->word + 2;
  words->word += 2 + stage->count;
  words->left -= 2 + (size_t)stage->count;
  return 1;
}

static int start(reader *words, const int32_t *word, size_t count, mote_flow *flow, mote_fault *fault) {
  words->word = word;
  words->left = count;
  memset(&words->stage, 0, sizeof words->stage);
  words->stage.stage = words->stage.type = -1;
  words->stage.fault = fault;
  int status = next_stage(words);
  if (status < 0) return status;
  if (status == 0 || words->stage.type != MOTE_STAGE_INPUT) {
    return mote_stage_fault(&words->stage, -1, words->stage.type, MOTE_STAGE_INPUT);
  }
  return input_measure(flow, &words->stage);
}

static uint32_t aligned(uint32_t bytes) { return (bytes + 3) & ~3u; }

/* Goes through all stages; where state is not NULL, initialises them too. */
static int walk(const int32_t *word, size_t count, mote_frontend *state, uint32_t *bytes, mote_flow *flow,
                mote_fault *fault, uint32_t header) {
  reader words;
  int status = start(&words, word, count, flow, fault);
  if (status != MOTE_OK) return status;
  uint32_t offset = header, index = 0;
  while ((status = next_stage(&words)) > 0) {
    mote_flow in = *flow;
    if (words.stage.stage > MOTE_MAX_STAGES)
      return mote_stage_fault(&words.stage, -1, words.stage.stage, MOTE_MAX_STAGES);
    if ((status = stage_measure(flow, &words.stage)) != MOTE_OK) return status;
    if (state) {
      stage_slot slot = {(uint32_t)words.stage.type, offset};
      state->slot[index] = slot;
      stage_init(words.stage.type, (uint8_t *)state + offset, &in, words.stage.word);
    }
    index++;
    offset += aligned(flow->state);
  }
  *bytes = offset;
  return status < 0 ? status : (int)index;
}

static uint32_t header_bytes(uint32_t stages) {
  return (uint32_t)(sizeof(mote_frontend) + stages * sizeof(stage_slot));
}

/* The number of stages after the input, the bytes of their states and what flows out at the end. */
static int plan(const int32_t *words, size_t count, uint32_t *states, mote_flow *flow, mote_fault *fault) {
  if (fault) *fault = (mote_fault){MOTE_ERR_ARGUMENT, -1, -1, -1, 0, 0};
  return words || !count ? walk(words, count, NULL, states, flow, fault, 0) : MOTE_ERR_ARGUMENT;
}

/* ---- Public ---- */

int mote_frontend_measure(const int32_t *words, size_t count, uint32_t *state_bytes, mote_fault *fault) {
  uint32_t states;
  mote_flow flow;
  int stages = plan(words, count, &states, &flow, fault);
  if (stages < 0) return stages;
  if (!state_bytes) return MOTE_ERR_ARGUMENT;
  *state_bytes = header_bytes((uint32_t)stages) + states + aligned(flow.scratch);
  return MOTE_OK;
}

int mote_frontend_init(void *state, size_t state_bytes, const int32_t *words, size_t count, mote_fault *fault) {
  mote_frontend *frontend = state;
  uint32_t want, end;
  mote_flow flow;
  int status = mote_frontend_measure(words, count, &want, fault);
  if (status != MOTE_OK) return status;
  int aligned_state = state && (uintptr_t)state % sizeof(uint32_t) == 0;
  status = !aligned_state ? MOTE_ERR_ARGUMENT : state_bytes < want ? MOTE_ERR_STATE_SIZE : MOTE_OK;
  if (fault) *fault = (mote_fault){(int16_t)status, -1, -1, -1, (int32_t)state_bytes, (int32_t)want};
  if (status != MOTE_OK) return status;
  int stages = plan(words, count, &end, &flow, fault);
  memset(state, 0, want);
  walk(words, count, frontend, &end, &flow, fault, header_bytes((uint32_t)stages));
  frontend->window = (uint16_t)words[4];
  frontend->hop = (uint16_t)words[5];
  frontend->values = flow.count;
  frontend->value_bytes = (uint8_t)mote_flow_value_bytes(flow.kind);
  frontend->stages = (uint8_t)stages;
  frontend->scratch = end;
  frontend->result = end + flow.offset;
  frontend->magic = MAGIC;
  return MOTE_OK;
}

uint32_t mote_frontend_window(const mote_frontend *frontend) { return frontend->window; }
uint32_t mote_frontend_hop(const mote_frontend *frontend) { return frontend->hop; }
uint32_t mote_frontend_values(const mote_frontend *frontend) { return frontend->values; }
/* Never 0, so that a caller may divide by it whatever memory it was given. */
uint32_t mote_frontend_value_bytes(const mote_frontend *frontend) {
  return frontend->value_bytes ? frontend->value_bytes : 1;
}

int mote_frontend_next(mote_frontend *frontend, mote_ring *ring, void *out) {
  uint8_t *state = (uint8_t *)frontend;
  if (!frontend || !ring || !out || frontend->magic != MAGIC) return MOTE_ERR_ARGUMENT;
  mote_frame frame = {state + frontend->scratch, NULL, 0};
  int status = mote_ring_window(ring, (int16_t *)frame.scratch, frontend->window, frontend->hop);
  if (status <= 0) return status;
  for (const stage_slot *slot = frontend->slot, *end = slot + frontend->stages; slot < end; slot++) {
    stage_run(slot->type, state + slot->offset, &frame);
  }
  memcpy(out, state + frontend->result, (uint32_t)frontend->values * frontend->value_bytes);
  return 1;
}

void mote_frontend_reset(mote_frontend *frontend) {
  uint8_t *state = (uint8_t *)frontend;
  if (!frontend || frontend->magic != MAGIC) return;
  for (const stage_slot *slot = frontend->slot, *end = slot + frontend->stages; slot < end; slot++) {
    if (slot->type == MOTE_STAGE_NOISE_REDUCTION) mote_noise_reset(state + slot->offset);
  }
}
