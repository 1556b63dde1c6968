/* SPDX-License-Identifier: Apache-2.0 */
/* RELU, RELU6, LEAKY_RELU, HARD_SWISH, LOGISTIC, TANH and SOFTMAX in single precision (TFLM's reference_ops of these
 * names). */
#include <string.h>

#include "../tflite.h"
#include "elements.h"
#include "kernels.h"
#include "quant.h"
#include "single.h"

/* The slope of LEAKY_RELU, or SOFTMAX's beta. */
static float option(mote_op *op) {
  int32_t bits = fb_get_i32(&op->graph->file, op->options, TFL_SOFTMAX_BETA, 0);
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static int options_type(int code) {
  return code == TFL_OP_LEAKY_RELU ? TFL_LEAKY : code == TFL_OP_SOFTMAX ? TFL_SOFTMAX : 0;
}

static float logistic(float x) {
  if (x > 16.619047f) return 1;
  return x < -9 ? mote_expf(x) : mote_divf(1, 1 + mote_expf(-x));
}

static float function(int code, float x, float slope) {
  switch (code) {
    case TFL_OP_RELU: return x > 0 ? x : 0;
    case TFL_OP_RELU6: return mote_clampf(x, (mote_float_range){0, 6});
    case TFL_OP_LEAKY_RELU: return x > 0 ? x : x * slope;
    case TFL_OP_HARD_SWISH: return mote_divf(x * mote_clampf(x + 3, (mote_float_range){0, 6}), 6);
    case TFL_OP_LOGISTIC: return logistic(x);
    default: return mote_tanhf(x);
  }
}

static void softmax_row(const float *in, float *out, int32_t depth, float beta) {
  float max = in[0], sum = 0;
  for (int32_t i = 1; i < depth; i++) max = in[i] > max ? in[i] : max;
  for (int32_t i = 0; i < depth; i++) {
    out[i] = mote_expf((in[i] - max) * beta);
    sum += out[i];
  }
  for (int32_t i = 0; i < depth; i++) out[i] = mote_divf(out[i], sum);
}

int mote_kernel_functions_float(mote_op *op) {
  mote_tensor input, output;
  int status = mote_elements_read(op, options_type(op->code), &input, &output);
  bool rows = op->code == TFL_OP_SOFTMAX;
  if (status == MOTE_OK) status = mote_need_float(op, 0, &input);
  if (status == MOTE_OK) status = mote_need_float(op, 1, &output);
  if (status == MOTE_OK && rows && input.rank < 1) status = mote_need_rank(op, 0, &input, 1);
  if (status != MOTE_OK) return status;
  float parameter = options_type(op->code) ? option(op) : 0;
  if (!op->arena) return MOTE_OK;
  const float *in = (const float *)(const void *)input.data;
  float *out = (float *)(void *)output.data;
  int32_t step = rows ? input.dims[input.rank - 1] : 1;
  for (uint32_t i = 0; i < output.elements; i += (uint32_t)step) {
    if (rows) softmax_row(in + i, out + i, step, parameter);
    else out[i] = function(op->code, in[i], parameter);
  }
  return MOTE_OK;
}
