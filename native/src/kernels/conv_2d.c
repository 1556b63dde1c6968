/* SPDX-License-Identifier: Apache-2.0 */
/* CONV_2D, int8 (reference_integer_ops::ConvPerChannel). */
#include "../tflite.h"
#include "conv.h"
#include "convolve.h"
#include "kernels.h"

static int check_depths(mote_op *op, mote_convolution *c, const mote_layer_tensors *t) {
  const mote_tensor *input = &t->input, *filter = &t->filter, *output = &t->output;
  c->batches = input->dims[0];
  c->in_depth = input->dims[3];
  c->filter_depth = filter->dims[3];
  c->out_depth = filter->dims[0];
  int32_t groups = c->in_depth / c->filter_depth;
  if (c->in_depth % c->filter_depth) return mote_op_fail(op, MOTE_ERR_SHAPE, 1, c->filter_depth, c->in_depth);
  if (c->out_depth % groups) return mote_op_fail(op, MOTE_ERR_SHAPE, 1, c->out_depth, groups);
  c->per_group = c->out_depth / groups;
  return mote_need_value(op, (int)op->inputs.count, output->dims[3], c->out_depth);
}

static int prepare(mote_op *op, mote_convolution *c, mote_layer_tensors *t) {
  int status = mote_conv_read(op, &c->layer, t, &c->y, &c->x);
  if (status == MOTE_OK) status = check_depths(op, c, t);
  if (status != MOTE_OK) return status;
  c->channel_step = (int32_t)(t->filter.elements / (uint32_t)c->out_depth);
  op->macs = (uint32_t)((uint64_t)t->output.elements * (uint32_t)c->channel_step);
  c->weight_step = 1;
  c->input = (const int8_t *)t->input.data;
  c->filter = (const int8_t *)t->filter.data;
  c->output = (int8_t *)t->output.data;
  return MOTE_OK;
}

int mote_kernel_conv_2d(mote_op *op) {
  mote_convolution c;
  mote_layer_tensors tensors;
  int status = prepare(op, &c, &tensors);
  if (status == MOTE_OK && op->arena) mote_convolve(&c);
  return status;
}
