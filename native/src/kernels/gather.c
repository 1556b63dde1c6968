/* SPDX-License-Identifier: Apache-2.0 */
/* GATHER and GATHER_ND (GatherPrepare, Gather, GatherNd): slices of a tensor by their indices. Indices that a model
 * computes are checked when they are used; TFLM reads anywhere. */
#include <string.h>

#include "../tflite.h"
#include "kernels.h"
#include "move.h"

#define GATHER_TYPES (MOTE_TYPE_BIT(TFL_FLOAT32) | MOTE_TYPE_BIT(TFL_INT8))
#define MOST_COORDINATES 5

typedef struct {
  mote_tensor input, indices, output;
  int first;                                 /* dimension that indices count along; of GATHER_ND the first of them */
  int coordinates;                           /* indices that make up a position: 1 for GATHER */
  uint32_t batches, outer, positions, slice; /* slice: bytes */
} gather;

static uint32_t product(const mote_tensor *tensor, int from, int to) {
  uint32_t n = 1;
  for (int i = from; i < to; i++) n *= (uint32_t)tensor->dims[i];
  return n;
}

static int prepare_axis(mote_op *op, gather *g) {
  fb_file *file = &op->graph->file;
  int32_t axis = fb_get_i32(file, op->options, TFL_GATHER_AXIS, 0);
  int32_t batch = fb_get_i32(file, op->options, TFL_GATHER_BATCH_DIMS, 0);
  int most = g->indices.rank;
  int status = mote_need_axis(op, &axis, g->input.rank);
  if (status != MOTE_OK) return status;
  if (batch < 0) batch += most;
  status = mote_need_option(op, batch, 0, axis < most ? axis : most);
  for (int i = 0; status == MOTE_OK && i < batch; i++) {
    status = mote_need_value(op, 1, g->indices.dims[i], g->input.dims[i]);
  }
  if (status != MOTE_OK) return status;
  g->first = axis;
  g->coordinates = 1;
  g->batches = product(&g->input, 0, batch);
  g->outer = product(&g->input, batch, axis);
  g->positions = product(&g->indices, batch, most);
  return MOTE_OK;
}

static int prepare_positions(mote_op *op, gather *g) {
  int status = mote_need_ranks(op, 1, &g->indices, 1, MOTE_MAX_RANK);
  if (status != MOTE_OK) return status;
  g->coordinates = g->indices.dims[g->indices.rank - 1];
  status =
      mote_need_within(op, 1, g->coordinates, 1, g->input.rank < MOST_COORDINATES ? g->input.rank : MOST_COORDINATES);
  g->first = 0;
  g->batches = g->outer = 1;
  g->positions = g->indices.elements / (uint32_t)g->coordinates;
  return status;
}

static int prepare(mote_op *op, gather *g) {
  bool axis = op->code == TFL_OP_GATHER;
  int status = mote_op_arity(op, 2, 2, 1, axis ? TFL_GATHER : 0);
  if (status == MOTE_OK) status = mote_move_read(op, 0, GATHER_TYPES, &g->input, &g->output);
  if (status == MOTE_OK) status = mote_read_indices(op, 1, -1, false, &g->indices);
  if (status == MOTE_OK) status = mote_need_ranks(op, 0, &g->input, 1, MOTE_MAX_RANK);
  if (status == MOTE_OK) status = axis ? prepare_axis(op, g) : prepare_positions(op, g);
  if (status != MOTE_OK) return status;
  g->slice = product(&g->input, g->first + g->coordinates, g->input.rank) * mote_element_bytes(&g->input);
  uint64_t bytes = (uint64_t)g->positions * g->slice * g->batches * g->outer;
  return bytes == g->output.bytes ? MOTE_OK : mote_op_fail(op, MOTE_ERR_SHAPE, 2, (int32_t)g->output.bytes, -1);
}

/* Which slice the n-th position means, counted from the first dimension that indices count along. */
static int find(mote_op *op, const gather *g, uint32_t n, uint32_t *slice) {
  *slice = 0;
  for (int i = 0; i < g->coordinates; i++) {
    int32_t size = g->input.dims[g->first + i];
    int32_t index = mote_index(&g->indices, n * (uint32_t)g->coordinates + (uint32_t)i);
    int status = mote_need_within(op, 1, index, 0, size - 1);
    if (status != MOTE_OK) return status;
    *slice = *slice * (uint32_t)size + (uint32_t)index;
  }
  return MOTE_OK;
}

int mote_kernel_gather(mote_op *op) {
  gather g;
  int status = prepare(op, &g);
  if (status != MOTE_OK || !g.indices.data) return status;
  uint32_t row = product(&g.input, g.first, g.first + g.coordinates) * g.slice, from, to = 0;
  uint32_t outer = op->arena ? g.outer : 1; /* all use the same indices */
  for (uint32_t b = 0; b < g.batches; b++) {
    for (uint32_t o = 0; o < outer; o++) {
      for (uint32_t i = 0; i < g.positions; i++, to += g.slice) {
        status = find(op, &g, b * g.positions + i, &from);
        if (status != MOTE_OK) return status;
        if (op->arena) memcpy(g.output.data + to, g.input.data + (b * g.outer + o) * row + from * g.slice, g.slice);
      }
    }
  }
  return MOTE_OK;
}
