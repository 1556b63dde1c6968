/* SPDX-License-Identifier: Apache-2.0 */
#include "pool.h"

#include "../tflite.h"

/* TFLM wants the same zero point and scales that differ by at most 1e-6. */
static int check_quantization(mote_op *op, mote_pool *p, const mote_tensor *input, const mote_tensor *output) {
  mote_real a, b;
  int status = mote_need_quantized(op, 0, input, p->type);
  if (status == MOTE_OK) status = mote_need_quantized(op, 1, output, p->type);
  if (status != MOTE_OK) return status;
  (void)mote_tensor_scale(input, 0, &a);
  (void)mote_tensor_scale(output, 0, &b);
  mote_real limit = mote_real_div(mote_real_from_u32(1), mote_real_from_u32(1000000), MOTE_DOUBLE_BITS);
  if (mote_real_compare(mote_real_distance(a, b), limit) > 0) return mote_op_fail(op, MOTE_ERR_QUANT, 1, 0, 0);
  if (input->zero_point == output->zero_point) return mote_activation_range(op, p->activation, 1, output, &p->range);
  return mote_op_fail(op, MOTE_ERR_QUANT, 1, output->zero_point, input->zero_point);
}

static int check_type(mote_op *op, mote_pool *p, const mote_tensor *input, const mote_tensor *output) {
  if (p->type != TFL_FLOAT32) return check_quantization(op, p, input, output);
  int status = mote_need_type(op, 0, input, p->type);
  return status == MOTE_OK ? mote_need_type(op, 1, output, p->type) : status;
}

int mote_pool_read(mote_op *op, mote_pool *p, int type) {
  static const mote_window_fields fields = {TFL_POOL_PADDING, TFL_POOL_STRIDE_W, TFL_POOL_STRIDE_H, -1, -1};
  mote_tensor input, output;
  fb_file *file = &op->graph->file;
  int status = mote_op_arity(op, 1, 1, 1, TFL_POOL);
  p->type = type;
  p->activation = fb_get_i8(file, op->options, TFL_POOL_ACTIVATION, TFL_ACT_NONE);
  p->y.kernel = fb_get_i32(file, op->options, TFL_POOL_FILTER_H, 0);
  p->x.kernel = fb_get_i32(file, op->options, TFL_POOL_FILTER_W, 0);
  if (status == MOTE_OK) status = mote_op_input(op, 0, &input);
  if (status == MOTE_OK) status = mote_op_output(op, 0, &output);
  if (status == MOTE_OK) status = mote_need_rank(op, 0, &input, 4);
  if (status == MOTE_OK) status = mote_need_rank(op, 1, &output, 4);
  if (status == MOTE_OK) status = check_type(op, p, &input, &output);
  if (status == MOTE_OK) status = mote_need_option(op, p->y.kernel, 1, 65535);
  if (status == MOTE_OK) status = mote_need_option(op, p->x.kernel, 1, 65535);
  if (status == MOTE_OK) status = mote_window_read(op, &fields, &input, &output, &p->y, &p->x);
  if (status == MOTE_OK) status = mote_need_value(op, 1, output.dims[3], input.dims[3]);
  if (status != MOTE_OK) return status;
  p->batches = input.dims[0];
  p->depth = input.dims[3];
  p->input = input.data;
  p->output = output.data;
  return MOTE_OK;
}
