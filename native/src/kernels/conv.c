/* SPDX-License-Identifier: Apache-2.0 */
#include "conv.h"

#include "../tflite.h"

static bool depthwise(const mote_op *op) { return op->code == TFL_OP_DEPTHWISE_CONV_2D; }

int mote_conv_tensors(mote_op *op, mote_layer_tensors *t) {
  return mote_layer_read_images(op, depthwise(op) ? TFL_DW : TFL_CONV, t);
}

int mote_conv_activation(mote_op *op) {
  int field = depthwise(op) ? TFL_DW_ACTIVATION : TFL_CONV_ACTIVATION;
  return fb_get_i8(&op->graph->file, op->options, field, TFL_ACT_NONE);
}

int mote_conv_window(mote_op *op, const mote_layer_tensors *t, mote_axis *y, mote_axis *x) {
  static const mote_window_fields fields[] = {
      {TFL_CONV_PADDING, TFL_CONV_STRIDE_W, TFL_CONV_STRIDE_H, TFL_CONV_DILATION_W, TFL_CONV_DILATION_H},
      {TFL_DW_PADDING, TFL_DW_STRIDE_W, TFL_DW_STRIDE_H, TFL_DW_DILATION_W, TFL_DW_DILATION_H}};
  y->kernel = t->filter.dims[1];
  x->kernel = t->filter.dims[2];
  return mote_window_read(op, &fields[depthwise(op)], &t->input, &t->output, y, x);
}

int mote_conv_read(mote_op *op, mote_layer *layer, mote_layer_tensors *t, mote_axis *y, mote_axis *x) {
  int status = mote_conv_tensors(op, t);
  if (status == MOTE_OK) status = mote_layer_check(op, layer, t, mote_conv_activation(op), depthwise(op) ? 3 : 0);
  return status == MOTE_OK ? mote_conv_window(op, t, y, x) : status;
}
