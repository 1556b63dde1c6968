/* SPDX-License-Identifier: Apache-2.0 */
/* LEAKY_RELU, int16 (QuantizeLeakyRelu). */
#include "elements.h"
#include "kernels.h"
#include "leaky.h"

typedef struct {
  mote_tensor input, output;
  mote_scale above, below; /* for inputs over and under their zero point */
  bool flip;               /* the factor below is negative */
} leaky;

static int prepare(mote_op *op, leaky *l) {
  mote_real in, out, product;
  int status = mote_elements_read(op, TFL_LEAKY, &l->input, &l->output);
  if (status == MOTE_OK) status = mote_need_quantized(op, 0, &l->input, TFL_INT16);
  if (status == MOTE_OK) status = mote_need_quantized(op, 1, &l->output, TFL_INT16);
  if (status != MOTE_OK) return status;
  (void)mote_tensor_scale(&l->input, 0, &in);
  (void)mote_tensor_scale(&l->output, 0, &out);
  bool fits = mote_leaky_product(op, in, &product, &l->flip) && mote_leaky_derive(in, out, &l->above) &&
              mote_leaky_derive(product, out, &l->below);
  return fits ? MOTE_OK : mote_op_fail(op, MOTE_ERR_QUANT, 1, 0, 0);
}

int mote_kernel_leaky_relu_int16(mote_op *op) {
  leaky l;
  int status = prepare(op, &l);
  if (status != MOTE_OK || !op->arena) return status;
  for (uint32_t i = 0; i < l.output.elements; i++) {
    int32_t x = mote_element(&l.input, i) - l.input.zero_point;
    /* A negative factor times x is the factor's magnitude times -x, rounded the same way. */
    int32_t value = x < 0 ? mote_rescale(l.flip ? -x : x, l.below) : mote_rescale(x, l.above);
    mote_element_set(&l.output, i, mote_clamp(mote_add(value, l.output.zero_point), INT16_MIN, INT16_MAX));
  }
  return MOTE_OK;
}
