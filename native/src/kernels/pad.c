/* SPDX-License-Identifier: Apache-2.0 */
/* PAD and PADV2 (reference_ops::PadImpl, PadPrepare). */
#include "../tflite.h"
#include "kernels.h"
#include "move.h"

#define PAD_RANK 5
#define PAD_TYPES \
  (MOTE_TYPE_BIT(TFL_FLOAT32) | MOTE_TYPE_BIT(TFL_INT8) | MOTE_TYPE_BIT(TFL_INT16) | MOTE_TYPE_BIT(TFL_INT32))

/* The stated value must be quantized as the output is. */
static int check_value(mote_op *op, const mote_tensor *value, const mote_tensor *output) {
  int status = mote_need_type(op, 2, value, output->type);
  if (status == MOTE_OK) status = mote_need_value(op, 2, (int32_t)value->elements, 1);
  if (status != MOTE_OK || output->type != TFL_INT8) return status;
  bool fits = value->zero_point == output->zero_point && mote_same_scale(value, output);
  return fits ? MOTE_OK : mote_op_fail(op, MOTE_ERR_QUANT, 2, value->zero_point, output->zero_point);
}

/* Negative amounts, with which TFLM reads wrong rows, are refused. */
static int check_amounts(mote_op *op, const mote_tensor *input, const mote_tensor *amounts, const mote_tensor *output) {
  int status = MOTE_OK, out = (int)op->inputs.count;
  for (int i = 0; status == MOTE_OK && i < input->rank; i++) {
    int32_t left = mote_index(amounts, 2 * (uint32_t)i), right = mote_index(amounts, 2 * (uint32_t)i + 1);
    status = mote_need_within(op, 1, left, 0, MOTE_MAX_BYTES);
    if (status == MOTE_OK) status = mote_need_within(op, 1, right, 0, MOTE_MAX_BYTES);
    if (status == MOTE_OK) status = mote_need_value(op, out, output->dims[i], input->dims[i] + left + right);
  }
  return status;
}

static void run(const mote_tensor *input, const mote_tensor *amounts, const mote_tensor *output, const uint8_t *value) {
  mote_box box = {.size = mote_element_bytes(input), .rank = input->rank};
  uint8_t *start = output->data;
  mote_fill(output->data, output->elements, value, box.size);
  mote_steps(input, box.from);
  mote_steps(output, box.to);
  for (int i = 0; i < box.rank; i++) {
    box.counts[i] = input->dims[i];
    start += mote_index(amounts, 2 * (uint32_t)i) * box.to[i];
  }
  mote_move(&box, input->data, start);
}

int mote_kernel_pad(mote_op *op) {
  mote_tensor input, amounts, output, value;
  int status = mote_op_arity(op, 2, 3, 1, 0), out = (int)op->inputs.count;
  if (status == MOTE_OK) status = mote_move_read(op, 0, PAD_TYPES, &input, &output);
  if (status == MOTE_OK) status = mote_need_ranks(op, 0, &input, 1, PAD_RANK);
  if (status == MOTE_OK) status = mote_need_rank(op, out, &output, input.rank);
  if (status == MOTE_OK) status = mote_read_constants(op, 1, 2 * input.rank, false, &amounts);
  if (status == MOTE_OK) status = check_amounts(op, &input, &amounts, &output);
  if (status == MOTE_OK) status = mote_op_optional(op, 2, &value);
  bool stated = value.index >= 0;
  if (status == MOTE_OK && stated) status = check_value(op, &value, &output);
  if (status == MOTE_OK && output.type == TFL_INT8 && !stated)
    status = mote_need_within(op, out, output.zero_point, INT8_MIN, INT8_MAX);
  if (status != MOTE_OK || !op->arena) return status;
  uint8_t zero[4] = {output.type == TFL_INT8 ? (uint8_t)output.zero_point : 0};
  run(&input, &amounts, &output, stated ? value.data : zero);
  return MOTE_OK;
}
