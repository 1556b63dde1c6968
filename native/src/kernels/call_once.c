/* SPDX-License-Identifier: Apache-2.0 */
/* CALL_ONCE (call_once.cc) of a graph as converters write it: it gives variables their first values, all constants.
 * As in TFLM a reset does not run it again: variables then begin at zero points. */
#include <string.h>

#include "../tflite.h"
#include "../variables.h"
#include "kernels.h"
#include "quant.h"

static int refuse(mote_op *op, int code) { return mote_op_fail(op, MOTE_ERR_VARIABLE, -1, code, -1); }

/* One ASSIGN_VARIABLE of the graph: checks it, or with an arena carries it out. */
static int assign(mote_op *op, mote_op *inner) {
  mote_tensor value, first;
  mote_graph *main = op->graph, *graph = inner->graph;
  if (inner->inputs.count != 2 || mote_op_input(inner, 1, &value) != MOTE_OK) return refuse(op, inner->code);
  int home = mote_variable_home(main, graph, fb_i32_at(&graph->file, inner->inputs, 0));
  if (home == MOTE_FOREIGN) return MOTE_OK; /* no one reads it */
  if (home < 0 || !value.constant || !mote_variable_value(main, home, &first)) return refuse(op, inner->code);
  if (first.bytes != value.bytes) return mote_need_value(op, -1, (int32_t)value.bytes, (int32_t)first.bytes);
  if (!op->arena) return MOTE_OK;
  uint32_t entry = main->tensors.count + 2 * (uint32_t)mote_graph_workspaces(main, home) + 1;
  memcpy(op->arena + op->offsets[entry], value.constant, value.bytes);
  return MOTE_OK;
}

static int run(mote_op *op, mote_graph *graph) {
  mote_op inner;
  mote_fault ignored;
  int status = MOTE_OK;
  for (int i = 0; status == MOTE_OK && i < (int)graph->operators.count; i++) {
    bool good = mote_op_read(&inner, graph, i, &ignored);
    if (good && inner.code == TFL_OP_VAR_HANDLE) continue;
    if (!good || inner.code != TFL_OP_ASSIGN_VARIABLE) return refuse(op, inner.code);
    status = assign(op, &inner);
  }
  return status;
}

int mote_kernel_call_once(mote_op *op) {
  mote_graph graph;
  int status = mote_op_arity(op, 0, 0, 0, TFL_CALL_ONCE);
  int32_t index = fb_get_i32(&op->graph->file, op->options, TFL_CALL_ONCE_SUBGRAPH, 0);
  if (status != MOTE_OK) return status;
  op->persistent_bytes = 1; /* whether it has run */
  if (op->reset == MOTE_RESET_FIRST) op->persistent[0] = 0;
  if (op->reset || (op->arena && op->persistent[0])) return MOTE_OK;
  if (index < 1 || !mote_graph_further(op->graph, (uint32_t)index, &graph)) {
    return mote_op_fail(op, MOTE_ERR_OPTION, -1, index, 1);
  }
  status = run(op, &graph);
  if (op->arena) op->persistent[0] = 1;
  return status;
}
