/* SPDX-License-Identifier: Apache-2.0 */
/* CAST between int8, int16, int32, uint32, float and bool (TFLM's copyCast: C++ conversions). Integers keep their low
 * bits; floats are cut off towards 0 and saturate, NaN is 0. */
#include <string.h>

#include "../real.h"
#include "../tflite.h"
#include "elements.h"
#include "kernels.h"
#include "quant.h"

static bool is_known(int type) {
  return type == TFL_INT8 || type == TFL_INT16 || type == TFL_INT32 || type == TFL_UINT32 || type == TFL_FLOAT32 ||
         type == TFL_BOOL;
}

static int32_t from_single(uint32_t bits, bool is_unsigned) {
  bool negative = bits >> 31;
  uint32_t size = bits & 0x7fffffffu, fraction = (size & 0x7fffffu) | 0x800000u;
  int shift = (int)(size >> 23) - 150;
  if (size > 0x7f800000u || shift < -23 || (negative && is_unsigned)) return 0;
  if (shift > (is_unsigned ? 8 : 7)) return is_unsigned ? -1 : negative ? INT32_MIN : INT32_MAX;
  fraction = shift < 0 ? fraction >> -shift : fraction << shift;
  return (int32_t)(negative ? 0u - fraction : fraction);
}

static int32_t to_single(int32_t value, bool is_unsigned) {
  bool negative = value < 0 && !is_unsigned;
  uint32_t bits = mote_real_to_single(mote_real_from_u32(negative ? 0u - (uint32_t)value : (uint32_t)value));
  return (int32_t)(negative ? bits | 0x80000000u : bits);
}

static int32_t cast(int32_t value, int from, int to) {
  bool single = from == TFL_FLOAT32;
  if (to == TFL_BOOL) return (single ? value & INT32_MAX : value) != 0;
  if (single == (to == TFL_FLOAT32)) return value;
  if (!single) return to_single(value, from == TFL_UINT32);
  mote_range range = mote_type_range(to);
  value = from_single((uint32_t)value, to == TFL_UINT32);
  return to == TFL_UINT32 ? value : mote_clamp(value, range.low, range.high);
}

/* Where the element's low bits stay as they are. */
static bool is_plain(int from, int to) {
  return from != TFL_BOOL && to != TFL_BOOL && (from == TFL_FLOAT32) == (to == TFL_FLOAT32);
}

int mote_kernel_cast(mote_op *op) {
  mote_tensor input, output;
  int status = mote_elements_read(op, TFL_CAST, &input, &output);
  if (status == MOTE_OK && !is_known(input.type)) status = mote_need_type(op, 0, &input, TFL_INT32);
  if (status == MOTE_OK && !is_known(output.type)) status = mote_need_type(op, 1, &output, TFL_INT32);
  if (status != MOTE_OK || !op->arena) return status;
  bool plain = is_plain(input.type, output.type), copy = plain && input.bytes == output.bytes;
  if (copy) memcpy(output.data, input.data, output.bytes);
  for (uint32_t i = 0; !copy && i < output.elements; i++) {
    int32_t value = mote_element(&input, i);
    mote_element_set(&output, i, plain ? value : cast(value, input.type, output.type));
  }
  return MOTE_OK;
}
