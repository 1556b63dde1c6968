/* SPDX-License-Identifier: Apache-2.0 */
/* Lays all activations of a graph into one arena. */
#ifndef MOTE_PLANNER_H
#define MOTE_PLANNER_H

#include "graph.h"

#define MOTE_NOT_PLANNED UINT32_MAX
#define MOTE_NONE UINT16_MAX

/* One entry a tensor. A tensor is alive from operator `first` to operator `last`, both included; outputs of the graph
 * stay alive to the operator count. first == MOTE_NONE: has no place of its own; if link != MOTE_NONE it shares that of
 * tensor `link` (RESHAPE does not move bytes). Else link is the next tensor by offset. */
typedef struct {
  uint32_t *offsets; /* MOTE_NOT_PLANNED: constant or unused */
  uint32_t *sizes;
  uint16_t *first, *last, *link;
  uint32_t count;
  uint32_t arena_bytes;
} mote_plan;

#define MOTE_PLAN_BYTES_PER_TENSOR 14

/* Points the plan's arrays into memory of count * MOTE_PLAN_BYTES_PER_TENSOR bytes, 4-aligned. */
void mote_plan_place(mote_plan *plan, void *memory, uint32_t count);

/* Gives every tensor that is alive some time an offset: the file's own where it has one. */
bool mote_place(mote_plan *plan, mote_graph *graph, mote_fault *fault);

/* Lifetimes and shared places, then mote_place. */
bool mote_plan_make(mote_plan *plan, mote_graph *graph, mote_fault *fault);

#endif
