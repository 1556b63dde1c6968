/* SPDX-License-Identifier: Apache-2.0 */
/* One window of four neighbouring channels, each with weights of its own. */
#ifndef MOTE_TAPS_H
#define MOTE_TAPS_H

#include "../fixedpoint.h"
#include "processor.h"

/* The assembly knows this layout. */
typedef struct {
  const int8_t *in, *w;    /* the first tap inside the input: four inputs, four weights */
  int32_t in_step, w_step; /* bytes from one tap of a row to the next */
  int32_t in_skip, w_skip; /* from behind the last tap of a row to the first one of the next */
  int32_t taps, rows;      /* of taps inside the input, > 0 */
  int32_t zero;
} mote_taps;

/* acc = start + the window's products, channel by channel. */
void mote_taps_add(const mote_taps *taps, const int32_t *start, int32_t *acc);
#if MOTE_USE_DSP
#define MOTE_WIDE_TAPS 12 /* most taps of a kernel whose weights are widened; it has at most 3 columns */

/* Weights of `taps` taps of four channels, w_step bytes apart, as halves: those of channels 0, 2 and of 1, 3. */
void mote_taps_widen(const int8_t *w, int32_t w_step, int32_t taps, uint32_t *wide);
/* The same sums: 1 to 3 taps a row, whose weights begin at `wide`, `row` words from one kernel row to the next. */
void mote_taps_add_wide(const mote_taps *taps, const uint32_t *wide, int32_t row, const int32_t *start, int32_t *acc);
#else
/* The same where four inputs and four weights each are one aligned word, and in_step == w_step. */
void mote_taps_add_words(const mote_taps *taps, const int32_t *start, int32_t *acc);

#endif

#endif
