/* SPDX-License-Identifier: Apache-2.0 */
/* The stages of SPEECH behind one table. Switches, no tables of functions, not even to copy from: native modules have
 * no data relocations. */
#define MOTE_OF_SPEECH(...) __VA_ARGS__
#define MOTE_OF_SENSE(...)
#include "frontend/group.h"

static void reset(int type, void *self) {
  if (type == MOTE_STAGE_NOISE_REDUCTION) mote_noise_reset(self);
}

void mote_speech_stages(mote_stages *table) {
  table->measure = measure;
  table->init = init;
  table->run = run;
  table->reset = reset;
}
