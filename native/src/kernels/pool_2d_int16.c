/* SPDX-License-Identifier: Apache-2.0 */
/* AVERAGE_POOL_2D and MAX_POOL_2D, int16 (reference_integer_ops::AveragePool and MaxPool): means and maxima over the
 * taps inside the input; halves of means away from zero. */
#include "../tflite.h"
#include "kernels.h"
#include "pool.h"

/* The sum can pass 2^31 only at 2^16 taps; it wraps around there. */
static void mean(const mote_pool *p, int32_t out, int32_t in, int32_t rows, int32_t columns) {
  const int16_t *line = (const int16_t *)p->input + in;
  int32_t sum = 0, count = rows * columns;
  for (; rows > 0; rows--, line += p->x.input * p->depth) {
    const int16_t *tap = line;
    for (int32_t i = columns; i > 0; i--, tap += p->depth) sum = mote_add(sum, *tap);
  }
  int32_t half = sum > 0 ? count / 2 : -(count / 2);
  ((int16_t *)p->output)[out] = (int16_t)mote_clamp(mote_add(sum, half) / count, p->range.low, p->range.high);
}

static void most(const mote_pool *p, int32_t out, int32_t in, int32_t rows, int32_t columns) {
  const int16_t *line = (const int16_t *)p->input + in;
  int32_t max = INT16_MIN;
  for (; rows > 0; rows--, line += p->x.input * p->depth) {
    const int16_t *tap = line;
    for (int32_t i = columns; i > 0; i--, tap += p->depth) max = *tap > max ? *tap : max;
  }
  ((int16_t *)p->output)[out] = (int16_t)mote_clamp(max, p->range.low, p->range.high);
}

int mote_kernel_pool_2d_int16(mote_op *op) {
  mote_pool p;
  int status = mote_pool_read(op, &p, TFL_INT16);
  if (status == MOTE_OK && op->arena) mote_pool_run(&p, op->code == TFL_OP_MAX_POOL_2D ? most : mean);
  return status;
}
