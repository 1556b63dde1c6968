/* SPDX-License-Identifier: Apache-2.0 */
/* SLICE and STRIDED_SLICE (reference_ops::Slice and StridedSlice, CheckOutputSize). As in TFLM the masks for ellipses
 * and new axes are not looked at: the shapes then do not fit. */
#include "../tflite.h"
#include "kernels.h"
#include "move.h"

#define SLICE_RANK 5
#define STRIDED_RANK 4
#define SLICE_TYPES                                                                                             \
  (MOTE_TYPE_BIT(TFL_FLOAT32) | MOTE_TYPE_BIT(TFL_INT8) | MOTE_TYPE_BIT(TFL_INT16) | MOTE_TYPE_BIT(TFL_INT32) | \
   MOTE_TYPE_BIT(TFL_BOOL))

/* begin; then size of SLICE, or end and strides of STRIDED_SLICE */
typedef struct {
  mote_tensor input, output, operands[3];
  int32_t begin_mask, end_mask, shrink_mask;
  bool strided;
} slice;

/* The indices of one axis that are taken. */
typedef struct {
  int32_t start, step, count;
  bool shrunk;
} extent;

static int prepare_strided(mote_op *op, slice *s) {
  fb_file *file = &op->graph->file;
  int status = mote_op_arity(op, 4, 4, 1, TFL_STRIDED_SLICE);
  if (status == MOTE_OK) status = mote_move_read(op, 0, SLICE_TYPES, &s->input, &s->output);
  if (status == MOTE_OK) status = mote_need_ranks(op, 0, &s->input, 1, STRIDED_RANK);
  for (int i = 0; status == MOTE_OK && i < 3; i++) {
    status = mote_read_constants(op, i + 1, s->input.rank, false, &s->operands[i]);
  }
  s->begin_mask = fb_get_i32(file, op->options, TFL_STRIDED_SLICE_BEGIN, 0);
  s->end_mask = fb_get_i32(file, op->options, TFL_STRIDED_SLICE_END, 0);
  s->shrink_mask = fb_get_i32(file, op->options, TFL_STRIDED_SLICE_SHRINK, 0);
  return status;
}

static int prepare_plain(mote_op *op, slice *s) {
  int status = mote_op_arity(op, 3, 3, 1, 0);
  if (status == MOTE_OK) status = mote_move_read(op, 0, SLICE_TYPES, &s->input, &s->output);
  if (status == MOTE_OK) status = mote_need_ranks(op, 0, &s->input, 1, SLICE_RANK);
  if (status == MOTE_OK) status = mote_need_rank(op, 3, &s->output, s->input.rank);
  for (int i = 0; status == MOTE_OK && i < 2; i++) {
    status = mote_read_indices(op, i + 1, s->input.rank, true, &s->operands[i]);
  }
  return status;
}

/* An index that may count from behind, clamped; `whole`: the mask's bit, the axis' very end in that direction. */
static int32_t bound(const mote_tensor *indices, int axis, bool whole, int32_t end, int32_t low, int32_t high) {
  int32_t value = mote_index(indices, (uint32_t)axis);
  if (whole) return end;
  if (value < 0) value += high - low; /* the size of the axis */
  return mote_clamp(value, low, high);
}

static int strided_extent(mote_op *op, const slice *s, int axis, extent *e) {
  int32_t size = s->input.dims[axis], step = mote_index(&s->operands[2], (uint32_t)axis);
  bool forward = step > 0;
  int32_t low = forward ? 0 : -1, high = low + size;
  e->shrunk = s->shrink_mask >> axis & 1;
  e->step = step;
  e->start = bound(&s->operands[0], axis, s->begin_mask >> axis & 1, forward ? low : high, low, high);
  int32_t stop = bound(&s->operands[1], axis, s->end_mask >> axis & 1, forward ? high : low, low, high);
  if (step == 0 || (e->shrunk && !forward)) return mote_op_fail(op, MOTE_ERR_OPTION, 3, step, 1);
  if (e->shrunk) stop = e->start + 1;
  /* Both lie within an axis, so that distances fit; a step longer than the axis takes one element. */
  int32_t distance = forward ? stop - e->start : e->start - stop;
  uint32_t stride = forward ? (uint32_t)step : 0u - (uint32_t)step;
  e->count = distance > 0 ? 1 + (int32_t)((uint32_t)(distance - 1) / stride) : 0;
  return mote_need_within(op, 1, e->start, 0, size - 1);
}

/* The output's shape bounds what operands that are computed may ask for. */
static int plain_extent(mote_op *op, const slice *s, int axis, extent *e) {
  int32_t size = s->input.dims[axis], count = s->output.dims[axis],
          stated = mote_index(&s->operands[1], (uint32_t)axis);
  *e = (extent){mote_index(&s->operands[0], (uint32_t)axis), 1, count, false};
  int status = mote_need_within(op, 1, e->start, 0, size - count);
  bool rest = stated == -1 && e->start == size - count;
  return status == MOTE_OK && !rest ? mote_need_within(op, 2, stated, count, count) : status;
}

int mote_kernel_slice(mote_op *op) {
  slice s;
  mote_box box;
  s.strided = op->code == TFL_OP_STRIDED_SLICE;
  int status = s.strided ? prepare_strided(op, &s) : prepare_plain(op, &s), out = (int)op->inputs.count;
  if (status != MOTE_OK) return status;
  if (!s.operands[0].data || !s.operands[1].data) return MOTE_OK; /* computed: checked at every run */
  int32_t offset = 0, steps[MOTE_MAX_RANK], rank = s.output.rank;
  mote_steps(&s.input, steps);
  box.size = mote_element_bytes(&s.input);
  box.rank = s.input.rank;
  int32_t to = (int32_t)box.size;
  for (int i = box.rank; i-- > 0;) {
    extent e = {0, 1, 0, false};
    status = s.strided ? strided_extent(op, &s, i, &e) : plain_extent(op, &s, i, &e);
    if (status == MOTE_OK && !e.shrunk)
      status = mote_need_value(op, out, rank-- > 0 ? s.output.dims[rank] : 0, e.count);
    if (status != MOTE_OK) return status;
    box.counts[i] = e.count;
    box.from[i] = e.count > 1 ? e.step * steps[i] : 0;
    box.to[i] = to;
    offset += e.start * steps[i];
    to *= e.count;
  }
  if (rank != 0) return mote_need_rank(op, out, &s.output, s.output.rank - rank);
  if (op->arena) mote_move(&box, s.input.data + offset, s.output.data);
  return MOTE_OK;
}
