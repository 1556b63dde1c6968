/* SPDX-License-Identifier: Apache-2.0 */
/* SHAPE (ExtractShape): the dimensions of a tensor, which are known, as numbers that further operators compute with. */
#include <string.h>

#include "../tflite.h"
#include "kernels.h"
#include "quant.h"

int mote_kernel_shape(mote_op *op) {
  mote_tensor input, output;
  int status = mote_op_arity(op, 1, 1, 1, 0);
  if (status == MOTE_OK) status = mote_op_input(op, 0, &input);
  if (status == MOTE_OK) status = mote_op_output(op, 0, &output);
  if (status == MOTE_OK) status = mote_need_type(op, 1, &output, TFL_INT32);
  if (status == MOTE_OK) status = mote_need_value(op, 1, (int32_t)output.elements, input.rank);
  if (status == MOTE_OK && op->arena) memcpy(output.data, input.dims, output.bytes);
  return status;
}
