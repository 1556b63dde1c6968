/* SPDX-License-Identifier: Apache-2.0 */
/* Triangular bands over the power spectrum, then the square root. Parameters: scale (0: linear, 1: mel), channels,
 * lower and upper limit in mHz, fraction bits of the weights (8, 10, 12), fraction bits that the channels get.
 *
 * The limits and the channels' centres are channels + 2 points p = 0, 1 .. channels + 1 at equal distances in Hz, or in
 * mel = 1127 ln(1 + f / 700). A bin at p, with i - 1 < p <= i, gives the weight i - p to channel i - 1 (the rising edge
 * is the next channel's) and 1 - (i - p) to channel i. Both are cut to integers, so their sum is 2^bits - 1 except
 * where the bin lies on a point, which can only be the last bin of its band.
 *
 * out = round(sqrt(sum of weight * power)) * 2^(fraction bits - shift), cut: below the exact value by less than 1 from
 * the cut, 1/2 from the root (times 2^exponent where that is above 0), and by what the weights lack, 1 / 2^bits of each
 * bin's power. The powers of all bins add up to the mean square of the samples at most, so out is at most 2^(15 + bits
 * / 2 + fraction bits) <= 2^29; it saturates where the FFT has wrapped as TFLM's does. */
#include "frontend/arithmetic.h"
#include "frontend/exact.h"
#include "frontend/stage.h"

#define POINT_BITS 36 /* fraction bits of p */

typedef struct {
  uint16_t first; /* bin */
  uint16_t channels;
  uint8_t bits, fraction_bits;
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

/* mHz, rounded up. */
static int32_t frequency_of(const mote_flow *flow, uint32_t bin) {
  return (int32_t)(((uint64_t)bin * flow->rate * 1000 + flow->fft_size - 1) >> (mote_bit_length(flow->fft_size) - 1));
}

int mote_filterbank_measure(mote_flow *flow, const mote_params *params) {
  const int32_t nyquist = (int32_t)(flow->rate * 500);
  const int32_t range[6][2] = {{0, 1}, {1, 128}, {0, nyquist - 1}, {1, nyquist - 1}, {8, 12}, {0, 8}};
  int status = mote_stage_takes(params, flow, MOTE_FLOW_POWER);
  if (status == MOTE_OK) status = mote_stage_ranges(params, 6, range);
  if (status == MOTE_OK) status = mote_stage_range(params, 3, params->word[2] + 1, nyquist - 1);
  if (status != MOTE_OK) return status;
  span used = bins(flow, params->word);
  if (used.first >= used.end) return mote_stage_fault(params, 3, params->word[3], frequency_of(flow, used.first));
  if (params->word[4] & 1) return mote_stage_fault(params, 4, params->word[4], params->word[4] + 1); /* no whole root */
  uint32_t words = used.end - used.first + (uint32_t)params->word[1] + 1;
  flow->state = (uint32_t)(sizeof(mote_filterbank) + words * sizeof(uint16_t));
  flow->offset += flow->count * 4u;
  flow->kind = MOTE_FLOW_CHANNELS;
  flow->count = (uint16_t)params->word[1];
  flow->drop_bits = (int8_t)(mote_bit_length(flow->fft_size) - 1 - params->word[4] / 2 - params->word[5]);
  mote_flow_reserve(flow);
  return MOTE_OK;
}

/* The points of frequencies, which are in units of 1 / fft_size mHz. */
typedef struct {
  uint64_t zero;       /* what is added to them: 700 Hz for mel */
  uint64_t low, width; /* position of the lower limit; distance to the upper one */
  uint32_t points;
  int mel;
} axis;

static uint64_t position(const axis *of, uint64_t frequency) {
  return of->mel ? mote_log2(of->zero + frequency) : frequency;
}

static axis axis_of(const mote_flow *in, const int32_t *word) {
  uint64_t low = (uint64_t)(uint32_t)word[2] * in->fft_size, high = (uint64_t)(uint32_t)word[3] * in->fft_size;
  axis of = {700000ull * in->fft_size, 0, 0, (uint32_t)word[1] + 1, word[0]};
  of.low = position(&of, low);
  of.width = position(&of, high) - of.low;
  return of;
}

/* The point p of a frequency within the limits, POINT_BITS fraction bits, rounded. */
static uint64_t point(const axis *of, uint64_t frequency) {
  uint64_t part = mote_ratio(position(of, frequency) - of->low, of->width, 48);
  return mote_round(part * of->points, 48 - POINT_BITS);
}

void mote_filterbank_init(void *self, const mote_flow *in, const int32_t *word) {
  mote_filterbank *bank = self;
  span used = bins(in, word);
  axis of = axis_of(in, word);
  bank->first = (uint16_t)used.first;
  bank->channels = (uint16_t)word[1];
  bank->bits = (uint8_t)word[4];
  bank->fraction_bits = (uint8_t)word[5];
  bank->weights = (uint16_t)(used.end - used.first);
  bank->in = in->offset;
  bank->out = in->offset + in->count * 4u;
  uint16_t *width = bank->weight + bank->weights;
  for (uint32_t i = 0; i < of.points; i++) width[i] = 0;
  for (uint32_t k = used.first; k < used.end; k++) {
    uint64_t p = point(&of, (uint64_t)k * in->rate * 1000);
    uint32_t band = p ? (uint32_t)((p - 1) >> POINT_BITS) : 0;
    uint64_t above = ((uint64_t)(band + 1) << POINT_BITS) - p;
    bank->weight[k - used.first] = (uint16_t)(above >> (POINT_BITS - bank->bits));
    width[band] = (uint16_t)((width[band] + 1u) | (above ? 0 : ON_POINT));
  }
}

/* The sums over one band: of the power, and of the power times weight. */
typedef struct {
  uint64_t plain, weighted;
} band_sums;

/* Halves of the powers apart, weighted ones by sixteens, which 32 bits hold: weights are below 2^12. Not inlined, so
 * that the inner loop has all registers. */
static __attribute__((noinline)) band_sums add_up(const uint32_t *power, const uint16_t *weight, uint32_t count) {
  uint32_t low = 0, high = 0;
  uint64_t weighted = 0;
  while (count > 0) {
    const uint32_t *end = power + (count < 16 ? count : 16);
    uint32_t weighted_low = 0, weighted_high = 0;
    count -= (uint32_t)(end - power);
    while (power < end) {
      uint32_t value = *power++, factor = *weight++;
      low += value & 0xffff;
      high += value >> 16;
      weighted_low += (value & 0xffff) * factor;
      weighted_high += (value >> 16) * factor;
    }
    weighted += ((uint64_t)weighted_high << 16) + weighted_low;
  }
  band_sums sums = {((uint64_t)high << 16) + low, weighted};
  return sums;
}

/* value * 2^up, cut and saturated; up >= -31. */
static uint32_t shifted(uint32_t value, int up) {
  if (up <= 0) return value >> -up;
  return value >> (32 - up) ? UINT32_MAX : value << up;
}

/* A bin's weights in its two channels are w and 2^bits - 1 - w, so the second sum follows from the first and the plain.
 */
void mote_filterbank_run(void *self, mote_frame *frame) {
  const mote_filterbank *bank = self;
  const uint32_t *power = (const uint32_t *)(frame->scratch + bank->in) + bank->first;
  uint32_t *out = (uint32_t *)(frame->scratch + bank->out);
  const uint16_t *weight = bank->weight, *width = bank->weight + bank->weights;
  uint64_t rising = 0;
  for (uint32_t band = 0; band <= bank->channels; band++) {
    uint32_t count = width[band] & ~ON_POINT;
    band_sums sums = add_up(power, weight, count);
    power += count;
    weight += count;
    if (band > 0) *out++ = shifted(mote_root(rising + sums.weighted), bank->fraction_bits - frame->shift);
    rising = (sums.plain << bank->bits) - sums.plain - sums.weighted;
    if (width[band] & ON_POINT) rising += power[-1];
  }
}
