/* SPDX-License-Identifier: Apache-2.0 */
/* LOGISTIC and TANH, int16 (TFLM's CalculateArithmeticOpDataLogistic, TanhPrepare and the table of both). */
#include "../tflite.h"
#include "elements.h"
#include "kernels.h"
#include "quant.h"
#include "sigmoid16.h"

typedef struct {
  mote_tensor input, output;
  int32_t multiplier; /* inputs times this, shifted right by `shift` with rounding, are in steps of 2^-12 / 3 */
  int shift;
} curve16;

/* TFLM's CheckedLog2 takes a scale for 2^exponent, -15, -12 or -11, where its logarithm to base 2, computed in singles,
 * is less than 1e-3 away. These bounds, in units of the last place, were found by trying every single around them. */
static bool is_power(const mote_tensor *tensor, int exponent) {
  mote_real scale;
  int32_t below = exponent == -15 ? 11628 : exponent == -12 ? 11620 : 11624;
  int32_t above = exponent == -15 ? 5817 : exponent == -12 ? 5813 : 5815;
  if (!mote_tensor_scale(tensor, 0, &scale)) return false;
  int32_t power = (exponent + 127) << 23, bits = (int32_t)mote_real_to_single(scale);
  return bits >= power - below && bits <= power + above;
}

/* 3 * 4096 * scale as multiplier * 2^-shift, the multiplier above 2^14 and cut off. */
static int derive_multiplier(mote_op *op, curve16 *c) {
  mote_real scale, half = mote_real_scale2(mote_real_from_u32(INT16_MAX), -1);
  (void)mote_tensor_scale(&c->input, 0, &scale);
  scale = mote_real_mul(scale, mote_real_from_u32(3 << 12), MOTE_DOUBLE_BITS);
  for (c->shift = 0; c->shift <= 30 && mote_real_compare(scale, half) <= 0; c->shift++) scale.exponent++;
  bool fits = scale.exponent > -64 && scale.exponent <= -48; /* within 1 .. 65535 */
  if (!fits) return mote_op_fail(op, MOTE_ERR_QUANT, 0, scale.exponent, -48);
  c->multiplier = (int32_t)(scale.mantissa >> -scale.exponent);
  return MOTE_OK;
}

static int prepare(mote_op *op, curve16 *c) {
  int status = mote_elements_read(op, 0, &c->input, &c->output);
  if (status == MOTE_OK) status = mote_need_quantized(op, 0, &c->input, TFL_INT16);
  if (status == MOTE_OK) status = mote_need_quantized(op, 1, &c->output, TFL_INT16);
  if (status != MOTE_OK) return status;
  if (c->input.zero_point != 0) return mote_op_fail(op, MOTE_ERR_QUANT, 0, c->input.zero_point, 0);
  if (c->output.zero_point != 0) return mote_op_fail(op, MOTE_ERR_QUANT, 1, c->output.zero_point, 0);
  if (!is_power(&c->output, -15)) return mote_op_fail(op, MOTE_ERR_QUANT, 1, 0, 0);
  bool fine = is_power(&c->input, -12), coarse = op->code == TFL_OP_TANH && is_power(&c->input, -11);
  c->shift = 0;
  c->multiplier = fine ? 3 : 6;
  return fine || coarse ? MOTE_OK : derive_multiplier(op, c);
}

int mote_kernel_logistic_int16(mote_op *op) {
  curve16 c;
  int status = prepare(op, &c);
  if (status != MOTE_OK || !op->arena) return status;
  int32_t half = c.shift ? 1 << (c.shift - 1) : 0;
  for (uint32_t i = 0; i < c.output.elements; i++) {
    int32_t x = (mote_element(&c.input, i) * c.multiplier + half) >> c.shift;
    mote_element_set(&c.output, i, op->code == TFL_OP_TANH ? mote_tanh16(x) : mote_sigmoid16(x));
  }
  return MOTE_OK;
}
