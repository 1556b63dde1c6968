/* SPDX-License-Identifier: Apache-2.0 */
/* Placement of tensors with known lifetimes. Two orders are tried and the smaller arena is kept:
 *
 * - by size, largest first, each in the lowest gap: good for graphs with branches;
 * - in order of execution, alternating between the bottom and the top of an arena as large as the busiest moment
 *   needs: optimal for chains, where only neighbours live together.
 *
 * Tensors that the file itself places are the same in both. Each placement is one pass over a list ordered by offset,
 * so that n tensors take n^2 steps. */
#include "offline.h"
#include "planner.h"

static bool alive(const mote_plan *plan, uint32_t tensor) { return plan->first[tensor] != MOTE_NONE; }

static bool together(const mote_plan *plan, uint32_t a, uint32_t b) {
  return plan->first[a] <= plan->last[b] && plan->first[b] <= plan->last[a];
}

/* Puts a tensor with a known offset into the list of placed ones. */
static void insert(mote_plan *plan, uint16_t *head, uint16_t tensor) {
  uint16_t *next = head;
  while (*next != MOTE_NONE && plan->offsets[*next] < plan->offsets[tensor]) next = &plan->link[*next];
  plan->link[tensor] = *next;
  *next = tensor;
  uint32_t end = plan->offsets[tensor] + plan->sizes[tensor];
  if (end > plan->arena_bytes) plan->arena_bytes = end;
}

/* The lowest place among the tensors that are alive at the same time. */
static uint32_t lowest_gap(const mote_plan *plan, uint16_t head, uint16_t tensor) {
  uint32_t offset = 0;
  for (uint16_t i = head; i != MOTE_NONE; i = plan->link[i]) {
    if (!together(plan, i, tensor)) continue;
    if (plan->offsets[i] >= offset && plan->offsets[i] - offset >= plan->sizes[tensor]) break;
    uint32_t end = plan->offsets[i] + plan->sizes[i];
    if (end > offset) offset = end;
  }
  return offset;
}

/* The highest place below `top`; the lowest gap where there is none. */
static uint32_t highest_gap(const mote_plan *plan, uint16_t head, uint16_t tensor, uint32_t top) {
  uint32_t floor = 0, size = plan->sizes[tensor], best = MOTE_NOT_PLANNED;
  for (uint16_t i = head; i != MOTE_NONE; i = plan->link[i]) {
    if (!together(plan, i, tensor)) continue;
    uint32_t ceiling = plan->offsets[i] < top ? plan->offsets[i] : top;
    if (ceiling >= floor && ceiling - floor >= size) best = ceiling - size;
    uint32_t end = plan->offsets[i] + plan->sizes[i];
    if (end > floor) floor = end;
  }
  if (top >= floor && top - floor >= size) best = top - size;
  return best == MOTE_NOT_PLANNED ? lowest_gap(plan, head, tensor) : best;
}

/* Of equal size, what lives longer comes first: it has fewer places to go. */
static bool before(const mote_plan *plan, uint32_t a, uint32_t b) {
  if (plan->sizes[a] != plan->sizes[b]) return plan->sizes[a] > plan->sizes[b];
  return plan->last[a] - plan->first[a] > plan->last[b] - plan->first[b];
}

static uint16_t largest_left(const mote_plan *plan) {
  uint16_t best = MOTE_NONE;
  for (uint32_t i = 0; i < plan->count; i++) {
    if (!alive(plan, i) || plan->offsets[i] != MOTE_NOT_PLANNED) continue;
    if (best == MOTE_NONE || before(plan, i, best)) best = (uint16_t)i;
  }
  return best;
}

static uint16_t earliest_left(const mote_plan *plan) {
  uint16_t best = MOTE_NONE;
  for (uint32_t i = 0; i < plan->count; i++) {
    if (!alive(plan, i) || plan->offsets[i] != MOTE_NOT_PLANNED) continue;
    if (best == MOTE_NONE || plan->first[i] < plan->first[best]) best = (uint16_t)i;
  }
  return best;
}

/* Bytes alive at the busiest operator: no arena can be smaller. */
static uint64_t busiest(const mote_plan *plan, uint32_t operators) {
  uint64_t most = 0;
  for (uint32_t at = 0; at <= operators; at++) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < plan->count; i++) {
      if (alive(plan, i) && plan->first[i] <= at && at <= plan->last[i]) sum += plan->sizes[i];
    }
    if (sum > most) most = sum;
  }
  return most;
}

/* Where the file's own offsets put tensors: no two may overlap while both are alive. */
static bool place_given(mote_plan *plan, uint16_t *head, mote_fault *fault) {
  for (uint32_t i = 0; i < plan->count; i++) {
    uint32_t offset = plan->offsets[i];
    if (offset == MOTE_NOT_PLANNED || !alive(plan, i)) continue;
    for (uint16_t k = *head; k != MOTE_NONE; k = plan->link[k]) {
      bool apart = plan->offsets[k] + plan->sizes[k] <= offset || offset + plan->sizes[i] <= plan->offsets[k];
      if (apart || !together(plan, i, k)) continue;
      *fault = (mote_fault){MOTE_ERR_PLAN, -1, -1, -1, (int32_t)i, (int32_t)k};
      return false;
    }
    insert(plan, head, (uint16_t)i);
  }
  return true;
}

/* Forgets all offsets but the file's own, which make up the list. */
static bool start(mote_plan *plan, mote_graph *graph, uint16_t *head, mote_fault *fault) {
  *head = MOTE_NONE;
  plan->arena_bytes = 0;
  for (uint32_t i = 0; i < plan->count; i++) plan->offsets[i] = MOTE_NOT_PLANNED;
  return mote_offline_read(graph, plan->offsets, plan->tensors, fault) && place_given(plan, head, fault);
}

static void place_by_size(mote_plan *plan, uint16_t head) {
  uint16_t tensor;
  while ((tensor = largest_left(plan)) != MOTE_NONE && plan->arena_bytes <= MOTE_MAX_BYTES) {
    plan->offsets[tensor] = lowest_gap(plan, head, tensor);
    insert(plan, &head, tensor);
  }
}

static void place_alternating(mote_plan *plan, uint16_t head, uint32_t top) {
  uint16_t tensor;
  bool high = true;
  while ((tensor = earliest_left(plan)) != MOTE_NONE && plan->arena_bytes <= MOTE_MAX_BYTES) {
    plan->offsets[tensor] = high ? highest_gap(plan, head, tensor, top) : lowest_gap(plan, head, tensor);
    insert(plan, &head, tensor);
    high = !high;
  }
}

static bool attempt(mote_plan *plan, mote_graph *graph, bool by_size, uint32_t top, mote_fault *fault) {
  uint16_t head;
  if (!start(plan, graph, &head, fault)) return false;
  if (by_size) place_by_size(plan, head);
  else place_alternating(plan, head, top);
  if (plan->arena_bytes <= MOTE_MAX_BYTES) return true;
  *fault = (mote_fault){MOTE_ERR_LIMIT, -1, -1, -1, (int32_t)plan->arena_bytes, MOTE_MAX_BYTES};
  return false;
}

bool mote_place(mote_plan *plan, mote_graph *graph, mote_fault *fault) {
  uint64_t top = busiest(plan, graph->operators.count);
  if (top > MOTE_MAX_BYTES) {
    *fault = (mote_fault){MOTE_ERR_LIMIT, -1, -1, -1, INT32_MAX, MOTE_MAX_BYTES};
    return false;
  }
  if (!attempt(plan, graph, true, 0, fault)) return false;
  uint32_t by_size = plan->arena_bytes;
  if (by_size <= top) return true;
  if (!attempt(plan, graph, false, (uint32_t)top, fault)) return false;
  return plan->arena_bytes <= by_size || attempt(plan, graph, true, 0, fault);
}
