/* SPDX-License-Identifier: Apache-2.0 */
/* Means and maxima over the taps of a window that lie inside the input, of int8 or int16; halves of means away from
 * zero. `wide`, int16, is a constant at every call. */
#ifndef MOTE_POOL_WINDOW_H
#define MOTE_POOL_WINDOW_H

#include "pool.h"

static inline const uint8_t *mote_pool_at(const mote_pool *p, int32_t element, bool wide) {
  return (const uint8_t *)p->input + (element << wide);
}

static inline int32_t mote_pool_tap(const uint8_t *at, bool wide) {
  return wide ? *(const int16_t *)(const void *)at : *(const int8_t *)at;
}

static inline void mote_pool_put(const mote_pool *p, int32_t out, int32_t value, bool wide) {
  value = mote_clamp(value, p->range.low, p->range.high);
  if (wide) ((int16_t *)p->output)[out] = (int16_t)value;
  else ((int8_t *)p->output)[out] = (int8_t)value;
}

/* At most 2^28 bytes are added up: a sum could pass 2^31 only at 2^24 taps of int8, 2^16 of int16, and wraps there. */
static inline void mote_pool_mean(const mote_pool *p, int32_t out, int32_t in, int32_t rows, int32_t columns,
                                  bool wide) {
  const uint8_t *line = mote_pool_at(p, in, wide);
  int32_t sum = 0, count = rows * columns;
  for (; rows > 0; rows--, line += (p->x.input * p->depth) << wide) {
    const uint8_t *at = line;
    for (int32_t i = columns; i > 0; i--, at += p->depth << wide) sum = mote_add(sum, mote_pool_tap(at, wide));
  }
  int32_t half = sum > 0 ? count / 2 : -(count / 2);
  mote_pool_put(p, out, mote_add(sum, half) / count, wide);
}

static inline void mote_pool_most(const mote_pool *p, int32_t out, int32_t in, int32_t rows, int32_t columns,
                                  bool wide) {
  const uint8_t *line = mote_pool_at(p, in, wide);
  int32_t max = wide ? INT16_MIN : INT8_MIN;
  for (; rows > 0; rows--, line += (p->x.input * p->depth) << wide) {
    const uint8_t *at = line;
    for (int32_t i = columns; i > 0; i--, at += p->depth << wide) {
      int32_t tap = mote_pool_tap(at, wide);
      max = tap > max ? tap : max;
    }
  }
  mote_pool_put(p, out, max, wide);
}

#endif
