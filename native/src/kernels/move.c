/* SPDX-License-Identifier: Apache-2.0 */
#include "move.h"

#include <string.h>

#include "../tflite.h"

#define SHORT_RUN 8 /* bytes up to which a loop is faster than a call of memcpy */

static void copy_run(uint8_t *output, const uint8_t *input, uint32_t bytes) {
  if (bytes > SHORT_RUN) memcpy(output, input, bytes);
  else
    while (bytes--) *output++ = *input++;
}

/* Dimensions from `last` on lie without gaps on both sides and make up one run of bytes. */
static int outer_rank(const mote_box *box, uint32_t *run) {
  int rank = box->rank;
  *run = box->size;
  while (rank > 0) {
    int32_t count = box->counts[rank - 1];
    bool dense = (uint32_t)box->from[rank - 1] == *run && (uint32_t)box->to[rank - 1] == *run;
    if (count != 1 && !dense) break;
    *run *= (uint32_t)count;
    rank--;
  }
  return rank;
}

void mote_move(const mote_box *box, const uint8_t *input, uint8_t *output) {
  int32_t at[MOTE_MAX_RANK] = {0};
  uint32_t run;
  int rank = outer_rank(box, &run), i;
  do {
    copy_run(output, input, run);
    for (i = rank - 1; i >= 0; i--) {
      if (++at[i] < box->counts[i]) {
        input += box->from[i];
        output += box->to[i];
        break;
      }
      input -= (box->counts[i] - 1) * box->from[i];
      output -= (box->counts[i] - 1) * box->to[i];
      at[i] = 0;
    }
  } while (i >= 0);
}

void mote_fill(uint8_t *output, uint32_t elements, const uint8_t *value, uint32_t size) {
  if (size == 1) memset(output, *value, elements);
  else
    for (; elements--; output += size) copy_run(output, value, size);
}

uint32_t mote_element_bytes(const mote_tensor *tensor) { return tensor->bytes / tensor->elements; }

void mote_steps(const mote_tensor *tensor, int32_t *steps) {
  int32_t step = (int32_t)mote_element_bytes(tensor);
  for (int i = tensor->rank; i-- > 0;) {
    steps[i] = step;
    step *= tensor->dims[i];
  }
}

bool mote_same_scale(const mote_tensor *a, const mote_tensor *b) {
  if (a->n_scales == 0 || b->n_scales == 0) return a->n_scales == b->n_scales;
  return a->scales[0] == b->scales[0] && a->scales[1] == b->scales[1] && a->scales[2] == b->scales[2] &&
         a->scales[3] == b->scales[3];
}

int mote_need_types(mote_op *op, int subject, const mote_tensor *tensor, uint32_t types) {
  if (tensor->type < 32 && types >> tensor->type & 1) return MOTE_OK;
  return mote_op_fail(op, MOTE_ERR_TYPE, subject, tensor->type, TFL_INT8);
}

int mote_move_read(mote_op *op, int position, uint32_t types, mote_tensor *input, mote_tensor *output) {
  int status = mote_op_input(op, position, input);
  if (status == MOTE_OK) status = mote_op_output(op, 0, output);
  if (status == MOTE_OK) status = mote_need_types(op, position, input, types);
  if (status == MOTE_OK) status = mote_need_type(op, (int)op->inputs.count, output, input->type);
  return status;
}

int mote_read_indices(mote_op *op, int position, int32_t count, bool wide, mote_tensor *indices) {
  int status = mote_op_input(op, position, indices);
  if (status != MOTE_OK) return status;
  if (!(wide && indices->type == TFL_INT64)) status = mote_need_type(op, position, indices, TFL_INT32);
  if (status == MOTE_OK && count >= 0) status = mote_need_value(op, position, (int32_t)indices->elements, count);
  return status;
}

int mote_read_constants(mote_op *op, int position, int32_t count, bool wide, mote_tensor *indices) {
  int status = mote_read_indices(op, position, count, wide, indices);
  if (status == MOTE_OK && !indices->constant) status = mote_op_fail(op, MOTE_ERR_OPTION, position, 0, 1);
  return status;
}

int32_t mote_index(const mote_tensor *indices, uint32_t n) {
  const int32_t *words = (const int32_t *)(const void *)indices->data;
  if (indices->type != TFL_INT64) return words[n];
  int32_t low = words[2 * n], high = words[2 * n + 1];
  if (high == (low < 0 ? -1 : 0)) return low;
  return high < 0 ? INT32_MIN : INT32_MAX;
}

int mote_need_ranks(mote_op *op, int subject, const mote_tensor *tensor, int low, int high) {
  int rank = tensor->rank;
  return mote_need_rank(op, subject, tensor, rank < low ? low : rank > high ? high : rank);
}

int mote_need_within(mote_op *op, int subject, int32_t value, int32_t low, int32_t high) {
  if (value < low) return mote_op_fail(op, MOTE_ERR_OPTION, subject, value, low);
  return value <= high ? MOTE_OK : mote_op_fail(op, MOTE_ERR_OPTION, subject, value, high);
}

int mote_need_axis(mote_op *op, int32_t *axis, int rank) {
  if (*axis < 0) *axis += rank;
  return mote_need_within(op, -1, *axis, 0, rank - 1);
}
