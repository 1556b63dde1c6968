/* SPDX-License-Identifier: Apache-2.0 */
/* Real FFT of int16 samples in place. Parameters: size (power of two, 32..2048), scaling (0: none, 1: of the window, 2:
 * block, which is fft_block.c).
 *
 * Two real samples make one complex, a complex FFT of n = size / 2 runs in place (radix 4, one radix 2 pass where n is
 * no power of 4, input in bit-reversed order), a last pass splits the result into bins 0 .. n. Every pass divides by
 * its radix, so bins come out divided by `size`, times 2^shift of the auto-scaling. Arithmetic, bit for bit, is that of
 * kissfft with 16-bit fixed point, as TFLM uses it: divisions are products with 32767 / radix, products are rounded to
 * 15 bits halves up, stores keep the low 16 bits.
 *
 * One table of sines over the quarter turn in steps of 2 pi / size serves all passes. */
#include "frontend/complex.h"
#include "frontend/exact.h"
#include "frontend/stage.h"

typedef enum { SCALING_NONE = 0, SCALING_WINDOW = 1, SCALING_BLOCK = 2 } fft_scaling;

typedef struct {
  uint32_t offset;
  uint16_t count;  /* samples that come in; the rest of the input is 0 */
  uint16_t n;      /* complex points */
  uint8_t log_n;   /* its logarithm */
  uint8_t scaling; /* fft_scaling */
  int16_t sine[];  /* n / 2 + 1 */
} mote_fft;

int mote_fft_measure(mote_flow *flow, const mote_params *params) {
  static const int32_t range[2][2] = {{32, 2048}, {SCALING_NONE, SCALING_BLOCK}};
  int status = mote_stage_ranges(params, 2, range);
  if (status == MOTE_OK && flow->kind != MOTE_FLOW_SCALED) status = mote_stage_takes(params, flow, MOTE_FLOW_SAMPLES);
  if (status != MOTE_OK) return status;
  int32_t size = params->word[0];
  if (size & (size - 1)) return mote_stage_fault(params, 0, size, (int32_t)1 << mote_bit_length((uint32_t)size));
  if (size < flow->count) return mote_stage_fault(params, 0, size, flow->count);
  flow->kind = MOTE_FLOW_SPECTRUM;
  flow->fft_size = (uint16_t)size;
  flow->count = (uint16_t)(size / 2 + 1);
  flow->state = (uint32_t)(sizeof(mote_fft) + ((uint32_t)size / 4 + 1) * sizeof(int16_t));
  mote_flow_reserve(flow);
  return MOTE_OK;
}

void mote_fft_init(void *self, const mote_flow *in, const int32_t *word) {
  mote_fft *fft = self;
  fft->offset = in->offset;
  fft->count = in->count;
  fft->n = (uint16_t)(word[0] / 2);
  fft->log_n = (uint8_t)(mote_bit_length(fft->n) - 1);
  fft->scaling = (uint8_t)word[1];
  mote_sine_table(fft->sine, fft->n / 2u);
}

void mote_sine_table(int16_t *sine, uint32_t quarter) {
  for (uint32_t i = 0; i <= quarter; i++) {
    uint64_t value = mote_sine(i, quarter);
    sine[i] = (int16_t)mote_round(value - (value >> 15), MOTE_EXP_BITS - 15); /* times 32767 / 32768 */
  }
}

/* ---- Arithmetic ---- */

static inline int32_t rounded(int32_t x) { return (x + (1 << 14)) >> 15; }
static inline int32_t halved(int32_t x) { return rounded(x * (32767 / 2)); }
static inline int32_t quartered(int32_t x) { return rounded(x * (32767 / 4)); }

typedef mote_wide wide;

/* The sums wrap for tables that are none of ours; those of sines leave room. */
static inline wide times(wide x, wide w) {
  wide y = {rounded(mote_add(x.re * w.re, -x.im * w.im)), rounded(mote_add(x.re * w.im, x.im * w.re))};
  return y;
}

static inline wide load(const mote_complex *x) {
  uint32_t word = mote_load_word(x);
  wide y = {(int16_t)word, (int16_t)(word >> 16)};
  return y;
}

static inline wide quarter_of(const mote_complex *x) {
  wide y = load(x);
  y.re = quartered(y.re);
  y.im = quartered(y.im);
  return y;
}

static inline mote_complex stored(int32_t re, int32_t im) {
  mote_complex x = {(int16_t)re, (int16_t)im};
  return x;
}

/* ---- Passes ---- */

/* The largest magnitude as TFLM's scan finds it: -(-32768) is -32768 again, after which the scan starts afresh. While
 * max >= 0 one comparison passes over values of -max to max; below 0 none may be passed over. */
static int32_t peak(const int16_t *sample, const int16_t *end) {
  int32_t max = 0;
  uint32_t offset = 0, span = 0;
  while (sample != end) {
    int32_t value = *sample++;
    if ((uint32_t)value + offset <= span) continue;
    if (value > max) max = value;
    else if (-value > max) max = (int16_t)-value;
    offset = max < 0 ? 1u << 16 : (uint32_t)max;
    span = max < 0 ? 0 : 2 * offset;
  }
  return max;
}

/* Two samples a word: their bits stay apart, and what leaves the upper one is its sign. */
static void shift_up(int16_t *sample, uint32_t count, int shift) {
  mote_complex *pair = (mote_complex *)(void *)sample;
  for (mote_complex *end = pair + count / 2; pair != end; pair++) {
    uint32_t word = mote_load_word(pair);
    mote_store_word(pair, (word & 0xffff0000u) << shift | (word << shift & 0xffffu));
  }
  if (count & 1) pair->re = (int16_t)(pair->re * (1 << shift));
}

int32_t mote_scale_up(int16_t *sample, uint32_t count) {
  int32_t max = peak(sample, sample + count);
  if (max < 0) return 0;
  int shift = max ? 15 - mote_bit_length((uint32_t)max) : 0; /* silence: TFLM counts 0 as full */
  if (shift) shift_up(sample, count, shift);
  return shift;
}

void mote_reverse_bits(mote_complex *x, uint32_t n) {
  for (uint32_t i = 1, j = 0; i < n; i++) {
    uint32_t bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j |= bit;
    if (i < j) {
      mote_complex swap = x[i];
      x[i] = x[j];
      x[j] = swap;
    }
  }
}

/* Pairs of neighbours: only a first pass, where all twiddles are 1. */
static void radix2(mote_complex *x, uint32_t n) {
  for (mote_complex *end = x + n; x < end; x += 2) {
    int32_t ar = halved(x[0].re), ai = halved(x[0].im), br = halved(x[1].re), bi = halved(x[1].im);
    x[0] = stored(ar + br, ai + bi);
    x[1] = stored(ar - br, ai - bi);
  }
}

/* Four points m apart, the middle two exchanged by the bit reversal; b, c, d are rotated already. */
static inline void butterfly(mote_complex *x, uint32_t m, wide b, wide c, wide d) {
  wide a = quarter_of(x);
  wide minus = {a.re - c.re, a.im - c.im}, plus = {a.re + c.re, a.im + c.im};
  wide sum = {b.re + d.re, b.im + d.im}, turn = {b.re - d.re, b.im - d.im};
  x[0] = stored(plus.re + sum.re, plus.im + sum.im);
  x[m] = stored(minus.re + turn.im, minus.im - turn.re);
  x[2 * m] = stored(plus.re - sum.re, plus.im - sum.im);
  x[3 * m] = stored(minus.re - turn.im, minus.im + turn.re);
}

/* One pass that joins four transforms of m points each, throughout the array. */
static void radix4(mote_fft_plan fft, mote_complex *x, uint32_t m) {
  uint32_t n = fft.n, step = n / (2 * m); /* of the twiddle index, in units of 2 pi / (2 n) */
  for (mote_complex *at = x; at < x + n; at += 4 * m) {
    butterfly(at, m, quarter_of(at + 2 * m), quarter_of(at + m),
              quarter_of(at + 3 * m)); /* a product with 1 is exact */
  }
  for (uint32_t k = 1; k < m; k++) {
    wide w1 = mote_twiddle(fft, k * step), w2 = mote_twiddle(fft, 2 * k * step), w3 = mote_twiddle(fft, 3 * k * step);
    for (mote_complex *at = x + k; at < x + n; at += 4 * m) {
      butterfly(at, m, times(quarter_of(at + 2 * m), w1), times(quarter_of(at + m), w2),
                times(quarter_of(at + 3 * m), w3));
    }
  }
}

void mote_fft_transform(const mote_fft_plan *plan, mote_complex *x) {
  uint32_t m = 1;
  mote_reverse_bits(x, plan->n);
  if (plan->log_n & 1) {
    radix2(x, plan->n);
    m = 2;
  }
  for (; m < plan->n; m *= 4) radix4(*plan, x, m);
}

/* From the transform of pairs to bins 0 .. n of the real signal. */
static void split(mote_fft_plan plan, mote_complex *x) {
  uint32_t n = plan.n;
  int32_t even = halved(x[0].re), odd = halved(x[0].im);
  x[0] = stored(even + odd, 0);
  x[n] = stored(even - odd, 0);
  for (uint32_t k = 1; k <= n / 2; k++) {
    wide low = {halved(x[k].re), halved(x[k].im)}, high = {halved(x[n - k].re), halved((int16_t)-x[n - k].im)};
    wide sum = {low.re + high.re, low.im + high.im}, difference = {low.re - high.re, low.im - high.im};
    wide w = {-plan.sine[k], -plan.sine[n / 2 - k]}, turned = times(difference, w);
    mote_complex kept = stored(turned.re, turned.im); /* may exceed 16 bits */
    x[k] = stored((sum.re + kept.re) >> 1, (sum.im + kept.im) >> 1);
    x[n - k] = stored((sum.re - kept.re) >> 1, (kept.im - sum.im) >> 1);
  }
}

void mote_fft_real(const mote_fft_plan *plan, mote_complex *x) {
  mote_fft_transform(plan, x);
  split(*plan, x);
}

void mote_fft_run(void *self, mote_frame *frame) {
  const mote_fft *fft = self;
  const mote_fft_plan plan = {fft->sine, fft->n, fft->log_n};
  mote_complex *x = (mote_complex *)(frame->scratch + fft->offset);
  int16_t *sample = (int16_t *)x;
  if (fft->scaling == SCALING_WINDOW) frame->shift += mote_scale_up(sample, fft->count);
  for (uint32_t i = fft->count; i < 2u * fft->n; i++) sample[i] = 0;
  if (fft->scaling == SCALING_BLOCK) frame->shift += mote_fft_block(&plan, x);
  else mote_fft_real(&plan, x);
}
