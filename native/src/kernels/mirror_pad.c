/* SPDX-License-Identifier: Apache-2.0 */
/* MIRROR_PAD (GetInputDimension, MirrorPadPrepare): borders that repeat the tensor from its edge inwards, with the edge
 * itself (SYMMETRIC) or without it (REFLECT). */
#include <string.h>

#include "../tflite.h"
#include "kernels.h"
#include "move.h"

#define MIRROR_TYPES (MOTE_TYPE_BIT(TFL_FLOAT32) | MOTE_TYPE_BIT(TFL_INT8))

typedef struct {
  mote_tensor input, amounts, output;
  int32_t skip; /* 1: the edge is not repeated */
} mirror;

static int32_t left_of(const mirror *m, int axis) { return mote_index(&m->amounts, 2 * (uint32_t)axis); }

static int check_axis(mote_op *op, const mirror *m, int axis) {
  int32_t size = m->input.dims[axis], right = mote_index(&m->amounts, 2 * (uint32_t)axis + 1);
  int status = mote_need_within(op, 1, left_of(m, axis), 0, size - m->skip);
  if (status == MOTE_OK) status = mote_need_within(op, 1, right, 0, size - m->skip);
  if (status != MOTE_OK) return status;
  int32_t padded = size + left_of(m, axis) + right;
  return padded == m->output.dims[axis] ? MOTE_OK : mote_op_fail(op, MOTE_ERR_OPTION, 1, padded, m->output.dims[axis]);
}

/* Fills the borders of one axis of the output from its middle; all axes behind it are complete. */
static void mirror_axis(const mirror *m, int axis, uint32_t step) {
  int32_t size = m->input.dims[axis], left = left_of(m, axis), padded = m->output.dims[axis];
  uint8_t *row = m->output.data;
  for (uint32_t i = m->output.bytes / step / (uint32_t)padded; i > 0; i--, row += step * (uint32_t)padded) {
    for (int32_t at = 0; at < padded; at++) {
      int32_t from = at < left ? 2 * left + m->skip - 1 - at : 2 * (left + size) - m->skip - 1 - at;
      if (at == left) at += size - 1; /* the middle stays */
      else memcpy(row + step * (uint32_t)at, row + step * (uint32_t)from, step);
    }
  }
}

static void run(const mirror *m) {
  mote_box box = {.size = mote_element_bytes(&m->input), .rank = m->input.rank};
  uint8_t *start = m->output.data;
  mote_steps(&m->input, box.from);
  mote_steps(&m->output, box.to);
  for (int i = 0; i < box.rank; i++) {
    box.counts[i] = m->input.dims[i];
    start += left_of(m, i) * box.to[i];
  }
  mote_move(&box, m->input.data, start);
  for (int i = box.rank; i-- > 0;) mirror_axis(m, i, (uint32_t)box.to[i]);
}

int mote_kernel_mirror_pad(mote_op *op) {
  mirror m;
  int status = mote_op_arity(op, 2, 2, 1, TFL_MIRROR_PAD);
  if (status == MOTE_OK) status = mote_move_read(op, 0, MIRROR_TYPES, &m.input, &m.output);
  if (status == MOTE_OK) status = mote_need_rank(op, 2, &m.output, m.input.rank);
  if (status == MOTE_OK) status = mote_read_indices(op, 1, 2 * m.input.rank, true, &m.amounts);
  if (status == MOTE_OK) status = mote_need_rank(op, 1, &m.amounts, 2);
  m.skip = fb_get_i8(&op->graph->file, op->options, TFL_MIRROR_PAD_MODE, TFL_MIRROR_REFLECT) == TFL_MIRROR_REFLECT;
  if (status != MOTE_OK || !m.amounts.data) return status; /* computed: checked at every run */
  for (int i = 0; status == MOTE_OK && i < m.input.rank; i++) status = check_axis(op, &m, i);
  if (status == MOTE_OK && op->arena) run(&m);
  return status;
}
