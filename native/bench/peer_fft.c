/* SPDX-License-Identifier: Apache-2.0 */
/* emlearn's FFT (eml_fft.h of its source package, single precision) on the same emulated processor as our own. The job
 * is that of bench.c with int16 samples as its first part; the marked region is the transform alone, without the
 * conversion to floating point. Prints the power of the bins, rounded, so that the result can be checked. */
#include "eml_fft.h"
#include "port.h"
#include "support.h"

#define POINTS 256
#define REGION_RUN 2

volatile uint8_t bench_marks[BENCH_REGIONS];

static float sines[POINTS / 2], cosines[POINTS / 2], real[POINTS], imaginary[POINTS];

int main(void) {
  const int16_t *samples = (const int16_t *)(const void *)((const uint8_t *)bench_job + bench_job[2]);
  EmlFFT table = {POINTS / 2, sines, cosines};
  int32_t bins[POINTS / 2 + 1];
  if (eml_fft_fill(table, POINTS) != EmlOk) stop(1);
  for (int i = 0; i < POINTS; i++) {
    real[i] = samples[i];
    imaginary[i] = 0;
  }
  bench_mark(REGION_RUN);
  EmlError error = eml_fft_forward(table, real, imaginary, POINTS);
  bench_mark(0);
  if (error != EmlOk) stop(1);
  for (int i = 0; i <= POINTS / 2; i++) bins[i] = (int32_t)(real[i] / POINTS);
  print("frame ");
  print_hex((const uint8_t *)bins, sizeof bins);
  print("\n");
  stop(0);
  return 0;
}
