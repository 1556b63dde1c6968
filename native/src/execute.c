/* SPDX-License-Identifier: Apache-2.0 */
/* A switch, not a table of functions: native .mpy modules cannot relocate data. */
#include "kernels/kernels.h"
#include "tflite.h"

int mote_op_execute(mote_op *op) {
  switch (op->code) {
    case TFL_OP_ADD: return mote_kernel_add(op);
    case TFL_OP_AVERAGE_POOL_2D: return mote_kernel_average_pool_2d(op);
    case TFL_OP_CONV_2D: return mote_kernel_conv_2d(op);
    case TFL_OP_DEPTHWISE_CONV_2D: return mote_kernel_depthwise_conv_2d(op);
    case TFL_OP_FULLY_CONNECTED: return mote_kernel_fully_connected(op);
    case TFL_OP_RESHAPE: return mote_kernel_reshape(op);
    case TFL_OP_SOFTMAX: return mote_kernel_softmax(op);
    default: return mote_op_fail(op, MOTE_ERR_OPERATOR, -1, op->code, -1);
  }
}

int mote_op_check(mote_graph *graph, int index, mote_op *op, mote_fault *fault) {
  if (!mote_op_read(op, graph, index, fault)) return fault->status;
  int status = mote_op_execute(op);
  bool cut_off = status == MOTE_OK && graph->file.bad;
  return cut_off ? mote_op_fail(op, MOTE_ERR_TRUNCATED, -1, (int32_t)graph->file.size, -1) : status;
}
