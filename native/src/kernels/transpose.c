/* SPDX-License-Identifier: Apache-2.0 */
/* TRANSPOSE (reference_ops::Transpose, TransposePrepare). */
#include "../tflite.h"
#include "kernels.h"
#include "move.h"

#define TRANSPOSE_RANK 5
#define TRANSPOSE_TYPES (MOTE_TYPE_BIT(TFL_FLOAT32) | MOTE_TYPE_BIT(TFL_INT8) | MOTE_TYPE_BIT(TFL_INT16))

int mote_kernel_transpose(mote_op *op) {
  mote_tensor input, order, output;
  int32_t steps[MOTE_MAX_RANK];
  mote_box box;
  uint32_t seen = 0;
  int status = mote_op_arity(op, 2, 2, 1, 0);
  if (status == MOTE_OK) status = mote_move_read(op, 0, TRANSPOSE_TYPES, &input, &output);
  if (status == MOTE_OK) status = mote_need_ranks(op, 0, &input, 1, TRANSPOSE_RANK);
  if (status == MOTE_OK) status = mote_need_rank(op, 2, &output, input.rank);
  if (status == MOTE_OK) status = mote_read_constants(op, 1, input.rank, false, &order);
  if (status != MOTE_OK) return status;
  mote_steps(&input, steps);
  mote_steps(&output, box.to);
  box.size = mote_element_bytes(&input);
  box.rank = input.rank;
  for (int i = 0; i < box.rank; i++) {
    int32_t axis = mote_index(&order, (uint32_t)i);
    status = mote_need_within(op, 1, axis, 0, box.rank - 1);
    if (status == MOTE_OK && seen >> axis & 1) status = mote_op_fail(op, MOTE_ERR_OPTION, 1, axis, -1);
    if (status == MOTE_OK) status = mote_need_value(op, 2, output.dims[i], input.dims[axis]);
    if (status != MOTE_OK) return status;
    seen |= 1u << axis;
    box.counts[i] = output.dims[i];
    box.from[i] = steps[axis];
  }
  if (op->arena) mote_move(&box, input.data, output.data);
  return MOTE_OK;
}
