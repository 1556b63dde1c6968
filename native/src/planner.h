/* SPDX-License-Identifier: Apache-2.0 */
/* Lays all activations of a graph into one arena. */
#ifndef MOTE_PLANNER_H
#define MOTE_PLANNER_H

#include "graph.h"

#define MOTE_NOT_PLANNED UINT32_MAX
#define MOTE_NONE UINT16_MAX

/* One entry a tensor, then two for each operator with the flag WORK: scratch and persistent memory. A tensor is alive
 * from operator `first` to operator `last`, both included; outputs of the graph stay alive to the operator count. first
 * == MOTE_NONE: has no place of its own; if link != MOTE_NONE it shares that of tensor `link` (RESHAPE does not move
 * bytes). Else link is the next tensor by offset. */
typedef struct {
  uint32_t *offsets; /* MOTE_NOT_PLANNED: constant or unused */
  uint32_t *sizes;
  uint16_t *first, *last, *link;
  uint32_t count;   /* entries */
  uint32_t tensors; /* of the graph; workspaces follow */
  uint32_t arena_bytes;
} mote_plan;

#define MOTE_PLAN_BYTES_PER_ENTRY 14

/* Entries that a graph's plan has. */
uint32_t mote_plan_entries(mote_graph *graph);
/* Points the plan's arrays into memory of entries * MOTE_PLAN_BYTES_PER_ENTRY bytes, 4-aligned. */
void mote_plan_place(mote_plan *plan, void *memory, uint32_t entries, uint32_t tensors);
/* Empties all entries. */
void mote_plan_clear(mote_plan *plan);
/* Notes what an operator asked for while it was checked: the n-th with the flag WORK. */
bool mote_plan_workspace(mote_plan *plan, const mote_op *op, int n, uint32_t operators);

/* Gives every tensor that is alive some time an offset: the file's own where it has one. */
bool mote_place(mote_plan *plan, mote_graph *graph, mote_fault *fault);

/* Lifetimes and shared places of tensors, then mote_place. The plan is clear but for workspaces. */
bool mote_plan_make(mote_plan *plan, mote_graph *graph, mote_fault *fault);

#endif
