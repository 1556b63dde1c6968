/* SPDX-License-Identifier: Apache-2.0 */
/* Inner products of one run of int8 inputs with the weights of up to four output channels. */
#ifndef MOTE_DOT_H
#define MOTE_DOT_H

#include "dsp.h"
#include "processor.h"
#include "requant.h"

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

/* acc += sum over i < n of (input[i] - zero point) * weights[offset + i]; n >= 0. */
#if MOTE_USE_V6M
/* 20.5 cycles for four products. Eight low registers hold the pointers, the index and two values, high ones the sums.
 * The index runs from -n to 0 on pointers behind the last element. Starts within the four-fold loop, so that the number
 * of rounds is whole; a round's 15 instructions take 30 bytes. */
#define MOTE_DOT_LANE(sum, weights)      \
  "ldrsb %[w], [%[" weights "], %[i]]\n" \
  "muls %[w], %[x], %[w]\n"              \
  "add %[" sum "], %[w]\n"
#define MOTE_DOT_ROUND                                                                                      \
  "ldrsb %[x], [%[in], %[i]]\n"                                                                             \
  "add %[x], %[minus_zero]\n" MOTE_DOT_LANE("a0", "w0") MOTE_DOT_LANE("a1", "w1") MOTE_DOT_LANE("a2", "w2") \
      MOTE_DOT_LANE("a3", "w3") "adds %[i], #1\n"
static inline void mote_dot4_add(mote_dot4 *dot, const int8_t *input, int32_t offset, int32_t n) {
  int32_t a0 = dot->acc[0], a1 = dot->acc[1], a2 = dot->acc[2], a3 = dot->acc[3], x = 30 * (-n & 3), w, i = -n;
  if (n == 0) return;
  __asm__ volatile(".syntax unified\n"
                   "add pc, %[x]\n"
                   "nop\n"
                   "1:\n" MOTE_DOT_ROUND MOTE_DOT_ROUND MOTE_DOT_ROUND MOTE_DOT_ROUND "bne 1b\n"
                   : [a0] "+h"(a0), [a1] "+h"(a1), [a2] "+h"(a2), [a3] "+h"(a3), [i] "+l"(i), [x] "+l"(x), [w] "=&l"(w)
                   : [in] "l"(input + n), [w0] "l"(dot->weights[0] + offset + n),
                     [w1] "l"(dot->weights[1] + offset + n), [w2] "l"(dot->weights[2] + offset + n),
                     [w3] "l"(dot->weights[3] + offset + n), [minus_zero] "h"(-dot->input_zero)
                   : "cc", "memory");
  dot->acc[0] = a0;
  dot->acc[1] = a1;
  dot->acc[2] = a2;
  dot->acc[3] = a3;
}
#else
#define MOTE_PRODUCTS(i)        \
  x = input[i] - zero;          \
  a0 = mote_add(a0, x * w0[i]); \
  a1 = mote_add(a1, x * w1[i]); \
  a2 = mote_add(a2, x * w2[i]); \
  a3 = mote_add(a3, x * w3[i]);
static inline void mote_dot4_add(mote_dot4 *dot, const int8_t *input, int32_t offset, int32_t n) {
  const int8_t *w0 = dot->weights[0] + offset, *w1 = dot->weights[1] + offset;
  const int8_t *w2 = dot->weights[2] + offset, *w3 = dot->weights[3] + offset;
  int32_t a0 = dot->acc[0], a1 = dot->acc[1], a2 = dot->acc[2], a3 = dot->acc[3], zero = dot->input_zero, x;
  for (; n >= 4; n -= 4, input += 4, w0 += 4, w1 += 4, w2 += 4, w3 += 4) {
#if MOTE_USE_DSP
    uint32_t minus = mote_both_halves(-zero), word = mote_word(input);
    uint32_t even = mote_even_halves(word, minus), odd = mote_odd_halves(word, minus);
    a0 = mote_dot_quad(even, odd, mote_word(w0), a0);
    a1 = mote_dot_quad(even, odd, mote_word(w1), a1);
    a2 = mote_dot_quad(even, odd, mote_word(w2), a2);
    a3 = mote_dot_quad(even, odd, mote_word(w3), a3);
#else
    MOTE_PRODUCTS(0)
    MOTE_PRODUCTS(1)
    MOTE_PRODUCTS(2)
    MOTE_PRODUCTS(3)
#endif
  }
  for (; n > 0; n--, input++, w0++, w1++, w2++, w3++) {
    MOTE_PRODUCTS(0)
  }
  dot->acc[0] = a0;
  dot->acc[1] = a1;
  dot->acc[2] = a2;
  dot->acc[3] = a3;
}
#undef MOTE_PRODUCTS
#endif

#endif
