/* SPDX-License-Identifier: Apache-2.0 */
/* SOFTMAX, int8 to int8 or int16 (reference_ops::Softmax with gemmlowp's fixed-point exp and reciprocal). */
#include "../tflite.h"
#include "exponents.h"
#include "kernels.h"
#include "transcend.h"

/* Bits of an output element: 8 or 16. */
static int output_bits(const mote_exponents *e) { return e->output.type == TFL_INT16 ? 16 : 8; }

static int check_output(mote_op *op, const mote_exponents *e) {
  mote_real scale;
  const mote_tensor *output = &e->output;
  int bits = output_bits(e);
  if (bits == 8 && output->type != TFL_INT8) return mote_need_type(op, 1, output, TFL_INT8);
  bool fits = bits == 16 ? mote_scale_is_near(output, -16)
                         : mote_tensor_scale(output, 0, &scale) &&
                               mote_real_compare(scale, mote_real_scale2(mote_real_from_u32(1), -8)) == 0;
  int32_t zero = -(1 << (bits - 1));
  return fits && output->zero_point == zero ? MOTE_OK : mote_op_fail(op, MOTE_ERR_QUANT, 1, output->zero_point, zero);
}

static int prepare(mote_op *op, mote_exponents *e) {
  mote_real beta;
  uint32_t bits = (uint32_t)fb_get_i32(&op->graph->file, op->options, TFL_SOFTMAX_BETA, 0);
  int status = mote_exponents_read(op, e, TFL_SOFTMAX, MOTE_SUM_MOST);
  if (status == MOTE_OK && !mote_real_from_single(bits, &beta)) {
    status = mote_op_fail(op, MOTE_ERR_OPTION, -1, (int32_t)bits, 0x3f800000);
  }
  if (status == MOTE_OK) status = mote_exponents_derive(op, e, beta);
  return status == MOTE_OK ? check_output(op, e) : status;
}

static void run_row(const mote_exponents *e, uint32_t first) {
  const int8_t *in = (const int8_t *)e->input.data + first;
  int32_t max = mote_exponents_max(e, in);
  uint32_t sum = (uint32_t)mote_exponents_sum(e, in, max);
  int headroom = mote_leading_zeros(sum), bits = output_bits(e);
  int32_t reciprocal = mote_one_over_one_plus((int32_t)((sum << headroom) - 0x80000000u));
  int exponent = MOTE_SUM_BITS - headroom + 31 - bits;
  for (int32_t i = 0; i < e->depth; i++) {
    int32_t low = -(1 << (bits - 1)), value = low;
    if (in[i] - max >= e->diff_min) {
      value = mote_exp_negative(mote_exponents_scaled(e, in[i] - max), MOTE_DIFF_BITS);
      value = mote_round_shift(mote_high_mul_any(reciprocal, value), exponent) + low;
      value = mote_clamp(value, low, -1 - low);
    }
    if (bits == 8) ((int8_t *)e->output.data)[first + (uint32_t)i] = (int8_t)value;
    else ((int16_t *)(void *)e->output.data)[first + (uint32_t)i] = (int16_t)value;
  }
}

int mote_kernel_softmax(mote_op *op) {
  mote_exponents e;
  int status = prepare(op, &e);
  for (uint32_t i = 0; status == MOTE_OK && op->arena && i < e.rows; i++) run_row(&e, i * (uint32_t)e.depth);
  return status;
}
