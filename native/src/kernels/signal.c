/* SPDX-License-Identifier: Apache-2.0 */
#include "signal.h"

#include "../flexbuf.h"

static int check_rank(mote_op *op, int subject, const mote_tensor *tensor, int rank) {
  if (rank != MOTE_ANY_RANK) return mote_need_rank(op, subject, tensor, rank);
  return tensor->rank > 0 ? MOTE_OK : mote_op_fail(op, MOTE_ERR_SHAPE, subject, 0, 1);
}

int mote_signal_tensors(mote_op *op, const uint8_t *kinds, int inputs, int outputs, mote_tensor *tensor) {
  int status = mote_op_arity(op, inputs, inputs, outputs, 0);
  for (int i = 0; i < inputs + outputs && status == MOTE_OK; i++) {
    status = i < inputs ? mote_op_input(op, i, tensor + i) : mote_op_output(op, i - inputs, tensor + i);
    if (status == MOTE_OK) status = mote_need_type(op, i, tensor + i, kinds[i] >> 3);
    if (status == MOTE_OK) status = check_rank(op, i, tensor + i, kinds[i] & 7);
  }
  return status;
}

int mote_signal_options(mote_op *op, int32_t *value, int count) {
  fb_file *file = &op->graph->file;
  fb_vector bytes = fb_get_vector(file, op->table, TFL_OP_CUSTOM_OPTIONS, 1);
  uint32_t held = fx_numbers(file->base + bytes.pos, bytes.count, value, (uint32_t)count);
  return held >= (uint32_t)count ? MOTE_OK : mote_op_fail(op, MOTE_ERR_OPTION, -1, (int32_t)held, count);
}

int mote_signal_int16(mote_op *op, int32_t type) {
  return type == TFL_INT16 ? MOTE_OK : mote_op_fail(op, MOTE_ERR_TYPE, 0, type, TFL_INT16);
}

int32_t mote_signal_length(const mote_tensor *tensor) { return tensor->dims[tensor->rank - 1]; }
