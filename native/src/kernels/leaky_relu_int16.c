/* SPDX-License-Identifier: Apache-2.0 */
/* LEAKY_RELU, int16 (QuantizeLeakyRelu). */
#include "../tflite.h"
#include "elements.h"
#include "kernels.h"
#include "ramp.h"

static int prepare(mote_op *op, mote_tensor *input, mote_tensor *output, mote_ramp *ramp) {
  int status = mote_elements_read(op, TFL_LEAKY, input, output);
  if (status == MOTE_OK) status = mote_need_quantized(op, 0, input, TFL_INT16);
  if (status == MOTE_OK) status = mote_need_quantized(op, 1, output, TFL_INT16);
  if (status != MOTE_OK) return status;
  return mote_ramp_derive(op, input, output, ramp) ? MOTE_OK : mote_op_fail(op, MOTE_ERR_QUANT, 1, 0, 0);
}

int mote_kernel_leaky_relu_int16(mote_op *op) {
  mote_tensor input, output;
  mote_ramp ramp;
  int status = prepare(op, &input, &output, &ramp);
  if (status != MOTE_OK || !op->arena) return status;
  for (uint32_t i = 0; i < output.elements; i++) {
    int32_t value = mote_ramp_at(&ramp, mote_element(&input, i) - input.zero_point);
    mote_element_set(&output, i, mote_clamp(mote_add(value, output.zero_point), INT16_MIN, INT16_MAX));
  }
  return MOTE_OK;
}
