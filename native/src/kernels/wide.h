/* SPDX-License-Identifier: Apache-2.0 */
/* Windows of two output positions as 16-bit halves, for cores with Arm's DSP instructions, and their inner products
 * with the weights of any number of channels. */
#ifndef MOTE_WIDE_H
#define MOTE_WIDE_H

#include "patch.h"

#if MOTE_USE_DSP
/* Four elements take four words: elements 0, 2 and 1, 3 of position a, then those of b. The last ones of a number that
 * is no multiple of 4 have zeros in front of them. */
typedef struct {
  uint32_t words[MOTE_PATCH];
  int32_t n;
} mote_wide;

/* Takes n bytes of both positions, less the zero point. 0 < n <= MOTE_PATCH. */
void mote_wide_fill(mote_wide *wide, const int8_t *a, const int8_t *b, int32_t n, int32_t zero);

/* Weights of the elements in a file's buffer: `count` channels, bytes from one channel's first to the next's, from one
 * element's to the next's. */
typedef struct {
  const int8_t *at;
  int32_t count, channel_step, step;
} mote_weights;

/* to = from + products, for all channels. */
void mote_wide_add(const mote_wide *wide, const mote_weights *weights, const mote_sums *from, mote_sums *to);
#endif

#endif
