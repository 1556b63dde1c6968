/* SPDX-License-Identifier: Apache-2.0 */
/* CONV_2D, DEPTHWISE_CONV_2D, TRANSPOSE_CONV and FULLY_CONNECTED of int16 activations with int8 weights
 * (reference_integer_ops::ConvPerChannel, DepthwiseConvPerChannel, TransposeConv, FullyConnected and
 * FullyConnectedPerChannel). All are sums over the taps of a window and some channels of each; FULLY_CONNECTED has
 * images of one pixel. */
#include "../tflite.h"
#include "conv.h"
#include "kernels.h"
#include "transposed.h"

#define OUTPUT ((int)op->inputs.count)
#define MAX_WIDE_SHIFT 7 /* of a factor for 64-bit accumulators */

typedef struct {
  mote_layer layer;
  mote_layer_tensors tensors;
  mote_axis y, x;
  int32_t batches, in_depth, out_depth;
  int32_t channels;              /* of a tap that an output reads */
  int32_t per_group;             /* outputs that read the same channels */
  int32_t output_step, tap_step; /* from one output's, and one tap's, first weight to the next */
  bool transposed, wide;         /* wide: 64-bit accumulators */
} layer16;

static int read_dense(mote_op *op, layer16 *l) {
  mote_layer_tensors *t = &l->tensors;
  const mote_axis one = {1, 1, 1, 1, 1, 0, 1};
  int status = mote_layer_read(op, TFL_FC, t);
  if (status == MOTE_OK) status = mote_need_rank(op, 1, &t->filter, 2);
  if (status != MOTE_OK) return status;
  if (t->output.rank < 1) return mote_need_rank(op, OUTPUT, &t->output, 1);
  l->y = l->x = one;
  l->out_depth = t->filter.dims[0];
  l->in_depth = l->channels = t->filter.dims[1];
  l->batches = (int32_t)t->output.elements / l->out_depth;
  if ((uint64_t)(uint32_t)l->batches * (uint32_t)l->in_depth != t->input.elements) {
    return mote_op_fail(op, MOTE_ERR_SHAPE, 0, (int32_t)t->input.elements, l->in_depth);
  }
  status = mote_need_option(op, fb_get_i8(&op->graph->file, op->options, TFL_FC_FORMAT, 0), 0, 0);
  if (status != MOTE_OK) return status;
  int activation = fb_get_i8(&op->graph->file, op->options, TFL_FC_ACTIVATION, TFL_ACT_NONE);
  return mote_layer_check(op, &l->layer, t, activation, 0);
}

static int lay_channels(mote_op *op, layer16 *l) {
  bool wise = op->code == TFL_OP_DEPTHWISE_CONV_2D, dense = op->code == TFL_OP_FULLY_CONNECTED;
  const mote_layer_tensors *t = &l->tensors;
  const int32_t *dims = t->filter.dims;
  if (wise && dims[0] != 1) return mote_need_value(op, 1, dims[0], 1);
  if (!dense) {
    l->batches = t->input.dims[0];
    l->in_depth = t->input.dims[3];
    l->out_depth = wise ? dims[3] : dims[0];
    l->channels = wise ? 1 : dims[3];
  }
  if (l->in_depth % l->channels) return mote_op_fail(op, MOTE_ERR_SHAPE, 1, l->channels, l->in_depth);
  int32_t groups = l->in_depth / l->channels;
  if (l->out_depth % groups) return mote_op_fail(op, MOTE_ERR_SHAPE, 1, l->out_depth, groups);
  l->per_group = l->out_depth / groups;
  l->tap_step = wise ? l->out_depth : l->channels;
  l->output_step = wise ? 1 : l->y.kernel * l->x.kernel * l->channels;
  int32_t stated = wise ? fb_get_i32(&op->graph->file, op->options, TFL_DW_MULTIPLIER, 0) : l->per_group;
  if (stated != l->per_group) return mote_op_fail(op, MOTE_ERR_OPTION, -1, stated, l->per_group);
  return mote_need_value(op, OUTPUT, t->output.dims[t->output.rank - 1], l->out_depth);
}

/* The bias is int64, or, where TFLM takes them, int32 (which makes 32-bit accumulators) or int16. */
static int check_bias(mote_op *op, layer16 *l) {
  bool dense = op->code == TFL_OP_FULLY_CONNECTED, conv = op->code == TFL_OP_CONV_2D;
  const mote_tensor *bias = &l->tensors.bias;
  int field = dense ? TFL_FC_BIAS_TYPE : TFL_CONV_BIAS_TYPE;
  int type = bias->index >= 0 ? bias->type : fb_get_i8(&op->graph->file, op->options, field, 0);
  l->wide = !(dense || conv) || type != TFL_INT32;
  bool fits = bias->index < 0 || type == TFL_INT64 || !l->wide || (l->transposed && type == TFL_INT16);
  return fits ? MOTE_OK : mote_op_fail(op, MOTE_ERR_TYPE, l->transposed ? 3 : 2, type, TFL_INT64);
}

static int prepare(mote_op *op, layer16 *l) {
  int status = op->type == TFL_INT16 ? MOTE_OK : mote_op_fail(op, MOTE_ERR_TYPE, OUTPUT, op->type, TFL_INT16);
  l->transposed = op->code == TFL_OP_TRANSPOSE_CONV;
  if (status != MOTE_OK) return status;
  if (l->transposed) status = mote_transposed_read(op, &l->layer, &l->tensors, &l->y, &l->x);
  else if (op->code == TFL_OP_FULLY_CONNECTED) status = read_dense(op, l);
  else status = mote_conv_read(op, &l->layer, &l->tensors, &l->y, &l->x);
  if (status == MOTE_OK) status = lay_channels(op, l);
  if (status == MOTE_OK) status = check_bias(op, l);
  if (status != MOTE_OK || op->arena) return status;
  for (int32_t i = 0; l->wide && i < l->out_depth; i++) {
    mote_scale scale;
    mote_layer_scales(&l->layer, i, 1, &scale);
    if (scale.shift > MAX_WIDE_SHIFT) return mote_op_fail(op, MOTE_ERR_QUANT, 1, scale.shift, MAX_WIDE_SHIFT);
  }
  if (!l->transposed) op->macs = l->tensors.output.elements * (uint32_t)(l->y.kernel * l->x.kernel * l->channels);
  return status;
}

/* Constants of eight bytes may lie at odd multiples of four. */
static int64_t bias_of(const layer16 *l, int32_t channel) {
  const uint8_t *data = l->tensors.bias.constant;
  if (!data) return 0;
  if (l->tensors.bias.type == TFL_INT16) return ((const int16_t *)(const void *)data)[channel];
  if (l->tensors.bias.type == TFL_INT32) return ((const int32_t *)(const void *)data)[channel];
  const uint32_t *words = (const uint32_t *)(const void *)(data + 8 * channel);
  return (int64_t)((uint64_t)words[1] << 32 | words[0]);
}

/* The sum at one output. Only FULLY_CONNECTED heeds zero points, as in TFLM. */
static int64_t gather(const layer16 *l, const int16_t *image, const int8_t *weights, mote_steps y, mote_steps first) {
  int32_t zero = l->layer.input_zero;
  int64_t sum = 0;
  for (; y.tap < l->y.kernel; y.tap += y.tap_step, y.input += y.input_step) {
    if ((uint32_t)y.input >= (uint32_t)l->y.input) continue;
    for (mote_steps x = first; x.tap < l->x.kernel; x.tap += x.tap_step, x.input += x.input_step) {
      if ((uint32_t)x.input >= (uint32_t)l->x.input) continue;
      const int16_t *in = image + (y.input * l->x.input + x.input) * l->in_depth;
      const int8_t *w = weights + (y.tap * l->x.kernel + x.tap) * l->tap_step;
      for (int32_t i = l->channels; i > 0; i--) sum += (*in++ - zero) * *w++;
    }
  }
  return sum;
}

/* TFLM's MultiplyByQuantizedMultiplier for 64-bit accumulators: a multiplier of 15 bits, one rounding. */
static int32_t rescale_wide(int64_t sum, mote_scale scale) {
  int32_t factor = scale.multiplier < 0x7fff0000 ? (scale.multiplier + (1 << 15)) >> 16 : 0x7fff;
  int shift = 15 - scale.shift;
  uint64_t product = (uint64_t)sum * (uint64_t)factor + ((uint64_t)1 << (shift - 1));
  return (int32_t)((int64_t)product >> shift);
}

static void run_channel(const layer16 *l, int32_t channel) {
  mote_scale scale;
  int64_t bias = bias_of(l, channel);
  int32_t image_size = l->y.input * l->x.input * l->in_depth;
  const int16_t *image = (const int16_t *)(const void *)l->tensors.input.data + channel / l->per_group * l->channels;
  const int8_t *weights = (const int8_t *)l->tensors.filter.data + channel * l->output_step;
  int16_t *out = (int16_t *)(void *)l->tensors.output.data + channel;
  mote_layer_scales(&l->layer, channel, 1, &scale);
  for (int32_t b = 0; b < l->batches; b++, image += image_size) {
    for (int32_t oy = 0; oy < l->y.output; oy++) {
      mote_steps y = l->transposed ? mote_steps_transposed(&l->y, oy) : mote_steps_of(&l->y, oy);
      for (int32_t ox = 0; ox < l->x.output; ox++, out += l->out_depth) {
        mote_steps x = l->transposed ? mote_steps_transposed(&l->x, ox) : mote_steps_of(&l->x, ox);
        int64_t sum = (int64_t)((uint64_t)gather(l, image, weights, y, x) + (uint64_t)bias);
        int32_t value = l->wide ? rescale_wide(sum, scale) : mote_rescale((int32_t)sum, scale);
        *out = (int16_t)mote_clamp(mote_add(value, l->layer.output_zero), l->layer.range.low, l->layer.range.high);
      }
    }
  }
}

int mote_kernel_layers_int16(mote_op *op) {
  layer16 l;
  int status = prepare(op, &l);
  if (status != MOTE_OK || !op->arena) return status;
  if (op->code != TFL_OP_FULLY_CONNECTED) l.layer.input_zero = l.layer.output_zero = 0;
  for (int32_t channel = 0; channel < l.out_depth; channel++) run_channel(&l, channel);
  return MOTE_OK;
}
