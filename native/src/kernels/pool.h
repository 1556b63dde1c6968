/* SPDX-License-Identifier: Apache-2.0 */
/* What AVERAGE_POOL_2D and MAX_POOL_2D of all types share: the checks and the walk over windows. */
#ifndef MOTE_POOL_H
#define MOTE_POOL_H

#include "window.h"

typedef struct {
  mote_axis y, x;
  mote_range range; /* of int8 and int16 outputs */
  int activation, type;
  int32_t batches, depth;
  const void *input;
  void *output;
} mote_pool;

/* Checks the operator: images of one type, quantized alike if they are int8 or int16. */
int mote_pool_read(mote_op *op, mote_pool *pool, int type);

/* One output: the element `out` from rows x columns taps of a channel, the first of which is the element `in`. */
typedef void mote_pool_window(const mote_pool *pool, int32_t out, int32_t in, int32_t rows, int32_t columns);

static inline void mote_pool_run(const mote_pool *p, mote_pool_window *window) {
  int32_t out = 0, image = 0;
  for (int32_t b = 0; b < p->batches; b++, image += p->y.input * p->x.input * p->depth) {
    for (int32_t oy = 0; oy < p->y.output; oy++) {
      mote_span y = mote_axis_span(&p->y, oy);
      for (int32_t ox = 0; ox < p->x.output; ox++) {
        mote_span x = mote_axis_span(&p->x, ox);
        int32_t in = image + ((y.origin + y.from) * p->x.input + x.origin + x.from) * p->depth;
        for (int32_t c = 0; c < p->depth; c++) window(p, out++, in + c, y.to - y.from, x.to - x.from);
      }
    }
  }
}

#endif
