/* SPDX-License-Identifier: Apache-2.0 */
/* TFLM's PreprocessSoftmaxScaling and CalculateInputRadius, and the first half of its softmax. */
#include "exponents.h"

#include "../tflite.h"
#include "transcend.h"

int mote_exponents_read(mote_op *op, mote_exponents *e, int options_type, int32_t most_depth) {
  mote_tensor *input = &e->input, *output = &e->output;
  int status = mote_op_arity(op, 1, 1, 1, options_type);
  if (status == MOTE_OK) status = mote_op_input(op, 0, input);
  if (status == MOTE_OK) status = mote_op_output(op, 0, output);
  if (status == MOTE_OK) status = mote_need_value(op, 1, (int32_t)output->elements, (int32_t)input->elements);
  if (status == MOTE_OK && input->rank < 1) status = mote_need_rank(op, 0, input, 1);
  if (status != MOTE_OK) return status;
  e->depth = input->dims[input->rank - 1];
  e->rows = input->elements / (uint32_t)e->depth;
  return e->depth > most_depth ? mote_op_fail(op, MOTE_ERR_SHAPE, 0, e->depth, most_depth) : MOTE_OK;
}

int mote_exponents_derive(mote_op *op, mote_exponents *e, mote_real beta) {
  mote_real scale;
  int status = mote_need_int8(op, 0, &e->input);
  if (status != MOTE_OK) return status;
  (void)mote_tensor_scale(&e->input, 0, &scale);
  mote_real factor = mote_real_scale2(mote_real_mul(beta, scale, MOTE_DOUBLE_BITS), 31 - MOTE_DIFF_BITS);
  mote_real most = mote_real_from_u32(INT32_MAX);
  if (mote_real_compare(factor, most) > 0) factor = most;
  (void)mote_real_to_scale(mote_real_scale2(factor, -1), &e->scale); /* of the half, whose shift is at most 30 */
  e->scale.shift++;
  if (mote_real_compare(factor, mote_real_from_u32(1)) <= 0) {
    return mote_op_fail(op, MOTE_ERR_QUANT, 0, e->scale.multiplier, 0);
  }
  int32_t radius = ((1 << MOTE_DIFF_BITS) - 1) << (31 - MOTE_DIFF_BITS);
  e->diff_min = -(radius >> e->scale.shift);
  return MOTE_OK;
}

bool mote_scale_is_near(const mote_tensor *tensor, int exponent) {
  mote_real scale, limit, want = mote_real_scale2(mote_real_from_u32(1), exponent);
  (void)mote_real_from_single(0x3a83126f, &limit); /* 0.001 */
  return mote_tensor_scale(tensor, 0, &scale) &&
         mote_real_compare(mote_real_distance(scale, want), mote_real_scale2(limit, exponent)) <= 0;
}

int32_t mote_exponents_max(const mote_exponents *e, const int8_t *row) {
  int32_t max = INT8_MIN;
  for (int32_t i = 0; i < e->depth; i++) max = row[i] > max ? row[i] : max;
  return max;
}

int32_t mote_exponents_sum(const mote_exponents *e, const int8_t *row, int32_t max) {
  int32_t sum = 0;
  for (int32_t i = 0; i < e->depth; i++) {
    if (row[i] - max < e->diff_min) continue;
    int32_t term = mote_exp_negative(mote_exponents_scaled(e, row[i] - max), MOTE_DIFF_BITS);
    sum = mote_add(sum, mote_round_shift(term, MOTE_SUM_BITS));
  }
  return sum;
}
