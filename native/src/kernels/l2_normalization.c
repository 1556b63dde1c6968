/* SPDX-License-Identifier: Apache-2.0 */
/* L2_NORMALIZATION, int8 (reference_integer_ops::L2Normalization and GetInvSqrtQuantizedMultiplierExp): rows along the
 * last axis, outputs in steps of 1/128 whatever the file states. */
#include "../tflite.h"
#include "kernels.h"
#include "map.h"
#include "transcend.h"

/* 1 / sqrt(sum) as multiplier * 2^(shift - 31), times 2^7; sums that have wrapped count as 1. Q3.28. */
static mote_scale inverse_root(int32_t sum) {
  const int32_t half_three = 3 << 27, half_root_2 = 1518500250;
  int right = 11, pairs = 0;
  if (sum <= 1) return (mote_scale){INT32_MAX, 7};
  for (; sum >= 1 << 29; right++) sum /= 4;
  for (; sum < 1 << 27; pairs++) sum *= 4;
  int32_t half = mote_round_shift(sum >> 1, 1), x = 1 << 28;
  for (int i = 0; i < 5; i++) {
    int32_t cube = mote_shl_saturated(mote_high_mul_any(mote_high_mul_any(x, x), x), 6);
    x = mote_shl_saturated(mote_high_mul_any(half_three, x) - mote_high_mul_any(half, cube), 3);
  }
  x = mote_high_mul_any(x, half_root_2);
  right -= pairs;
  if (right < 0) return (mote_scale){x << -right, 7};
  return (mote_scale){x, 7 - right};
}

static int prepare(mote_op *op, mote_map *map) {
  int status = mote_map_read(op, map, TFL_L2_NORM);
  int activation = fb_get_i8(&op->graph->file, op->options, TFL_L2_NORM_ACTIVATION, TFL_ACT_NONE);
  if (status == MOTE_OK) status = mote_need_option(op, activation, TFL_ACT_NONE, TFL_ACT_NONE);
  if (status != MOTE_OK) return status;
  int rank = map->input.rank, out = map->output.rank;
  if (rank < 1 || rank > 4) return mote_need_rank(op, 0, &map->input, 4);
  if (out < 1) return mote_need_rank(op, 1, &map->output, 1);
  return mote_need_value(op, 1, map->output.dims[out - 1], map->input.dims[rank - 1]);
}

int mote_kernel_l2_normalization(mote_op *op) {
  mote_map map;
  int status = prepare(op, &map);
  if (status != MOTE_OK || !op->arena) return status;
  const int8_t *in = (const int8_t *)map.input.data, *end = in + map.input.elements;
  int8_t *out = (int8_t *)map.output.data;
  int32_t depth = map.input.dims[map.input.rank - 1], zero = map.input.zero_point;
  for (; in < end; in += depth, out += depth) {
    int32_t sum = 0;
    for (int32_t i = 0; i < depth; i++) sum = mote_add(sum, (in[i] - zero) * (in[i] - zero));
    mote_scale scale = inverse_root(sum);
    for (int32_t i = 0; i < depth; i++) {
      out[i] = mote_rescaled_byte(in[i] - zero, &scale, 0);
    }
  }
  return MOTE_OK;
}
