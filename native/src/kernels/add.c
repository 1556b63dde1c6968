/* SPDX-License-Identifier: Apache-2.0 */
/* ADD, int8 (reference_integer_ops::Add and BroadcastAdd4DSlow): both inputs at 2^20 steps of twice the larger
 * scale. */
#include "../tflite.h"
#include "kernels.h"
#include "quant.h"

#define LEFT_SHIFT 20
#define BROADCAST_RANK 4

typedef struct {
  mote_scale scale1, scale2, scale_out;
  int32_t zero1, zero2, zero_out;
  mote_range range;
  const int8_t *input1, *input2;
  int8_t *output;
  int32_t dims[BROADCAST_RANK], step1[BROADCAST_RANK], step2[BROADCAST_RANK];
  uint32_t elements;
  bool same_shape;
} addition;

static bool factor(mote_real a, mote_real b, mote_scale *scale) {
  return mote_real_to_scale(mote_real_div(a, b, MOTE_DOUBLE_BITS), scale) && scale->shift <= 0;
}

static int derive_scales(mote_op *op, addition *a, const mote_tensor *in1, const mote_tensor *in2,
                         const mote_tensor *out) {
  mote_real scale1, scale2, scale_out;
  (void)mote_tensor_scale(in1, 0, &scale1);
  (void)mote_tensor_scale(in2, 0, &scale2);
  (void)mote_tensor_scale(out, 0, &scale_out);
  mote_real larger = mote_real_compare(scale1, scale2) >= 0 ? scale1 : scale2;
  mote_real twice = mote_real_scale2(larger, 1);
  bool fits = factor(scale1, twice, &a->scale1) && factor(scale2, twice, &a->scale2) &&
              factor(twice, mote_real_scale2(scale_out, LEFT_SHIFT), &a->scale_out);
  return fits ? MOTE_OK : mote_op_fail(op, MOTE_ERR_QUANT, 2, 0, 0);
}

/* Steps of one input through the output's shape: 0 along dimensions that it repeats. */
static int broadcast_steps(mote_op *op, int subject, const mote_tensor *in, const mote_tensor *out, int32_t *steps) {
  int32_t step = 1;
  for (int i = 1; i <= BROADCAST_RANK; i++) {
    int32_t dim = i <= in->rank ? in->dims[in->rank - i] : 1;
    int32_t want = i <= out->rank ? out->dims[out->rank - i] : 1;
    if (dim != want && dim != 1) return mote_op_fail(op, MOTE_ERR_SHAPE, subject, dim, want);
    steps[BROADCAST_RANK - i] = dim == 1 ? 0 : step;
    step *= dim;
  }
  return MOTE_OK;
}

static bool equal_shapes(const mote_tensor *a, const mote_tensor *b) {
  if (a->rank != b->rank) return false;
  for (int i = 0; i < a->rank; i++) {
    if (a->dims[i] != b->dims[i]) return false;
  }
  return true;
}

static int check_shapes(mote_op *op, addition *a, const mote_tensor *in1, const mote_tensor *in2,
                        const mote_tensor *out) {
  a->elements = out->elements;
  a->same_shape = equal_shapes(in1, in2);
  if (a->same_shape) return mote_need_value(op, 2, (int32_t)out->elements, (int32_t)in1->elements);
  if (in1->rank > BROADCAST_RANK) return mote_op_fail(op, MOTE_ERR_SHAPE, 0, in1->rank, BROADCAST_RANK);
  if (in2->rank > BROADCAST_RANK) return mote_op_fail(op, MOTE_ERR_SHAPE, 1, in2->rank, BROADCAST_RANK);
  if (out->rank > BROADCAST_RANK) return mote_op_fail(op, MOTE_ERR_SHAPE, 2, out->rank, BROADCAST_RANK);
  for (int i = 0; i < BROADCAST_RANK; i++) {
    int missing = BROADCAST_RANK - out->rank;
    a->dims[i] = i < missing ? 1 : out->dims[i - missing];
  }
  int status = broadcast_steps(op, 0, in1, out, a->step1);
  return status == MOTE_OK ? broadcast_steps(op, 1, in2, out, a->step2) : status;
}

static int prepare(mote_op *op, addition *a) {
  mote_tensor in1, in2, out;
  int status = mote_op_arity(op, 2, 2, 1, TFL_ADD);
  if (status == MOTE_OK) status = mote_op_input(op, 0, &in1);
  if (status == MOTE_OK) status = mote_op_input(op, 1, &in2);
  if (status == MOTE_OK) status = mote_op_output(op, 0, &out);
  if (status == MOTE_OK) status = mote_need_int8(op, 0, &in1);
  if (status == MOTE_OK) status = mote_need_int8(op, 1, &in2);
  if (status == MOTE_OK) status = mote_need_int8(op, 2, &out);
  if (status == MOTE_OK) status = derive_scales(op, a, &in1, &in2, &out);
  if (status == MOTE_OK) status = check_shapes(op, a, &in1, &in2, &out);
  int activation = fb_get_i8(&op->graph->file, op->options, TFL_ADD_ACTIVATION, TFL_ACT_NONE);
  if (status == MOTE_OK) status = mote_activation_range(op, activation, 2, &out, &a->range);
  if (status != MOTE_OK) return status;
  a->zero1 = in1.zero_point;
  a->zero2 = in2.zero_point;
  a->zero_out = out.zero_point;
  a->input1 = (const int8_t *)in1.data;
  a->input2 = (const int8_t *)in2.data;
  a->output = (int8_t *)out.data;
  return MOTE_OK;
}

/* Scales have shift <= 0 here, so only the right shift of mote_rescale is left. */
static inline int32_t scaled(int32_t value, mote_scale scale) {
  return mote_round_shift(mote_high_mul(value, scale.multiplier), -scale.shift);
}

static inline int8_t sum(const addition *a, int32_t x1, int32_t x2) {
  int32_t s1 = scaled((x1 - a->zero1) * (1 << LEFT_SHIFT), a->scale1);
  int32_t s2 = scaled((x2 - a->zero2) * (1 << LEFT_SHIFT), a->scale2);
  return (int8_t)mote_clamp(scaled(s1 + s2, a->scale_out) + a->zero_out, a->range.low, a->range.high);
}

static void run_broadcast(const addition *a) {
  const int32_t *n = a->dims, *t1 = a->step1, *t2 = a->step2;
  int8_t *out = a->output;
  for (int32_t i = 0; i < n[0]; i++) {
    for (int32_t j = 0; j < n[1]; j++) {
      for (int32_t k = 0; k < n[2]; k++) {
        const int8_t *in1 = a->input1 + i * t1[0] + j * t1[1] + k * t1[2];
        const int8_t *in2 = a->input2 + i * t2[0] + j * t2[1] + k * t2[2];
        for (int32_t l = 0; l < n[3]; l++) *out++ = sum(a, in1[l * t1[3]], in2[l * t2[3]]);
      }
    }
  }
}

int mote_kernel_add(mote_op *op) {
  addition a;
  int status = prepare(op, &a);
  if (status != MOTE_OK || !op->arena) return status;
  if (!a.same_shape) run_broadcast(&a);
  else
    for (uint32_t i = 0; i < a.elements; i++) a.output[i] = sum(&a, a.input1[i], a.input2[i]);
  return MOTE_OK;
}
