/* SPDX-License-Identifier: Apache-2.0 */
/* CONV_2D, int8 (reference_integer_ops::ConvPerChannel). Four output channels at a time share each loaded input; no
 * copy of input patches is made, since the bytes of one kernel row lie together unless it is dilated or grouped. */
#include "../tflite.h"
#include "dot.h"
#include "kernels.h"
#include "window.h"

typedef struct {
  mote_layer layer;
  mote_axis y, x;
  int32_t batches, in_depth, filter_depth, out_depth, per_group;
  const int8_t *input, *filter;
  int8_t *output;
} conv;

static int check_depths(mote_op *op, conv *c, const mote_layer_tensors *t) {
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

static int prepare(mote_op *op, conv *c, mote_layer_tensors *t) {
  static const mote_window_fields fields = {TFL_CONV_PADDING, TFL_CONV_STRIDE_W, TFL_CONV_STRIDE_H, TFL_CONV_DILATION_W,
                                            TFL_CONV_DILATION_H};
  int status = mote_layer_read_images(op, TFL_CONV, t);
  if (status != MOTE_OK) return status;
  int activation = fb_get_i8(&op->graph->file, op->options, TFL_CONV_ACTIVATION, TFL_ACT_NONE);
  status = mote_layer_check(op, &c->layer, t, activation, 0);
  c->y.kernel = t->filter.dims[1];
  c->x.kernel = t->filter.dims[2];
  if (status == MOTE_OK) status = mote_window_read(op, &fields, &t->input, &t->output, &c->y, &c->x);
  if (status == MOTE_OK) status = check_depths(op, c, t);
  if (status != MOTE_OK) return status;
  op->macs = (uint32_t)((uint64_t)t->output.elements * (t->filter.elements / (uint32_t)c->out_depth));
  c->input = (const int8_t *)t->input.data;
  c->filter = (const int8_t *)t->filter.data;
  c->output = (int8_t *)t->output.data;
  return MOTE_OK;
}

/* Adds one output position's window to the four accumulators. */
static void add_window(const conv *c, const int8_t *image, mote_span y, mote_span x, mote_dot4 *dot) {
  int32_t row_bytes = c->x.kernel * c->filter_depth;
  bool together = c->x.dilation == 1 && c->filter_depth == c->in_depth;
  for (int32_t ky = y.from; ky < y.to; ky++) {
    const int8_t *line = image + (y.origin + ky * c->y.dilation) * c->x.input * c->in_depth;
    int32_t offset = ky * row_bytes + x.from * c->filter_depth;
    if (together) {
      mote_dot4_add(dot, line + (x.origin + x.from) * c->in_depth, offset, (x.to - x.from) * c->in_depth);
      continue;
    }
    for (int32_t kx = x.from; kx < x.to; kx++, offset += c->filter_depth) {
      mote_dot4_add(dot, line + (x.origin + kx * c->x.dilation) * c->in_depth, offset, c->filter_depth);
    }
  }
}

/* All positions of up to four output channels from `first` on. */
static void run_channels(const conv *c, const int8_t *image, int8_t *output, int32_t first, int32_t count) {
  mote_dot4 dot;
  mote_dot4_channels(&dot, &c->layer, c->filter, c->y.kernel * c->x.kernel * c->filter_depth, first, count);
  image += first / c->per_group * c->filter_depth;
  output += first;
  for (int32_t oy = 0; oy < c->y.output; oy++) {
    mote_span y = mote_axis_span(&c->y, oy);
    for (int32_t ox = 0; ox < c->x.output; ox++, output += c->out_depth) {
      mote_dot4_start(&dot);
      add_window(c, image, y, mote_axis_span(&c->x, ox), &dot);
      mote_dot4_store(&dot, dot.acc, &c->layer, output, count);
    }
  }
}

static void run(const conv *c) {
  for (int32_t b = 0; b < c->batches; b++) {
    const int8_t *image = c->input + b * c->y.input * c->x.input * c->in_depth;
    int8_t *output = c->output + b * c->y.output * c->x.output * c->out_depth;
    for (int32_t first = 0; first < c->out_depth;) {
      int32_t left = c->per_group - first % c->per_group; /* channels that read the same inputs */
      int32_t count = left < 4 ? left : 4;
      run_channels(c, image, output, first, count);
      first += count;
    }
  }
}

int mote_kernel_conv_2d(mote_op *op) {
  conv c;
  mote_layer_tensors tensors;
  int status = prepare(op, &c, &tensors);
  if (status == MOTE_OK && op->arena) run(&c);
  return status;
}
