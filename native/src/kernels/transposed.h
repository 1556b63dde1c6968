/* SPDX-License-Identifier: Apache-2.0 */
/* Layers as sums over taps: which inputs an output of a convolution, or of a transposed one, meets. */
#ifndef MOTE_TRANSPOSED_H
#define MOTE_TRANSPOSED_H

#include "window.h"

/* Along one axis: the taps tap, tap + tap_step, ... below the kernel's size, and the input position of each, which may
 * lie outside the image. */
typedef struct {
  int32_t tap, tap_step, input, input_step;
} mote_steps;

static inline mote_steps mote_steps_of(const mote_axis *axis, int32_t at) {
  return (mote_steps){0, 1, at * axis->stride - axis->pad, axis->dilation};
}

/* Of a transposed convolution, whose input i meets the outputs i * stride - pad + tap. */
static inline mote_steps mote_steps_transposed(const mote_axis *axis, int32_t at) {
  int32_t from = at + axis->pad;
  return (mote_steps){from % axis->stride, axis->stride, from / axis->stride, -1};
}

/* Reads TRANSPOSE_CONV and checks it, but for the type of the bias of an int16 layer: y and x hold the sizes, strides
 * and padding. Its first input, the shape that the output has, is not looked at: TFLM does not. */
int mote_transposed_read(mote_op *op, mote_layer *layer, mote_layer_tensors *tensors, mote_axis *y, mote_axis *x);

#endif
