/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a long block floating point FFT: the last radix-4 pass and the split in one, with one rounding.
 *
 * Bins j and n - j need points j and n - j alone. Of the last pass, butterfly k gives points k + i m, i = 0 .. 3, m = n
 * / 4, and butterfly m - k the points m - k + i m: four pairs, whose points are held with 12 bits of fraction until
 * their bins are known. (Of k = 0 the partner's points are m, 2 m, 3 m and n, which is point 0 again; k = m / 2 is its
 * own partner.) All are computed twice: to learn which bits the bins need, then to store those.
 *
 * Range: points that come in have moduli below 2^15.5, so a butterfly's are below 2^17.5 units, and those of bins,
 * whose squares add up to those of their two points, below 2^18: with fraction, 2^30.
 *
 * Shift: the largest bin is at least the root of the sum of squares of the samples, over `size`, so 1 / size, and comes
 * out below 2^15.5: the shift of the result is at most 15 + log2(size). Points of 4095 or more give a bin with a part
 * of 2047 units or more, so there are always bits to shift out of the fraction.
 *
 * Error: 1/6 of a unit squared for the rounding, and a quarter of the 0.22 that points come in with (fft_block.c), as a
 * tone grows by 4: 0.22 beside a largest part of 16384 .. 32767, which is at least 60.7 dB for 2048 samples. The 1/6 is
 * a mean: where the skirts of a tone lie near halves in all bins at once, which they do for some slow ones, it is up to
 * 1/2, and the exact spectrum, rounded to 16 bits, has less than 60 dB itself. What is lost against that stays below 1
 * dB wherever it matters (tests/native/test_spectrum.py). */
#include "frontend/complex.h"

#define FRACTION 12

typedef mote_wide wide;

/* Of turn k, with 15 bits of fraction; full scale, which edge bins reach, stays that by an exact 1. */
static wide twiddle(const mote_fft_plan *fft, uint32_t k) {
  wide one = {1 << 15, 0};
  return k ? mote_twiddle(*fft, k) : one;
}

/* Four points m apart; the middle two are exchanged by the bit reversal. */
static void butterfly(const mote_fft_plan *fft, const mote_complex *x, uint32_t k, wide *z) {
  static const uint8_t order[4] = {0, 2, 1, 3};
  wide p[4];
  for (uint32_t i = 0; i < 4; i++) {
    const mote_complex *from = x + k + order[i] * (fft->n / 4u);
    wide w = twiddle(fft, 2 * i * k);
    int32_t re = from->re, im = from->im;
    p[i].re = (re * w.re - im * w.im) >> (15 - FRACTION);
    p[i].im = (re * w.im + im * w.re) >> (15 - FRACTION);
  }
  wide plus = {p[0].re + p[2].re, p[0].im + p[2].im}, minus = {p[0].re - p[2].re, p[0].im - p[2].im};
  wide sum = {p[1].re + p[3].re, p[1].im + p[3].im}, turn = {p[1].re - p[3].re, p[1].im - p[3].im};
  z[0] = (wide){plus.re + sum.re, plus.im + sum.im};
  z[1] = (wide){minus.re + turn.im, minus.im - turn.re};
  z[2] = (wide){plus.re - sum.re, plus.im - sum.im};
  z[3] = (wide){minus.re - turn.im, minus.im + turn.re};
}

/* a * b + c * d, all of it without the last 15 bits. */
static int32_t products(int32_t a, int32_t b, int32_t c, int32_t d) {
  return (a >> 15) * b + (c >> 15) * d + (((a & 0x7fff) * b + (c & 0x7fff) * d) >> 15);
}

/* Points j and n - j become bins; w: twiddle of j. With even = (low + high*) / 2 and odd = (low - high*) / 2i they are
 * even + w odd and (even - w odd)*. */
static void split(wide *low, wide *high, wide w) {
  wide even = {(low->re + high->re) >> 1, (low->im - high->im) >> 1};
  wide odd = {(low->im + high->im) >> 1, (high->re - low->re) >> 1};
  wide turned = {products(odd.re, w.re, odd.im, -w.im), products(odd.re, w.im, odd.im, w.re)};
  *low = (wide){even.re + turned.re, even.im + turned.im};
  *high = (wide){even.re - turned.re, turned.im - even.im};
}

/* Bins k + i m to z[i] and m - k + i m to z[4 + i]. */
static void bins_of(const mote_fft_plan *fft, const mote_complex *x, uint32_t k, wide *z) {
  uint32_t m = fft->n / 4u;
  butterfly(fft, x, k, z);
  for (uint32_t i = 0; k == 0 && i < 4; i++) z[4 + i] = z[(i + 1) & 3];
  if (k) butterfly(fft, x, m - k, z + 4);
  for (uint32_t i = 0; i < 4; i++) split(z + i, z + 7 - i, twiddle(fft, k + i * m));
}

/* All bits that the parts of bins use beside their sign. */
static uint32_t bits_of(const mote_fft_plan *fft, const mote_complex *x) {
  uint32_t seen = 0;
  for (uint32_t k = 0; k <= fft->n / 8u; k++) {
    wide z[8];
    bins_of(fft, x, k, z);
    for (const wide *at = z; at < z + 8; at++) {
      seen |= (uint32_t)(at->re ^ at->re >> 31) | (uint32_t)(at->im ^ at->im >> 31);
    }
  }
  return seen;
}

/* Halves are rounded down; what they lift beyond 16 bits is saturated. */
static void store(mote_complex *x, const wide *bin, int down) {
  int32_t half = ((1 << down) - 1) >> 1;
  x->re = mote_saturate16((bin->re + half) >> down);
  x->im = mote_saturate16((bin->im + half) >> down);
}

int mote_fft_join(const mote_fft_plan *fft, mote_complex *x, int most) {
  uint32_t m = fft->n / 4u;
  int down = mote_bit_length(bits_of(fft, x)) - 15;
  if (down > most + FRACTION) down = most + FRACTION;
  for (uint32_t k = 0; k <= m / 2; k++) {
    wide z[8];
    bins_of(fft, x, k, z);
    for (uint32_t i = 0; i < 4; i++) {
      store(x + k + i * m, z + i, down);
      store(x + m - k + i * m, z + 4 + i, down);
    }
  }
  return down - FRACTION;
}
