/* SPDX-License-Identifier: Apache-2.0 */
/* Inner products of int8 inputs with rows of weights, four at a time so that each input is fetched once for four. */
#ifndef MOTE_DOT_H
#define MOTE_DOT_H

#include <stdint.h>

typedef struct {
  const int8_t *weights[4];
  int32_t acc[4];
  int32_t input_zero;
} mote_dot4;

/* The weights of `count` rows, at most four, that lie `size` bytes apart; missing ones repeat the first. */
void mote_dot4_rows(mote_dot4 *dot, const int8_t *rows, int32_t size, int32_t count);

/* Sums of 0, without a call. */
static inline void mote_dot4_clear(mote_dot4 *dot) { dot->acc[0] = dot->acc[1] = dot->acc[2] = dot->acc[3] = 0; }

/* acc += sum over i < n of (input[i] - input_zero) * weights[i], modulo 2^32; n >= 0. */
void mote_dot4_add(mote_dot4 *dot, const int8_t *input, int32_t n);

/* The sum over i < n of weights[i] * (values[i] - zero), modulo 2^32. */
int32_t mote_dot_bytes(const int8_t *weights, const int8_t *values, int32_t zero, int32_t n);
int32_t mote_dot_halves(const int16_t *weights, const int16_t *values, int32_t zero, int32_t n);

#endif
