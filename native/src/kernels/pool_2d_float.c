/* SPDX-License-Identifier: Apache-2.0 */
/* AVERAGE_POOL_2D, MAX_POOL_2D and L2_POOL_2D in single precision (reference_ops::AveragePool, MaxPool, L2Pool): over
 * the taps inside the input. */
#include "../tflite.h"
#include "kernels.h"
#include "pool.h"
#include "single.h"

static float window(const mote_pool *p, int code, int32_t in, int32_t rows, int32_t columns) {
  const float *line = (const float *)p->input + in;
  float max = *line, sum = 0, count = (float)(rows * columns);
  for (; rows > 0; rows--, line += p->x.input * p->depth) {
    const float *tap = line;
    for (int32_t i = columns; i > 0; i--, tap += p->depth) {
      if (*tap > max) max = *tap;
      sum += code == TFL_OP_L2_POOL_2D ? *tap * *tap : *tap;
    }
  }
  if (code == TFL_OP_MAX_POOL_2D) return max;
  sum = mote_divf(sum, count);
  return code == TFL_OP_L2_POOL_2D ? mote_sqrtf(sum) : sum;
}

int mote_kernel_pool_2d_float(mote_op *op) {
  mote_pool p;
  mote_float_range range;
  int status = mote_pool_read(op, &p, TFL_FLOAT32);
  if (status == MOTE_OK) status = mote_float_activation(op, p.activation, &range);
  if (status != MOTE_OK || !op->arena) return status;
  float *out = p.output;
  const int32_t line = p.x.input * p.depth;
  for (int32_t b = 0; b < p.batches; b++) {
    for (int32_t oy = 0; oy < p.y.output; oy++) {
      mote_span y = mote_axis_span(&p.y, oy);
      for (int32_t ox = 0; ox < p.x.output; ox++) {
        mote_span x = mote_axis_span(&p.x, ox);
        int32_t in = (b * p.y.input + y.origin + y.from) * line + (x.origin + x.from) * p.depth;
        for (int32_t c = 0; c < p.depth; c++) {
          *out++ = mote_clampf(window(&p, op->code, in + c, y.to - y.from, x.to - x.from), range);
        }
      }
    }
  }
  return MOTE_OK;
}
