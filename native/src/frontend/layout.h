/* SPDX-License-Identifier: Apache-2.0 */
/* How a chain's words become a layout of memory: read and checked in one walk, which a second one repeats to make the
 * stages' tables. */
#ifndef MOTE_LAYOUT_H
#define MOTE_LAYOUT_H

#include "frontend/stage.h"

/* How the lanes' results become one frame. */
typedef enum {
  MOTE_GATHER_NONE = 0,     /* one lane, nothing beside the flow: the flow is the frame */
  MOTE_GATHER_COPY = 1,     /* lane after lane, as they are */
  MOTE_GATHER_APPENDED = 2, /* only what stages have put beside the flow, lane after lane */
  MOTE_GATHER_BOTH = 3      /* that, and the features behind it as values of 16 fraction bits, lane after lane */
} mote_gather;

/* Sizes in samples are of a lane behind the stream stages. */
typedef struct {
  mote_flow flow;   /* what comes out at the end */
  mote_flow lane;   /* what comes out of the lane stages */
  uint32_t states;  /* bytes of the stages' states */
  uint16_t stages;  /* behind the input */
  uint16_t streams; /* of them, stream stages */
  uint16_t frames;  /* of them, frame stages */
  uint8_t lanes_in;
  uint8_t gather; /* mote_gather */
} mote_layout;

/* A state's initialised stage: type, group, offset of its own state. */
typedef struct {
  uint8_t type, sense;
  uint32_t offset;
} mote_slot;

/* Where a second walk leaves what it makes. */
typedef struct {
  uint8_t *state;   /* of the whole chain */
  uint32_t offset;  /* of the first stage's state in it */
  mote_slot *slots; /* one a stage */
} mote_workshop;

/* Words of a chain, and who has the stages. */
typedef struct {
  const int32_t *words;
  size_t count;
  const mote_stages *speech, *sense; /* sense: NULL where there are none */
  mote_fault *fault;
} mote_chain_source;

/* Reads, checks and measures; workshop: NULL, or where to initialise what the same words have measured before;
 * info: NULL, or of the stage with that index, which is left alone where there is none. */
int mote_chain_walk(const mote_chain_source *source, mote_layout *layout, const mote_workshop *workshop, uint32_t index,
                    mote_stage_info *info);

static inline uint32_t mote_aligned(uint32_t bytes) { return (bytes + 3) & ~3u; }

/* Samples that the chain keeps by itself, because stream stages or several lanes lie before the window; 0: windows are
 * read straight from the ring. */
static inline uint32_t mote_layout_history(const mote_layout *layout) {
  return layout->streams || layout->lanes_in > 1 ? (uint32_t)layout->lane.window * layout->lane.lanes : 0;
}

#endif
