/* SPDX-License-Identifier: Apache-2.0 */
/* Complex numbers of the two forward transforms, fft.c and fft_block.c with fft_join.c. */
#ifndef MOTE_COMPLEX_H
#define MOTE_COMPLEX_H

#include <string.h>

#include "frontend/arithmetic.h"

typedef struct {
  int32_t re, im;
} mote_wide;

/* The two parts are halves of an aligned word on the little-endian cores that this is for. */
static inline uint32_t mote_load_word(const mote_complex *x) {
  uint32_t word;
  memcpy(&word, __builtin_assume_aligned(x, 4), sizeof word);
  return word;
}

static inline void mote_store_word(mote_complex *x, uint32_t word) {
  memcpy(__builtin_assume_aligned(x, 4), &word, sizeof word);
}

/* exp(-2 pi i k / size), 0 <= k < size, times 32767. */
static inline mote_wide mote_twiddle(mote_fft_plan fft, uint32_t k) {
  uint32_t quarter = fft.n / 2u, part = k & (quarter - 1);
  int32_t rising = fft.sine[part], falling = fft.sine[quarter - part];
  mote_wide first = {falling, -rising}, second = {-rising, -falling}, third = {-falling, rising};
  mote_wide fourth = {rising, falling};
  switch (k >> (fft.log_n - 1)) {
    case 0: return first;
    case 1: return second;
    case 2: return third;
    default: return fourth;
  }
}

/* The last radix-4 pass and the split of mote_fft_block, shifting down until the bins fit, but not by more than `most`;
 * returns by how much. n is 16 or more, the input not silence. */
int mote_fft_join(const mote_fft_plan *fft, mote_complex *x, int most);

#endif
