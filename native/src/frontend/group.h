/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of one group of stages, as switches: native modules have no data relocations, so no tables of
 * functions. A group's file defines MOTE_OF_SPEECH(...) and MOTE_OF_SENSE(...), one as what it is given, the other as
 * nothing, before it includes this once. */
#ifndef MOTE_GROUP_H
#define MOTE_GROUP_H

#include "frontend/stage.h"

static int measure(int type, void *flow, const void *params) {
  switch (type) {
#define MOTE_STAGE(NAME, code, name, text, place, group) \
  MOTE_OF_##group(case MOTE_STAGE_##NAME : return mote_##name##_measure(flow, params);)
#include "frontend/stages.def"
#undef MOTE_STAGE
    default: return MOTE_ERR_ARGUMENT;
  }
}

static void init(int type, void *self, const void *in, const int32_t *word) {
  switch (type) {
#define MOTE_STAGE(NAME, code, name, text, place, group) \
  MOTE_OF_##group(case MOTE_STAGE_##NAME : mote_##name##_init(self, in, word); break;)
#include "frontend/stages.def"
#undef MOTE_STAGE
    default: break;
  }
}

static void run(int type, void *self, void *frame) {
  switch (type) {
#define MOTE_STAGE(NAME, code, name, text, place, group) \
  MOTE_OF_##group(case MOTE_STAGE_##NAME : mote_##name##_run(self, frame); break;)
#include "frontend/stages.def"
#undef MOTE_STAGE
    default: break;
  }
}

#endif
