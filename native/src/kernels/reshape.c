/* SPDX-License-Identifier: Apache-2.0 */
/* RESHAPE, SQUEEZE and EXPAND_DIMS: the planner lets both tensors share their bytes wherever it can. The output's shape
 * is the file's. RESHAPE's shape operand, which TFLM does not read either, only repeats it; the axes that SQUEEZE and
 * EXPAND_DIMS state must fit (SqueezePrepare, VerifyTensorDim). */
#include <string.h>

#include "../tflite.h"
#include "kernels.h"
#include "move.h"

#define EXPAND_TYPES (MOTE_TYPE_BIT(TFL_FLOAT32) | MOTE_TYPE_BIT(TFL_INT8) | MOTE_TYPE_BIT(TFL_INT16))
#define ANY_TYPE UINT32_MAX

static int check_squeeze(mote_op *op, const mote_tensor *input) {
  fb_file *file = &op->graph->file;
  fb_vector axes = fb_get_vector(file, op->options, TFL_SQUEEZE_DIMS, 4);
  int status = mote_op_arity(op, 1, 1, 1, TFL_SQUEEZE);
  for (uint32_t i = 0; status == MOTE_OK && i < axes.count; i++) {
    int32_t axis = fb_i32_at(file, axes, i);
    status = mote_need_axis(op, &axis, input->rank);
    if (status == MOTE_OK) status = mote_need_value(op, 0, input->dims[axis], 1);
  }
  return status;
}

static int check_expand(mote_op *op, const mote_tensor *input, const mote_tensor *output) {
  mote_tensor operand;
  int status = mote_op_arity(op, 2, 2, 1, 0);
  if (status == MOTE_OK) status = mote_need_types(op, 0, input, EXPAND_TYPES);
  if (status == MOTE_OK) status = mote_read_constants(op, 1, 1, false, &operand);
  if (status == MOTE_OK) status = mote_need_rank(op, 2, output, input->rank + 1);
  if (status != MOTE_OK) return status;
  int32_t axis = mote_index(&operand, 0);
  status = mote_need_axis(op, &axis, output->rank);
  for (int i = 0; status == MOTE_OK && i < output->rank; i++) {
    int32_t want = i == axis ? 1 : input->dims[i < axis ? i : i - 1];
    status = mote_need_value(op, 2, output->dims[i], want);
  }
  return status;
}

int mote_kernel_reshape(mote_op *op) {
  mote_tensor input, output;
  int status = mote_op_arity(op, 1, 2, 1, 0), out = (int)op->inputs.count;
  if (status == MOTE_OK) status = mote_move_read(op, 0, ANY_TYPE, &input, &output);
  if (status == MOTE_OK && op->code == TFL_OP_SQUEEZE) status = check_squeeze(op, &input);
  if (status == MOTE_OK && op->code == TFL_OP_EXPAND_DIMS) status = check_expand(op, &input, &output);
  if (status == MOTE_OK) status = mote_need_value(op, out, (int32_t)output.elements, (int32_t)input.elements);
  if (status == MOTE_OK && op->arena && output.data != input.data) memmove(output.data, input.data, output.bytes);
  return status;
}
