/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics of one lane's power spectrum P_k, k = 0 .. N / 2, appended to the frame with 16 fraction bits, in the
 * order of the parameters: number of bands (0 .. 32), their lower and upper end in mHz (0: half the rate), whether as
 * logarithms; whether the centroid; which part of the power lies below the roll-off, in parts per million (0: not
 * wanted); whether the flatness; how many dominant frequencies (0 .. 8). Frequencies are in Hz, k rate / N for bin k,
 * saturated at 32768. All but the bands leave bin 0 out.
 *
 *   band       RMS of the signal in it, sqrt(2 sum P_k / 4^shift), bins 0 and N / 2 counted once. Bands are equally
 *              wide; their edges are rounded to bins, halves up; the upper one belongs to the next band, that of the
 *              last to the last. At most one of the last bit off, and a part 2^-28 of itself.
 *   logarithm  ln of that, at least ln 2^-16 = -11.09; at most one of the last bit off
 *   centroid   sum f_k P_k / sum P_k, at most one of the last bit and rate / N / 2^20 off
 *   roll-off   the lowest f_k with P_1 + .. + P_k >= part * sum P_k, exact
 *   flatness   geometric over arithmetic mean of max(P_k, 1), at most two of the last bit off
 *   dominant   where P_k-1 < P_k >= P_k+1, largest first, 0 where there are fewer. The vertex of the parabola through
 *              the logarithms of the three refines it: within 0.017 bins of a lone tone behind a Hann or Hamming
 * window. At most one of the last bit and rate / N / 2^12 off that vertex, where the three differ by 1/500 or more.
 *
 * Silence: 0 for all but logarithms. */
#include "frontend/arithmetic.h"
#include "frontend/exact.h"
#include "frontend/numbers.h"

#define MOST_BANDS 32
#define MOST_PEAKS 8
#define MILLION 1000000
#define MOST_MILLIHERTZ 384000000
#define CENTROID_BITS 20
#define LN2 0xb17217f8u  /* 32 fraction bits */
#define LN_FLOOR -726817 /* ln 2^-16, 16 fraction bits */

enum { BANDS, LOW, HIGH, LOGARITHMS, CENTROID, ROLLOFF, FLATNESS, DOMINANT, PARAMETERS };

typedef struct {
  uint32_t offset;
  uint32_t rate;
  uint32_t rolloff; /* parts per million */
  uint16_t half;    /* N / 2, the last bin */
  uint8_t log_size; /* of N */
  uint8_t bands, logarithms, centroid, flatness, dominant;
  uint16_t edge[]; /* bands + 1 bins, where there are bands */
} mote_spectral;

/* ---- Set-up ---- */

static uint64_t upper_end(const mote_flow *flow, const int32_t *word) {
  return word[HIGH] ? (uint64_t)word[HIGH] : (uint64_t)flow->rate * 500;
}

static int check_bands(const mote_flow *flow, const mote_params *params) {
  const int32_t *word = params->word;
  uint64_t half = (uint64_t)flow->rate * 500, high = upper_end(flow, word), low = (uint64_t)word[LOW];
  if (high > half) return mote_stage_fault(params, HIGH, word[HIGH], (int32_t)half);
  if (low >= high) return mote_stage_fault(params, LOW, word[LOW], (int32_t)high);
  uint64_t bins = mote_ratio((high - low) * flow->fft_size, 2 * half << 11, 11);
  if (bins < (uint64_t)word[BANDS]) return mote_stage_fault(params, BANDS, word[BANDS], (int32_t)bins);
  return MOTE_OK;
}

static uint32_t values_of(const int32_t *word) {
  return (uint32_t)(word[BANDS] + word[CENTROID] + (word[ROLLOFF] > 0) + word[FLATNESS] + word[DOMINANT]);
}

int mote_spectral_measure(mote_flow *flow, const mote_params *params) {
  static const int32_t range[PARAMETERS][2] = {
      {0, MOST_BANDS}, {0, MOST_MILLIHERTZ}, {0, MOST_MILLIHERTZ}, {0, 1}, {0, 1}, {0, MILLION},
      {0, 1},          {0, MOST_PEAKS}};
  int status = mote_stage_takes(params, flow, MOTE_FLOW_POWER);
  if (status == MOTE_OK) status = mote_stage_ranges(params, PARAMETERS, range);
  if (status == MOTE_OK) status = check_bands(flow, params);
  if (status != MOTE_OK) return status;
  uint32_t values = values_of(params->word);
  if (values == 0) return mote_stage_fault(params, MOTE_SUBJECT_STAGE, 0, 1);
  flow->appended = (uint16_t)(flow->appended + values);
  flow->state = (uint32_t)(sizeof(mote_spectral) + ((uint32_t)params->word[BANDS] + 1) * sizeof(uint16_t));
  return MOTE_OK;
}

/* edge i = round((low + (high - low) i / bands) N / rate). */
static void make_edges(mote_spectral *spectral, const mote_flow *in, const int32_t *word) {
  uint64_t high = upper_end(in, word), low = (uint64_t)word[LOW], bands = (uint64_t)word[BANDS];
  for (uint32_t i = 0; i <= bands && bands; i++) {
    uint64_t frequency = low * bands + (high - low) * i;
    spectral->edge[i] = (uint16_t)mote_rounded_ratio(frequency * in->fft_size, in->rate * 1000 * bands, 11);
  }
}

void mote_spectral_init(void *self, const mote_flow *in, const int32_t *word) {
  mote_spectral *spectral = self;
  spectral->offset = in->offset;
  spectral->rate = in->rate;
  spectral->half = (uint16_t)(in->fft_size / 2);
  spectral->log_size = (uint8_t)(mote_bit_length(in->fft_size) - 1);
  spectral->bands = (uint8_t)word[BANDS];
  spectral->logarithms = (uint8_t)word[LOGARITHMS];
  spectral->centroid = (uint8_t)word[CENTROID];
  spectral->rolloff = (uint32_t)word[ROLLOFF];
  spectral->flatness = (uint8_t)word[FLATNESS];
  spectral->dominant = (uint8_t)word[DOMINANT];
  make_edges(spectral, in, word);
}

/* ---- Bands ---- */

/* 2 sum P_k of a band's bins, those without a mirror image counted once. */
static uint64_t band_power(const mote_spectral *spectral, const uint32_t *power, uint32_t band) {
  uint32_t first = spectral->edge[band], end = spectral->edge[band + 1] + (band + 1u == spectral->bands);
  uint64_t sum = 0;
  for (const uint32_t *p = power + first, *last = power + end; p < last; p++) sum += *p;
  sum *= 2;
  if (first == 0) sum -= power[0];
  if (end > spectral->half) sum -= power[spectral->half];
  return sum;
}

/* sqrt(x / 4^shift), 16 fraction bits. x is moved up as far as that needs, but to 58 bits at most, for the root. */
static int32_t root_of(uint64_t x, int32_t shift) {
  int32_t want = 16 - shift, room = (58 - mote_long_bits(x)) / 2;
  int32_t up = want < 0 ? 0 : want < room ? want : room, rest = want - up;
  if (x == 0) return 0;
  uint64_t root = mote_root(x << 2 * up);
  if (rest < 0) root = rest < -32 ? 0 : mote_round(root, -rest);
  else root = rest > 31 ? UINT32_MAX : root << rest;
  return root < INT32_MAX ? (int32_t)root : INT32_MAX;
}

/* ln(sqrt(x / 4^shift)), 16 fraction bits. */
static int32_t logarithm_of(uint64_t x, int32_t shift) {
  if (x == 0) return LN_FLOOR;
  int64_t log2 = (int64_t)mote_short_log2(x) - (int64_t)shift * (2 << MOTE_SHORT_LOG_BITS);
  int64_t ln = (log2 * LN2 + (1ll << 40)) >> 41;
  return ln > LN_FLOOR ? (int32_t)ln : LN_FLOOR;
}

static int32_t *put_bands(const mote_spectral *spectral, const uint32_t *power, int32_t shift, int32_t *out) {
  for (uint32_t band = 0; band < spectral->bands; band++) {
    uint64_t sum = band_power(spectral, power, band);
    *out++ = spectral->logarithms ? logarithm_of(sum, shift) : root_of(sum, shift);
  }
  return out;
}

/* ---- The whole spectrum, without bin 0 ---- */

/* bins * rate / N in Hz with 16 fraction bits, where bins have `bits`. */
static int32_t frequency_of(const mote_spectral *spectral, uint32_t bins, int bits) {
  int down = bits + spectral->log_size - 16;
  uint64_t hertz = (uint64_t)bins * spectral->rate;
  hertz = down > 0 ? mote_round(hertz, down) : hertz << -down;
  return hertz < INT32_MAX ? (int32_t)hertz : INT32_MAX;
}

/* sum k P_k is the sum of all partial sums from the top. */
static int32_t centroid_of(const mote_spectral *spectral, const uint32_t *power) {
  uint64_t sum = 0, weighted = 0;
  for (uint32_t k = spectral->half; k > 0; k--) {
    sum += power[k];
    weighted += sum;
  }
  if (sum == 0) return 0;
  return frequency_of(spectral, (uint32_t)mote_scaled_quotient(weighted, sum, CENTROID_BITS), CENTROID_BITS);
}

static int32_t rolloff_of(const mote_spectral *spectral, const uint32_t *power) {
  uint64_t sum = 0;
  uint32_t bin = 0;
  for (uint32_t k = 1; k <= spectral->half; k++) sum += power[k];
  uint64_t need = mote_divide(mote_divide(sum * spectral->rolloff + (MILLION - 1), 1000), 1000);
  for (sum = 0; sum < need; sum += power[bin]) bin++;
  return frequency_of(spectral, bin, 0);
}

/* 2^-x, 0 <= x, 24 fraction bits; with 16. */
static int32_t power_of_two(uint32_t x) {
  uint32_t whole = x >> MOTE_SHORT_LOG_BITS, rest = x & ((1u << MOTE_SHORT_LOG_BITS) - 1);
  if (whole > 16) return 0;
  uint64_t fraction = (uint64_t)((1u << MOTE_SHORT_LOG_BITS) - rest) << (MOTE_LOG_BITS - MOTE_SHORT_LOG_BITS);
  uint64_t size = rest ? mote_exp2(fraction) : 2ull << MOTE_EXP_BITS;
  return (int32_t)mote_round(size, MOTE_EXP_BITS + 1 - 16 + (int)whole);
}

/* The product of all bins is kept as 32 bits of mantissa and an exponent; its logarithm is taken once. */
static int32_t flatness_of(const mote_spectral *spectral, const uint32_t *power) {
  uint32_t mantissa = 1u << 31, exponent = 0, any = 0;
  uint64_t sum = 0;
  for (uint32_t k = 1; k <= spectral->half; k++) {
    uint32_t value = power[k] ? power[k] : 1, bits = (uint32_t)mote_bit_length(value);
    mantissa = mote_top_product(mantissa, value << (32 - bits));
    exponent += bits;
    if (!(mantissa >> 31)) mantissa <<= 1, exponent--;
    sum += value;
    any |= power[k];
  }
  if (!any) return 0;
  uint32_t log_bins = spectral->log_size - 1u;
  uint64_t product =
      ((uint64_t)exponent << MOTE_SHORT_LOG_BITS) + mote_short_log2(mantissa) - (31u << MOTE_SHORT_LOG_BITS);
  int64_t arithmetic = (int64_t)mote_short_log2(sum) - (int64_t)(log_bins << MOTE_SHORT_LOG_BITS);
  int64_t below = arithmetic - (int64_t)(product >> log_bins);
  return power_of_two(below > 0 ? (uint32_t)below : 0);
}

/* ---- Dominant frequencies ---- */

/* Bins of the largest peaks, largest first; of equals, the lower one. */
static uint32_t find_peaks(const mote_spectral *spectral, const uint32_t *power, uint16_t *peak) {
  uint32_t found = 0;
  for (uint32_t k = 1; k < spectral->half; k++) {
    if (power[k] <= power[k - 1] || power[k] < power[k + 1]) continue;
    uint32_t at = found;
    if (found < spectral->dominant) found++;
    else if (power[peak[--at]] >= power[k]) continue;
    for (; at > 0 && power[peak[at - 1]] < power[k]; at--) peak[at] = peak[at - 1];
    peak[at] = (uint16_t)k;
  }
  return found;
}

static int32_t peak_log(uint32_t power) { return (int32_t)mote_short_log2(power ? power : 1); }

/* The parabola's vertex lies within half a bin: the middle logarithm is the largest, if not by much. */
static int32_t vertex_of(const mote_spectral *spectral, const uint32_t *p, uint32_t bin) {
  int32_t before = peak_log(p[-1]), top = peak_log(p[0]), behind = peak_log(p[1]), tilt = behind - before;
  uint32_t bend = 2 * (uint32_t)(2 * top - before - behind);
  uint32_t off = bend ? (uint32_t)mote_scaled_quotient(mote_absolute(tilt), bend, 16) : 0;
  return frequency_of(spectral, tilt > 0 ? (bin << 16) + off : (bin << 16) - off, 16);
}

static int32_t *put_dominant(const mote_spectral *spectral, const uint32_t *power, int32_t *out) {
  uint16_t peak[MOST_PEAKS];
  uint32_t found = find_peaks(spectral, power, peak);
  for (uint32_t i = 0; i < spectral->dominant; i++)
    *out++ = i < found ? vertex_of(spectral, power + peak[i], peak[i]) : 0;
  return out;
}

void mote_spectral_run(void *self, mote_frame *frame) {
  const mote_spectral *spectral = self;
  const uint32_t *power = (const uint32_t *)(frame->scratch + spectral->offset);
  int32_t *out = put_bands(spectral, power, frame->shift, frame->appended);
  if (spectral->centroid) *out++ = centroid_of(spectral, power);
  if (spectral->rolloff) *out++ = rolloff_of(spectral, power);
  if (spectral->flatness) *out++ = flatness_of(spectral, power);
  if (spectral->dominant) out = put_dominant(spectral, power, out);
  frame->appended = out;
}
