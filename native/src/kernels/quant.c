/* SPDX-License-Identifier: Apache-2.0 */
#include "quant.h"

#include "../tflite.h"

#define MOST_STEPS (1 << 17) /* from a zero point: beyond the range of int16 */

int mote_need_type(mote_op *op, int subject, const mote_tensor *tensor, int type) {
  return tensor->type == type ? MOTE_OK : mote_op_fail(op, MOTE_ERR_TYPE, subject, tensor->type, type);
}

mote_range mote_type_range(int type) {
  mote_range range = {INT8_MIN, INT8_MAX};
  if (type == TFL_INT16) range = (mote_range){INT16_MIN, INT16_MAX};
  if (type == TFL_UINT8) range = (mote_range){0, UINT8_MAX};
  if (type == TFL_INT32) range = (mote_range){INT32_MIN, INT32_MAX};
  return range;
}

int mote_need_quantized(mote_op *op, int subject, const mote_tensor *tensor, int type) {
  mote_real scale;
  mote_range range = mote_type_range(type);
  int status = mote_need_type(op, subject, tensor, type);
  if (status != MOTE_OK) return status;
  if (!mote_tensor_scale(tensor, 0, &scale)) {
    return mote_op_fail(op, MOTE_ERR_QUANT, subject, (int32_t)tensor->n_scales, 1);
  }
  if (tensor->zero_point < range.low || tensor->zero_point > range.high) {
    return mote_op_fail(op, MOTE_ERR_QUANT, subject, tensor->zero_point, range.high);
  }
  return MOTE_OK;
}

int mote_need_int8(mote_op *op, int subject, const mote_tensor *tensor) {
  return mote_need_quantized(op, subject, tensor, TFL_INT8);
}

int mote_need_rank(mote_op *op, int subject, const mote_tensor *tensor, int rank) {
  return tensor->rank == rank ? MOTE_OK : mote_op_fail(op, MOTE_ERR_SHAPE, subject, tensor->rank, rank);
}

int mote_need_value(mote_op *op, int subject, int32_t have, int32_t want) {
  return have == want ? MOTE_OK : mote_op_fail(op, MOTE_ERR_SHAPE, subject, have, want);
}

int mote_need_option(mote_op *op, int32_t value, int32_t low, int32_t high) {
  if (value < low) return mote_op_fail(op, MOTE_ERR_OPTION, -1, value, low);
  return value <= high ? MOTE_OK : mote_op_fail(op, MOTE_ERR_OPTION, -1, value, high);
}

bool mote_tensor_scale(const mote_tensor *tensor, uint32_t n, mote_real *scale) {
  if (n >= tensor->n_scales) return false;
  return mote_real_from_single(((const uint32_t *)(const void *)tensor->scales)[n], scale);
}

/* As TFLM's CalculateActivationRangeQuantized: a limit is zero_point + round(limit / scale), the quotient a single; one
 * whose quotient is beyond int32 is refused. */
int mote_activation_range(mote_op *op, int activation, int subject, const mote_tensor *output, mote_range *range) {
  mote_real scale;
  mote_range whole = *range = mote_type_range(output->type);
  if (!mote_tensor_scale(output, 0, &scale)) return mote_op_fail(op, MOTE_ERR_QUANT, subject, 0, 1);
  mote_real limit = mote_real_from_u32(activation == TFL_ACT_RELU6 ? 6 : 1);
  int32_t zero = output->zero_point, steps = mote_real_round(mote_real_div(limit, scale, MOTE_SINGLE_BITS));
  bool limited = activation == TFL_ACT_RELU6 || activation == TFL_ACT_RELU_N1_TO_1;
  if (limited && steps == INT32_MAX) return mote_op_fail(op, MOTE_ERR_QUANT, subject, 0, 0);
  if (steps > MOST_STEPS) steps = MOST_STEPS;
  if (limited) range->high = mote_clamp(mote_add(zero, steps), whole.low, whole.high);
  switch (activation) {
    case TFL_ACT_NONE: return MOTE_OK;
    case TFL_ACT_RELU:
    case TFL_ACT_RELU6: range->low = zero; return MOTE_OK;
    case TFL_ACT_RELU_N1_TO_1: range->low = mote_clamp(zero - steps, whole.low, whole.high); return MOTE_OK;
    default: return mote_op_fail(op, MOTE_ERR_OPTION, -1, activation, TFL_ACT_RELU6);
  }
}

static bool channel_scale(const mote_layer *layer, uint32_t channel, mote_scale *scale) {
  mote_real weight;
  if (!mote_tensor_scale(layer->filter, channel, &weight)) return false;
  return mote_real_ratio_to_scale(&layer->input, &weight, &layer->output, scale);
}

/* Whether a channel's factor can be derived; most are seen to be without deriving them. */
static bool channel_fits(const mote_layer *layer, uint32_t channel) {
  mote_real weight;
  mote_scale ignored;
  if (!mote_tensor_scale(layer->filter, channel, &weight)) return false;
  return mote_real_ratio_fits(&layer->input, &weight, &layer->output) || channel_scale(layer, channel, &ignored);
}

void mote_layer_scales(const mote_layer *layer, int32_t first, int32_t count, mote_scale *scales) {
  for (int32_t i = 0; i < count; i++) {
    scales[i].multiplier = layer->common.multiplier;
    scales[i].shift = layer->common.shift;
    /* mote_layer_check saw it succeed */
    if (layer->filter->n_scales > 1) (void)channel_scale(layer, (uint32_t)(first + i), &scales[i]);
  }
}

/* TFLM's rule for legacy files: |input * filter - bias scale| <= 0.02 * output scale. Only FULLY_CONNECTED with one
 * scale is held to it. */
static bool bias_scale_fits(const mote_layer *layer, const mote_tensor *bias) {
  mote_real weight, stated, limit;
  if (!mote_tensor_scale(layer->filter, 0, &weight)) return false;
  if (!mote_tensor_scale(bias, 0, &stated)) stated = (mote_real){0, 0};
  mote_real product = mote_real_mul(layer->input, weight, MOTE_DOUBLE_BITS);
  limit = mote_real_div(layer->output, mote_real_from_u32(50), MOTE_DOUBLE_BITS);
  return mote_real_compare(mote_real_distance(product, stated), limit) <= 0;
}

static int check_filter(mote_op *op, const mote_tensor *filter, int axis) {
  int status = mote_need_int8(op, 1, filter);
  if (status != MOTE_OK) return status;
  if (!filter->constant) return mote_op_fail(op, MOTE_ERR_OPTION, 1, 0, 1);
  if (!filter->zero_points_all_zero) return mote_op_fail(op, MOTE_ERR_QUANT, 1, filter->zero_point, 0);
  if (filter->n_scales == 1) return MOTE_OK;
  if (filter->axis != axis) return mote_op_fail(op, MOTE_ERR_QUANT, 1, filter->axis, axis);
  if (filter->n_scales != (uint32_t)filter->dims[axis]) {
    return mote_op_fail(op, MOTE_ERR_QUANT, 1, (int32_t)filter->n_scales, filter->dims[axis]);
  }
  return MOTE_OK;
}

static int check_bias(mote_op *op, mote_layer *layer, const mote_layer_tensors *t, int32_t channels) {
  const mote_tensor *bias = &t->bias;
  layer->bias = NULL;
  if (bias->index < 0) return MOTE_OK;
  int status = t->output.type == TFL_INT16 ? MOTE_OK : mote_need_type(op, 2, bias, TFL_INT32);
  if (status == MOTE_OK) status = mote_need_value(op, 2, (int32_t)bias->elements, channels);
  if (status == MOTE_OK && !bias->constant) status = mote_op_fail(op, MOTE_ERR_OPTION, 2, 0, 1);
  if (status != MOTE_OK) return status;
  bool legacy = op->code == TFL_OP_FULLY_CONNECTED && layer->filter->n_scales == 1;
  if (legacy && !bias_scale_fits(layer, bias)) return mote_op_fail(op, MOTE_ERR_QUANT, 2, 0, 0);
  layer->bias = (const int32_t *)(const void *)bias->constant;
  return MOTE_OK;
}

int mote_layer_read(mote_op *op, int options_type, mote_layer_tensors *t) {
  int status = mote_op_arity(op, 2, 3, 1, options_type);
  if (status == MOTE_OK) status = mote_op_input(op, 0, &t->input);
  if (status == MOTE_OK) status = mote_op_input(op, 1, &t->filter);
  if (status == MOTE_OK) status = mote_op_optional(op, 2, &t->bias);
  if (status == MOTE_OK) status = mote_op_output(op, 0, &t->output);
  return status;
}

int mote_layer_read_images(mote_op *op, int options_type, mote_layer_tensors *t) {
  int status = mote_layer_read(op, options_type, t);
  if (status == MOTE_OK) status = mote_need_rank(op, 0, &t->input, 4);
  if (status == MOTE_OK) status = mote_need_rank(op, 1, &t->filter, 4);
  if (status == MOTE_OK) status = mote_need_rank(op, (int)op->inputs.count, &t->output, 4);
  return status;
}

int mote_layer_check(mote_op *op, mote_layer *layer, const mote_layer_tensors *t, int activation, int axis) {
  int out = (int)op->inputs.count;
  int type = t->output.type == TFL_INT16 ? TFL_INT16 : TFL_INT8;
  int status = mote_need_quantized(op, 0, &t->input, type);
  if (status == MOTE_OK) status = mote_need_quantized(op, out, &t->output, type);
  if (status == MOTE_OK) status = check_filter(op, &t->filter, axis);
  if (status == MOTE_OK) status = mote_activation_range(op, activation, out, &t->output, &layer->range);
  if (status != MOTE_OK) return status;
  (void)mote_tensor_scale(&t->input, 0, &layer->input);
  (void)mote_tensor_scale(&t->output, 0, &layer->output);
  layer->filter = &t->filter;
  layer->input_zero = t->input.zero_point;
  layer->output_zero = t->output.zero_point;
  uint32_t channels = op->arena ? 1 : t->filter.n_scales; /* all were checked when the model was opened */
  for (uint32_t i = channels; i-- > 0;) {
    bool fits = i ? channel_fits(layer, i) : channel_scale(layer, i, &layer->common);
    if (!fits) return mote_op_fail(op, MOTE_ERR_QUANT, 1, (int32_t)i, 0);
  }
  return check_bias(op, layer, t, t->filter.dims[axis]);
}
