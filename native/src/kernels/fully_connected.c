/* SPDX-License-Identifier: Apache-2.0 */
/* FULLY_CONNECTED, int8 (reference_integer_ops::FullyConnected and FullyConnectedPerChannel). */
#include "../tflite.h"
#include "dot.h"
#include "kernels.h"
#include "requant.h"

typedef struct {
  mote_layer layer;
  int32_t batches, in_depth, out_depth;
  const int8_t *input, *filter;
  int8_t *output;
} dense;

static int check_shapes(mote_op *op, dense *d, const mote_layer_tensors *t) {
  const mote_tensor *filter = &t->filter, *output = &t->output;
  int out = (int)op->inputs.count;
  int status = mote_need_rank(op, 1, filter, 2);
  if (status != MOTE_OK) return status;
  if (output->rank < 1) return mote_need_rank(op, out, output, 1);
  d->out_depth = filter->dims[0];
  d->in_depth = filter->dims[1];
  status = mote_need_value(op, out, output->dims[output->rank - 1], d->out_depth);
  if (status != MOTE_OK) return status;
  uint32_t batches = output->elements / (uint32_t)d->out_depth;
  d->batches = (int32_t)batches;
  if ((uint64_t)batches * (uint32_t)d->in_depth != t->input.elements) {
    return mote_op_fail(op, MOTE_ERR_SHAPE, 0, (int32_t)t->input.elements, d->in_depth);
  }
  return MOTE_OK;
}

static int prepare(mote_op *op, dense *d, mote_layer_tensors *t) {
  int status = mote_layer_read(op, TFL_FC, t);
  if (status == MOTE_OK) status = check_shapes(op, d, t);
  if (status != MOTE_OK) return status;
  int format = fb_get_i8(&op->graph->file, op->options, TFL_FC_FORMAT, 0);
  int activation = fb_get_i8(&op->graph->file, op->options, TFL_FC_ACTIVATION, TFL_ACT_NONE);
  status = mote_need_option(op, format, 0, 0);
  if (status == MOTE_OK) status = mote_layer_check(op, &d->layer, t, activation, 0);
  op->macs = t->output.elements * (uint32_t)d->in_depth;
  d->input = (const int8_t *)t->input.data;
  d->filter = (const int8_t *)t->filter.data;
  d->output = (int8_t *)t->output.data;
  return status;
}

static void run(const dense *d) {
  mote_dot4 dot = {.input_zero = d->layer.input_zero};
  mote_scale scale[4];
  const int32_t *bias = d->layer.bias;
  for (int32_t first = 0; first < d->out_depth; first += 4) {
    int32_t count = d->out_depth - first < 4 ? d->out_depth - first : 4;
    mote_dot4_rows(&dot, d->filter + first * d->in_depth, d->in_depth, count);
    if (first == 0 || d->layer.filter->n_scales > 1) mote_layer_scales(&d->layer, first, count, scale);
    for (int32_t b = 0; b < d->batches; b++) {
      for (int32_t i = 0; i < 4; i++) dot.acc[i] = bias && i < count ? bias[first + i] : 0;
      mote_dot4_add(&dot, d->input + b * d->in_depth, d->in_depth);
      mote_layer_store(&d->layer, dot.acc, scale, d->output + b * d->out_depth + first, count);
    }
  }
}

int mote_kernel_fully_connected(mote_op *op) {
  dense d;
  mote_layer_tensors tensors;
  int status = prepare(op, &d, &tensors);
  if (status == MOTE_OK && op->arena) run(&d);
  return status;
}
