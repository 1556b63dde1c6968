/* SPDX-License-Identifier: Apache-2.0 */
/* AVERAGE_POOL_2D and MAX_POOL_2D, int8 (reference_integer_ops::AveragePool and MaxPool): means and maxima over the
 * taps inside the input; halves of means away from zero. */
#include "../tflite.h"
#include "kernels.h"
#include "pool.h"

/* The sum of at most 2^28 bytes could pass 2^31 only at 2^24 taps. */
static void mean(const mote_pool *p, int32_t out, int32_t in, int32_t rows, int32_t columns) {
  const int8_t *line = (const int8_t *)p->input + in;
  int32_t sum = 0, count = rows * columns;
  for (; rows > 0; rows--, line += p->x.input * p->depth) {
    const int8_t *tap = line;
    for (int32_t i = columns; i > 0; i--, tap += p->depth) sum = mote_add(sum, *tap);
  }
  int32_t half = sum > 0 ? count / 2 : -(count / 2);
  ((int8_t *)p->output)[out] = (int8_t)mote_clamp(mote_add(sum, half) / count, p->range.low, p->range.high);
}

static void most(const mote_pool *p, int32_t out, int32_t in, int32_t rows, int32_t columns) {
  const int8_t *line = (const int8_t *)p->input + in;
  int32_t max = INT8_MIN;
  for (; rows > 0; rows--, line += p->x.input * p->depth) {
    const int8_t *tap = line;
    for (int32_t i = columns; i > 0; i--, tap += p->depth) max = *tap > max ? *tap : max;
  }
  ((int8_t *)p->output)[out] = (int8_t)mote_clamp(max, p->range.low, p->range.high);
}

int mote_kernel_pool_2d(mote_op *op) {
  mote_pool p;
  int status = mote_pool_read(op, &p, TFL_INT8);
  if (status == MOTE_OK && op->arena) mote_pool_run(&p, op->code == TFL_OP_MAX_POOL_2D ? most : mean);
  return status;
}
