/* SPDX-License-Identifier: Apache-2.0 */
#include "transposed.h"

#include "../tflite.h"

#define OUTPUT ((int)op->inputs.count)
#define MAX_STRIDE 65535

static int read_tensors(mote_op *op, mote_layer_tensors *t) {
  int status = mote_op_arity(op, 3, 4, 1, TFL_TCONV);
  if (status == MOTE_OK) status = mote_op_input(op, 1, &t->filter);
  if (status == MOTE_OK) status = mote_op_input(op, 2, &t->input);
  if (status == MOTE_OK) status = mote_op_optional(op, 3, &t->bias);
  if (status == MOTE_OK) status = mote_op_output(op, 0, &t->output);
  if (status == MOTE_OK) status = mote_need_rank(op, 1, &t->filter, 4);
  if (status == MOTE_OK) status = mote_need_rank(op, 2, &t->input, 4);
  if (status == MOTE_OK) status = mote_need_rank(op, OUTPUT, &t->output, 4);
  if (status == MOTE_OK) status = mote_need_value(op, OUTPUT, t->output.dims[0], t->input.dims[0]);
  if (status == MOTE_OK) status = mote_need_value(op, OUTPUT, t->output.dims[3], t->filter.dims[0]);
  return status == MOTE_OK ? mote_need_value(op, 1, t->filter.dims[3], t->input.dims[3]) : status;
}

/* The padding of a convolution from the output's size back to the input's. */
static int read_axis(mote_op *op, mote_axis *axis, int stride_field, const mote_layer_tensors *t, int dimension) {
  fb_file *file = &op->graph->file;
  int padding = fb_get_i8(file, op->options, TFL_TCONV_PADDING, TFL_SAME);
  axis->stride = fb_get_i32(file, op->options, stride_field, 0);
  axis->input = t->input.dims[dimension];
  axis->kernel = t->filter.dims[dimension];
  axis->output = t->output.dims[dimension];
  int status = mote_need_option(op, padding, TFL_SAME, TFL_VALID);
  if (status == MOTE_OK) status = mote_need_option(op, axis->stride, 1, MAX_STRIDE);
  if (status != MOTE_OK) return status;
  int32_t room = axis->output + axis->stride - (padding == TFL_SAME ? 1 : axis->kernel);
  int32_t missing = (room / axis->stride - 1) * axis->stride + axis->kernel - axis->output;
  axis->pad = missing > 0 ? missing / 2 : 0;
  return MOTE_OK;
}

int mote_transposed_read(mote_op *op, mote_layer *layer, mote_layer_tensors *t, mote_axis *y, mote_axis *x) {
  int status = read_tensors(op, t);
  if (status == MOTE_OK) status = read_axis(op, y, TFL_TCONV_STRIDE_H, t, 1);
  if (status == MOTE_OK) status = read_axis(op, x, TFL_TCONV_STRIDE_W, t, 2);
  if (status == MOTE_OK) status = mote_need_quantized(op, 2, &t->input, op->type);
  if (status != MOTE_OK) return status;
  int activation = fb_get_i8(&op->graph->file, op->options, TFL_TCONV_ACTIVATION, TFL_ACT_NONE);
  status = mote_layer_check(op, layer, t, activation, 0);
  /* That counts the bias as input 2, but the input, which is 2 here, has been checked. */
  if (status != MOTE_OK && op->fault->subject == 2) op->fault->subject = 3;
  uint64_t macs = (uint64_t)t->input.elements * (t->filter.elements / (uint32_t)t->input.dims[3]);
  op->macs = (uint32_t)macs;
  return status;
}
