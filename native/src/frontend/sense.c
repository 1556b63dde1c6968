/* SPDX-License-Identifier: Apache-2.0 */
/* The stages of SENSE behind one table, as in speech.c. */
#include "frontend/stage.h"

#define MEASURE_SPEECH(NAME, name)
#define INIT_SPEECH(NAME, name)
#define RUN_SPEECH(NAME, name)
#define MEASURE_SENSE(NAME, name) \
  case MOTE_STAGE_##NAME: return mote_##name##_measure(flow, params);
#define INIT_SENSE(NAME, name) \
  case MOTE_STAGE_##NAME: mote_##name##_init(self, in, word); break;
#define RUN_SENSE(NAME, name) \
  case MOTE_STAGE_##NAME: mote_##name##_run(self, frame); break;

static int measure(int type, void *flow, const void *params) {
  switch (type) {
#define MOTE_STAGE(NAME, code, name, text, place, group) MEASURE_##group(NAME, name)
#include "frontend/stages.def"
#undef MOTE_STAGE
    default: return MOTE_ERR_ARGUMENT;
  }
}

static void init(int type, void *self, const void *in, const int32_t *word) {
  switch (type) {
#define MOTE_STAGE(NAME, code, name, text, place, group) INIT_##group(NAME, name)
#include "frontend/stages.def"
#undef MOTE_STAGE
    default: break;
  }
}

static void run(int type, void *self, void *frame) {
  switch (type) {
#define MOTE_STAGE(NAME, code, name, text, place, group) RUN_##group(NAME, name)
#include "frontend/stages.def"
#undef MOTE_STAGE
    default: break;
  }
}

static void reset(int type, void *self) {
  switch (type) {
    case MOTE_STAGE_DC_REMOVAL: mote_dc_removal_reset(self); break;
    case MOTE_STAGE_BIQUAD: mote_biquad_reset(self); break;
    case MOTE_STAGE_DECIMATE: mote_decimate_reset(self); break;
    case MOTE_STAGE_TILT_FREE: mote_tilt_free_reset(self); break;
    case MOTE_STAGE_DELTAS: mote_deltas_reset(self); break;
    default: break;
  }
}

void mote_sense_stages(mote_stages *table) {
  table->measure = measure;
  table->init = init;
  table->run = run;
  table->reset = reset;
}
