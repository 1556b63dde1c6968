/* SPDX-License-Identifier: Apache-2.0 */
/* CONV_2D and DEPTHWISE_CONV_2D in single precision (reference_ops::Conv, DepthwiseConv). Both are sums over the taps
 * of a window and over some channels of each; only where weights lie differs. */
#include "../tflite.h"
#include "conv.h"
#include "kernels.h"
#include "quant.h"
#include "single.h"

typedef struct {
  mote_axis y, x;
  mote_float_range range;
  int32_t batches, in_depth, out_depth;
  int32_t channels;              /* of a tap that an output reads */
  int32_t per_group;             /* outputs that read the same channels */
  int32_t output_step, tap_step; /* from one output's, and one tap's, first weight to the next */
  const float *input, *filter, *bias;
  float *output;
} layer;

static int check_depths(mote_op *op, layer *l, const mote_layer_tensors *t) {
  bool depthwise = op->code == TFL_OP_DEPTHWISE_CONV_2D;
  const int32_t *dims = t->filter.dims;
  l->batches = t->input.dims[0];
  l->in_depth = t->input.dims[3];
  l->out_depth = depthwise ? dims[3] : dims[0];
  l->channels = depthwise ? 1 : dims[3];
  if (depthwise && dims[0] != 1) return mote_need_value(op, 1, dims[0], 1);
  if (l->in_depth % l->channels) return mote_op_fail(op, MOTE_ERR_SHAPE, 1, l->channels, l->in_depth);
  int32_t groups = l->in_depth / l->channels;
  if (l->out_depth % groups) return mote_op_fail(op, MOTE_ERR_SHAPE, 1, l->out_depth, groups);
  l->per_group = l->out_depth / groups;
  l->output_step = depthwise ? 1 : dims[1] * dims[2] * dims[3];
  l->tap_step = dims[3];
  return mote_need_value(op, (int)op->inputs.count, t->output.dims[3], l->out_depth);
}

static int check_types(mote_op *op, const mote_layer_tensors *t, int32_t channels) {
  int status = mote_need_float(op, 0, &t->input);
  if (status == MOTE_OK) status = mote_need_float(op, 1, &t->filter);
  if (status == MOTE_OK) status = mote_need_float(op, (int)op->inputs.count, &t->output);
  if (status != MOTE_OK || t->bias.index < 0) return status;
  status = mote_need_float(op, 2, &t->bias);
  return status == MOTE_OK ? mote_need_value(op, 2, (int32_t)t->bias.elements, channels) : status;
}

static int read_options(mote_op *op, layer *l, const mote_layer_tensors *t) {
  int status = mote_float_activation(op, mote_conv_activation(op), &l->range);
  if (status == MOTE_OK) status = mote_conv_window(op, t, &l->y, &l->x);
  if (status != MOTE_OK || op->code != TFL_OP_DEPTHWISE_CONV_2D) return status;
  int32_t stated = fb_get_i32(&op->graph->file, op->options, TFL_DW_MULTIPLIER, 0);
  return mote_need_option(op, stated, l->per_group, l->per_group);
}

static int prepare(mote_op *op, layer *l) {
  mote_layer_tensors t;
  int status = mote_conv_tensors(op, &t);
  if (status == MOTE_OK) status = check_depths(op, l, &t);
  if (status == MOTE_OK) status = check_types(op, &t, l->out_depth);
  if (status == MOTE_OK) status = read_options(op, l, &t);
  if (status != MOTE_OK) return status;
  op->macs = (uint32_t)((uint64_t)t.output.elements * (uint32_t)(l->y.kernel * l->x.kernel * l->channels));
  l->input = (const float *)(const void *)t.input.data;
  l->filter = (const float *)(const void *)t.filter.data;
  l->bias = (const float *)(const void *)t.bias.data;
  l->output = (float *)(void *)t.output.data;
  return MOTE_OK;
}

/* image: of the output's group of channels; weights: of the output's first tap. */
static float window(const layer *l, const float *image, const float *weights, mote_span y, mote_span x) {
  float sum = 0;
  for (int32_t ky = y.from; ky < y.to; ky++) {
    const float *line = image + (y.origin + ky * l->y.dilation) * l->x.input * l->in_depth;
    for (int32_t kx = x.from; kx < x.to; kx++) {
      const float *in = line + (x.origin + kx * l->x.dilation) * l->in_depth;
      const float *tap = weights + (ky * l->x.kernel + kx) * l->tap_step;
      for (int32_t i = 0; i < l->channels; i++) sum += in[i] * tap[i];
    }
  }
  return sum;
}

int mote_kernel_layers_float(mote_op *op) {
  layer l;
  int status = prepare(op, &l);
  if (status != MOTE_OK || !op->arena) return status;
  float *out = l.output;
  for (int32_t b = 0; b < l.batches; b++) {
    const float *image = l.input + b * l.y.input * l.x.input * l.in_depth;
    for (int32_t oy = 0; oy < l.y.output; oy++) {
      mote_span y = mote_axis_span(&l.y, oy);
      for (int32_t ox = 0; ox < l.x.output; ox++) {
        mote_span x = mote_axis_span(&l.x, ox);
        for (int32_t c = 0; c < l.out_depth; c++) {
          float sum = window(&l, image + c / l.per_group * l.channels, l.filter + c * l.output_step, y, x);
          *out++ = mote_clampf(l.bias ? sum + l.bias[c] : sum, l.range);
        }
      }
    }
  }
  return MOTE_OK;
}
