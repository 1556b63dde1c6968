/* SPDX-License-Identifier: Apache-2.0 */
/* LOGICAL_NOT of BOOL, and NEG, which TFLM has for singles alone: a change of bits. */
#include "../tflite.h"
#include "kernels.h"
#include "quant.h"

int mote_kernel_bits(mote_op *op) {
  mote_tensor input, output;
  bool logical = op->code == TFL_OP_LOGICAL_NOT;
  int type = logical ? TFL_BOOL : TFL_FLOAT32, status = mote_op_arity(op, 1, 1, 1, 0);
  if (status == MOTE_OK) status = mote_op_input(op, 0, &input);
  if (status == MOTE_OK) status = mote_op_output(op, 0, &output);
  if (status == MOTE_OK) status = mote_need_type(op, 0, &input, type);
  if (status == MOTE_OK) status = mote_need_type(op, 1, &output, type);
  if (status == MOTE_OK) status = mote_need_value(op, 1, (int32_t)output.elements, (int32_t)input.elements);
  if (status != MOTE_OK || !op->arena) return status;
  for (uint32_t i = 0; i < output.bytes; i++) {
    uint8_t byte = input.data[i], sign = i % 4 == 3 ? 0x80 : 0;
    output.data[i] = logical ? byte == 0 : byte ^ sign;
  }
  return MOTE_OK;
}
