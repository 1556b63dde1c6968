/* SPDX-License-Identifier: Apache-2.0 */
/* DEQUANTIZE, int8, uint8 or int16 to float (reference_ops::Dequantize): scale times difference, exact but for one
 * rounding to a single, in integer arithmetic. */
#include "../tflite.h"
#include "elements.h"
#include "kernels.h"
#include "quant.h"

static int prepare(mote_op *op, mote_tensor *input, mote_tensor *output) {
  int status = mote_elements_read(op, TFL_DEQUANTIZE, input, output);
  if (status != MOTE_OK) return status;
  bool known = input->type == TFL_INT8 || input->type == TFL_UINT8 || input->type == TFL_INT16;
  status = mote_need_type(op, 1, output, TFL_FLOAT32);
  return status == MOTE_OK ? mote_need_quantized(op, 0, input, known ? input->type : TFL_INT8) : status;
}

int mote_kernel_dequantize(mote_op *op) {
  mote_tensor input, output;
  mote_real scale;
  int status = prepare(op, &input, &output);
  if (status != MOTE_OK || !op->arena) return status;
  (void)mote_tensor_scale(&input, 0, &scale);
  for (uint32_t i = 0; i < output.elements; i++) {
    int32_t steps = mote_element(&input, i) - input.zero_point;
    mote_real size = mote_real_from_u32((uint32_t)(steps < 0 ? -steps : steps));
    uint32_t bits = mote_real_to_single(mote_real_mul(scale, size, MOTE_DOUBLE_BITS));
    mote_element_set(&output, i, (int32_t)(steps < 0 ? bits | 0x80000000u : bits));
  }
  return MOTE_OK;
}
