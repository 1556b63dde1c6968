/* SPDX-License-Identifier: Apache-2.0 */
/* RESHAPE of any type: the planner lets both tensors share their bytes wherever it can. The output's shape is the
 * file's; the shape operand, which TFLM does not read either, only repeats it. */
#include <string.h>

#include "kernels.h"
#include "quant.h"

int mote_kernel_reshape(mote_op *op) {
  mote_tensor input, output;
  int status = mote_op_arity(op, 1, 2, 1, 0), out = (int)op->inputs.count;
  if (status == MOTE_OK) status = mote_op_input(op, 0, &input);
  if (status == MOTE_OK) status = mote_op_output(op, 0, &output);
  if (status == MOTE_OK) status = mote_need_type(op, out, &output, input.type);
  if (status == MOTE_OK) status = mote_need_value(op, out, (int32_t)output.elements, (int32_t)input.elements);
  if (status == MOTE_OK && op->arena && output.data != input.data) memmove(output.data, input.data, output.bytes);
  return status;
}
