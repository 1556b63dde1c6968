/* SPDX-License-Identifier: Apache-2.0 */
/* From an operator to the module that runs it: this one, or one that is attached to the model. */
#include "operators.h"

int mote_op_execute(mote_op *op) {
  int group = mote_code_group(op->code, op->type);
  if (group < 0) return mote_op_fail(op, MOTE_ERR_OPERATOR, -1, op->code, -1);
  if (mote_groups() >> group & 1) return mote_execute(op);
  if (op->further && group > 0 && op->further[group - 1]) return op->further[group - 1](op);
  return mote_op_fail(op, MOTE_ERR_ABSENT, -1, group, -1);
}

int mote_op_check(mote_graph *graph, int index, const mote_executor *further, mote_op *op, mote_fault *fault) {
  if (!mote_op_read(op, graph, index, fault)) return fault->status;
  op->further = further;
  int status = mote_op_execute(op);
  bool cut_off = status == MOTE_OK && graph->file.bad;
  return cut_off ? mote_op_fail(op, MOTE_ERR_TRUNCATED, -1, (int32_t)graph->file.size, -1) : status;
}
