/* SPDX-License-Identifier: Apache-2.0 */
/* FILL and BROADCAST_TO (FillPrepare, ValidateOutputTensor): a tensor repeated along dimensions where its size is 1. */
#include "../tflite.h"
#include "kernels.h"
#include "move.h"

#define BROADCAST_RANK 5
#define FILL_TYPES (MOTE_TYPE_BIT(TFL_FLOAT32) | MOTE_TYPE_BIT(TFL_INT8) | MOTE_TYPE_BIT(TFL_INT32))
#define BROADCAST_TYPES                                                                         \
  (FILL_TYPES | MOTE_TYPE_BIT(TFL_INT16) | MOTE_TYPE_BIT(TFL_BOOL) | MOTE_TYPE_BIT(TFL_INT64) | \
   MOTE_TYPE_BIT(TFL_UINT8))

int mote_kernel_broadcast(mote_op *op) {
  bool fill = op->code == TFL_OP_FILL;
  mote_tensor input, output, shape;
  mote_box box;
  int status = mote_op_arity(op, 2, 2, 1, 0);
  if (status == MOTE_OK) status = mote_move_read(op, fill, fill ? FILL_TYPES : BROADCAST_TYPES, &input, &output);
  if (status == MOTE_OK) status = mote_read_constants(op, !fill, output.rank, true, &shape);
  if (status == MOTE_OK) status = mote_need_rank(op, !fill, &shape, 1);
  if (status == MOTE_OK && fill) status = mote_need_rank(op, 1, &input, 0);
  if (status == MOTE_OK && !fill) status = mote_need_ranks(op, 2, &output, input.rank, BROADCAST_RANK);
  if (status != MOTE_OK) return status;
  int missing = output.rank - input.rank;
  mote_steps(&input, box.from + missing);
  mote_steps(&output, box.to);
  box.size = mote_element_bytes(&output);
  box.rank = output.rank;
  for (int i = 0; i < box.rank; i++) {
    int32_t size = i < missing ? 1 : input.dims[i - missing];
    box.counts[i] = output.dims[i];
    if (size == 1) box.from[i] = 0;
    else status = mote_need_value(op, 2, output.dims[i], size);
    if (status == MOTE_OK) status = mote_need_value(op, 2, output.dims[i], mote_index(&shape, (uint32_t)i));
    if (status != MOTE_OK) return status;
  }
  if (op->arena) mote_move(&box, input.data, output.data);
  return MOTE_OK;
}
