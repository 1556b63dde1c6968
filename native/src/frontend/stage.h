/* SPDX-License-Identifier: Apache-2.0 */
/* What a stage of the signal chain is made of. Every stage has, in a file of its own,
 *   measure  checks its parameters against what flows in, states what flows out and the bytes of state it wants,
 *   init     makes its tables; measure has accepted the same parameters before, the state is zeroed,
 *   run      turns what the frame holds into its own, in place where it can,
 *   reset    forgets the stream; called once after init, too.
 * States hold offsets, never pointers, and want 4-byte alignment. docs/CHAIN.md states the formats and parameters,
 * stages.def lists the stages. */
#ifndef MOTE_STAGE_H
#define MOTE_STAGE_H

#include "mote.h"

#define MOTE_MAX_LANES 8
#define MOTE_CHUNK 32 /* instants that stream stages get at once, at most */

typedef enum { MOTE_PLACE_STREAM = 0, MOTE_PLACE_LANE = 1, MOTE_PLACE_FRAME = 2 } mote_place_kind;

/* What the values between two stages are, and so their C type. */
typedef enum {
  MOTE_FLOW_SAMPLES = 1,   /* int16: a window of the signal */
  MOTE_FLOW_SPECTRUM = 2,  /* mote_complex: bins 0 .. fft_size / 2, divided by fft_size, times 2^shift */
  MOTE_FLOW_POWER = 3,     /* uint32: squared magnitude of the bins, times 4^shift */
  MOTE_FLOW_CHANNELS = 4,  /* uint32: magnitude in bands, -drop_bits fraction bits */
  MOTE_FLOW_FEATURES = 5,  /* int16: `unit` is 1.0 */
  MOTE_FLOW_QUANTIZED = 6, /* int8 */
  MOTE_FLOW_VALUES = 7,    /* int32, 16 fraction bits; only behind the lanes */
  MOTE_FLOW_SCALED = 8     /* int16: a window of the signal, times 2^shift */
} mote_flow_kind;

typedef struct {
  int16_t re, im;
} __attribute__((aligned(4))) mote_complex;

/* The stream between two stages, at set-up. */
typedef struct {
  uint8_t kind;       /* mote_flow_kind */
  uint8_t place;      /* mote_place_kind of the stage measured last */
  uint8_t lanes;      /* axes or channels; 1 from the first frame stage on */
  uint8_t noise;      /* a noise estimate is kept */
  uint8_t noise_bits; /* its fraction bits */
  int8_t drop_bits;   /* channels have minus that many fraction bits */
  uint16_t count;     /* values of a lane, of the whole frame from the first frame stage on */
  uint16_t fft_size;  /* 0 before the FFT */
  uint16_t window;    /* samples of a lane, of which the transform was made */
  uint16_t hop;       /* samples of a lane from one window to the next */
  uint16_t decimation;
  uint16_t appended; /* values of a lane that stages have put into the frame beside the flow */
  uint32_t unit;     /* of features */
  uint32_t rate;     /* samples a second of a lane */
  uint32_t offset;   /* of the values in scratch memory */
  uint32_t scratch;  /* bytes of scratch memory that the stages so far want */
  uint32_t state;    /* bytes of state of the stage measured last */
} mote_flow;

/* What goes through the chain at run time. Stream stages see a chunk: sample i of lane l is chunk[l * MOTE_CHUNK + i];
 * they may lower lanes and instants. Lane and frame stages see scratch memory. */
typedef struct {
  uint8_t *scratch;
  int16_t *chunk;
  const uint32_t *noise; /* estimates of the noise reduction stage, once it has run */
  int32_t *appended;     /* where the next value beside the flow goes, 16 fraction bits */
  int32_t shift;         /* 0 .. 31: bits by which samples, the FFT's result are too large */
  uint16_t instants;     /* in the chunk */
  uint8_t lanes;         /* in the chunk */
  uint8_t lane;          /* whose window it is */
} mote_frame;

/* The parameters of one stage in the configuration words, and where to report what is wrong with them. */
typedef struct {
  const int32_t *word; /* word[-1] is count, for init too */
  int32_t count;
  int16_t stage, type;
  mote_fault *fault;
} mote_params;

/* MOTE_ERR_CONFIG, with the fault filled in; subject: parameter index, or -1 for the stage as a whole. */
int mote_stage_fault(const mote_params *params, int subject, int32_t have, int32_t want);
/* MOTE_OK where there are exactly count parameters. */
int mote_stage_count(const mote_params *params, int32_t count);
/* MOTE_OK where parameter index lies in [low, high]. */
int mote_stage_range(const mote_params *params, int index, int32_t low, int32_t high);
/* MOTE_OK where parameters 0 .. count - 1 lie in their ranges {low, high} and there are no others. */
int mote_stage_ranges(const mote_params *params, int32_t count, const int32_t (*range)[2]);
/* MOTE_OK where values of this kind flow in. */
int mote_stage_takes(const mote_params *params, const mote_flow *flow, mote_flow_kind kind);

uint32_t mote_flow_value_bytes(int kind);
/* Makes scratch memory reach to the end of the flow's values. */
void mote_flow_reserve(mote_flow *flow);

#define MOTE_STAGE(NAME, code, name, text, place, group)                         \
  int mote_##name##_measure(mote_flow *flow, const mote_params *params);         \
  void mote_##name##_init(void *self, const mote_flow *in, const int32_t *word); \
  void mote_##name##_run(void *self, mote_frame *frame);
#include "frontend/stages.def"
#undef MOTE_STAGE

/* Of the stages that remember something. */
void mote_noise_reset(void *self);
void mote_dc_removal_reset(void *self);
void mote_biquad_reset(void *self);
void mote_decimate_reset(void *self);
void mote_tilt_free_reset(void *self);
void mote_deltas_reset(void *self);

/* The stages of SPEECH, behind one table; those of SENSE are behind mote_sense_stages (mote.h). */
void mote_speech_stages(mote_stages *table);
/* A stage's place, -1 for codes that are none. */
int mote_stage_place(int type);
/* Whether its group is SENSE. */
int mote_stage_is_sense(int type);

/* Position of the highest set bit, counted from 1; 0 for 0. */
static inline int mote_bit_length(uint32_t x) {
  int bits = 0;
  for (int step = 16; step > 0; step >>= 1) {
    if (x >> step) {
      bits += step;
      x >>= step;
    }
  }
  return bits + (int)x;
}

/* x * y, y < 2^16, for cores whose multiplier gives 32 bits only. */
static inline uint64_t mote_product(uint32_t x, uint32_t y) {
  return ((uint64_t)((x >> 16) * y) << 16) + (x & 0xffff) * y;
}

/* Bits of the largest value that channels of the flow can have: 2^15 in a spectrum. */
static inline int mote_channel_bits(const mote_flow *flow) {
  return 15 + mote_bit_length(flow->fft_size) - flow->drop_bits;
}

static inline int16_t mote_saturate16(int32_t x) {
  return (int16_t)(x > INT16_MAX ? INT16_MAX : x < INT16_MIN ? INT16_MIN : x);
}

static inline int32_t mote_saturate32(int64_t x) {
  return (int32_t)(x > INT32_MAX ? INT32_MAX : x < INT32_MIN ? INT32_MIN : x);
}

#endif
