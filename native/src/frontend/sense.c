/* SPDX-License-Identifier: Apache-2.0 */
/* The stages of SENSE behind one table, as in speech.c. */
#define MOTE_OF_SENSE(...) __VA_ARGS__
#define MOTE_OF_SPEECH(...)
#include "frontend/group.h"

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
