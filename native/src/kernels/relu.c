/* SPDX-License-Identifier: Apache-2.0 */
/* RELU, RELU6, LEAKY_RELU and ABS, int8 (ReluQuantized, Relu6Quantized, QuantizeLeakyRelu, AbsEvalQuantized). */
#include "../tflite.h"
#include "kernels.h"
#include "map.h"
#include "ramp.h"

/* RELU6 clamps the bytes as they are, by the input's quantization. */
static int prepare(mote_op *op, mote_map *map, mote_ramp *ramp, mote_range *range) {
  bool relu6 = op->code == TFL_OP_RELU6;
  int activation = relu6 ? TFL_ACT_RELU6 : op->code == TFL_OP_RELU ? TFL_ACT_RELU : TFL_ACT_NONE;
  int status = mote_map_read(op, map, op->code == TFL_OP_LEAKY_RELU ? TFL_LEAKY : 0);
  if (status == MOTE_OK) {
    status = mote_activation_range(op, activation, !relu6, relu6 ? &map->input : &map->output, range);
  }
  if (status != MOTE_OK || relu6) return status;
  return mote_ramp_derive(op, &map->input, &map->output, ramp) ? MOTE_OK : mote_op_fail(op, MOTE_ERR_QUANT, 1, 0, 0);
}

int mote_kernel_relu(mote_op *op) {
  mote_map map;
  mote_ramp ramp;
  mote_range range;
  int32_t x;
  int status = prepare(op, &map, &ramp, &range);
  if (status != MOTE_OK || !op->arena) return status;
  while (mote_map_next(&map, &x)) {
    if (op->code != TFL_OP_RELU6) {
      x = mote_add(mote_ramp_at(&ramp, x - map.input.zero_point), map.output.zero_point);
    }
    mote_map_put(&map, mote_clamp(x, range.low, range.high));
  }
  return MOTE_OK;
}
