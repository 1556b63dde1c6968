/* SPDX-License-Identifier: Apache-2.0 */
/* One tensor and its parts along an axis: CONCATENATION and PACK put them together, SPLIT, SPLIT_V and UNPACK take them
 * apart (reference_ops::Concatenation, PackImpl, SplitImpl, UnpackImpl). The parts of PACK and UNPACK lack the axis. */
#include <string.h>

#include "../tflite.h"
#include "kernels.h"
#include "move.h"

#define MAX_CONCATENATED 10 /* TFLM's bound */
#define PARTS_TYPES \
  (MOTE_TYPE_BIT(TFL_FLOAT32) | MOTE_TYPE_BIT(TFL_INT8) | MOTE_TYPE_BIT(TFL_INT16) | MOTE_TYPE_BIT(TFL_INT32))

typedef struct {
  mote_tensor whole;
  bool joins, stacks; /* parts are inputs; parts lack the axis */
  int subject;        /* of the whole tensor */
  int32_t axis;
  uint32_t parts, outer, row; /* row: bytes of the whole for each index of the dimensions before the axis */
} division;

static int read_whole(mote_op *op, division *d, int input, uint32_t types) {
  d->joins = input < 0;
  d->subject = d->joins ? (int)op->inputs.count : input;
  d->parts = d->joins ? op->inputs.count : op->outputs.count;
  int status = d->joins ? mote_op_output(op, 0, &d->whole) : mote_op_input(op, input, &d->whole);
  return status == MOTE_OK ? mote_need_types(op, d->subject, &d->whole, types) : status;
}

/* PACK's and UNPACK's options have the same field numbers. */
static int prepare_stack(mote_op *op, division *d) {
  fb_file *file = &op->graph->file;
  bool joins = op->code == TFL_OP_PACK;
  int most = joins ? INT32_MAX : 1, outputs = joins ? 1 : (int)op->outputs.count;
  int status = mote_op_arity(op, 1, most, outputs, joins ? TFL_PACK : TFL_UNPACK);
  if (status == MOTE_OK)
    status = read_whole(op, d, joins ? -1 : 0, joins ? PARTS_TYPES | MOTE_TYPE_BIT(TFL_INT64) : PARTS_TYPES);
  d->axis = fb_get_i32(file, op->options, TFL_PACK_AXIS, 0);
  d->stacks = true;
  int32_t stated = fb_get_i32(file, op->options, TFL_PACK_COUNT, 0);
  if (status == MOTE_OK) status = mote_need_within(op, -1, stated, (int32_t)d->parts, (int32_t)d->parts);
  return status;
}

static int prepare_concatenation(mote_op *op, division *d) {
  fb_file *file = &op->graph->file;
  uint32_t types = PARTS_TYPES | MOTE_TYPE_BIT(TFL_INT64) | MOTE_TYPE_BIT(TFL_BOOL);
  int status = mote_op_arity(op, 1, INT32_MAX, 1, TFL_CONCAT);
  if (op->inputs.count > MAX_CONCATENATED)
    return mote_op_fail(op, MOTE_ERR_LIMIT, -1, (int32_t)op->inputs.count, MAX_CONCATENATED);
  if (status == MOTE_OK) status = mote_need_option(op, fb_get_i8(file, op->options, TFL_CONCAT_ACTIVATION, 0), 0, 0);
  if (status == MOTE_OK) status = read_whole(op, d, -1, types);
  d->axis = fb_get_i32(file, op->options, TFL_CONCAT_AXIS, 0);
  bool shifted = d->whole.type == TFL_INT16 && d->whole.zero_point != 0;
  if (status == MOTE_OK && shifted)
    status = mote_op_fail(op, MOTE_ERR_QUANT, (int)op->inputs.count, d->whole.zero_point, 0);
  return status;
}

static int prepare_split(mote_op *op, division *d) {
  bool sized = op->code == TFL_OP_SPLIT_V;
  mote_tensor axis;
  int inputs = sized ? 3 : 2;
  int status = mote_op_arity(op, inputs, inputs, (int)op->outputs.count, 0);
  if (status == MOTE_OK) status = mote_read_constants(op, sized ? 2 : 0, 1, false, &axis);
  if (status == MOTE_OK) status = read_whole(op, d, sized ? 0 : 1, PARTS_TYPES);
  if (status == MOTE_OK) d->axis = mote_index(&axis, 0);
  return status;
}

static int prepare(mote_op *op, division *d) {
  int status;
  d->stacks = false;
  switch (op->code) {
    case TFL_OP_CONCATENATION: status = prepare_concatenation(op, d); break;
    case TFL_OP_PACK:
    case TFL_OP_UNPACK: status = prepare_stack(op, d); break;
    default: status = prepare_split(op, d); break;
  }
  if (status == MOTE_OK) status = mote_need_axis(op, &d->axis, d->whole.rank);
  if (status != MOTE_OK) return status;
  d->outer = 1;
  for (int i = 0; i < d->axis; i++) d->outer *= (uint32_t)d->whole.dims[i];
  d->row = d->whole.bytes / d->outer;
  return MOTE_OK;
}

/* CONCATENATION does not rescale: TFLM refuses int8 tensors of another quantization. */
static int check_quantization(mote_op *op, const division *d, int subject, const mote_tensor *part) {
  if (op->code != TFL_OP_CONCATENATION || (part->type != TFL_INT8 && part->type != TFL_INT16)) return MOTE_OK;
  bool fits = part->zero_point == d->whole.zero_point && (part->type == TFL_INT16 || mote_same_scale(part, &d->whole));
  return fits ? MOTE_OK : mote_op_fail(op, MOTE_ERR_QUANT, subject, part->zero_point, d->whole.zero_point);
}

static int check_shape(mote_op *op, const division *d, int subject, const mote_tensor *part) {
  if (d->stacks || op->code == TFL_OP_SPLIT) {
    uint64_t all = (uint64_t)part->bytes * d->parts;
    if (all != d->whole.bytes) return mote_op_fail(op, MOTE_ERR_SHAPE, subject, (int32_t)part->bytes, -1);
  }
  if (d->stacks) return MOTE_OK;
  int status = mote_need_rank(op, subject, part, d->whole.rank);
  for (int i = 0; status == MOTE_OK && i < part->rank; i++) {
    if (i != d->axis) status = mote_need_value(op, subject, part->dims[i], d->whole.dims[i]);
  }
  return status;
}

static void copy_part(const division *d, const mote_tensor *part, uint32_t offset, uint32_t width) {
  uint8_t *whole = d->whole.data + offset, *data = part->data;
  for (uint32_t i = 0; i < d->outer; i++, whole += d->row, data += width) {
    if (d->joins) memcpy(whole, data, width);
    else memcpy(data, whole, width);
  }
}

int mote_kernel_parts(mote_op *op) {
  division d;
  int status = prepare(op, &d);
  uint32_t offset = 0;
  for (int i = 0; status == MOTE_OK && i < (int)d.parts; i++) {
    mote_tensor part;
    int subject = d.joins ? i : (int)op->inputs.count + i;
    status = d.joins ? mote_op_input(op, i, &part) : mote_op_output(op, i, &part);
    if (status == MOTE_OK) status = mote_need_type(op, subject, &part, d.whole.type);
    if (status == MOTE_OK) status = check_quantization(op, &d, subject, &part);
    if (status == MOTE_OK) status = check_shape(op, &d, subject, &part);
    if (status != MOTE_OK) return status;
    uint32_t width = part.bytes / d.outer;
    if (width > d.row - offset) return mote_op_fail(op, MOTE_ERR_SHAPE, subject, (int32_t)width, (int32_t)d.row);
    if (op->arena) copy_part(&d, &part, offset, width);
    offset += width;
  }
  return status == MOTE_OK ? mote_need_value(op, d.subject, (int32_t)d.row, (int32_t)offset) : status;
}
