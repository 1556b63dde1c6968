/* SPDX-License-Identifier: Apache-2.0 */
#include "graph.h"
#include "mote.h"
#include "operators.h"
#include "planner.h"
#include "tflite.h"

#define MODEL_MAGIC 0x4d4f5445u

/* The plan's arrays follow this header in the caller's state. */
struct mote_model {
  uint32_t magic;
  uint32_t arena_bytes;
  mote_graph graph;
  mote_executor further[MOTE_GROUPS - 1]; /* of group n at n - 1: CORE is in every build that opens models */
  uint32_t entries;                       /* of the plan */
  bool begun;                             /* it was reset before */
};

/* The same on 32-bit and 64-bit machines, so that a PC states a board's bytes. */
#define HEADER_BYTES 128
typedef char header_fits[sizeof(mote_model) <= HEADER_BYTES ? 1 : -1];

static int give(mote_fault *fault, int status, int32_t have, int32_t want) {
  *fault = (mote_fault){(int16_t)status, -1, -1, -1, have, want};
  return status;
}

static void place_plan(const mote_model *model, mote_plan *plan) {
  uint8_t *after = (uint8_t *)(uintptr_t)model + HEADER_BYTES;
  mote_plan_place(plan, after, model->entries, model->graph.tensors.count);
}

int mote_model_measure(const void *file, size_t size, uint32_t *state_bytes, mote_fault *fault) {
  mote_graph graph;
  if (!mote_graph_read(&graph, file, size, fault)) return fault->status;
  uint32_t bytes = HEADER_BYTES + mote_plan_entries(&graph) * MOTE_PLAN_BYTES_PER_ENTRY;
  if (graph.file.bad) return give(fault, MOTE_ERR_TRUNCATED, (int32_t)size, -1);
  *state_bytes = (bytes + MOTE_ALIGN - 1) & ~(uint32_t)(MOTE_ALIGN - 1);
  return MOTE_OK;
}

/* Checks every operator; the plan takes down the workspaces that they ask for. */
static int check_operators(mote_model *model, mote_plan *plan, mote_fault *fault) {
  mote_op op;
  int operators = (int)model->graph.operators.count, workspace = 0;
  for (int i = 0; i < operators; i++) {
    int status = mote_op_check(&model->graph, i, model->further, &op, fault);
    if (status != MOTE_OK) return status;
    if (!mote_code_has_workspace(op.code)) continue;
    if (!mote_plan_workspace(plan, &op, workspace++, (uint32_t)operators)) return fault->status;
  }
  return MOTE_OK;
}

int mote_model_open(void *state, size_t state_bytes, const void *file, size_t size, const mote_executor *further,
                    mote_fault *fault) {
  uint32_t needed = 0;
  mote_model *model = state;
  mote_plan plan;
  int status = mote_model_measure(file, size, &needed, fault);
  if (status != MOTE_OK) return status;
  if (state == NULL || (uintptr_t)state % sizeof(void *) != 0) {
    return give(fault, MOTE_ERR_ALIGN, (int32_t)((uintptr_t)state % MOTE_ALIGN), MOTE_ALIGN);
  }
  if (state_bytes < needed) return give(fault, MOTE_ERR_STATE_SIZE, (int32_t)state_bytes, (int32_t)needed);
  model->magic = 0;
  if (!mote_graph_read(&model->graph, file, size, fault)) return fault->status;
  for (int i = 1; i < MOTE_GROUPS; i++) model->further[i - 1] = further ? further[i] : NULL;
  model->entries = mote_plan_entries(&model->graph);
  place_plan(model, &plan);
  mote_plan_clear(&plan);
  status = check_operators(model, &plan, fault);
  if (status != MOTE_OK) return status;
  if (!mote_plan_make(&plan, &model->graph, fault)) return fault->status;
  if (model->graph.file.bad) return give(fault, MOTE_ERR_TRUNCATED, (int32_t)size, -1);
  model->arena_bytes = plan.arena_bytes;
  model->begun = false;
  model->magic = MODEL_MAGIC;
  return MOTE_OK;
}

static bool opened(const mote_model *model) { return model != NULL && model->magic == MODEL_MAGIC; }

uint32_t mote_model_arena_bytes(const mote_model *model) { return opened(model) ? model->arena_bytes : 0; }
int mote_model_inputs(const mote_model *model) { return opened(model) ? (int)model->graph.inputs.count : 0; }
int mote_model_outputs(const mote_model *model) { return opened(model) ? (int)model->graph.outputs.count : 0; }
int mote_model_operators(const mote_model *model) { return opened(model) ? (int)model->graph.operators.count : 0; }

static uint32_t little_u32(const uint8_t *p) {
  return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

int mote_model_tensor(const mote_model *model, int index, mote_tensor_info *info) {
  int32_t have, want;
  mote_tensor tensor;
  mote_plan plan;
  if (!opened(model)) return MOTE_ERR_ARGUMENT;
  mote_graph graph = model->graph;
  int status = mote_graph_tensor(&graph, index, &tensor, &have, &want);
  if (status != MOTE_OK) return status;
  uint32_t table = fb_table_at(&graph.file, graph.tensors, (uint32_t)index);
  fb_vector name = fb_get_vector(&graph.file, table, TFL_TENSOR_NAME, 1);
  if (graph.file.bad) name = (fb_vector){0, 0}; /* nothing that is computed needs it */
  place_plan(model, &plan);
  *info = (mote_tensor_info){.type = tensor.type, .rank = tensor.rank, .bytes = tensor.bytes};
  info->name = (const char *)graph.file.base + name.pos;
  info->name_len = (uint16_t)(name.count > 255 ? 255 : name.count);
  for (int i = 0; i < tensor.rank; i++) info->dims[i] = tensor.dims[i];
  info->scale_bits = tensor.n_scales ? little_u32(tensor.scales) : 0;
  info->zero_point = tensor.zero_point;
  info->offset = tensor.constant ? UINT32_MAX : plan.offsets[index];
  return MOTE_OK;
}

static int edge(const mote_model *model, bool output, int index, mote_tensor_info *info) {
  if (!opened(model) || index < 0) return MOTE_ERR_ARGUMENT;
  mote_graph graph = model->graph;
  fb_vector list = output ? graph.outputs : graph.inputs;
  if ((uint32_t)index >= list.count) return MOTE_ERR_ARGUMENT;
  return mote_model_tensor(model, fb_i32_at(&graph.file, list, (uint32_t)index), info);
}

int mote_model_input(const mote_model *model, int index, mote_tensor_info *info) {
  return edge(model, false, index, info);
}

int mote_model_output(const mote_model *model, int index, mote_tensor_info *info) {
  return edge(model, true, index, info);
}

int mote_model_places(const mote_model *model) { return opened(model) ? (int)model->entries : 0; }

/* The operator whose memory the n-th pair of entries is. */
static int workspace_owner(const mote_model *model, int n) {
  mote_graph graph = model->graph;
  int op = 0;
  while (op < (int)graph.operators.count && mote_graph_workspaces(&graph, op + 1) <= n) op++;
  return op;
}

static bool is_variable(const mote_model *model, int index) {
  int32_t have, want;
  mote_tensor tensor;
  mote_graph graph = model->graph;
  return mote_graph_tensor(&graph, index, &tensor, &have, &want) == MOTE_OK && tensor.variable;
}

int mote_model_place(const mote_model *model, int index, mote_place_info *info) {
  mote_plan plan;
  if (!opened(model) || index < 0 || (uint32_t)index >= model->entries) return MOTE_ERR_ARGUMENT;
  place_plan(model, &plan);
  *info = (mote_place_info){.shares = -1, .op = -1};
  int place = index, work = index - (int)plan.tensors;
  if (plan.first[index] == MOTE_NONE && plan.link[index] != MOTE_NONE)
    info->shares = (int16_t)(place = plan.link[index]);
  if (plan.first[place] == MOTE_NONE) return MOTE_OK;
  if (work >= 0) info->op = (int16_t)workspace_owner(model, work / 2);
  info->keeps = work >= 0 ? work % 2 == 1 : is_variable(model, index);
  info->offset = plan.offsets[index];
  info->bytes = plan.sizes[place];
  info->first = plan.first[place];
  info->last = plan.last[place];
  return MOTE_OK;
}

static int check_arena(const mote_model *model, const void *arena, size_t arena_bytes, mote_fault *fault) {
  if (arena_bytes < model->arena_bytes) {
    return give(fault, MOTE_ERR_ARENA_SIZE, (int32_t)arena_bytes, (int32_t)model->arena_bytes);
  }
  if (arena == NULL || (uintptr_t)arena % MOTE_ALIGN != 0) {
    return give(fault, MOTE_ERR_ALIGN, (int32_t)((uintptr_t)arena % MOTE_ALIGN), MOTE_ALIGN);
  }
  return MOTE_OK;
}

/* Runs operators [from, to), or with `reset` puts those that have workspaces into their first state. */
static int run_range(const mote_model *model, int from, int to, mote_reset reset, uint8_t *arena, mote_fault *fault) {
  mote_plan plan;
  mote_op op;
  mote_graph graph = model->graph;
  place_plan(model, &plan);
  int workspace = mote_graph_workspaces(&graph, from);
  for (int i = from; i < to; i++) {
    if (!mote_op_read(&op, &graph, i, fault)) return fault->status;
    bool works = mote_code_has_workspace(op.code);
    if (reset && !works) continue;
    op.arena = arena;
    op.reset = (uint8_t)reset;
    op.offsets = plan.offsets;
    op.further = model->further;
    if (works) mote_op_place_workspace(&op, workspace++);
    int status = mote_op_execute(&op);
    if (status != MOTE_OK) return status;
  }
  return MOTE_OK;
}

static int checked_range(const mote_model *model, int from, int to, mote_reset reset, void *arena, size_t arena_bytes,
                         mote_fault *fault) {
  if (!opened(model) || from < 0 || to > (int)model->graph.operators.count) {
    return give(fault, MOTE_ERR_ARGUMENT, from, to);
  }
  int status = check_arena(model, arena, arena_bytes, fault);
  return status == MOTE_OK ? run_range(model, from, to, reset, arena, fault) : status;
}

int mote_model_run(const mote_model *model, void *arena, size_t arena_bytes, mote_fault *fault) {
  return checked_range(model, 0, mote_model_operators(model), MOTE_RESET_NONE, arena, arena_bytes, fault);
}

int mote_model_run_operator(const mote_model *model, int index, void *arena, size_t arena_bytes, mote_fault *fault) {
  return checked_range(model, index, index + 1, MOTE_RESET_NONE, arena, arena_bytes, fault);
}

/* Variables of quantized types begin at their zero point, which stands for 0; others at 0. */
static void reset_variable(const mote_tensor *tensor, uint8_t *bytes) {
  for (uint32_t i = 0; i < tensor->bytes; i++) {
    bytes[i] = tensor->type == TFL_INT8 ? (uint8_t)tensor->zero_point : 0;
  }
}

int mote_model_reset(mote_model *model, void *arena, size_t arena_bytes, mote_fault *fault) {
  int32_t have, want;
  mote_tensor tensor;
  mote_plan plan;
  mote_reset kind = opened(model) && model->begun ? MOTE_RESET_AGAIN : MOTE_RESET_FIRST;
  int status = checked_range(model, 0, mote_model_operators(model), kind, arena, arena_bytes, fault);
  if (status != MOTE_OK) return status;
  model->begun = true;
  mote_graph graph = model->graph;
  place_plan(model, &plan);
  for (uint32_t i = 0; i < graph.tensors.count; i++) {
    if (mote_graph_tensor(&graph, (int32_t)i, &tensor, &have, &want) != MOTE_OK) continue;
    if (tensor.variable && plan.offsets[i] != MOTE_NOT_PLANNED) {
      reset_variable(&tensor, (uint8_t *)arena + plan.offsets[i]);
    }
  }
  return MOTE_OK;
}
