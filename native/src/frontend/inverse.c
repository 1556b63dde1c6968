/* SPDX-License-Identifier: Apache-2.0 */
/* Inverse real FFT (kissfft's kiss_fftri with 16-bit fixed point). Exchanging real and imaginary parts before and after
 * the forward transform makes it the inverse one, with the same roundings; the bins are joined to pairs before that. */
#include "frontend/arithmetic.h"

static inline int32_t rounded(int32_t x) { return (x + (1 << 14)) >> 15; }
static inline int32_t halved(int32_t x) { return rounded((int16_t)x * (32767 / 2)); }

/* Exchanged parts. */
static inline mote_complex exchanged(int32_t re, int32_t im) {
  mote_complex x = {(int16_t)im, (int16_t)re};
  return x;
}

static void join(const mote_fft_plan *plan, const int16_t *bins, mote_complex *out) {
  uint32_t n = plan->n;
  out[0] = exchanged(halved(bins[0] + bins[2 * n]), halved(bins[0] - bins[2 * n]));
  for (uint32_t k = 1; k <= n / 2; k++) {
    const int16_t *low = bins + 2 * k, *high = bins + 2 * (n - k);
    int32_t low_re = halved(low[0]), low_im = halved(low[1]), high_re = halved(high[0]), high_im = halved(-high[1]);
    int32_t sum_re = low_re + high_re, sum_im = low_im + high_im, re = low_re - high_re, im = low_im - high_im;
    int32_t cosine = plan->sine[n / 2 - k], sine = -plan->sine[k];
    int32_t turned_re = rounded(mote_add(re * sine, -im * cosine));
    int32_t turned_im = rounded(mote_add(re * cosine, im * sine));
    out[k] = exchanged(sum_re + turned_re, sum_im + turned_im);
    out[n - k] = exchanged(sum_re - turned_re, turned_im - sum_im);
  }
}

void mote_fft_inverse(const mote_fft_plan *plan, const int16_t *bins, mote_complex *out) {
  join(plan, bins, out);
  mote_fft_transform(plan, out);
  for (uint32_t i = 0; i < plan->n; i++) out[i] = exchanged(out[i].re, out[i].im);
}
