/* SPDX-License-Identifier: Apache-2.0 */
/* Reports on files that need not be supported. */
#include "graph.h"
#include "mote.h"
#include "operators.h"

int mote_file_survey(const void *file, size_t size, mote_file_info *info, mote_fault *fault) {
  mote_graph graph;
  mote_tensor tensor;
  int32_t have, want;
  *info = (mote_file_info){0, 0, 0, 0, 0};
  if (!mote_graph_read(&graph, file, size, fault)) return fault->status;
  *info = (mote_file_info){graph.operators.count, graph.tensors.count, graph.inputs.count, graph.outputs.count, 0};
  for (uint32_t i = 0; i < graph.tensors.count; i++) {
    if (mote_graph_tensor(&graph, (int32_t)i, &tensor, &have, &want) != MOTE_OK) continue;
    if (tensor.constant) info->constant_bytes += tensor.bytes;
  }
  return MOTE_OK;
}

int mote_file_groups(const void *file, size_t size, uint32_t *mask, mote_fault *fault) {
  mote_graph graph;
  mote_op op;
  *mask = 0;
  if (!mote_graph_read(&graph, file, size, fault)) return fault->status;
  for (int i = 0; i < (int)graph.operators.count; i++) {
    if (!mote_op_read(&op, &graph, i, fault)) return fault->status;
    int group = mote_code_group(op.code, op.type);
    if (group >= 0) *mask |= 1u << group;
  }
  return MOTE_OK;
}

int mote_operator_check(const void *file, size_t size, int index, mote_operator_info *info, mote_fault *fault) {
  mote_graph graph;
  mote_op op;
  *info = (mote_operator_info){-1, 0, 0, 0};
  if (!mote_graph_read(&graph, file, size, fault)) return fault->status;
  if (index < 0 || (uint32_t)index >= graph.operators.count) {
    *fault = (mote_fault){MOTE_ERR_ARGUMENT, -1, -1, -1, index, (int32_t)graph.operators.count};
    return MOTE_ERR_ARGUMENT;
  }
  int status = mote_op_check(&graph, index, NULL, &op, fault);
  *info = (mote_operator_info){(int16_t)op.code, (uint16_t)op.inputs.count, (uint16_t)op.outputs.count, op.macs};
  return status;
}

const char *mote_operator_choice(int code) {
  switch (code) {
#define MOTE_OPERATOR(name, code, group, flags, kernel) \
  case code: return #name;
#define MOTE_CUSTOM(name, code, group, flags, kernel, text) \
  case code: return #name;
#include "operators.def"
    default: return NULL;
  }
}

int mote_operator_tensor(const void *file, size_t size, int index, int position, int32_t *tensor, mote_fault *fault) {
  mote_graph graph;
  mote_op op;
  *tensor = -1;
  if (!mote_graph_read(&graph, file, size, fault)) return fault->status;
  if (!mote_op_read(&op, &graph, index, fault)) return fault->status;
  int inputs = (int)op.inputs.count, all = inputs + (int)op.outputs.count;
  if (position < 0 || position >= all) {
    *fault = (mote_fault){MOTE_ERR_ARGUMENT, (int16_t)index, (int16_t)op.code, -1, position, all};
    return MOTE_ERR_ARGUMENT;
  }
  bool output = position >= inputs;
  *tensor = fb_i32_at(&graph.file, output ? op.outputs : op.inputs, (uint32_t)(output ? position - inputs : position));
  return graph.file.bad ? MOTE_ERR_TRUNCATED : MOTE_OK;
}
