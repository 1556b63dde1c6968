/* SPDX-License-Identifier: Apache-2.0 */
/* TRANSPOSE_CONV, int8 (reference_integer_ops::TransposeConv). TFLM adds every input into an array of accumulators as
 * large as four outputs; here each output gathers the inputs that meet it, so that none is needed. */
#include "../tflite.h"
#include "kernels.h"
#include "requant.h"
#include "transposed.h"

typedef struct {
  mote_layer layer;
  mote_layer_tensors tensors;
  mote_axis y, x;
} transposed;

/* The sum at one output for the channel with these weights. */
static int32_t gather(const transposed *t, const int8_t *image, const int8_t *weights, mote_steps y, mote_steps first) {
  int32_t depth = t->tensors.input.dims[3], zero = t->layer.input_zero, sum = 0;
  for (; y.tap < t->y.kernel; y.tap += y.tap_step, y.input += y.input_step) {
    if ((uint32_t)y.input >= (uint32_t)t->y.input) continue;
    for (mote_steps x = first; x.tap < t->x.kernel; x.tap += x.tap_step, x.input += x.input_step) {
      if ((uint32_t)x.input >= (uint32_t)t->x.input) continue;
      const int8_t *in = image + (y.input * t->x.input + x.input) * depth;
      const int8_t *w = weights + (y.tap * t->x.kernel + x.tap) * depth;
      for (int32_t i = depth; i > 0; i--) sum = mote_add(sum, (*in++ - zero) * *w++);
    }
  }
  return sum;
}

static void run_channel(const transposed *t, int32_t channel, mote_scale scale) {
  const mote_layer_tensors *tensors = &t->tensors;
  int32_t image_size = t->y.input * t->x.input * tensors->input.dims[3];
  int32_t filter_size = t->y.kernel * t->x.kernel * tensors->input.dims[3];
  const int8_t *image = (const int8_t *)tensors->input.data;
  const int8_t *weights = (const int8_t *)tensors->filter.data + channel * filter_size;
  int8_t *out = (int8_t *)tensors->output.data + channel;
  int32_t bias = t->layer.bias ? t->layer.bias[channel] : 0;
  for (int32_t b = 0; b < tensors->input.dims[0]; b++, image += image_size) {
    for (int32_t oy = 0; oy < t->y.output; oy++) {
      mote_steps y = mote_steps_transposed(&t->y, oy);
      for (int32_t ox = 0; ox < t->x.output; ox++, out += tensors->output.dims[3]) {
        int32_t sum = mote_add(gather(t, image, weights, y, mote_steps_transposed(&t->x, ox)), bias);
        mote_layer_store(&t->layer, &sum, &scale, out, 1);
      }
    }
  }
}

int mote_kernel_transpose_conv(mote_op *op) {
  transposed t;
  int status =
      op->type == TFL_INT8 ? MOTE_OK : mote_op_fail(op, MOTE_ERR_TYPE, (int)op->inputs.count, op->type, TFL_INT8);
  if (status == MOTE_OK) status = mote_transposed_read(op, &t.layer, &t.tensors, &t.y, &t.x);
  if (status != MOTE_OK || !op->arena) return status;
  for (int32_t channel = 0; channel < t.tensors.output.dims[3]; channel++) {
    mote_scale scale;
    mote_layer_scales(&t.layer, channel, 1, &scale);
    run_channel(&t, channel, scale);
  }
  return MOTE_OK;
}
