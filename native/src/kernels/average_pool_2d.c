/* SPDX-License-Identifier: Apache-2.0 */
/* AVERAGE_POOL_2D, int8 (reference_integer_ops::AveragePool): means over the taps inside the input, halves away from
 * zero. */
#include "../tflite.h"
#include "kernels.h"
#include "window.h"

typedef struct {
  mote_axis y, x;
  mote_range range;
  int32_t batches, depth;
  const int8_t *input;
  int8_t *output;
} pool;

/* TFLM wants the same zero point and scales that differ by at most 1e-6. */
static int check_quantization(mote_op *op, const mote_tensor *input, const mote_tensor *output) {
  mote_real a, b;
  int status = mote_need_int8(op, 0, input);
  if (status == MOTE_OK) status = mote_need_int8(op, 1, output);
  if (status != MOTE_OK) return status;
  (void)mote_tensor_scale(input, 0, &a);
  (void)mote_tensor_scale(output, 0, &b);
  mote_real limit = mote_real_div(mote_real_from_u32(1), mote_real_from_u32(1000000), MOTE_DOUBLE_BITS);
  if (mote_real_compare(mote_real_distance(a, b), limit) > 0) return mote_op_fail(op, MOTE_ERR_QUANT, 1, 0, 0);
  if (input->zero_point == output->zero_point) return MOTE_OK;
  return mote_op_fail(op, MOTE_ERR_QUANT, 1, output->zero_point, input->zero_point);
}

static int prepare(mote_op *op, pool *p) {
  static const mote_window_fields fields = {TFL_POOL_PADDING, TFL_POOL_STRIDE_W, TFL_POOL_STRIDE_H, -1, -1};
  mote_tensor input, output;
  fb_file *file = &op->graph->file;
  int status = mote_op_arity(op, 1, 1, 1, TFL_POOL);
  if (status == MOTE_OK) status = mote_op_input(op, 0, &input);
  if (status == MOTE_OK) status = mote_op_output(op, 0, &output);
  if (status == MOTE_OK) status = mote_need_rank(op, 0, &input, 4);
  if (status == MOTE_OK) status = mote_need_rank(op, 1, &output, 4);
  if (status == MOTE_OK) status = check_quantization(op, &input, &output);
  p->y.kernel = fb_get_i32(file, op->options, TFL_POOL_FILTER_H, 0);
  p->x.kernel = fb_get_i32(file, op->options, TFL_POOL_FILTER_W, 0);
  if (status == MOTE_OK) status = mote_need_option(op, p->y.kernel, 1, 65535);
  if (status == MOTE_OK) status = mote_need_option(op, p->x.kernel, 1, 65535);
  if (status == MOTE_OK) status = mote_window_read(op, &fields, &input, &output, &p->y, &p->x);
  if (status == MOTE_OK) status = mote_need_value(op, 1, output.dims[3], input.dims[3]);
  int activation = fb_get_i8(file, op->options, TFL_POOL_ACTIVATION, TFL_ACT_NONE);
  if (status == MOTE_OK) status = mote_activation_range(op, activation, 1, &output, &p->range);
  if (status != MOTE_OK) return status;
  p->batches = input.dims[0];
  p->depth = input.dims[3];
  p->input = (const int8_t *)input.data;
  p->output = (int8_t *)output.data;
  return MOTE_OK;
}

/* The mean of one channel over a window; the sum of at most 2^28 bytes could pass 2^31 only at 2^24 taps. */
static int8_t mean(const pool *p, const int8_t *image, mote_span y, mote_span x) {
  int32_t sum = 0, count = (y.to - y.from) * (x.to - x.from);
  for (int32_t ky = y.from; ky < y.to; ky++) {
    const int8_t *in = image + ((y.origin + ky) * p->x.input + x.origin + x.from) * p->depth;
    for (int32_t kx = x.from; kx < x.to; kx++, in += p->depth) sum = mote_add(sum, *in);
  }
  int32_t half = sum > 0 ? count / 2 : -(count / 2);
  return (int8_t)mote_clamp(mote_add(sum, half) / count, p->range.low, p->range.high);
}

static void run(const pool *p) {
  int8_t *output = p->output;
  const int8_t *image = p->input;
  for (int32_t b = 0; b < p->batches; b++, image += p->y.input * p->x.input * p->depth) {
    for (int32_t oy = 0; oy < p->y.output; oy++) {
      mote_span y = mote_axis_span(&p->y, oy);
      for (int32_t ox = 0; ox < p->x.output; ox++) {
        mote_span x = mote_axis_span(&p->x, ox);
        for (int32_t c = 0; c < p->depth; c++) *output++ = mean(p, image + c, y, x);
      }
    }
  }
}

int mote_kernel_average_pool_2d(mote_op *op) {
  pool p;
  int status = prepare(op, &p);
  if (status == MOTE_OK && op->arena) run(&p);
  return status;
}
