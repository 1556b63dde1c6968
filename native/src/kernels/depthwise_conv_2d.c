/* SPDX-License-Identifier: Apache-2.0 */
/* DEPTHWISE_CONV_2D, int8 (reference_integer_ops::DepthwiseConvPerChannel). Four output channels at a time: next to
 * each other in memory, they read four neighbouring inputs (multiplier 1) or share one (multiplier 4, 8, ...). */
#include "../tflite.h"
#include "dot.h"
#include "kernels.h"
#include "taps.h"
#include "window.h"

typedef struct {
  mote_layer layer;
  mote_axis y, x;
  int32_t batches, in_depth, out_depth, multiplier;
  const int8_t *input, *filter;
  int8_t *output;
  int32_t in_row, filter_row; /* bytes from one kernel row to the next */
  bool words;
} depthwise;

static int check_depths(mote_op *op, depthwise *d, const mote_layer_tensors *t) {
  const mote_tensor *input = &t->input, *filter = &t->filter, *output = &t->output;
  int out = (int)op->inputs.count;
  d->batches = input->dims[0];
  d->in_depth = input->dims[3];
  d->out_depth = filter->dims[3];
  d->multiplier = d->out_depth / d->in_depth;
  int32_t stated = fb_get_i32(&op->graph->file, op->options, TFL_DW_MULTIPLIER, 0);
  int status = mote_need_value(op, 1, filter->dims[0], 1);
  if (status == MOTE_OK) status = mote_need_value(op, 1, d->out_depth % d->in_depth, 0);
  if (status == MOTE_OK) status = mote_need_value(op, out, output->dims[3], d->out_depth);
  if (status == MOTE_OK && stated != d->multiplier) {
    return mote_op_fail(op, MOTE_ERR_OPTION, -1, stated, d->multiplier);
  }
  return status;
}

static int prepare(mote_op *op, depthwise *d, mote_layer_tensors *t) {
  static const mote_window_fields fields = {TFL_DW_PADDING, TFL_DW_STRIDE_W, TFL_DW_STRIDE_H, TFL_DW_DILATION_W,
                                            TFL_DW_DILATION_H};
  int status = mote_layer_read_images(op, TFL_DW, t);
  if (status != MOTE_OK) return status;
  int activation = fb_get_i8(&op->graph->file, op->options, TFL_DW_ACTIVATION, TFL_ACT_NONE);
  status = mote_layer_check(op, &d->layer, t, activation, 3);
  d->y.kernel = t->filter.dims[1];
  d->x.kernel = t->filter.dims[2];
  if (status == MOTE_OK) status = mote_window_read(op, &fields, &t->input, &t->output, &d->y, &d->x);
  if (status == MOTE_OK) status = check_depths(op, d, t);
  if (status != MOTE_OK) return status;
  op->macs = (uint32_t)((uint64_t)t->output.elements * (uint32_t)d->y.kernel * (uint32_t)d->x.kernel);
  d->input = (const int8_t *)t->input.data;
  d->filter = (const int8_t *)t->filter.data;
  d->output = (int8_t *)t->output.data;
  return MOTE_OK;
}

/* Fewer than four channels. */
static void add_taps(mote_taps *taps, int32_t count, bool shared) {
  for (int32_t lane = 0; lane < count; lane++) {
    const int8_t *x = shared ? taps->in : taps->in + lane;
    for (int32_t i = 0; i < taps->n; i++) {
      int32_t product = (x[i * taps->in_step] - taps->zero) * taps->w[lane + i * taps->w_step];
      taps->acc[lane] = mote_add(taps->acc[lane], product);
    }
  }
}

/* Whether every four channels make one aligned word of weights, and of inputs where those are four as well. */
static bool words_fit(const depthwise *d) {
  bool weights = d->out_depth % 4 == 0 && (uintptr_t)d->filter % 4 == 0;
  bool inputs = d->multiplier == 1 && d->x.dilation == 1 && (uintptr_t)d->input % 4 == 0;
  return weights && (inputs || d->multiplier % 4 == 0);
}

static void add_window(const depthwise *d, const int8_t *image, const int8_t *filter, int32_t count, mote_span y,
                       mote_span x, mote_taps *taps) {
  bool shared = d->multiplier > 1;
  int32_t row = y.origin + y.from * d->y.dilation, column = x.origin + x.from * d->x.dilation;
  taps->in = image + (row * d->x.input + column) * d->in_depth;
  taps->w = filter + (y.from * d->x.kernel + x.from) * d->out_depth;
  taps->n = x.to - x.from;
  for (int32_t rows = y.to - y.from; rows > 0; rows--) {
    if (count < 4) add_taps(taps, count, shared);
    else if (!d->words) mote_taps_add(taps, shared);
    else if (shared) mote_taps_add_shared(taps);
    else mote_taps_add_words(taps);
    taps->in += d->in_row;
    taps->w += d->filter_row;
  }
}

/* All positions of up to four output channels from `first` on. */
static void run_channels(const depthwise *d, const int8_t *image, int8_t *output, int32_t first, int32_t count) {
  mote_dot4 dot;
  mote_taps taps = {{0}, NULL, NULL, 0, d->x.dilation * d->in_depth, d->out_depth, d->layer.input_zero};
  mote_dot4_channels(&dot, &d->layer, d->filter, 0, first, count);
  image += first / d->multiplier;
  output += first;
  for (int32_t oy = 0; oy < d->y.output; oy++) {
    mote_span y = mote_axis_span(&d->y, oy);
    for (int32_t ox = 0; ox < d->x.output; ox++, output += d->out_depth) {
      for (int i = 0; i < 4; i++) taps.acc[i] = dot.bias[i];
      add_window(d, image, d->filter + first, count, y, mote_axis_span(&d->x, ox), &taps);
      mote_dot4_store(&dot, taps.acc, &d->layer, output, count);
    }
  }
}

static void run(depthwise *d) {
  d->words = words_fit(d);
  d->in_row = d->y.dilation * d->x.input * d->in_depth;
  d->filter_row = d->x.kernel * d->out_depth;
  for (int32_t b = 0; b < d->batches; b++) {
    const int8_t *image = d->input + b * d->y.input * d->x.input * d->in_depth;
    int8_t *output = d->output + b * d->y.output * d->x.output * d->out_depth;
    for (int32_t first = 0; first < d->out_depth;) {
      int32_t left = d->multiplier > 1 ? d->multiplier - first % d->multiplier : d->out_depth - first;
      int32_t count = left < 4 ? left : 4;
      run_channels(d, image, output, first, count);
      first += count;
    }
  }
}

int mote_kernel_depthwise_conv_2d(mote_op *op) {
  depthwise d;
  mote_layer_tensors tensors;
  int status = prepare(op, &d, &tensors);
  if (status == MOTE_OK && op->arena) run(&d);
  return status;
}
