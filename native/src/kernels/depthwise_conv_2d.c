/* SPDX-License-Identifier: Apache-2.0 */
/* DEPTHWISE_CONV_2D, int8 (reference_integer_ops::DepthwiseConvPerChannel). With several output channels for each
 * input channel it is a grouped convolution; with one, neighbouring channels go together. */
#include "../tflite.h"
#include "conv.h"
#include "convolve.h"
#include "kernels.h"
#include "requant.h"
#include "taps.h"

static int check_depths(mote_op *op, mote_convolution *d, const mote_layer_tensors *t) {
  const mote_tensor *input = &t->input, *filter = &t->filter, *output = &t->output;
  int out = (int)op->inputs.count;
  d->batches = input->dims[0];
  d->in_depth = input->dims[3];
  d->out_depth = filter->dims[3];
  d->filter_depth = 1;
  d->per_group = d->out_depth / d->in_depth;
  int32_t stated = fb_get_i32(&op->graph->file, op->options, TFL_DW_MULTIPLIER, 0);
  int status = mote_need_value(op, 1, filter->dims[0], 1);
  if (status == MOTE_OK) status = mote_need_value(op, 1, d->out_depth % d->in_depth, 0);
  if (status == MOTE_OK) status = mote_need_value(op, out, output->dims[3], d->out_depth);
  if (status == MOTE_OK && stated != d->per_group) {
    return mote_op_fail(op, MOTE_ERR_OPTION, -1, stated, d->per_group);
  }
  return status;
}

static int prepare(mote_op *op, mote_convolution *d, mote_layer_tensors *t) {
  int status = mote_conv_read(op, &d->layer, t, &d->y, &d->x);
  if (status == MOTE_OK) status = check_depths(op, d, t);
  if (status != MOTE_OK) return status;
  op->macs = (uint32_t)((uint64_t)t->output.elements * (uint32_t)d->y.kernel * (uint32_t)d->x.kernel);
  d->channel_step = 1;
  d->weight_step = d->out_depth;
  d->input = (const int8_t *)t->input.data;
  d->filter = (const int8_t *)t->filter.data;
  d->output = (int8_t *)t->output.data;
  return MOTE_OK;
}

#define LANES 16

/* Up to LANES neighbouring channels. */
typedef struct {
  mote_taps taps;
  int32_t bias[LANES], acc[LANES];
  mote_scale scale[LANES];
  int32_t count;
  bool words; /* every four channels make one aligned word of weights, and of inputs */
#if MOTE_USE_DSP
  bool narrow;                 /* the kernel's weights fit `wide` */
  int32_t row, kernel, inside; /* taps of a kernel row, of the kernel, before the first one inside the input */
  uint32_t wide[LANES / 2 * MOTE_WIDE_TAPS];
#endif
} lanes;

#if MOTE_USE_DSP
static void widen(const mote_convolution *d, lanes *l, int32_t first) {
  l->row = d->x.kernel;
  l->narrow = l->row <= 3 && d->y.kernel <= MOTE_WIDE_TAPS / l->row;
  if (!l->narrow) return;
  l->kernel = l->row * d->y.kernel;
  for (int32_t i = 0; i + 4 <= l->count; i += 4) {
    mote_taps_widen(d->filter + first + i, d->out_depth, l->kernel, l->wide + i / 2 * l->kernel);
  }
}

static inline void add_four(lanes *l, int32_t i) {
  const uint32_t *wide = l->wide + i / 2 * l->kernel + 2 * l->inside;
  if (l->narrow) mote_taps_add_wide(&l->taps, wide, 2 * l->row, l->bias + i, l->acc + i);
  else mote_taps_add(&l->taps, l->bias + i, l->acc + i);
}
#else
static inline void add_four(lanes *l, int32_t i) {
  if (l->words) mote_taps_add_words(&l->taps, l->bias + i, l->acc + i);
  else mote_taps_add(&l->taps, l->bias + i, l->acc + i);
}
#endif

/* One channel, where four would reach beyond the tensors. */
static int32_t add_one(const mote_taps *taps, int32_t acc) {
  const int8_t *in = taps->in, *w = taps->w;
  for (int32_t rows = taps->rows; rows > 0; rows--, in += taps->in_skip, w += taps->w_skip) {
    for (int32_t n = taps->taps; n > 0; n--, in += taps->in_step, w += taps->w_step) {
      acc = mote_add(acc, (*in - taps->zero) * *w);
    }
  }
  return acc;
}

/* The window at the taps, of which there is at least one. */
static void add_window(lanes *l) {
  mote_taps *taps = &l->taps;
  int32_t i = 0;
  for (; i + 4 <= l->count; i += 4, taps->in += 4, taps->w += 4) add_four(l, i);
  for (; i < l->count; i++, taps->in++, taps->w++) l->acc[i] = add_one(taps, l->bias[i]);
}

/* All positions of a row of the output. */
static void run_row(const mote_convolution *d, lanes *l, const int8_t *image, const int8_t *filter, int32_t oy,
                    int8_t *output) {
  mote_taps *taps = &l->taps;
  mote_span y = mote_axis_span(&d->y, oy);
  int32_t line = (y.origin + y.from * d->y.dilation) * d->x.input;
  int32_t in_row = d->y.dilation * d->x.input * d->in_depth, w_row = d->x.kernel * d->out_depth;
  filter += y.from * w_row;
  taps->rows = y.to - y.from;
  for (int32_t ox = 0; ox < d->x.output; ox++, output += d->out_depth) {
    mote_span x = mote_axis_span(&d->x, ox);
    taps->taps = x.to - x.from;
    taps->in = image + (line + x.origin + x.from * d->x.dilation) * d->in_depth;
    taps->w = filter + x.from * d->out_depth;
    taps->in_skip = in_row - taps->taps * taps->in_step;
    taps->w_skip = w_row - taps->taps * taps->w_step;
#if MOTE_USE_DSP
    l->inside = y.from * l->row + x.from;
#endif
    if (taps->taps > 0 && taps->rows > 0) add_window(l);
    mote_layer_store(&d->layer, taps->taps > 0 && taps->rows > 0 ? l->acc : l->bias, l->scale, output, l->count);
  }
}

/* All positions of l->count channels from `first` on. */
static void run_channels(const mote_convolution *d, lanes *l, const int8_t *image, int8_t *output, int32_t first) {
  for (int32_t i = 0; i < l->count; i++) {
    l->bias[i] = d->layer.bias ? d->layer.bias[first + i] : 0;
  }
  mote_layer_scales(&d->layer, first, l->count, l->scale);
#if MOTE_USE_DSP
  widen(d, l, first);
#endif
  for (int32_t oy = 0; oy < d->y.output; oy++, output += d->x.output * d->out_depth) {
    run_row(d, l, image, d->filter + first, oy, output);
  }
}

__attribute__((noinline)) static void run(const mote_convolution *d) {
  lanes l;
  l.taps.in_step = d->x.dilation * d->in_depth;
  l.taps.w_step = d->out_depth;
  l.taps.zero = d->layer.input_zero;
  l.words = d->out_depth % 4 == 0 && d->x.dilation == 1 && ((uintptr_t)d->filter | (uintptr_t)d->input) % 4 == 0;
  for (int32_t b = 0; b < d->batches; b++) {
    const int8_t *image = d->input + b * d->y.input * d->x.input * d->in_depth;
    int8_t *output = d->output + b * d->y.output * d->x.output * d->out_depth;
    for (int32_t first = 0; first < d->out_depth; first += LANES) {
      l.count = d->out_depth - first < LANES ? d->out_depth - first : LANES;
      run_channels(d, &l, image + first, output + first, first);
    }
  }
}

int mote_kernel_depthwise_conv_2d(mote_op *op) {
  mote_convolution d;
  mote_layer_tensors tensors;
  int status = prepare(op, &d, &tensors);
  if (status != MOTE_OK || !op->arena) return status;
  if (d.per_group > 1) mote_convolve(&d);
  else run(&d);
  return status;
}
