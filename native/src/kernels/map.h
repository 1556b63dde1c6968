/* SPDX-License-Identifier: Apache-2.0 */
/* A function of one int8 element, applied to all of a tensor: where they are many, to each of the 256 values once. */
#ifndef MOTE_MAP_H
#define MOTE_MAP_H

#include "quant.h"

typedef struct {
  mote_tensor input, output;
  uint32_t at;
  int8_t values[256]; /* of x at (uint8_t)x */
} mote_map;

/* Reads and checks one int8 input and one int8 output with as many elements. */
int mote_map_read(mote_op *op, mote_map *map, int options_type);

/* while (mote_map_next(&map, &x)) mote_map_put(&map, function of x); */
bool mote_map_next(mote_map *map, int32_t *x);
void mote_map_put(mote_map *map, int32_t value);

#endif
