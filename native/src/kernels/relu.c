/* SPDX-License-Identifier: Apache-2.0 */
/* RELU, RELU6, LEAKY_RELU and ABS, int8 (ReluQuantized, Relu6Quantized, QuantizeLeakyRelu, AbsEvalQuantized with the
 * factors of their Prepare functions, with quotients in double precision). */
#include "../tflite.h"
#include "kernels.h"
#include "leaky.h"
#include "map.h"

typedef struct {
  mote_scale above, below; /* for inputs over and under their zero point */
  bool fold, flip;         /* below it: the input, or the result, changes its sign */
  mote_range range;
} ramp;

static bool derive_ramp(mote_op *op, ramp *r, const mote_map *map) {
  mote_real input, output, steep;
  (void)mote_tensor_scale(&map->input, 0, &input);
  (void)mote_tensor_scale(&map->output, 0, &output);
  steep = input;
  r->fold = op->code == TFL_OP_ABS;
  r->flip = false;
  if (op->code == TFL_OP_LEAKY_RELU && !mote_leaky_product(op, input, &steep, &r->flip)) return false;
  return mote_leaky_derive(input, output, &r->above) && mote_leaky_derive(steep, output, &r->below);
}

/* RELU6 clamps the bytes as they are, by the input's quantization. */
static int prepare(mote_op *op, ramp *r, mote_map *map) {
  bool relu6 = op->code == TFL_OP_RELU6;
  int activation = relu6 ? TFL_ACT_RELU6 : op->code == TFL_OP_RELU ? TFL_ACT_RELU : TFL_ACT_NONE;
  int status = mote_map_read(op, map, op->code == TFL_OP_LEAKY_RELU ? TFL_LEAKY : 0);
  if (status == MOTE_OK) {
    status = mote_activation_range(op, activation, !relu6, relu6 ? &map->input : &map->output, &r->range);
  }
  if (status != MOTE_OK || relu6) return status;
  return derive_ramp(op, r, map) ? MOTE_OK : mote_op_fail(op, MOTE_ERR_QUANT, 1, 0, 0);
}

static int32_t ramp_at(const ramp *r, int32_t x) {
  if (x >= 0 || r->fold) return mote_rescaled(x < 0 ? -x : x, r->above);
  int32_t value = mote_rescaled(x, r->below);
  return r->flip ? mote_mul(value, -1) : value;
}

int mote_kernel_relu(mote_op *op) {
  mote_map map;
  ramp r;
  int32_t x;
  int status = prepare(op, &r, &map);
  if (status != MOTE_OK || !op->arena) return status;
  while (mote_map_next(&map, &x)) {
    if (op->code != TFL_OP_RELU6) x = mote_add(ramp_at(&r, x - map.input.zero_point), map.output.zero_point);
    mote_map_put(&map, mote_clamp(x, r.range.low, r.range.high));
  }
  return MOTE_OK;
}
