/* SPDX-License-Identifier: Apache-2.0 */
/* Slopes of the values over time, appended to the frame. Parameters: width w (1 .. 4), order (1, 2: the slopes of the
 * slopes too).
 *
 * slope = sum of n (c[t - w + n] - c[t - w - n]) for n = 1 .. w, divided by 2 (1 + 4 + .. + w^2): the line of least
 * squares through the last 2 w + 1 frames. Beside the values of frame t stand their slopes at t - w, and at t - 2 w the
 * slopes of these, of the last 4 w + 1 frames. Each is one weighted sum over frames, exact, divided and rounded once,
 * halves away from zero, and saturated to the kind of the values. Before the first frame lies its copy. */
#include "frontend/numbers.h"

#include <string.h>

#include "frontend/exact.h"

#define MOST_WIDTH 4

typedef struct {
  uint32_t offset;
  uint32_t row;        /* bytes of a frame */
  uint16_t count;      /* values of a frame */
  uint16_t divisor[2]; /* of each order; even */
  uint8_t wide, order;
  uint8_t taps[2]; /* of each order */
  uint8_t frames;  /* kept */
  uint8_t newest;  /* of them, where the last one lies; the one before lies behind it */
  uint8_t started;
  int16_t weight[2][4 * MOST_WIDTH + 1]; /* newest first */
  int32_t history[];                     /* frames, of int16 or int32 */
} mote_deltas;

int mote_deltas_measure(mote_flow *flow, const mote_params *params) {
  static const int32_t range[2][2] = {{1, MOST_WIDTH}, {1, 2}};
  int status = mote_stage_takes_numbers(params, flow);
  if (status == MOTE_OK) status = mote_stage_ranges(params, 2, range);
  if (status != MOTE_OK) return status;
  uint32_t width = (uint32_t)params->word[0], order = (uint32_t)params->word[1];
  uint32_t values = flow->count * (1 + order), frames = 2 * width * order + 1;
  if (values > UINT16_MAX) return mote_stage_fault(params, MOTE_SUBJECT_VALUES, (int32_t)values, UINT16_MAX);
  flow->state = (uint32_t)sizeof(mote_deltas) + frames * flow->count * mote_flow_value_bytes(flow->kind);
  flow->count = (uint16_t)values;
  mote_flow_reserve(flow);
  return MOTE_OK;
}

/* The weights of the second order are those of the first, convolved with themselves. */
static void make_weights(mote_deltas *deltas, int width) {
  int taps = 2 * width + 1;
  for (int i = 0; i < taps; i++) {
    deltas->weight[0][i] = (int16_t)(width - i);
    deltas->divisor[0] = (uint16_t)(deltas->divisor[0] + (width - i) * (width - i));
    for (int k = 0; k < taps; k++)
      deltas->weight[1][i + k] = (int16_t)(deltas->weight[1][i + k] + (width - i) * (width - k));
  }
  deltas->divisor[1] = (uint16_t)(deltas->divisor[0] * deltas->divisor[0]);
  deltas->taps[0] = (uint8_t)taps;
  deltas->taps[1] = (uint8_t)(2 * taps - 1);
}

void mote_deltas_init(void *self, const mote_flow *in, const int32_t *word) {
  mote_deltas *deltas = self;
  deltas->offset = in->offset;
  deltas->count = in->count;
  deltas->wide = in->kind == MOTE_FLOW_VALUES;
  deltas->row = in->count * mote_flow_value_bytes(in->kind);
  deltas->order = (uint8_t)word[1];
  make_weights(deltas, word[0]);
  deltas->frames = deltas->taps[deltas->order - 1];
}

void mote_deltas_reset(void *self) {
  mote_deltas *deltas = self;
  deltas->newest = deltas->started = 0;
}

/* Puts a frame before the newest one; the first frame everywhere. */
static void remember(mote_deltas *deltas, const void *values) {
  uint32_t to = deltas->newest ? deltas->newest - 1u : deltas->frames - 1u,
           copies = deltas->started ? 1 : deltas->frames;
  uint8_t *history = (uint8_t *)deltas->history;
  deltas->newest = (uint8_t)to;
  for (deltas->started = 1; copies > 0; copies--) {
    memcpy(history + to * deltas->row, values, deltas->row);
    to = to ? to - 1 : deltas->frames - 1u;
  }
}

/* Of features; weights add up to 400 at most. */
static int32_t narrow_sum(const mote_deltas *deltas, uint32_t order, uint32_t i) {
  int32_t sum = 0;
  const int16_t *history = (const int16_t *)deltas->history, *weight = deltas->weight[order];
  uint32_t at = deltas->newest * deltas->count + i, end = deltas->frames * deltas->count;
  for (const int16_t *last = weight + deltas->taps[order]; weight < last; weight++) {
    sum += *weight * history[at];
    if ((at += deltas->count) >= end) at -= end;
  }
  return sum;
}

/* Upper and lower halves of values are summed apart. */
static int64_t wide_sum(const mote_deltas *deltas, uint32_t order, uint32_t i) {
  int32_t high = 0, low = 0;
  const int16_t *weight = deltas->weight[order];
  uint32_t at = deltas->newest * deltas->count + i, end = deltas->frames * deltas->count;
  for (const int16_t *last = weight + deltas->taps[order]; weight < last; weight++) {
    int32_t value = deltas->history[at];
    high += *weight * (value >> 16);
    low += *weight * (value & 0xffff);
    if ((at += deltas->count) >= end) at -= end;
  }
  return (int64_t)high * 65536 + low;
}

/* Sums of features fit 32 bits, whose division is the faster one. */
static int32_t slope(int64_t sum, uint32_t divisor) {
  uint64_t size = (sum < 0 ? 0 - (uint64_t)sum : (uint64_t)sum) + divisor / 2;
  int64_t result = (int64_t)(size >> 32 ? mote_divide(size, divisor) : (uint32_t)size / divisor);
  return mote_saturate32(sum < 0 ? -result : result);
}

void mote_deltas_run(void *self, mote_frame *frame) {
  mote_deltas *deltas = self;
  void *values = frame->scratch + deltas->offset;
  uint32_t at = deltas->count;
  remember(deltas, values);
  for (uint32_t order = 0; order < deltas->order; order++) {
    for (uint32_t i = 0; i < deltas->count; i++, at++) {
      uint32_t divisor = deltas->divisor[order];
      if (deltas->wide) ((int32_t *)values)[at] = slope(wide_sum(deltas, order, i), divisor);
      else ((int16_t *)values)[at] = mote_saturate16(slope(narrow_sum(deltas, order, i), divisor));
    }
  }
}
