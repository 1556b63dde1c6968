/* SPDX-License-Identifier: Apache-2.0 */
/* FULLY_CONNECTED in single precision (reference_ops::FullyConnected). */
#include "../tflite.h"
#include "kernels.h"
#include "quant.h"
#include "single.h"

static int check_shapes(mote_op *op, const mote_layer_tensors *t) {
  int out = (int)op->inputs.count, status = mote_need_rank(op, 1, &t->filter, 2);
  if (status != MOTE_OK) return status;
  if (t->output.rank < 1) return mote_need_rank(op, out, &t->output, 1);
  int32_t depth = t->filter.dims[0];
  status = mote_need_value(op, out, t->output.dims[t->output.rank - 1], depth);
  if (status == MOTE_OK && t->bias.index >= 0) status = mote_need_value(op, 2, (int32_t)t->bias.elements, depth);
  uint64_t elements = (uint64_t)(t->output.elements / (uint32_t)depth) * (uint32_t)t->filter.dims[1];
  if (status != MOTE_OK || elements == t->input.elements) return status;
  return mote_op_fail(op, MOTE_ERR_SHAPE, 0, (int32_t)t->input.elements, t->filter.dims[1]);
}

static int prepare(mote_op *op, mote_layer_tensors *t, mote_float_range *range) {
  fb_file *file = &op->graph->file;
  int status = mote_layer_read(op, TFL_FC, t);
  if (status == MOTE_OK) status = mote_need_float(op, 0, &t->input);
  if (status == MOTE_OK) status = mote_need_float(op, 1, &t->filter);
  if (status == MOTE_OK && t->bias.index >= 0) status = mote_need_float(op, 2, &t->bias);
  if (status == MOTE_OK) status = mote_need_float(op, (int)op->inputs.count, &t->output);
  if (status == MOTE_OK) status = check_shapes(op, t);
  if (status == MOTE_OK) status = mote_need_option(op, fb_get_i8(file, op->options, TFL_FC_FORMAT, 0), 0, 0);
  if (status != MOTE_OK) return status;
  op->macs = t->output.elements * (uint32_t)t->filter.dims[1];
  return mote_float_activation(op, fb_get_i8(file, op->options, TFL_FC_ACTIVATION, TFL_ACT_NONE), range);
}

int mote_kernel_fully_connected_float(mote_op *op) {
  mote_layer_tensors t;
  mote_float_range range;
  int status = prepare(op, &t, &range);
  if (status != MOTE_OK || !op->arena) return status;
  const float *in = (const float *)(const void *)t.input.data, *bias = (const float *)(const void *)t.bias.data;
  float *out = (float *)(void *)t.output.data;
  int32_t depth = t.filter.dims[1];
  for (const float *end = in + t.input.elements; in < end; in += depth) {
    const float *weight = (const float *)(const void *)t.filter.data;
    for (int32_t c = 0; c < t.filter.dims[0]; c++) {
      float sum = 0;
      for (int32_t i = 0; i < depth; i++) sum += in[i] * *weight++;
      *out++ = mote_clampf(bias ? sum + bias[c] : sum, range);
    }
  }
  return MOTE_OK;
}
