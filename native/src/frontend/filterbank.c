/* SPDX-License-Identifier: Apache-2.0 */
/* Triangular bands over the power spectrum, then the square root. Parameters: scale (1: mel), channels, lower and upper
 * limit in mHz, fraction bits of the weights.
 *
 * The limits and the channels' centres are channels + 2 points p = 0, 1 .. channels + 1 at equal distances in mel =
 * 1127 ln(1 + f / 700). A bin at p, with i - 1 < p <= i, gives the weight i - p to channel i - 1 (the rising edge is
 * the next channel's) and 1 - (i - p) to channel i. Both are cut to integers, so their sum is 2^bits - 1 except where
 * the bin lies on a point, which can only be the last bin of its band. */
#include "frontend/exact.h"
#include "frontend/stage.h"

#define POINT_BITS 36 /* fraction bits of p */

typedef struct {
  uint16_t first; /* bin */
  uint16_t channels;
  uint16_t bits;
  uint16_t weights; /* bins in use */
  uint32_t in, out; /* offsets */
  uint16_t
      weight[]; /* of the bins from `first`; then (channels + 1) widths; bit 15 of a width: last bin on the point */
} mote_filterbank;

#define ON_POINT 0x8000u

typedef struct {
  uint32_t first, end; /* bins */
} span;

/* round(1 + low / distance of bins), halves to even, up to the last bin not above `high`. */
static span bins(const mote_flow *flow, const int32_t *word) {
  uint64_t rate = (uint64_t)flow->rate * 1000;
  uint64_t low = (uint64_t)(uint32_t)word[2] * flow->fft_size, high = (uint64_t)(uint32_t)word[3] * flow->fft_size;
  uint32_t first = 1, end = 1;
  for (; low >= rate; low -= rate) first++;
  if (2 * low > rate || (2 * low == rate && (first & 1))) first++;
  for (; high >= rate; high -= rate) end++;
  span result = {first, end};
  return result;
}

int mote_filterbank_measure(mote_flow *flow, const mote_params *params) {
  const int32_t nyquist = (int32_t)(flow->rate * 500);
  const int32_t range[5][2] = {{1, 1}, {1, 128}, {0, nyquist - 1}, {1, nyquist - 1}, {8, 14}};
  int status = mote_stage_takes(params, flow, MOTE_FLOW_POWER);
  if (status == MOTE_OK) status = mote_stage_ranges(params, 5, range);
  if (status == MOTE_OK) status = mote_stage_range(params, 3, params->word[2] + 1, nyquist - 1);
  if (status != MOTE_OK) return status;
  span used = bins(flow, params->word);
  if (used.first >= used.end) return mote_stage_fault(params, 3, params->word[3], params->word[2]);
  int drop = mote_bit_length(flow->fft_size) - 1 - params->word[4] / 2;
  if (drop < 0) return mote_stage_fault(params, 4, params->word[4], 2 * (mote_bit_length(flow->fft_size) - 1));
  uint32_t words = used.end - used.first + (uint32_t)params->word[1] + 1;
  flow->state = (uint32_t)(sizeof(mote_filterbank) + words * sizeof(uint16_t));
  flow->offset += flow->count * 4u;
  flow->kind = MOTE_FLOW_CHANNELS;
  flow->count = (uint16_t)params->word[1];
  flow->drop_bits = (uint8_t)drop;
  mote_flow_reserve(flow);
  return MOTE_OK;
}

/* The point p of a frequency f, given 700 Hz + f times any factor; POINT_BITS fraction bits, rounded. */
typedef struct {
  uint64_t low, width; /* log2 of the lower limit; distance to the upper one */
  uint32_t points;
} mel_axis;

static uint64_t mel_point(const mel_axis *axis, uint64_t shifted) {
  uint64_t part = mote_ratio(mote_log2(shifted) - axis->low, axis->width, 48);
  return mote_round(part * axis->points, 48 - POINT_BITS);
}

void mote_filterbank_init(void *self, const mote_flow *in, const int32_t *word) {
  mote_filterbank *bank = self;
  span used = bins(in, word);
  uint64_t low = (uint64_t)(uint32_t)(word[2] + 700000) * in->fft_size;
  uint64_t high = (uint64_t)((uint32_t)word[3] + 700000u) * in->fft_size;
  mel_axis axis = {mote_log2(low), mote_log2(high) - mote_log2(low), (uint32_t)word[1] + 1};
  bank->first = (uint16_t)used.first;
  bank->channels = (uint16_t)word[1];
  bank->bits = (uint16_t)word[4];
  bank->weights = (uint16_t)(used.end - used.first);
  bank->in = in->offset;
  bank->out = in->offset + in->count * 4u;
  uint16_t *width = bank->weight + bank->weights;
  for (uint32_t i = 0; i < axis.points; i++) width[i] = 0;
  for (uint32_t k = used.first; k < used.end; k++) {
    uint64_t p = mel_point(&axis, 700000ull * in->fft_size + (uint64_t)k * in->rate * 1000);
    uint32_t band = p ? (uint32_t)((p - 1) >> POINT_BITS) : 0;
    uint64_t above = ((uint64_t)(band + 1) << POINT_BITS) - p;
    bank->weight[k - used.first] = (uint16_t)(above >> (POINT_BITS - bank->bits));
    width[band] = (uint16_t)((width[band] + 1u) | (above ? 0 : ON_POINT));
  }
}

/* round(sqrt(x)) for x < 2^58, digit by digit. TFLM leaves roots of 32-bit numbers at 0xffff where they round to
 * 2^16. */
static uint32_t root(uint64_t x) {
  uint32_t high = (uint32_t)(x >> 32), low = (uint32_t)x, rest = 0, result = 0;
  int bits = high ? 32 + mote_bit_length(high) : mote_bit_length(low);
  int narrow = !high, digits = (bits + 1) / 2;
  x <<= 64 - 2 * digits - (digits == 0); /* digits 0: x is 0 */
  high = (uint32_t)(x >> 32);
  low = (uint32_t)x;
  for (int i = 0; i < digits; i++) {
    rest = rest << 2 | high >> 30;
    high = high << 2 | low >> 30;
    low <<= 2;
    uint32_t trial = result << 2 | 1;
    result <<= 1;
    if (rest >= trial) {
      rest -= trial;
      result |= 1;
    }
  }
  return rest > result && !(narrow && result == 0xffff) ? result + 1 : result;
}

/* The bin's weights to its two channels: w and 2^bits - 1 - w, so the second sum follows from the first and the plain
 * sum. */
void mote_filterbank_run(void *self, mote_frame *frame) {
  const mote_filterbank *bank = self;
  const uint32_t *power = (const uint32_t *)(frame->scratch + bank->in) + bank->first;
  uint32_t *out = (uint32_t *)(frame->scratch + bank->out);
  const uint16_t *weight = bank->weight, *width = bank->weight + bank->weights;
  uint64_t rising = 0;
  for (uint32_t band = 0; band <= bank->channels; band++) {
    uint64_t sum = 0, falling = 0;
    for (uint32_t left = width[band] & ~ON_POINT; left > 0; left--, power++) {
      sum += *power;
      falling += mote_product(*power, *weight++);
    }
    if (band > 0) *out++ = root(rising + falling) >> frame->shift;
    rising = (sum << bank->bits) - sum - falling;
    if (width[band] & ON_POINT) rising += power[-1];
  }
}
