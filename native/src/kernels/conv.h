/* SPDX-License-Identifier: Apache-2.0 */
/* What CONV_2D and DEPTHWISE_CONV_2D of all types share: tensors, options and windows. */
#ifndef MOTE_CONV_H
#define MOTE_CONV_H

#include "window.h"

/* Images, filter and the bias, if there is one; what else the operator says is not looked at yet. */
int mote_conv_tensors(mote_op *op, mote_layer_tensors *tensors);
/* The fused activation, a TFL_ACT. */
int mote_conv_activation(mote_op *op);
/* Fills y and x from the filter and the options, and checks the output's size. */
int mote_conv_window(mote_op *op, const mote_layer_tensors *tensors, mote_axis *y, mote_axis *x);
/* All of that for a layer of int8 or int16. */
int mote_conv_read(mote_op *op, mote_layer *layer, mote_layer_tensors *tensors, mote_axis *y, mote_axis *x);

#endif
