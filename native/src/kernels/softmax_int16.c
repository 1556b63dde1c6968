/* SPDX-License-Identifier: Apache-2.0 */
/* SOFTMAX, int16 (reference_ops::SoftmaxInt16). TFLM looks exp and the reciprocal up in tables of 513 entries that it
 * fills in single precision; here an entry is computed when it is needed, in integers, with the same result. */
#include "../tflite.h"
#include "exponents.h"
#include "kernels.h"
#include "quant.h"
#include "transcend.h"

#define MOST_DEPTH 65535 /* ones of 2^15 that a sum can hold */

typedef struct {
  mote_scale scale; /* differences to steps of 10 / 65535 */
  int32_t depth;
} softmax16;

/* A table's entry from its function at the entry, half a step and one step further, the last two in steps of 2^-16:
 * lowered so that the error of the interpolation is shared. */
static int32_t entry(int32_t here, int32_t half_further, int32_t interpolated) {
  int32_t error = interpolated - half_further;
  return here - (error + (error > 0) - (error < 0)) / 2;
}

/* exp(-10 + 10 * j / 1024), Q0.31. */
static uint32_t exp_at(int j) { return (uint32_t)mote_exp_negative((j - 1024) * (5 << 18), 4); }

static int32_t exp_entry(int i) {
  if (i == 512) return INT16_MAX;
  uint32_t here = (exp_at(2 * i) + 0x8000u) >> 16, further = exp_at(2 * i + 2);
  uint32_t interpolated = (further + (here << 16) + 0x10000u) >> 17;
  return entry((int32_t)here, (int32_t)((exp_at(2 * i + 1) + 0x8000u) >> 16), (int32_t)interpolated);
}

/* 2^15 / (1 + j / 1024), rounded. */
static int32_t reciprocal_at(int j) { return ((1 << 26) / (1024 + j) + 1) / 2; }

/* Singles round two of them the other way. */
static int32_t reciprocal_entry(int i) {
  int32_t here = reciprocal_at(2 * i), divisor = 1024 + 2 * i + 2;
  if (i == 512) return here;
  int32_t interpolated = ((1 << 25) + (here + 1) * divisor) / (2 * divisor);
  if (i == 0) return INT16_MAX;
  return entry(here, reciprocal_at(2 * i + 1), interpolated) + (i == 294) - (i == 160);
}

/* Between entries, 128 steps apart; x from -32768 to 32767. */
static int32_t between(int32_t x, int32_t low, int32_t high) { return low + (((high - low) * (x & 127) + 64) >> 7); }

static int32_t exp_of(const softmax16 *s, int32_t diff) {
  int32_t x = mote_clamp(mote_add(mote_rescale(diff, s->scale), INT16_MAX), INT16_MIN, INT16_MAX);
  int i = (x >> 7) + 256;
  return between(x, exp_entry(i), exp_entry(i + 1));
}

static void run_row(const softmax16 *s, const int16_t *in, int16_t *out) {
  int32_t max = INT16_MIN, sum = 0;
  for (int32_t i = 0; i < s->depth; i++) max = in[i] > max ? in[i] : max;
  for (int32_t i = 0; i < s->depth; i++) {
    out[i] = (int16_t)exp_of(s, in[i] - max);
    sum += out[i];
  }
  int headroom = mote_leading_zeros((uint32_t)sum);
  int32_t x = (int32_t)((((uint32_t)sum << (headroom - 1)) + (1u << 13)) >> 14) - 3 * 32768;
  if (x > INT16_MAX) x = INT16_MAX;
  int i = (x >> 7) + 256, right = 31 - headroom;
  int32_t reciprocal = between(x, reciprocal_entry(i), reciprocal_entry(i + 1));
  for (int32_t k = 0; k < s->depth; k++) {
    out[k] = (int16_t)mote_clamp((out[k] * reciprocal + (1 << (right - 1))) >> right, 0, INT16_MAX);
  }
}

/* beta * scale / (10 / 65535) in doubles. */
static bool derive_scale(mote_op *op, const mote_tensor *input, softmax16 *s) {
  mote_real scale, beta, step = mote_real_div(mote_real_from_u32(10), mote_real_from_u32(65535), MOTE_DOUBLE_BITS);
  uint32_t bits = (uint32_t)fb_get_i32(&op->graph->file, op->options, TFL_SOFTMAX_BETA, 0);
  if (!mote_real_from_single(bits, &beta) || !mote_tensor_scale(input, 0, &scale)) return false;
  mote_real product = mote_real_mul(scale, beta, MOTE_DOUBLE_BITS);
  return mote_real_to_scale(mote_real_div(product, step, MOTE_DOUBLE_BITS), &s->scale);
}

static int prepare(mote_op *op, const mote_exponents *e, softmax16 *s) {
  int status = mote_need_quantized(op, 0, &e->input, TFL_INT16);
  if (status == MOTE_OK) status = mote_need_quantized(op, 1, &e->output, TFL_INT16);
  if (status != MOTE_OK) return status;
  if (e->input.zero_point != 0) return mote_op_fail(op, MOTE_ERR_QUANT, 0, e->input.zero_point, 0);
  if (e->output.zero_point != 0 || !mote_scale_is_near(&e->output, -15)) {
    return mote_op_fail(op, MOTE_ERR_QUANT, 1, e->output.zero_point, 0);
  }
  return derive_scale(op, &e->input, s) ? MOTE_OK : mote_op_fail(op, MOTE_ERR_QUANT, 0, 0, 0);
}

int mote_kernel_softmax_int16(mote_op *op) {
  softmax16 s;
  mote_exponents e;
  int status = mote_exponents_read(op, &e, TFL_SOFTMAX, MOST_DEPTH);
  if (status == MOTE_OK && e.input.type == TFL_INT8) return mote_kernel_softmax(op);
  if (status == MOTE_OK) status = prepare(op, &e, &s);
  s.depth = e.depth;
  for (uint32_t i = 0; status == MOTE_OK && op->arena && i < e.rows; i++) {
    uint32_t first = 2 * i * (uint32_t)e.depth; /* bytes */
    run_row(&s, (const int16_t *)(void *)(e.input.data + first), (int16_t *)(void *)(e.output.data + first));
  }
  return status;
}
