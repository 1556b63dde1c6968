/* SPDX-License-Identifier: Apache-2.0 */
/* LOGISTIC and TANH, int8 (reference_integer_ops::Logistic and Tanh: gemmlowp's logistic and tanh of Q4.27). */
#include "../tflite.h"
#include "kernels.h"
#include "map.h"
#include "transcend.h"

#define INPUT_BITS 4 /* integer bits of a scaled input */

typedef struct {
  mote_scale scale;
  int32_t zero, radius; /* inputs this far from the zero point have saturated outputs */
  bool tanh;
} curve;

/* tanh(a) = (1 - exp(-2a)) / (1 + exp(-2a)), 1 / (1 + exp(-a)) for a >= 0 in Q4.27, as Q0.31. */
static int32_t of_positive(int32_t a, bool tanh) {
  return tanh ? mote_one_minus_over_one_plus(mote_exp_negative(-a, INPUT_BITS + 1))
              : mote_one_over_one_plus(mote_exp_negative(-a, INPUT_BITS));
}

/* x: an input less its zero point. */
static int32_t curve_at(const curve *c, int32_t x) {
  if (x <= -c->radius) return INT8_MIN;
  if (x >= c->radius) return INT8_MAX;
  int32_t a = mote_rescaled(x, &c->scale);
  int32_t value = a == 0 ? (c->tanh ? 0 : 1 << 30) : of_positive(a < 0 ? -a : a, c->tanh);
  if (a < 0) value = c->tanh ? -value : INT32_MAX - value;
  value = c->tanh ? mote_round_shift(value, 24) : mote_round_shift(value, 23) + INT8_MIN;
  return mote_clamp(value, INT8_MIN, INT8_MAX);
}

static int prepare(mote_op *op, curve *c, mote_map *map) {
  mote_real scale;
  int status = mote_map_read(op, map, 0);
  if (status != MOTE_OK) return status;
  c->tanh = op->code == TFL_OP_TANH;
  c->zero = map->input.zero_point;
  if (!c->tanh && map->output.zero_point != INT8_MIN) {
    return mote_op_fail(op, MOTE_ERR_QUANT, 1, map->output.zero_point, INT8_MIN);
  }
  (void)mote_tensor_scale(&map->input, 0, &scale);
  bool fits = mote_real_to_scale(mote_real_scale2(scale, 31 - INPUT_BITS), &c->scale);
  if (c->scale.shift < 0) return mote_op_fail(op, MOTE_ERR_QUANT, 0, c->scale.shift, 0);
  c->radius = fits ? ((1 << INPUT_BITS) - 1) << (31 - INPUT_BITS) >> c->scale.shift : 0;
  return MOTE_OK;
}

int mote_kernel_logistic(mote_op *op) {
  curve c;
  mote_map map;
  int32_t x;
  int status = prepare(op, &c, &map);
  if (status != MOTE_OK || !op->arena) return status;
  while (mote_map_next(&map, &x)) mote_map_put(&map, curve_at(&c, x - c.zero));
  return MOTE_OK;
}
