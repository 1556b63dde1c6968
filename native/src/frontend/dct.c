/* SPDX-License-Identifier: Apache-2.0 */
/* Cosine transform (DCT-II, orthonormal) of features: the first coefficients, in the same unit. Parameter: how many.
 *
 * out[k] = s[k] * sum of x[i] cos(pi (2 i + 1) k / (2 n)), s[0] = sqrt(1 / n), s[k] = sqrt(2 / n), rounded once and
 * saturated. One quarter wave of cosines times sqrt(2 / n) serves all k; it has so many fraction bits, q = 14 .. 19,
 * that its largest entry lies in [2^14, 2^15). Products are added up in 64 bits, so the error is that of the table: 1/2
 * + (sum of |x[i]|) / 2^(q + 1) at most. */
#include "frontend/exact.h"
#include "frontend/stage.h"

typedef struct {
  uint32_t in, out; /* offsets */
  uint16_t count, coefficients;
  uint16_t bits;
  int16_t mean;     /* sqrt(1 / n) */
  int16_t cosine[]; /* sqrt(2 / n) cos(pi / 2 * j / n), j = 0 .. n */
} mote_dct;

int mote_dct_measure(mote_flow *flow, const mote_params *params) {
  int status = mote_stage_takes(params, flow, MOTE_FLOW_FEATURES);
  if (status == MOTE_OK) status = mote_stage_count(params, 1);
  if (status == MOTE_OK) status = mote_stage_range(params, 0, 1, flow->count);
  if (status != MOTE_OK) return status;
  flow->state = (uint32_t)(sizeof(mote_dct) + (flow->count + 1u) * sizeof(int16_t));
  flow->offset += (flow->count * 2u + 3) & ~3u;
  flow->count = (uint16_t)params->word[0];
  mote_flow_reserve(flow);
  return MOTE_OK;
}

/* sqrt(2 / n) times a sine of 62 fraction bits; amplitude: its digits in [1, 2), which become [2^14, 2^15). */
static int16_t entry(uint64_t amplitude, uint64_t sine) {
  return (int16_t)mote_round(mote_high_product(amplitude << 1, sine << 1), 62 - 14);
}

void mote_dct_init(void *self, const mote_flow *in, const int32_t *word) {
  mote_dct *dct = self;
  uint32_t n = in->count;
  int64_t log = ((int64_t)1 << (MOTE_LOG_BITS - 1)) - (int64_t)(mote_log2(n) >> 1); /* of sqrt(2 / n), at most 1/2 */
  uint64_t amplitude = mote_exp2((uint64_t)log & (((uint64_t)1 << MOTE_LOG_BITS) - 1));
  dct->in = in->offset;
  dct->out = in->offset + ((n * 2 + 3) & ~3u);
  dct->count = in->count;
  dct->coefficients = (uint16_t)word[0];
  dct->bits = (uint16_t)(14 - (int)(log >> MOTE_LOG_BITS));
  dct->mean = entry(amplitude, mote_sine(1, 2));
  for (uint32_t j = 0; j <= n; j++) dct->cosine[j] = entry(amplitude, mote_sine(n - j, n));
}

/* At j quarter turns / n, j < 4 n. */
static int32_t cosine_at(const mote_dct *dct, uint32_t j) {
  uint32_t n = dct->count;
  if (j > 2 * n) j = 4 * n - j;
  return j > n ? -dct->cosine[2 * n - j] : dct->cosine[j];
}

/* Coefficient 0. */
static int64_t first(const mote_dct *dct, const int16_t *value) {
  int32_t sum = 0;
  for (const int16_t *end = value + dct->count; value < end; value++) sum += *value;
  return (int64_t)sum * dct->mean;
}

/* k > 0. Weights of i and n - 1 - i are equal for even k and opposite for odd, where that of the middle is 0. */
static int64_t coefficient(const mote_dct *dct, const int16_t *low, uint32_t k) {
  const int16_t *high = low + dct->count - 1;
  uint32_t turn = 4u * dct->count, j = k;
  int32_t sign = k & 1 ? -1 : 1;
  int64_t sum = 0;
  for (; low < high; low++, high--) {
    sum += (*low + sign * *high) * cosine_at(dct, j); /* 17 bits and 16 */
    j += 2 * k;
    if (j >= turn) j -= turn;
  }
  return low > high ? sum : sum + *low * cosine_at(dct, j);
}

void mote_dct_run(void *self, mote_frame *frame) {
  const mote_dct *dct = self;
  const int16_t *value = (const int16_t *)(frame->scratch + dct->in);
  int16_t *out = (int16_t *)(frame->scratch + dct->out);
  int64_t half = (int64_t)1 << (dct->bits - 1);
  for (uint32_t k = 0; k < dct->coefficients; k++) {
    int64_t sum = k ? coefficient(dct, value, k) : first(dct, value);
    out[k] = mote_saturate16(mote_saturate32((sum + half) >> dct->bits));
  }
}
