/* SPDX-License-Identifier: Apache-2.0 */
/* Sliding windows over height and width: padding and output sizes as TensorFlow defines SAME and VALID. */
#ifndef MOTE_WINDOW_H
#define MOTE_WINDOW_H

#include "quant.h"

/* One axis. */
typedef struct {
  int32_t input, output, kernel, stride, dilation, pad;
  int32_t reach; /* from the first to behind the last position that a window covers */
} mote_axis;

/* Options common to the windowed operators, by the field numbers of their option tables; -1: not an option there. */
typedef struct {
  int padding, stride_w, stride_h, dilation_w, dilation_h;
} mote_window_fields;

/* Fills x and y (kernel sizes are set by the caller) and checks the output's size against the file. */
int mote_window_read(mote_op *op, const mote_window_fields *fields, const mote_tensor *input, const mote_tensor *output,
                     mote_axis *y, mote_axis *x);

/* The taps [from, to) of the window of output position `at` that lie inside the input, and where tap 0 lies. */
typedef struct {
  int32_t origin, from, to;
} mote_span;

static inline mote_span mote_axis_span(const mote_axis *axis, int32_t at) {
  mote_span span = {at * axis->stride - axis->pad, 0, axis->kernel};
  if (span.origin >= 0 && span.origin + axis->reach <= axis->input) return span;
  while (span.from < span.to && span.origin + span.from * axis->dilation < 0) span.from++;
  while (span.to > span.from && span.origin + (span.to - 1) * axis->dilation >= axis->input) span.to--;
  return span;
}

#endif
