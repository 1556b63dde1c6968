/* SPDX-License-Identifier: Apache-2.0 */
#include "elements.h"

#include "../tflite.h"
#include "quant.h"

int32_t mote_element(const mote_tensor *tensor, uint32_t index) {
  const void *data = tensor->data;
  switch (tensor->type) {
    case TFL_INT8: return ((const int8_t *)data)[index];
    case TFL_UINT8: return ((const uint8_t *)data)[index];
    case TFL_BOOL: return ((const uint8_t *)data)[index] != 0;
    case TFL_INT16: return ((const int16_t *)data)[index];
    default: return ((const int32_t *)data)[index];
  }
}

void mote_element_set(const mote_tensor *tensor, uint32_t index, int32_t value) {
  void *data = tensor->data;
  switch (tensor->type) {
    case TFL_INT8:
    case TFL_UINT8:
    case TFL_BOOL: ((uint8_t *)data)[index] = (uint8_t)value; return;
    case TFL_INT16: ((int16_t *)data)[index] = (int16_t)value; return;
    default: ((int32_t *)data)[index] = value;
  }
}

int mote_elements_read(mote_op *op, int options_type, mote_tensor *input, mote_tensor *output) {
  int status = mote_op_arity(op, 1, 1, 1, options_type);
  if (status == MOTE_OK) status = mote_op_input(op, 0, input);
  if (status == MOTE_OK) status = mote_op_output(op, 0, output);
  if (status != MOTE_OK) return status;
  return mote_need_value(op, 1, (int32_t)output->elements, (int32_t)input->elements);
}
