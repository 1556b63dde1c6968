/* SPDX-License-Identifier: Apache-2.0 */
/* Natural logarithm. Parameter: what 1.0 becomes in the output.
 *
 * out = min(scale * ln(value * 2^drop_bits), 32767), negative where channels have fraction bits. 0 has no logarithm: it
 * counts as 1 where the channels have fraction bits, so that the lowest output is scale * drop_bits * ln 2, and gives 0
 * else, as with TFLM. log2 of the mantissa 1 + t comes from a table of 128 segments of log2(1 + t) - t, 16 fraction
 * bits, with linear interpolation.
 *
 * Error of the logarithm: TFLM shifts the interpolation by 7 bits too many, so that it adds next to nothing; the
 * table's largest step, 0.4427 / 128 at t = 0, is what may be left out: 2.4e-3, and 5e-5 from rounding. In the output
 * that is 2.45e-3 * scale, and 1/2 from rounding.
 */
#include "frontend/arithmetic.h"
#include "frontend/exact.h"
#include "frontend/stage.h"

#define SEGMENT_BITS MOTE_LOG_SEGMENT_BITS
#define LN2 45426u /* 16 fraction bits */

typedef struct {
  uint32_t offset;
  uint16_t count;
  int16_t shift;
  uint32_t scale;
  int16_t excess[MOTE_LOG_TABLE];
} mote_log;

int mote_log_measure(mote_flow *flow, const mote_params *params) {
  static const int32_t range[1][2] = {{1, 2048}};
  int status = mote_stage_takes(params, flow, MOTE_FLOW_CHANNELS);
  if (status == MOTE_OK) status = mote_stage_ranges(params, 1, range);
  if (status != MOTE_OK) return status;
  flow->kind = MOTE_FLOW_FEATURES;
  flow->unit = (uint32_t)params->word[0];
  flow->state = sizeof(mote_log);
  return MOTE_OK;
}

void mote_log_init(void *self, const mote_flow *in, const int32_t *word) {
  mote_log *log = self;
  log->offset = in->offset;
  log->count = in->count;
  log->shift = in->drop_bits;
  log->scale = (uint32_t)word[0];
  mote_log_table(log->excess);
}

void mote_log_table(int16_t *excess) {
  for (uint32_t i = 0; i < MOTE_LOG_TABLE; i++) {
    uint64_t line = ((uint64_t)SEGMENT_BITS << MOTE_LOG_BITS) + ((uint64_t)i << (MOTE_LOG_BITS - SEGMENT_BITS));
    excess[i] = (int16_t)mote_round(mote_log2((1u << SEGMENT_BITS) + i) - line, MOTE_LOG_BITS - 16);
  }
}

/* log2(x), x >= 1, 16 fraction bits. */
static uint32_t log2_of(const int16_t *excess, uint32_t x) {
  uint32_t whole = (uint32_t)mote_bit_length(x) - 1, rest = x - (1u << whole);
  uint32_t t = whole < 16 ? rest << (16 - whole) : rest >> (whole - 16);
  const int16_t *at = excess + (t >> (16 - SEGMENT_BITS));
  int32_t within = (int32_t)(t & ((1u << (16 - SEGMENT_BITS)) - 1));
  int32_t curve = at[0] + (((at[1] - at[0]) * within) >> 16);
  return (whole << 16) + t + (uint32_t)curve;
}

/* scale * ln / 2^16, rounded; scale * ln is below 2^32. */
static int32_t scaled(uint32_t scale, int32_t ln) {
  if (ln < 0) return -(int32_t)((scale * (uint32_t)-ln + 0x7fff) >> 16);
  return (int32_t)((scale * (uint32_t)ln + 0x8000) >> 16);
}

void mote_take_log(const mote_logarithm *of, const uint32_t *value, int16_t *out, uint32_t count) {
  int up = of->shift > 0 ? of->shift : 0, down = up - of->shift;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t x = value[i] << up;
    uint32_t log2 = x > 1 ? log2_of(of->excess, x) : 0, part = (LN2 * (log2 & 0xffff) + 0x8000) >> 16;
    int32_t ln = (int32_t)LN2 * ((int32_t)(log2 >> 16) - down) + (int32_t)part;
    int32_t result = scaled(of->scale, ln);
    out[i] = (int16_t)(result < INT16_MAX ? result : INT16_MAX);
  }
}

/* In place: outputs are narrower than inputs. */
void mote_log_run(void *self, mote_frame *frame) {
  const mote_log *log = self;
  const mote_logarithm of = {log->excess, log->scale, log->shift};
  const uint32_t *value = (const uint32_t *)(frame->scratch + log->offset);
  mote_take_log(&of, value, (int16_t *)(frame->scratch + log->offset), log->count);
}
