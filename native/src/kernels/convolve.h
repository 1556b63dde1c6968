/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution of int8 images whose output channels each read a window of filter_depth input channels. */
#ifndef MOTE_CONVOLVE_H
#define MOTE_CONVOLVE_H

#include "quant.h"
#include "window.h"

typedef struct {
  mote_layer layer;
  mote_axis y, x;
  int32_t batches, in_depth, filter_depth, out_depth;
  int32_t per_group;                 /* output channels that read the same input channels */
  int32_t channel_step, weight_step; /* bytes from one channel's weights to the next's, from one weight to the next */
  const int8_t *input, *filter;
  int8_t *output;
} mote_convolution;

void mote_convolve(const mote_convolution *c);

#endif
