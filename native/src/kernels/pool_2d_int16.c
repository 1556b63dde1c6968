/* SPDX-License-Identifier: Apache-2.0 */
/* AVERAGE_POOL_2D and MAX_POOL_2D, int16 (reference_integer_ops::AveragePool and MaxPool). */
#include "../tflite.h"
#include "kernels.h"
#include "pool_window.h"

static void mean(const mote_pool *p, int32_t out, int32_t in, int32_t rows, int32_t columns) {
  mote_pool_mean(p, out, in, rows, columns, true);
}

static void most(const mote_pool *p, int32_t out, int32_t in, int32_t rows, int32_t columns) {
  mote_pool_most(p, out, in, rows, columns, true);
}

int mote_kernel_pool_2d_int16(mote_op *op) {
  mote_pool p;
  int status = mote_pool_read(op, &p, TFL_INT16);
  if (status == MOTE_OK && op->arena) mote_pool_run(&p, op->code == TFL_OP_MAX_POOL_2D ? most : mean);
  return status;
}
