/* SPDX-License-Identifier: Apache-2.0 */
/* What a stage of the signal chain is made of. Every stage has, in a file of its own,
 *   measure  checks its parameters against what flows in, states what flows out and the bytes of state it wants,
 *   init     makes its tables and initial state; measure has accepted the same parameters before,
 *   run      turns the values in the scratch memory into its own, in place where it can,
 *   reset    forgets the stream (only stages that remember something).
 * States hold offsets, never pointers, and want 4-byte alignment. docs/CHAIN.md states the formats and parameters. */
#ifndef MOTE_STAGE_H
#define MOTE_STAGE_H

#include "mote.h"

/* What the values between two stages are, and so their C type. */
typedef enum {
  MOTE_FLOW_SAMPLES = 1,  /* int16: a window of the signal */
  MOTE_FLOW_SPECTRUM = 2, /* mote_complex: bins 0 .. fft_size / 2 */
  MOTE_FLOW_POWER = 3,    /* uint32: squared magnitude of the bins */
  MOTE_FLOW_CHANNELS = 4, /* uint32: magnitude in bands */
  MOTE_FLOW_FEATURES = 5, /* int16 */
  MOTE_FLOW_QUANTIZED = 6 /* int8 */
} mote_flow_kind;

typedef struct {
  int16_t re, im;
} __attribute__((aligned(4))) mote_complex;

/* The stream between two stages, at set-up. */
typedef struct {
  uint8_t kind;       /* mote_flow_kind */
  uint8_t noise;      /* a noise estimate is kept */
  uint8_t noise_bits; /* its fraction bits */
  uint8_t drop_bits;  /* channels have minus that many fraction bits: what the FFT's halvings took from them */
  uint16_t count;     /* values */
  uint16_t fft_size;  /* 0 before the FFT */
  uint32_t rate;      /* samples a second */
  uint32_t offset;    /* of the values in scratch memory */
  uint32_t scratch;   /* bytes of scratch memory that the stages so far want */
  uint32_t state;     /* bytes of state of the stage measured last */
} mote_flow;

/* One window on its way through the chain. */
typedef struct {
  uint8_t *scratch;
  const uint32_t *noise; /* estimates of the noise reduction stage, once it has run */
  int32_t shift;         /* bits by which the FFT's input was scaled up */
} mote_frame;

/* The parameters of one stage in the configuration words, and where to report what is wrong with them. */
typedef struct {
  const int32_t *word;
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

#define MOTE_STAGE(name)                                                         \
  int mote_##name##_measure(mote_flow *flow, const mote_params *params);         \
  void mote_##name##_init(void *self, const mote_flow *in, const int32_t *word); \
  void mote_##name##_run(void *self, mote_frame *frame);

MOTE_STAGE(window)
MOTE_STAGE(fft)
MOTE_STAGE(energy)
MOTE_STAGE(filterbank)
MOTE_STAGE(noise)
MOTE_STAGE(pcan)
MOTE_STAGE(log)
MOTE_STAGE(quantize)
void mote_noise_reset(void *self);

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

#endif
