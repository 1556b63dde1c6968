/* SPDX-License-Identifier: Apache-2.0 */
#include "window.h"

#include "../tflite.h"

#define MAX_STEP 65535 /* of strides and dilations: keeps positions within 32 bits */

static int resolve(mote_op *op, mote_axis *axis, int padding, int32_t stated) {
  int64_t reach = (int64_t)(axis->kernel - 1) * axis->dilation + 1;
  int64_t room = padding == TFL_SAME ? axis->input : axis->input - reach + 1;
  if (room < 1 || reach > MOTE_MAX_BYTES) return mote_op_fail(op, MOTE_ERR_SHAPE, 0, axis->input, (int32_t)reach);
  axis->reach = (int32_t)reach;
  axis->output = ((int32_t)room + axis->stride - 1) / axis->stride; /* all terms are now below 2^30 */
  int32_t missing = (axis->output - 1) * axis->stride + axis->reach - axis->input;
  axis->pad = missing > 0 ? missing / 2 : 0;
  return mote_need_value(op, (int)op->inputs.count, stated, axis->output);
}

static int32_t option(mote_op *op, int field, int32_t absent) {
  return field < 0 ? absent : fb_get_i32(&op->graph->file, op->options, field, absent);
}

int mote_window_read(mote_op *op, const mote_window_fields *fields, const mote_tensor *input, const mote_tensor *output,
                     mote_axis *y, mote_axis *x) {
  int padding = fb_get_i8(&op->graph->file, op->options, fields->padding, TFL_SAME);
  int status = mote_need_option(op, padding, TFL_SAME, TFL_VALID);
  x->stride = option(op, fields->stride_w, 0);
  y->stride = option(op, fields->stride_h, 0);
  x->dilation = option(op, fields->dilation_w, 1);
  y->dilation = option(op, fields->dilation_h, 1);
  if (status == MOTE_OK) status = mote_need_option(op, x->stride, 1, MAX_STEP);
  if (status == MOTE_OK) status = mote_need_option(op, y->stride, 1, MAX_STEP);
  if (status == MOTE_OK) status = mote_need_option(op, x->dilation, 1, MAX_STEP);
  if (status == MOTE_OK) status = mote_need_option(op, y->dilation, 1, MAX_STEP);
  if (status == MOTE_OK) status = mote_need_value(op, (int)op->inputs.count, output->dims[0], input->dims[0]);
  y->input = input->dims[1];
  x->input = input->dims[2];
  if (status == MOTE_OK) status = resolve(op, y, padding, output->dims[1]);
  if (status == MOTE_OK) status = resolve(op, x, padding, output->dims[2]);
  return status;
}
