/* SPDX-License-Identifier: Apache-2.0 */
#include "planner.h"

#include "offline.h"
#include "tflite.h"

uint32_t mote_plan_entries(mote_graph *graph) {
  return graph->tensors.count + 2 * (uint32_t)mote_graph_workspaces(graph, (int)graph->operators.count);
}

void mote_plan_place(mote_plan *plan, void *memory, uint32_t entries, uint32_t tensors) {
  plan->count = entries;
  plan->tensors = tensors;
  plan->arena_bytes = 0;
  plan->offsets = memory;
  plan->sizes = plan->offsets + entries;
  plan->first = (uint16_t *)(plan->sizes + entries);
  plan->last = plan->first + entries;
  plan->link = plan->last + entries;
}

void mote_plan_clear(mote_plan *plan) {
  for (uint32_t i = 0; i < plan->count; i++) {
    plan->offsets[i] = MOTE_NOT_PLANNED;
    plan->sizes[i] = 0;
    plan->first[i] = plan->last[i] = plan->link[i] = MOTE_NONE;
  }
}

static void occupy(mote_plan *plan, uint32_t entry, uint32_t bytes, uint32_t first, uint32_t last) {
  if (bytes == 0) return;
  plan->first[entry] = (uint16_t)first;
  plan->last[entry] = (uint16_t)last;
  plan->sizes[entry] = (bytes + MOTE_ALIGN - 1) & ~(uint32_t)(MOTE_ALIGN - 1);
}

/* A handle's tensor lies where its variable lies. */
static bool note_variable(mote_plan *plan, const mote_op *op) {
  int32_t output = fb_i32_at(&op->graph->file, op->outputs, 0);
  bool again = plan->link[output] != MOTE_NONE;
  plan->link[output] = (uint16_t)(plan->tensors + 2 * (uint32_t)op->variable - 1);
  if (again) *op->fault = (mote_fault){MOTE_ERR_FORMAT, (int16_t)op->index, (int16_t)op->code, 0, output, -1};
  return !again;
}

bool mote_plan_workspace(mote_plan *plan, const mote_op *op, int n, uint32_t operators) {
  uint32_t entry = plan->tensors + 2 * (uint32_t)n, at = (uint32_t)op->index;
  uint32_t most = op->scratch_bytes > op->persistent_bytes ? op->scratch_bytes : op->persistent_bytes;
  if (most > MOTE_MAX_BYTES) {
    *op->fault = (mote_fault){MOTE_ERR_LIMIT, (int16_t)op->index, (int16_t)op->code, -1, INT32_MAX, MOTE_MAX_BYTES};
    return false;
  }
  occupy(plan, entry, op->scratch_bytes, at, at);
  occupy(plan, entry + 1, op->persistent_bytes, 0, operators);
  return !op->variable || note_variable(plan, op);
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
  if (plan->last[place] < op->index) plan->last[place] = (uint16_t)op->index;
  return true;
}

static void own_place(mote_plan *plan, const mote_tensor *tensor, int first) {
  occupy(plan, (uint32_t)tensor->index, tensor->bytes, (uint32_t)first, (uint32_t)first);
}

static bool only_renames(int code) {
  return code == TFL_OP_RESHAPE || code == TFL_OP_SQUEEZE || code == TFL_OP_EXPAND_DIMS;
}

/* RESHAPE's output lies where its input lies, unless the file's plan moves it. Each tensor but variables is written
 * once, before it is read, so sharing can never show an outdated value. */
static bool shares_input(mote_plan *plan, mote_op *op, const mote_tensor *output) {
  mote_tensor input;
  if (!only_renames(op->code) || plan->offsets[output->index] != MOTE_NOT_PLANNED) return false;
  if (mote_op_input(op, 0, &input) != MOTE_OK || input.constant || input.variable) return false;
  if (input.bytes != output->bytes) return false;
  uint16_t place = owner(plan, (uint16_t)input.index);
  plan->link[output->index] = place;
  return true;
}

static bool produce(mote_plan *plan, mote_op *op, int position) {
  mote_tensor tensor;
  if (mote_op_output(op, position, &tensor) != MOTE_OK) return false;
  if (op->code == TFL_OP_VAR_HANDLE && plan->first[tensor.index] == MOTE_NONE) return true; /* noted before */
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
  *fault = (mote_fault){MOTE_OK, -1, -1, -1, 0, 0};
  int status = mote_graph_tensor(graph, fb_i32_at(&graph->file, list, i), tensor, &fault->have, &fault->want);
  /* A constant has no place in the arena for the caller to write or read, a variable's handle no bytes of its own. */
  if (status == MOTE_OK && (tensor->constant || tensor->type == TFL_RESOURCE)) status = MOTE_ERR_FORMAT;
  fault->status = (int16_t)status;
  return status == MOTE_OK;
}

/* Variables keep their bytes between runs. Tensors that cannot be read are left to the operators that use them. */
static void place_variables(mote_plan *plan, mote_graph *graph) {
  int32_t have, want;
  mote_tensor tensor;
  for (uint32_t i = 0; i < plan->tensors; i++) {
    if (mote_graph_tensor(graph, (int32_t)i, &tensor, &have, &want) != MOTE_OK || !tensor.variable) continue;
    occupy(plan, i, tensor.bytes, 0, graph->operators.count);
  }
}

static bool find_lifetimes(mote_plan *plan, mote_graph *graph, mote_fault *fault) {
  mote_tensor tensor;
  place_variables(plan, graph);
  for (uint32_t i = 0; i < graph->inputs.count; i++) {
    if (!edge_tensor(graph, graph->inputs, i, &tensor, fault)) return false;
    if (plan->first[tensor.index] == MOTE_NONE) own_place(plan, &tensor, 0);
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
  if (!mote_offline_read(graph, plan->offsets, plan->tensors, fault)) return false;
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
