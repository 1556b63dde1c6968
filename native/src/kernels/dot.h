/* SPDX-License-Identifier: Apache-2.0 */
/* Inner products of one run of int8 inputs with the weights of up to four output channels. */
#ifndef MOTE_DOT_H
#define MOTE_DOT_H

#include "quant.h"

typedef struct {
  const int8_t *weights[4]; /* of each channel; missing channels repeat the first and are never stored */
  int32_t bias[4];
  mote_scale scale[4];
  int32_t acc[4];
  int32_t input_zero;
} mote_dot4;

/* Sets up channels first .. first + count - 1, whose weights lie `size` bytes apart. */
void mote_dot4_channels(mote_dot4 *dot, const mote_layer *layer, const int8_t *filter, int32_t size, int32_t first,
                        int32_t count);

static inline void mote_dot4_start(mote_dot4 *dot) {
  for (int i = 0; i < 4; i++) dot->acc[i] = dot->bias[i];
}

/* acc += sum over i < n of (input[i] - zero point) * weights[offset + i]. */
static inline void mote_dot4_add(mote_dot4 *dot, const int8_t *input, int32_t offset, int32_t n) {
  const int8_t *w0 = dot->weights[0] + offset, *w1 = dot->weights[1] + offset;
  const int8_t *w2 = dot->weights[2] + offset, *w3 = dot->weights[3] + offset;
  int32_t a0 = dot->acc[0], a1 = dot->acc[1], a2 = dot->acc[2], a3 = dot->acc[3], zero = dot->input_zero;
  for (int32_t i = 0; i < n; i++) {
    int32_t x = input[i] - zero;
    a0 = mote_add(a0, x * w0[i]);
    a1 = mote_add(a1, x * w1[i]);
    a2 = mote_add(a2, x * w2[i]);
    a3 = mote_add(a3, x * w3[i]);
  }
  dot->acc[0] = a0;
  dot->acc[1] = a1;
  dot->acc[2] = a2;
  dot->acc[3] = a3;
}

static inline void mote_dot4_store(const mote_dot4 *dot, const mote_layer *layer, int8_t *output, int32_t count) {
  for (int32_t i = 0; i < count; i++) output[i] = mote_layer_output(layer, dot->acc[i], dot->scale[i]);
}

#endif
