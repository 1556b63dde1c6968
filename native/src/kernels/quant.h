/* SPDX-License-Identifier: Apache-2.0 */
/* Quantization parameters of operators, derived as TFLM derives them (kernel_util.cc, quantization_util.cc). */
#ifndef MOTE_QUANT_H
#define MOTE_QUANT_H

#include "../graph.h"
#include "../real.h"

/* Refuses a tensor that is not `type`; quantized ones also need one scale > 0 and a zero point in the type's range. */
int mote_need_type(mote_op *op, int subject, const mote_tensor *tensor, int type);
int mote_need_quantized(mote_op *op, int subject, const mote_tensor *tensor, int type); /* those of mote_type_range */
int mote_need_int8(mote_op *op, int subject, const mote_tensor *tensor);
int mote_need_rank(mote_op *op, int subject, const mote_tensor *tensor, int rank);
int mote_need_value(mote_op *op, int subject, int32_t have, int32_t want);
int mote_need_option(mote_op *op, int32_t value, int32_t low, int32_t high);

/* The n-th scale of a tensor. */
bool mote_tensor_scale(const mote_tensor *tensor, uint32_t n, mote_real *scale);

typedef struct {
  int32_t low, high;
} mote_range;
mote_range mote_type_range(int type); /* int8, uint8, int16 or int32 */

/* Output range of a fused activation; the output is int8 or int16. */
int mote_activation_range(mote_op *op, int activation, int subject, const mote_tensor *output, mote_range *range);

/* What turns accumulators of a layer with int8 weights into outputs of int8 or int16. */
typedef struct {
  mote_real input, output; /* scales */
  const mote_tensor *filter;
  const int32_t *bias; /* NULL: none; of another type where the tensor is */
  mote_range range;
  int32_t input_zero, output_zero;
  mote_scale common; /* of all channels, where the filter has one scale */
} mote_layer;

/* The tensors of such a layer; bias.index is -1 where there is none. */
typedef struct {
  mote_tensor input, filter, bias, output;
} mote_layer_tensors;
int mote_layer_read(mote_op *op, int options_type, mote_layer_tensors *tensors);
/* The same for images: input, filter and output of rank 4. */
int mote_layer_read_images(mote_op *op, int options_type, mote_layer_tensors *tensors);

/* Checks types and quantization: input and output int8, or both int16; filter int8 with zero points 0 and one scale or
 * one for each channel along axis; bias int32, or of any type beside int16. That every channel has a factor is
 * seen when the model is opened, so that running cannot fail. The tensors must outlive the layer. */
int mote_layer_check(mote_op *op, mote_layer *layer, const mote_layer_tensors *tensors, int activation, int axis);
/* The factors of output channels from `first` on, as checked before. */
void mote_layer_scales(const mote_layer *layer, int32_t first, int32_t count, mote_scale *scales);

/* acc, bias included, to int8. */
static inline int8_t mote_layer_output(const mote_layer *layer, int32_t acc, mote_scale scale) {
  int32_t value = mote_add(mote_rescaled(acc, &scale), layer->output_zero);
  return (int8_t)mote_clamp(value, layer->range.low, layer->range.high);
}

#endif
