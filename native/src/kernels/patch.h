/* SPDX-License-Identifier: Apache-2.0 */
/* Inner products of the windows of two output positions with the weights of MOTE_UNIT output channels. The windows are
 * copied to a patch first, padding included, in the form that the processor's loop likes best. */
#ifndef MOTE_PATCH_H
#define MOTE_PATCH_H

#include "../fixedpoint.h"
#include "processor.h"

/* MOTE_PATCH: elements of a window that a patch holds, a multiple of 4. MOTE_GROUP: channels that use one patch, a
 * multiple of MOTE_UNIT. mote_element: what a patch is made of. MOTE_PATCH_STEP: from one element of a position to its
 * next. MOTE_PATCH_B: where position b begins. MOTE_OFFSET_A and _B: what a patch adds to inputs. */
#if MOTE_USE_V6M
typedef int16_t mote_element;
#define MOTE_PATCH 80
#define MOTE_GROUP 18
#define MOTE_UNIT 3
#define MOTE_PATCH_STEP 2
#define MOTE_PATCH_B 1
#define MOTE_OFFSET_A(zero) 129
#define MOTE_OFFSET_B(zero) 128
#elif MOTE_USE_DSP
typedef int8_t mote_element;
#define MOTE_PATCH 144
#define MOTE_GROUP 32
#define MOTE_UNIT 2
#define MOTE_PATCH_STEP 1
#define MOTE_PATCH_B MOTE_PATCH
#define MOTE_OFFSET_A(zero) 0
#define MOTE_OFFSET_B(zero) 0
#else
typedef int16_t mote_element;
#define MOTE_PATCH 80
#define MOTE_GROUP 16
#define MOTE_UNIT 2
#define MOTE_PATCH_STEP 1
#define MOTE_PATCH_B MOTE_PATCH
#define MOTE_OFFSET_A(zero) (-(zero))
#define MOTE_OFFSET_B(zero) (-(zero))
#endif

/* Sums of both positions, by channel. The assembly knows this layout. */
typedef struct {
  int32_t a[MOTE_GROUP], b[MOTE_GROUP];
} mote_sums;

/* n elements of MOTE_UNIT channels; step: bytes from one weight of a channel to its next. n > 0. */
typedef struct {
  const int16_t *patch;
  const int8_t *weights[MOTE_UNIT];
  int32_t step, n;
  int32_t count; /* of channels whose sums matter, <= MOTE_UNIT */
} mote_pairs;

/* Writes n elements of one position to a patch and returns where the next one goes: a value, or inputs + offset. */
mote_element *mote_patch_fill(mote_element *to, int32_t n, int32_t value);
mote_element *mote_patch_copy(mote_element *to, const int8_t *from, int32_t n, int32_t offset);
/* Writes the same part of both positions' windows: rows of n inputs, `line` bytes apart. */
void mote_patch_copy_pair(int16_t *to, const int8_t *a, const int8_t *b, int32_t n, int32_t rows, int32_t line,
                          int32_t zero);

/* sums = from + products, for MOTE_UNIT channels from `channel` of the group on. */
void mote_pairs_add(const mote_pairs *pairs, const mote_sums *from, mote_sums *sums, int32_t channel);

/* First sums of channel i. Where MOTE_WEIGH is set they hold what mote_pairs_add made of zeros with all the channel's
 * weights and patches whose elements are 1 in position a, 0 in position b. */
#if MOTE_USE_V6M
#define MOTE_WEIGH 1
static inline void mote_pairs_start(mote_sums *sums, int32_t i, int32_t bias, int32_t zero) {
  int32_t negative = -sums->b[i], weights = mote_add(sums->a[i], mote_mul(negative, -65536));
  int32_t b = mote_add(bias, mote_mul(-128 - zero, weights));
  sums->a[i] = mote_add(mote_add(b, mote_mul(weights, -1)), mote_mul(negative, -65536));
  sums->b[i] = mote_add(b, negative);
}
#else
#define MOTE_WEIGH 0
static inline void mote_pairs_start(mote_sums *sums, int32_t i, int32_t bias, int32_t zero) {
  (void)zero;
  sums->a[i] = sums->b[i] = bias;
}
#endif

#endif
