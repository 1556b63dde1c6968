/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics of one lane's window x of n samples, appended to the frame with 16 fraction bits. Parameters: which ones,
 * in the order of MEASURES in device/mote/sense.py, each at most once.
 *
 *   mean           sum x / n
 *   rms, std       sqrt(sum x^2 / n), sqrt(sum x^2 / n - mean^2): population, not sample
 *   peakToPeak     max x - min x, saturated at 32768
 *   crest          max |x| / rms
 *   skewness       m3 / m2^1.5, m_k = sum (x - mean)^k / n
 *   kurtosis       m4 / m2^2: 3 for Gaussian noise
 *   zeroCrossings  samples whose sign differs from the one before; 0 counts as positive
 *
 * Where all samples are equal, skewness and kurtosis are 0, and so is the crest factor where all are 0.
 *
 * Sums of x and x^2 are exact: all but skewness and kurtosis are at most one of the last bit off. For these, deviations
 * e = x 2^t - round(mean 2^t) are scaled to fill 16 bits. e^2 is exact; of e^4 2^32 are cut off at most, of |e|^3 3
 * |e|. With C the largest deviation over std, C <= sqrt(n), and the half by which the mean is off, kurtosis is off by a
 * part of n^(1/4) / 2^13 + n / 2^23 of itself and skewness by C / 2^13 + C^2 / 2^25, plus one of the last bit. */
#include "frontend/arithmetic.h"
#include "frontend/exact.h"
#include "frontend/numbers.h"

enum { MEAN, RMS, STD, PEAK_TO_PEAK, CREST, SKEWNESS, KURTOSIS, ZERO_CROSSINGS, MEASURES };

#define BIT(measure) (1u << (measure))
#define NEED_SUMS (BIT(MEAN) | BIT(RMS) | BIT(STD) | BIT(CREST) | BIT(SKEWNESS) | BIT(KURTOSIS))
#define NEED_PEAKS (BIT(PEAK_TO_PEAK) | BIT(CREST) | BIT(SKEWNESS) | BIT(KURTOSIS))
#define CREST_BITS 44

typedef struct {
  uint32_t offset;
  uint16_t count;
  uint8_t mask, measures;
  uint8_t measure[MEASURES];
} mote_statistics;

/* What is known of a window. */
typedef struct {
  const int16_t *sample;
  uint32_t count;
  int32_t sum, low, high;
  uint64_t squares;
} window_sums;

/* e = (x << up) - centre, |e| < 2^16; their variance is mantissa * 2^exponent, exponent even. */
typedef struct {
  int32_t centre;
  int up, exponent;
  uint32_t mantissa;
} deviations;

int mote_statistics_measure(mote_flow *flow, const mote_params *params) {
  uint32_t seen = 0;
  int status = mote_stage_takes(params, flow, MOTE_FLOW_SAMPLES);
  if (status == MOTE_OK && (params->count < 1 || params->count > MEASURES))
    status = mote_stage_fault(params, MOTE_SUBJECT_COUNT, params->count, params->count < 1 ? 1 : MEASURES);
  for (int i = 0; i < params->count && status == MOTE_OK; i++) {
    status = mote_stage_range(params, i, 0, MEASURES - 1);
    if (status != MOTE_OK) break;
    if (seen & BIT(params->word[i])) status = mote_stage_fault(params, i, params->word[i], -1);
    seen |= BIT(params->word[i]);
  }
  if (status != MOTE_OK) return status;
  flow->appended = (uint16_t)(flow->appended + params->count);
  flow->state = sizeof(mote_statistics);
  return MOTE_OK;
}

void mote_statistics_init(void *self, const mote_flow *in, const int32_t *word) {
  mote_statistics *statistics = self;
  statistics->offset = in->offset;
  statistics->count = in->count;
  statistics->measures = (uint8_t)word[-1];
  for (int i = 0; i < word[-1] && i < MEASURES; i++) {
    statistics->measure[i] = (uint8_t)word[i];
    statistics->mask = (uint8_t)(statistics->mask | BIT(word[i]));
  }
}

/* ---- Sums over samples ---- */

/* A sum of at most 2^14 numbers of 32 bits, in two halves: a core without a long addition is twice as fast with it. */
typedef struct {
  int32_t high;
  uint32_t low;
} halves;

static inline void add(halves *sum, int32_t x) {
  sum->high += x >> 16;
  sum->low += (uint32_t)x & 0xffff;
}

static inline int64_t total(halves sum) { return (int64_t)sum.high * 65536 + sum.low; }

static void add_up(window_sums *of) {
  int32_t sum = 0;
  halves squares = {0, 0};
  for (const int16_t *x = of->sample, *end = x + of->count; x < end; x++) {
    int32_t value = *x;
    sum += value;
    add(&squares, value * value);
  }
  of->sum = sum;
  of->squares = (uint64_t)total(squares);
}

static void find_peaks(window_sums *of) {
  int32_t low = of->sample[0], high = low;
  for (const int16_t *x = of->sample, *end = x + of->count; x < end; x++) {
    if (*x < low) low = *x;
    if (*x > high) high = *x;
  }
  of->low = low;
  of->high = high;
}

static uint32_t count_crossings(const window_sums *of) {
  uint32_t crossings = 0;
  int32_t before = of->sample[0];
  for (const int16_t *x = of->sample, *end = x + of->count; x < end; x++) {
    crossings += (uint32_t)(before ^ *x) >> 31;
    before = *x;
  }
  return crossings;
}

/* sum of e^4 / 2^32. With e^2 = 2^16 h + l that is h^2 + h l / 2^15, cut, without the square of l. */
static uint64_t add_fourth_powers(const window_sums *of, const deviations *e) {
  uint32_t high = 0, low = 0;
  int32_t centre = e->centre;
  int up = e->up;
  for (const int16_t *x = of->sample, *end = x + of->count; x < end; x++) {
    uint32_t deviation = (uint32_t)(*x * (1 << up) - centre), square = deviation * deviation;
    uint32_t h = square >> 16, power = h * h;
    high += power >> 16;
    low += (power & 0xffff) + (h * (square & 0xffff) >> 15);
  }
  return ((uint64_t)high << 16) + low;
}

/* sum of e^3 / 4, e^2 without its last two bits; its upper 15 bits and the 15 below make products of 32 bits. */
static int64_t add_cubes(const window_sums *of, const deviations *e) {
  halves high = {0, 0}, low = {0, 0};
  int32_t centre = e->centre;
  int up = e->up;
  for (const int16_t *x = of->sample, *end = x + of->count; x < end; x++) {
    int32_t deviation = *x * (1 << up) - centre;
    uint32_t square = (uint32_t)deviation * (uint32_t)deviation;
    add(&high, deviation * (int32_t)(square >> 17));
    add(&low, deviation * (int32_t)(square >> 2 & 0x7fff));
  }
  return total(high) * 32768 + total(low);
}

/* ---- Measures from sums ---- */

/* round(sum 2^bits / n), halves up. */
static int32_t mean_of(const window_sums *of, int bits) {
  uint64_t size = ((uint64_t)mote_absolute(of->sum) << bits) + of->count / 2;
  uint32_t mean = (uint32_t)mote_divide(size, of->count); /* 2^31 of -32768 */
  return (int32_t)(of->sum < 0 ? 0 - mean : mean);
}

/* n^2 times the variance. */
static uint64_t spread(const window_sums *of) {
  return of->count * of->squares - (uint64_t)((int64_t)of->sum * of->sum);
}

/* x / n^2 * 2^*up with at least 35 bits, cut; x > 0. */
static uint64_t per_square(uint64_t x, uint32_t n, int *up) {
  *up = 64 - mote_long_bits(x);
  return mote_divide(mote_divide(x << *up, n), n);
}

/* sqrt(x) / n with 16 fraction bits. */
static int32_t root_over(uint64_t x, uint32_t n) {
  int up;
  if (x == 0) return 0;
  uint64_t ratio = per_square(x, n, &up);
  uint32_t root = mote_root(up <= 32 ? ratio << (32 - up) : ratio >> (up - 32));
  return root > INT32_MAX ? INT32_MAX : (int32_t)root;
}

static int32_t crest_of(const window_sums *of) {
  uint32_t peak = (uint32_t)(of->high > -of->low ? of->high : -of->low);
  if (peak == 0) return 0;
  uint64_t square = mote_ratio((uint64_t)peak * peak, of->squares, CREST_BITS) * of->count;
  return (int32_t)mote_round(mote_root(square), CREST_BITS / 2 - 16);
}

/* For windows whose samples are not all equal. */
static deviations deviations_of(const window_sums *of) {
  deviations e;
  int32_t mean = mean_of(of, 0), above = of->high - mean, below = mean - of->low;
  e.up = 16 - mote_bit_length((uint32_t)(above > below ? above : below));
  e.centre = mean_of(of, e.up);
  uint64_t variance = per_square(spread(of), of->count, &e.exponent);
  int down = mote_long_bits(variance) - 32;
  down += (e.exponent - down) & 1; /* even */
  e.mantissa = (uint32_t)(variance >> down);
  e.exponent = 2 * e.up + down - e.exponent;
  return e;
}

static int32_t kurtosis_of(const window_sums *of) {
  if (of->low == of->high) return 0;
  deviations e = deviations_of(of);
  uint64_t mean = mote_divide(add_fourth_powers(of, &e) << 17, of->count); /* e^4 / 2^15 */
  return mote_scaled_quotient(mean, (uint64_t)e.mantissa * e.mantissa, 16 + 15 - 2 * e.exponent);
}

static int32_t skewness_of(const window_sums *of) {
  if (of->low == of->high) return 0;
  deviations e = deviations_of(of);
  int64_t sum = add_cubes(of, &e);
  uint64_t mean = mote_divide(sum < 0 ? 0 - (uint64_t)sum : (uint64_t)sum, of->count);
  uint32_t root = mote_root((uint64_t)e.mantissa << 32); /* 16 fraction bits */
  int32_t size = mote_scaled_quotient(mean, (uint64_t)e.mantissa * root, 16 + 2 + 16 - e.exponent / 2 * 3);
  return sum < 0 ? -size : size;
}

static int32_t measure_of(const window_sums *of, int measure) {
  switch (measure) {
    case MEAN: return mean_of(of, 16);
    case RMS: return root_over(of->count * of->squares, of->count);
    case STD: return root_over(spread(of), of->count);
    case PEAK_TO_PEAK: return mote_saturate32((int64_t)(of->high - of->low) * 65536);
    case CREST: return crest_of(of);
    case SKEWNESS: return skewness_of(of);
    case KURTOSIS: return kurtosis_of(of);
    default: return (int32_t)(count_crossings(of) << 16);
  }
}

void mote_statistics_run(void *self, mote_frame *frame) {
  const mote_statistics *statistics = self;
  window_sums of = {(const int16_t *)(frame->scratch + statistics->offset), statistics->count, 0, 0, 0, 0};
  if (statistics->mask & NEED_SUMS) add_up(&of);
  if (statistics->mask & NEED_PEAKS) find_peaks(&of);
  for (uint32_t i = 0; i < statistics->measures; i++) *frame->appended++ = measure_of(&of, statistics->measure[i]);
}
