/* SPDX-License-Identifier: Apache-2.0 */
/* SELECT_V2 of elements of 1, 2 or 4 bytes (SelectPrepare, BroadcastSelectSimple): bytes are moved as they are. */
#include <string.h>

#include "../tflite.h"
#include "kernels.h"
#include "operands.h"

/* TFLM has these three types, and wants an output of the inputs' highest rank. */
static int check(mote_op *op, const mote_operands *o) {
  int type = o->in[1].type, rank = 0, status = mote_need_type(op, 0, &o->in[0], TFL_BOOL);
  for (int k = 0; k < 3; k++) rank = o->in[k].rank > rank ? o->in[k].rank : rank;
  if (status == MOTE_OK && type != TFL_INT16 && type != TFL_FLOAT32)
    status = mote_need_type(op, 1, &o->in[1], TFL_INT8);
  if (status == MOTE_OK && o->out.elements > 1) status = mote_need_rank(op, 3, &o->out, rank);
  return status == MOTE_OK ? mote_need_type(op, 3, &o->out, type) : status;
}

int mote_kernel_select_v2(mote_op *op) {
  mote_operands o;
  int status = mote_operands_read(op, 3, 0, &o);
  if (status == MOTE_OK) status = check(op, &o);
  if (status != MOTE_OK || !op->arena) return status;
  const int32_t *steps = o.rows.strides[0];
  uint32_t size = o.out.bytes / o.out.elements;
  uint8_t *out = o.out.data;
  do {
    uint32_t at[MOTE_OPERANDS] = {o.rows.offsets[0], o.rows.offsets[1], o.rows.offsets[2]};
    for (int32_t i = 0; i < o.rows.dims[0]; i++, out += size) {
      int chosen = o.in[0].data[at[0]] ? 1 : 2;
      memcpy(out, o.in[chosen].data + at[chosen] * size, size);
      for (int k = 0; k < MOTE_OPERANDS; k++) at[k] += (uint32_t)steps[k];
    }
  } while (mote_operands_next(&o));
  return MOTE_OK;
}
