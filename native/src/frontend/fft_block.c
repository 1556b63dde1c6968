/* SPDX-License-Identifier: Apache-2.0 */
/* Real FFT in block floating point: all values of a pass have one exponent, which follows the largest of them.
 *
 * The passes are those of fft.c (pairs of samples as complex points, radix 4 with one radix-2 pass first where n is no
 * power of 4, then the split into bins), but each computes with 32 bits, 13 of them fraction, and rounds once, to as
 * many of 16 bits as its results surely fit in. What they can reach is known from what goes in:
 *   first pass: parts in [-2^h, 2^h) give parts of at most `radix` * 2^h, which become 2^15,
 *   further ones: moduli of at most r give moduli of at most 4 r, the split 2 r, which become at most 32760.
 * So nothing overflows, whatever the samples; halves are rounded down, which keeps 32767.5 in range, and 7 units are
 * left for the rounding of parts and twiddles. Each pass finds the largest square r^2 of a modulus as it stores.
 *
 * Shifts: a pass leaves a modulus of 4095 at least (it keeps the mean square times 4), the first one shifts up by at
 * most 13, the split by at most 1: the shift of the result is at most 14 + log2(size), 24 for a split of its own. It is
 * at least 0: bins 0 and n alone can then reach 2^15, and saturate; parts of the others are below 2/pi * 2^15.
 *
 * Error: a rounding adds 1/6 of a unit squared to a point, and of what was there half the amplitude is left by a pass
 * over a tone that grows by 4. So points have 1/6 (1 + 1/4 + ..) = 0.22, to which the split adds its own 1/6, while it
 * leaves 1/4, 1 or 4 times the 0.22: 4 times only for tones between bins, which have more than one large bin. 0.39
 * beside a largest bin of 16380 .. 32760 is a signal to noise ratio of at least 10 log10(16380^2 / (0.39 (n + 1))), 61
 * dB for 1024 samples and 3 dB more for half of them. 2048 would have 58: there, fft_join.c makes one rounding of the
 * last two. Noise, whose bins are all large, has 70 dB (tests/native/test_spectrum.py).
 */
#include "frontend/complex.h"

#define FRACTION 13
#define REACH 8190u /* r for which 4 r fits */
#define LONG 1024   /* points from which the last pass and the split are joined */

typedef mote_wide wide;

/* ---- Levels ---- */

/* The smallest h with all parts in [-2^h, 2^h). */
static int height(const mote_complex *x, uint32_t n) {
  uint32_t seen = 0;
  for (const mote_complex *end = x + n; x != end; x++) {
    uint32_t word = mote_load_word(x);
    seen |= word ^ word << 1; /* bits that differ from the one below; 0 and 16 mean nothing */
  }
  return mote_bit_length((seen | seen >> 16) & 0xffff) - 1;
}

/* The smallest s of 0 .. 3 with r <= REACH * 2^s. */
static int excess(uint32_t square) {
  int s = 0;
  for (uint32_t limit = REACH * REACH; s < 3 && square > limit; limit <<= 2) s++;
  return s;
}

/* ---- Arithmetic ---- */

/* To be added before a shift down. */
static int32_t half_of(int down) { return (int32_t)(((uint32_t)1 << down) - 1) >> 1; }

/* With fraction bits, and `half` added. */
static inline wide fine(const mote_complex *x, int32_t half) {
  wide y = {x->re * (1 << FRACTION) + half, x->im * (1 << FRACTION) + half};
  return y;
}

/* Products have 15 fraction bits and stay below sqrt 2 * 2^30. */
static inline wide turned(const mote_complex *x, wide w) {
  int32_t re = x->re, im = x->im;
  wide y = {(re * w.re - im * w.im) >> (15 - FRACTION), (re * w.im + im * w.re) >> (15 - FRACTION)};
  return y;
}

/* Stores a value; returns the larger of `peak` and the square of its modulus. */
static inline uint32_t keep(mote_complex *x, int32_t re, int32_t im, int down, uint32_t peak) {
  re >>= down;
  im >>= down;
  x->re = (int16_t)re;
  x->im = (int16_t)im;
  uint32_t square = (uint32_t)(re * re) + (uint32_t)(im * im);
  return square > peak ? square : peak;
}

/* ---- Passes: each returns the largest square of a modulus that it has stored ---- */

static uint32_t radix2(mote_complex *x, uint32_t n, int down) {
  int32_t half = half_of(down);
  uint32_t peak = 0;
  for (mote_complex *end = x + n; x != end; x += 2) {
    wide a = fine(x, half), b = fine(x + 1, 0);
    peak = keep(x, a.re + b.re, a.im + b.im, down, peak);
    peak = keep(x + 1, a.re - b.re, a.im - b.im, down, peak);
  }
  return peak;
}

/* Four points m apart, the middle two exchanged by the bit reversal; a has the rounding in it. */
static inline uint32_t butterfly(mote_complex *x, uint32_t m, wide a, wide b, wide c, wide d, int down, uint32_t peak) {
  wide minus = {a.re - c.re, a.im - c.im}, plus = {a.re + c.re, a.im + c.im};
  wide sum = {b.re + d.re, b.im + d.im}, turn = {b.re - d.re, b.im - d.im};
  peak = keep(x, plus.re + sum.re, plus.im + sum.im, down, peak);
  peak = keep(x + m, minus.re + turn.im, minus.im - turn.re, down, peak);
  peak = keep(x + 2 * m, plus.re - sum.re, plus.im - sum.im, down, peak);
  return keep(x + 3 * m, minus.re - turn.im, minus.im + turn.re, down, peak);
}

/* Joins four transforms of m points each, throughout the array. */
static uint32_t radix4(mote_fft_plan fft, mote_complex *x, uint32_t m, int down) {
  uint32_t n = fft.n, step = n / (2 * m), peak = 0; /* step: of the twiddle index */
  int32_t half = half_of(down);
  for (mote_complex *at = x; at < x + n; at += 4 * m) {
    peak = butterfly(at, m, fine(at, half), fine(at + 2 * m, 0), fine(at + m, 0), fine(at + 3 * m, 0), down, peak);
  }
  for (uint32_t k = 1; k < m; k++) {
    wide w1 = mote_twiddle(fft, k * step), w2 = mote_twiddle(fft, 2 * k * step), w3 = mote_twiddle(fft, 3 * k * step);
    for (mote_complex *at = x + k; at < x + n; at += 4 * m) {
      peak = butterfly(at, m, fine(at, half), turned(at + 2 * m, w1), turned(at + m, w2), turned(at + 3 * m, w3), down,
                       peak);
    }
  }
  return peak;
}

static uint32_t square_of(const mote_complex *x) { return (uint32_t)(x->re * x->re) + (uint32_t)(x->im * x->im); }

/* The largest square of a modulus that the split can give: bins k and n - k have together the squares of points k and
 * n - k, the middle one keeps its own; peak: that of all points. */
static uint32_t outlook(const mote_complex *x, uint32_t n, uint32_t peak) {
  uint32_t square = 2 * square_of(x);
  if (square > peak) peak = square;
  for (const mote_complex *low = x + 1, *high = x + n - 1; low < high; low++, high--) {
    square = square_of(low) + square_of(high);
    if (square > peak) peak = square;
  }
  return peak;
}

static int16_t edge(int32_t sum, int down) { return mote_saturate16((sum * (1 << FRACTION) + half_of(down)) >> down); }

/* From the transform of pairs to bins 0 .. n of the real signal: (sum + w difference) / 2. Moduli are at most 32762
 * here, so those of the products 2 * 32762 * 32767 < 2^31. */
static void split(mote_fft_plan fft, mote_complex *x, int down) {
  uint32_t n = fft.n;
  int32_t half = half_of(down + 1), even = x[0].re, odd = x[0].im;
  x[0] = (mote_complex){edge(even + odd, down), 0};
  x[n] = (mote_complex){edge(even - odd, down), 0};
  for (uint32_t k = 1; k <= n / 2; k++) {
    mote_complex *low = x + k, *high = x + n - k;
    int32_t sine = fft.sine[k], cosine = fft.sine[n / 2 - k], re = low->re - high->re, im = low->im + high->im;
    int32_t sum_re = (low->re + high->re) * (1 << FRACTION) + half, sum_im = (low->im - high->im) * (1 << FRACTION);
    int32_t turned_re = (im * cosine - re * sine) >> (15 - FRACTION);
    int32_t turned_im = ((re * cosine + im * sine) >> (15 - FRACTION)) - half;
    *low = (mote_complex){(int16_t)((sum_re + turned_re) >> (down + 1)), (int16_t)((sum_im - turned_im) >> (down + 1))};
    *high =
        (mote_complex){(int16_t)((sum_re - turned_re) >> (down + 1)), (int16_t)((-sum_im - turned_im) >> (down + 1))};
  }
}

int mote_fft_block(const mote_fft_plan *plan, mote_complex *x) {
  uint32_t n = plan->n, m = plan->log_n & 1 ? 2 : 4, peak;
  int down = height(x, n), shift = (int)plan->log_n + 1 + FRACTION;
  x[n] = (mote_complex){0, 0};
  if (down < 0) return 0; /* silence */
  mote_reverse_bits(x, n);
  if (m == 2) peak = radix2(x, n, down = down > 0 ? down - 1 : 0);
  else peak = radix4(*plan, x, 1, down);
  uint32_t end = n >= LONG ? n / 4 : n;
  for (shift -= down; m < end; m *= 4) {
    down = excess(peak);
    peak = radix4(*plan, x, m, FRACTION + down);
    shift -= down;
  }
  if (n >= LONG) return shift - mote_fft_join(plan, x, shift);
  down = excess(outlook(x, n, peak)) - 2;
  if (down > shift) down = shift;
  split(*plan, x, FRACTION + down);
  return shift - down;
}
