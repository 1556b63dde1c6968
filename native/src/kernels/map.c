/* SPDX-License-Identifier: Apache-2.0 */
#include "map.h"

#define FEW 256

int mote_map_read(mote_op *op, mote_map *map, int options_type) {
  int status = mote_op_arity(op, 1, 1, 1, options_type);
  map->at = 0;
  if (status == MOTE_OK) status = mote_op_input(op, 0, &map->input);
  if (status == MOTE_OK) status = mote_op_output(op, 0, &map->output);
  if (status == MOTE_OK) status = mote_need_int8(op, 0, &map->input);
  if (status == MOTE_OK) status = mote_need_int8(op, 1, &map->output);
  if (status != MOTE_OK) return status;
  return mote_need_value(op, 1, (int32_t)map->output.elements, (int32_t)map->input.elements);
}

bool mote_map_next(mote_map *map, int32_t *x) {
  const int8_t *in = (const int8_t *)map->input.data;
  uint32_t n = map->output.elements;
  bool more = map->at < (n < FEW ? n : FEW);
  if (more) *x = n <= FEW ? in[map->at] : (int8_t)map->at;
  else if (n > FEW)
    for (uint32_t i = 0; i < n; i++) map->output.data[i] = (uint8_t)map->values[(uint8_t)in[i]];
  return more;
}

void mote_map_put(mote_map *map, int32_t value) {
  int8_t *out = map->output.elements <= FEW ? (int8_t *)map->output.data : map->values;
  out[map->at++] = (int8_t)value;
}
