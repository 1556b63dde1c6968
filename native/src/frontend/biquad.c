/* SPDX-License-Identifier: Apache-2.0 */
/* Cascade of second-order sections. Parameters, five for each of 1 .. 8 sections: b0, b1, b2, a1, a2 with 28 fraction
 * bits (a0 is 1); |b0| + |b1| + |b2| at most 4.5, |a2| < 1, |a1| < 1 + a2 (which is stable, exactly, for these
 * integers).
 *
 * Direct form I: y = b0 x + b1 x1 + b2 x2 - a1 y1 - a2 y2. Samples have 11 fraction bits between sections and saturate
 * at 2^28, four times full scale; the last section's are rounded (halves up) and saturated to int16. A section's sum is
 * exact; what its 11 bits leave over (e, 28 bits) is added to the next sum, so its error is e shaped by 1 - 1 / z, and
 * in silence dies with the filter. With h_k the impulse response of (1 - 1 / z) / A_k(z) through all sections behind
 * it, |error| <= 1/2 + 2^-12 sum over sections k of sum |h_k|, as long as nothing saturates. Saturating arithmetic
 * keeps a second-order section free of overflow oscillations.
 *
 * Products are made of 16 bits: coefficients and samples are high 2^14 + low with low in [-2^13, 2^13). With |y| <=
 * 2^28, |high| of the coefficients add up to 7.5 * 2^14 at most (and a few), so sums of high products stay below 2^31,
 * sums of mixed ones below 13 * 2^27. */
#include <string.h>

#include "frontend/stage.h"

#define ONE (1 << 28)
#define MOST_SECTIONS 8
#define WORDS 5
#define HALF_BITS 14
#define MASK ((1 << HALF_BITS) - 1)
#define FRACTION_BITS 11
#define MOST (ONE - 1) /* of a sample between sections */
#define MOST_SUM (4 * ONE + ONE / 2)

/* high * 2^HALF_BITS + low. */
typedef struct {
  int32_t high, low;
} halves;

/* -a2, -a1, b2, b1, b0: in the order in which the samples lie that they are for. */
typedef struct {
  halves coefficient[WORDS];
} section;

/* Sections, then for each lane their remainders and, two each, what the last samples were: y of the last section, of
 * the one before it ... of the first, x of the first. */
typedef struct {
  uint16_t lanes, sections;
  int32_t data[];
} mote_biquad;

/* ---- Set-up ---- */

static int32_t size_of(int32_t x) { return x == INT32_MIN ? INT32_MAX : x < 0 ? -x : x; }

static int check_section(const mote_params *params, int first) {
  const int32_t *word = params->word + first;
  int largest = 0;
  int64_t sum = 0;
  for (int i = 0; i < 3; i++) {
    sum += size_of(word[i]);
    if (size_of(word[i]) > size_of(word[largest])) largest = i;
  }
  if (sum > MOST_SUM) return mote_stage_fault(params, first + largest, mote_saturate32(sum), MOST_SUM);
  int status = mote_stage_range(params, first + 4, 1 - ONE, ONE - 1);
  int32_t limit = ONE - 1 + word[4];
  return status == MOTE_OK ? mote_stage_range(params, first + 3, -limit, limit) : status;
}

int mote_biquad_measure(mote_flow *flow, const mote_params *params) {
  int status = mote_stage_takes(params, flow, MOTE_FLOW_SAMPLES), sections = params->count / WORDS;
  if (status != MOTE_OK) return status;
  if (params->count % WORDS || sections < 1 || sections > MOST_SECTIONS) {
    return mote_stage_fault(params, MOTE_SUBJECT_COUNT, params->count, sections < 1 ? WORDS : MOST_SECTIONS * WORDS);
  }
  for (int i = 0; i < sections && status == MOTE_OK; i++) status = check_section(params, WORDS * i);
  uint32_t lane = (uint32_t)(3 * sections + 2) * sizeof(int32_t);
  flow->state = (uint32_t)(sizeof(mote_biquad) + (uint32_t)sections * sizeof(section) + lane * flow->lanes);
  return status;
}

static inline __attribute__((always_inline)) halves split(int32_t x) {
  int32_t high = (x + (1 << (HALF_BITS - 1))) >> HALF_BITS;
  halves parts = {high, x - high * (1 << HALF_BITS)};
  return parts;
}

/* high within 15 bits. */
static inline __attribute__((always_inline)) halves saturated(halves x) {
  const int32_t limit = 1 << HALF_BITS, half = limit / 2;
  if ((uint32_t)(x.high + limit) >> (HALF_BITS + 1)) {
    x.low = x.high < 0 ? -half : half - 1;
    x.high = x.high < 0 ? -limit : limit - 1;
  }
  return x;
}

static inline int32_t joined(halves x) { return x.high * (1 << HALF_BITS) + x.low; }

static section *sections_of(mote_biquad *of) { return (section *)(void *)of->data; }

/* A lane's remainders. */
static int32_t *lane_of(mote_biquad *of, uint32_t lane) {
  return (int32_t *)(void *)(sections_of(of) + of->sections) + lane * (3u * of->sections + 2);
}

void mote_biquad_init(void *self, const mote_flow *in, const int32_t *word) {
  mote_biquad *biquad = self;
  biquad->lanes = in->lanes;
  biquad->sections = (uint16_t)(word[-1] / WORDS);
  section *to = sections_of(biquad);
  for (uint32_t i = 0; i < biquad->sections; i++, word += WORDS, to++) {
    const int32_t order[WORDS] = {-word[4], -word[3], word[2], word[1], word[0]};
    for (int j = 0; j < WORDS; j++) to->coefficient[j] = split(order[j]);
  }
}

void mote_biquad_reset(void *self) {
  mote_biquad *biquad = self;
  memset(lane_of(biquad, 0), 0, (3u * biquad->sections + 2) * biquad->lanes * sizeof(int32_t));
}

/* ---- Run ---- */

typedef struct {
  int32_t high, mixed, low;
} sums;

/* In this order and no other: with eight registers, a compiler that joins the taps' loads spills them all. */
#define HOLD(sums) __asm__("" : "+r"((sums)->high), "+r"((sums)->mixed), "+r"((sums)->low) : : "memory")

static inline __attribute__((always_inline)) void add(sums *to, const halves *by, const halves *x) {
  int32_t high = x->high, low = x->low, factor = by->high;
  to->high += factor * high;
  to->mixed += factor * low;
  HOLD(to);
  factor = by->low;
  to->mixed += factor * high;
  to->low += factor * low;
  HOLD(to);
}

/* at: x2, x1, the new samples; before it y2, y1. Puts y in the place of x2, and so on; returns the remainder. */
static uint32_t run_section(const section *of, halves *at, uint32_t count, uint32_t rest) {
  sums sum = {0, (int32_t)(rest >> HALF_BITS), (int32_t)(rest & MASK)};
  for (const halves *end = at + count; at < end; at++) {
    const halves *by = of->coefficient;
    sum.high = 0;
    add(&sum, by, at - 2);
    add(&sum, by + 1, at - 1);
    add(&sum, by + 2, at);
    add(&sum, by + 3, at + 1);
    add(&sum, by + 4, at + 2);
    sum.mixed += sum.low >> HALF_BITS;
    *at = saturated(split(sum.high + (sum.mixed >> HALF_BITS)));
    sum.mixed &= MASK;
    sum.low &= MASK;
  }
  return (uint32_t)sum.mixed << HALF_BITS | (uint32_t)sum.low;
}

static inline int16_t rounded(halves y) {
  return mote_saturate16((joined(y) + (1 << (FRACTION_BITS - 1))) >> FRACTION_BITS);
}

/* What is remembered lies before the new samples; each section writes two places further down, so that what the next
 * one must see lies where it looks, and in the end what is to be remembered behind the last section's samples. */
static void run_lane(mote_biquad *of, int32_t *rest, int16_t *x, uint32_t count) {
  halves work[2 * (MOST_SECTIONS + 1) + MOTE_CHUNK];
  uint32_t sections = of->sections, kept = 2 * (sections + 1);
  int32_t *last = rest + sections;
  for (uint32_t i = 0; i < kept; i++) work[i] = split(last[i]);
  for (uint32_t i = 0; i < count; i++) work[kept + i] = split(x[i] * (1 << FRACTION_BITS));
  for (uint32_t k = 0; k < sections; k++)
    rest[k] = run_section(sections_of(of) + k, work + 2 * (sections - k), count, rest[k]);
  for (uint32_t i = 0; i < count; i++) x[i] = rounded(work[2 + i]);
  for (uint32_t i = 0; i < kept; i++) last[i] = joined(work[count + i]);
}

void mote_biquad_run(void *self, mote_frame *frame) {
  mote_biquad *biquad = self;
  for (uint32_t lane = 0; lane < biquad->lanes; lane++)
    run_lane(biquad, lane_of(biquad, lane), frame->chunk + lane * MOTE_CHUNK, frame->instants);
}
