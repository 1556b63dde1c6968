/* SPDX-License-Identifier: Apache-2.0 */
/* VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE of any type (var_handle.cc, read_variable.cc, assign_variable.cc and
 * micro_resource_variable.cc). The tensor that a handle gives lies where the variable lies (variables.h). */
#include "../variables.h"

#include <string.h>

#include "../tflite.h"
#include "kernels.h"
#include "quant.h"

static int need_handle(mote_op *op, int subject, const mote_tensor *handle) {
  int status = mote_need_type(op, subject, handle, TFL_RESOURCE);
  if (status == MOTE_OK) status = mote_need_value(op, subject, (int32_t)handle->elements, 1);
  if (status == MOTE_OK && (handle->variable || handle->constant)) {
    status = mote_op_fail(op, MOTE_ERR_VARIABLE, subject, 0, 0);
  }
  return status;
}

/* Its bytes begin as the low byte of the first value's zero point, as TFLM has it whatever the type. */
static void reset(const mote_op *op, const mote_tensor *value) {
  if (op->persistent) memset(op->persistent, (uint8_t)value->zero_point, value->bytes);
}

int mote_kernel_var_handle(mote_op *op) {
  mote_tensor handle, value;
  int status = mote_op_arity(op, 0, 0, 1, TFL_VAR_HANDLE);
  if (status == MOTE_OK) status = mote_op_output(op, 0, &handle);
  if (status == MOTE_OK) status = need_handle(op, 0, &handle);
  if (status != MOTE_OK || (op->arena && !op->reset)) return status;
  int home = mote_variable_home(op->graph, op->graph, handle.index);
  if (home < 0) return mote_op_fail(op, MOTE_ERR_LIMIT, -1, MOTE_MAX_VARIABLES + 1, MOTE_MAX_VARIABLES);
  op->variable = 1 + mote_graph_workspaces(op->graph, home);
  if (home != op->index || !mote_variable_value(op->graph, home, &value)) return MOTE_OK;
  op->persistent_bytes = value.bytes;
  if (op->reset) reset(op, &value);
  return MOTE_OK;
}

/* The tensor read or assigned has the bytes of the variable. */
static int check_bytes(mote_op *op, int subject, const mote_tensor *tensor, int32_t handle) {
  mote_tensor value;
  int home = mote_variable_home(op->graph, op->graph, handle);
  if (home < 0 || !mote_variable_value(op->graph, home, &value)) {
    return mote_op_fail(op, MOTE_ERR_VARIABLE, 0, 0, 0);
  }
  return mote_need_value(op, subject, (int32_t)tensor->bytes, (int32_t)value.bytes);
}

int mote_kernel_variable(mote_op *op) {
  mote_tensor handle, value;
  bool reads = op->code == TFL_OP_READ_VARIABLE;
  int status = mote_op_arity(op, 2 - reads, 2 - reads, reads, reads ? TFL_READ_VARIABLE : TFL_ASSIGN_VARIABLE);
  if (status == MOTE_OK) status = mote_op_input(op, 0, &handle);
  if (status == MOTE_OK) status = reads ? mote_op_output(op, 0, &value) : mote_op_input(op, 1, &value);
  if (status == MOTE_OK) status = need_handle(op, 0, &handle);
  if (status == MOTE_OK && !op->arena) status = check_bytes(op, 1, &value, handle.index);
  if (status != MOTE_OK || !op->arena) return status;
  if (reads) memcpy(value.data, handle.data, value.bytes);
  else memcpy(handle.data, value.data, value.bytes);
  return MOTE_OK;
}
