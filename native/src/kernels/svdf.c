/* SPDX-License-Identifier: Apache-2.0 */
/* SVDF, int8 with time weights and state of int8 or int16 (svdf_common.cc, EvalIntegerSvdfReference). A filter's state
 * is a row of `memory` values, the latest last; a run moves all rows one step to the left. */
#include <string.h>

#include "../tflite.h"
#include "dot.h"
#include "kernels.h"
#include "quant.h"

enum { INPUT, FEATURE, TIME, BIAS, STATE, OUTPUT, TENSORS };

typedef struct {
  mote_tensor t[TENSORS];
  int32_t rank, memory, depth;
  uint32_t batches, filters;
  mote_scale to_state, to_output;
} svdf;

static int read_tensors(mote_op *op, svdf *s) {
  int status = mote_op_arity(op, OUTPUT, OUTPUT, 1, TFL_SVDF);
  for (int i = 0; status == MOTE_OK && i < TENSORS; i++) {
    status = i == OUTPUT ? mote_op_output(op, 0, &s->t[i]) : mote_op_input(op, i, &s->t[i]);
    if (status == MOTE_OK && i == BIAS) status = mote_need_type(op, i, &s->t[i], TFL_INT32);
    else if (status == MOTE_OK) status = mote_need_rank(op, i, &s->t[i], 2);
  }
  return status;
}

static int check_types(mote_op *op, const svdf *s) {
  int status = MOTE_OK, slow = s->t[TIME].type == TFL_INT16 ? TFL_INT16 : TFL_INT8;
  for (int i = 0; status == MOTE_OK && i < TENSORS; i++) {
    int type = i == TIME || i == STATE ? slow : TFL_INT8;
    if (i != BIAS) status = mote_need_quantized(op, i, &s->t[i], type);
  }
  if (status == MOTE_OK && !s->t[STATE].variable) status = mote_op_fail(op, MOTE_ERR_OPTION, STATE, 0, 1);
  return status;
}

static int check_shapes(mote_op *op, svdf *s) {
  int32_t batches = s->t[INPUT].dims[0], filters = s->t[FEATURE].dims[0];
  s->rank = fb_get_i32(&op->graph->file, op->options, TFL_SVDF_RANK, 0);
  int status = mote_need_option(op, s->rank, 1, filters);
  if (status != MOTE_OK) return status;
  if (filters % s->rank) return mote_op_fail(op, MOTE_ERR_OPTION, -1, s->rank, filters);
  int32_t units = filters / s->rank;
  s->batches = (uint32_t)batches;
  s->filters = (uint32_t)filters;
  s->depth = s->t[INPUT].dims[1];
  s->memory = s->t[TIME].dims[1];
  status = mote_need_value(op, FEATURE, s->t[FEATURE].dims[1], s->depth);
  if (status == MOTE_OK) status = mote_need_value(op, TIME, s->t[TIME].dims[0], filters);
  if (status == MOTE_OK) status = mote_need_value(op, BIAS, s->t[BIAS].dims[0], units);
  if (status == MOTE_OK) status = mote_need_value(op, STATE, s->t[STATE].dims[0], batches);
  if (status == MOTE_OK) status = mote_need_value(op, STATE, s->t[STATE].dims[1], (int32_t)s->t[TIME].elements);
  if (status == MOTE_OK) status = mote_need_value(op, OUTPUT, s->t[OUTPUT].dims[0], batches);
  if (status == MOTE_OK) status = mote_need_value(op, OUTPUT, s->t[OUTPUT].dims[1], units);
  op->macs = s->batches * s->filters * (uint32_t)(s->depth + s->memory);
  return status;
}

/* a * b / c, which the source computes in singles, but what TFLM's wheel runs in doubles. */
static bool derive_scale(const mote_tensor *a, const mote_tensor *b, const mote_tensor *c, mote_scale *scale) {
  mote_real x, y, divisor;
  (void)mote_tensor_scale(a, 0, &x);
  (void)mote_tensor_scale(b, 0, &y);
  (void)mote_tensor_scale(c, 0, &divisor);
  return mote_real_ratio_to_scale(&x, &y, &divisor, scale);
}

/* Whether the bias's scale is the state's times the time weights', as near as TFLM wants it. */
static bool bias_scale_fits(const mote_tensor *t) {
  const mote_real limit = {0xa7c5ac471b478800u, -80}; /* 1e-5 */
  mote_real stated, state, time;
  (void)mote_tensor_scale(&t[STATE], 0, &state);
  (void)mote_tensor_scale(&t[TIME], 0, &time);
  if (!mote_tensor_scale(&t[BIAS], 0, &stated)) stated = (mote_real){0, 0};
  mote_real product = mote_real_mul(state, time, MOTE_DOUBLE_BITS);
  return mote_real_compare(mote_real_distance(stated, product), limit) < 0;
}

static int derive_scales(mote_op *op, svdf *s) {
  const mote_tensor *t = s->t;
  if (!bias_scale_fits(t)) return mote_op_fail(op, MOTE_ERR_QUANT, BIAS, 0, 0);
  bool fits = derive_scale(&t[INPUT], &t[FEATURE], &t[STATE], &s->to_state) &&
              derive_scale(&t[STATE], &t[TIME], &t[OUTPUT], &s->to_output);
  return fits ? MOTE_OK : mote_op_fail(op, MOTE_ERR_QUANT, OUTPUT, 0, 0);
}

static int8_t *bytes(const mote_tensor *t) { return (int8_t *)t->data; }
static int16_t *halves(const mote_tensor *t) { return (int16_t *)(void *)t->data; }

/* A filter's newest value, the last of its row, from its sum over the features. */
static void store(const svdf *s, uint32_t filter, int32_t sum) {
  const mote_tensor *state = &s->t[STATE];
  uint32_t last = (filter + 1) * (uint32_t)s->memory - 1;
  int32_t most = state->type == TFL_INT16 ? INT16_MAX : INT8_MAX;
  int32_t value = mote_clamp(mote_rescaled(sum, &s->to_state), -most - 1, most) + state->zero_point;
  if (state->type == TFL_INT16) halves(state)[last] = (int16_t)value;
  else bytes(state)[last] = (int8_t)value;
}

static void run_filters(const svdf *s) {
  const mote_tensor *state = &s->t[STATE];
  uint32_t size = state->bytes / state->elements;
  const int8_t *input = bytes(&s->t[INPUT]), *feature = bytes(&s->t[FEATURE]);
  mote_dot4 dot = {.input_zero = s->t[INPUT].zero_point};
  memmove(state->data, state->data + size, state->bytes - size);
  for (uint32_t b = 0; b < s->batches; b++, input += s->depth) {
    for (uint32_t f = 0; f < s->filters; f += 4) {
      uint32_t count = s->filters - f < 4 ? s->filters - f : 4;
      mote_dot4_rows(&dot, feature + f * (uint32_t)s->depth, s->depth, (int32_t)count);
      mote_dot4_clear(&dot);
      mote_dot4_add(&dot, input, s->depth);
      for (uint32_t i = 0; i < count; i++) store(s, b * s->filters + f + i, dot.acc[i]);
    }
  }
}

static void run_units(const svdf *s) {
  const mote_tensor *output = &s->t[OUTPUT], *state = &s->t[STATE], *time = &s->t[TIME];
  const int32_t *bias = (const int32_t *)(const void *)s->t[BIAS].data;
  int32_t zero = state->zero_point, n = s->memory * s->rank; /* rows of a unit's filters follow each other */
  uint32_t place = 0, units = s->filters / (uint32_t)s->rank;
  for (uint32_t i = 0; i < output->elements; i++, place += (uint32_t)n) {
    uint32_t at = i % units * (uint32_t)n;
    int32_t sum = state->type == TFL_INT16 ? mote_dot_halves(halves(time) + at, halves(state) + place, zero, n)
                                           : mote_dot_bytes(bytes(time) + at, bytes(state) + place, zero, n);
    bytes(output)[i] = mote_rescaled_byte(mote_add(sum, bias[i % units]), &s->to_output, output->zero_point);
  }
}

int mote_kernel_svdf(mote_op *op) {
  svdf s;
  int status = read_tensors(op, &s);
  if (status == MOTE_OK) status = check_types(op, &s);
  if (status == MOTE_OK) status = check_shapes(op, &s);
  if (status == MOTE_OK) status = derive_scales(op, &s);
  if (status != MOTE_OK || !op->arena) return status;
  run_filters(&s);
  run_units(&s);
  return MOTE_OK;
}
