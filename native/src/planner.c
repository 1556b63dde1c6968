/* SPDX-License-Identifier: Apache-2.0 */
#include "planner.h"

#include "offline.h"
#include "tflite.h"

void mote_plan_place(mote_plan *plan, void *memory, uint32_t count) {
  plan->count = count;
  plan->arena_bytes = 0;
  plan->offsets = memory;
  plan->sizes = plan->offsets + count;
  plan->first = (uint16_t *)(plan->sizes + count);
  plan->last = plan->first + count;
  plan->link = plan->last + count;
}

static bool refuse(mote_op *op, int status, int subject, int32_t have, int32_t want) {
  mote_op_fail(op, status, subject, have, want);
  return false;
}

/* The tensor whose place this one uses. */
static uint16_t owner(const mote_plan *plan, uint16_t tensor) {
  bool shares = plan->first[tensor] == MOTE_NONE && plan->link[tensor] != MOTE_NONE;
  return shares ? plan->link[tensor] : tensor;
}

static bool consume(mote_plan *plan, mote_op *op, int position) {
  mote_tensor tensor;
  if (mote_op_optional(op, position, &tensor) != MOTE_OK) return false;
  if (tensor.index < 0 || tensor.constant) return true;
  uint16_t place = owner(plan, (uint16_t)tensor.index);
  if (plan->first[place] == MOTE_NONE) return refuse(op, MOTE_ERR_FORMAT, position, tensor.index, -1);
  plan->last[place] = (uint16_t)op->index;
  return true;
}

static void own_place(mote_plan *plan, const mote_tensor *tensor, int first) {
  plan->first[tensor->index] = plan->last[tensor->index] = (uint16_t)first;
  plan->sizes[tensor->index] = (tensor->bytes + MOTE_ALIGN - 1) & ~(uint32_t)(MOTE_ALIGN - 1);
}

/* RESHAPE's output lies where its input lies, unless the file's plan moves it. Each tensor is written once, before it
 * is read, so sharing can never show an outdated value. */
static bool shares_input(mote_plan *plan, mote_op *op, const mote_tensor *output) {
  mote_tensor input;
  if (op->code != TFL_OP_RESHAPE || plan->offsets[output->index] != MOTE_NOT_PLANNED) return false;
  if (mote_op_input(op, 0, &input) != MOTE_OK || input.constant || input.bytes != output->bytes) return false;
  uint16_t place = owner(plan, (uint16_t)input.index);
  plan->link[output->index] = place;
  return true;
}

static bool produce(mote_plan *plan, mote_op *op, int position) {
  mote_tensor tensor;
  if (mote_op_output(op, position, &tensor) != MOTE_OK) return false;
  int subject = (int)op->inputs.count + position;
  bool produced = plan->first[tensor.index] != MOTE_NONE || plan->link[tensor.index] != MOTE_NONE;
  if (produced) return refuse(op, MOTE_ERR_FORMAT, subject, tensor.index, -1);
  if (!shares_input(plan, op, &tensor)) own_place(plan, &tensor, op->index);
  return true;
}

static bool walk_operator(mote_plan *plan, mote_graph *graph, int index, mote_fault *fault) {
  mote_op op;
  if (!mote_op_read(&op, graph, index, fault)) return false;
  for (int i = 0; i < (int)op.inputs.count; i++) {
    if (!consume(plan, &op, i)) return false;
  }
  for (int i = 0; i < (int)op.outputs.count; i++) {
    if (!produce(plan, &op, i)) return false;
  }
  return true;
}

static bool edge_tensor(mote_graph *graph, fb_vector list, uint32_t i, mote_tensor *tensor, mote_fault *fault) {
  int status = mote_graph_tensor(graph, fb_i32_at(&graph->file, list, i), tensor, &fault->have, &fault->want);
  /* A constant has no place in the arena for the caller to write or read. */
  if (status == MOTE_OK && tensor->constant) status = MOTE_ERR_FORMAT;
  fault->status = (int16_t)status;
  return status == MOTE_OK;
}

static bool find_lifetimes(mote_plan *plan, mote_graph *graph, mote_fault *fault) {
  mote_tensor tensor;
  for (uint32_t i = 0; i < graph->inputs.count; i++) {
    if (!edge_tensor(graph, graph->inputs, i, &tensor, fault)) return false;
    own_place(plan, &tensor, 0);
  }
  for (uint32_t i = 0; i < graph->operators.count; i++) {
    if (!walk_operator(plan, graph, (int)i, fault)) return false;
  }
  for (uint32_t i = 0; i < graph->outputs.count; i++) {
    if (!edge_tensor(graph, graph->outputs, i, &tensor, fault)) return false;
    uint16_t place = owner(plan, (uint16_t)tensor.index);
    if (plan->first[place] == MOTE_NONE) {
      *fault = (mote_fault){MOTE_ERR_FORMAT, -1, -1, -1, tensor.index, -1};
      return false;
    }
    plan->last[place] = (uint16_t)graph->operators.count;
  }
  return true;
}

bool mote_plan_make(mote_plan *plan, mote_graph *graph, mote_fault *fault) {
  for (uint32_t i = 0; i < plan->count; i++) {
    plan->offsets[i] = MOTE_NOT_PLANNED;
    plan->sizes[i] = 0;
    plan->first[i] = plan->last[i] = plan->link[i] = MOTE_NONE;
  }
  if (!mote_offline_read(graph, plan->offsets, plan->count, fault)) return false;
  if (!find_lifetimes(plan, graph, fault)) return false;
  if (!mote_place(plan, graph, fault)) return false;
  for (uint32_t i = 0; i < plan->count; i++) {
    uint16_t place = owner(plan, (uint16_t)i);
    if (place != i) plan->offsets[i] = plan->offsets[place];
    else if (plan->first[i] == MOTE_NONE) plan->offsets[i] = MOTE_NOT_PLANNED;
  }
  *fault = (mote_fault){MOTE_OK, -1, -1, -1, 0, 0};
  return true;
}
