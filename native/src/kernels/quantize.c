/* SPDX-License-Identifier: Apache-2.0 */
/* QUANTIZE, from floats (reference_ops::AffineQuantize) and between integers (Requantize).
 *
 * Floats are divided by the scale in integer arithmetic that rounds as singles do. Where C++ leaves the conversion of
 * the quotient undefined, the result is Arm's: it saturates, and NaN is the zero point. */
#include "../tflite.h"
#include "elements.h"
#include "kernels.h"
#include "map.h"

#define MOST_STEPS (1 << 17) /* from a zero point: beyond the range of int16 */

typedef struct {
  mote_tensor input, output;
  mote_real scale; /* of the output, for floats */
  mote_scale factor;
  mote_range range;
} quantize;

static int32_t of_single(const quantize *q, uint32_t bits) {
  mote_real value;
  uint32_t size = bits & 0x7fffffffu;
  int32_t steps = 0;
  if (size == 0x7f800000u) steps = MOST_STEPS;
  else if (mote_real_from_single(size, &value)) {
    steps = mote_clamp(mote_real_round(mote_real_div(value, q->scale, MOTE_SINGLE_BITS)), 0, MOST_STEPS);
  }
  return bits >> 31 ? -steps : steps;
}

static int32_t of_integer(const quantize *q, int32_t x) {
  return mote_rescaled(mote_add(x, mote_mul(q->input.zero_point, -1)), &q->factor);
}

/* The pairs that TFLM has: not all of them. */
static bool is_pair(int from, int to) {
  switch (from) {
    case TFL_FLOAT32:
    case TFL_INT32: return to == TFL_INT8 || to == TFL_INT16;
    case TFL_INT16: return to == TFL_INT8 || to == TFL_INT16 || to == TFL_INT32;
    case TFL_INT8: return to == TFL_INT8 || to == TFL_INT16 || to == TFL_INT32 || to == TFL_UINT8;
    case TFL_UINT8: return to == TFL_INT8;
    default: return false;
  }
}

static int prepare(mote_op *op, quantize *q) {
  mote_tensor *input = &q->input, *output = &q->output;
  mote_real from;
  int status = mote_elements_read(op, TFL_QUANTIZE, input, output);
  if (status != MOTE_OK) return status;
  if (!is_pair(input->type, output->type)) return mote_op_fail(op, MOTE_ERR_TYPE, 1, output->type, TFL_INT8);
  status = mote_need_quantized(op, 1, output, output->type);
  if (status == MOTE_OK && output->n_scales != 1) {
    status = mote_op_fail(op, MOTE_ERR_QUANT, 1, (int32_t)output->n_scales, 1);
  }
  if (status != MOTE_OK) return status;
  q->range = mote_type_range(output->type);
  (void)mote_tensor_scale(output, 0, &q->scale);
  if (input->type == TFL_FLOAT32) return MOTE_OK;
  status = mote_need_quantized(op, 0, input, input->type);
  if (status != MOTE_OK) return status;
  (void)mote_tensor_scale(input, 0, &from);
  bool fits = mote_real_to_scale(mote_real_div(from, q->scale, MOTE_DOUBLE_BITS), &q->factor);
  return fits ? MOTE_OK : mote_op_fail(op, MOTE_ERR_QUANT, 1, 0, 0);
}

static int32_t quantized(const quantize *q, int32_t x) {
  int32_t steps = q->input.type == TFL_FLOAT32 ? of_single(q, (uint32_t)x) : of_integer(q, x);
  return mote_clamp(mote_add(steps, q->output.zero_point), q->range.low, q->range.high);
}

/* From int8 to int8, each of many equal elements is computed once. */
static int run_bytes(mote_op *op, const quantize *q) {
  mote_map map;
  int32_t x;
  int status = mote_map_read(op, &map, TFL_QUANTIZE);
  while (status == MOTE_OK && mote_map_next(&map, &x)) mote_map_put(&map, quantized(q, x));
  return status;
}

int mote_kernel_quantize(mote_op *op) {
  quantize q;
  int status = prepare(op, &q);
  if (status != MOTE_OK || !op->arena) return status;
  if (q.input.type == TFL_INT8 && q.output.type == TFL_INT8) return run_bytes(op, &q);
  for (uint32_t i = 0; i < q.output.elements; i++) {
    mote_element_set(&q.output, i, quantized(&q, mote_element(&q.input, i)));
  }
  return MOTE_OK;
}
