/* SPDX-License-Identifier: Apache-2.0 */
/* What the stages of the signal chain have in common with the signal operators of models: the arithmetic of TFLM's
 * signal library, bit for bit, each in the file of its stage. */
#ifndef MOTE_ARITHMETIC_H
#define MOTE_ARITHMETIC_H

#include <stdbool.h>

#include "fixedpoint.h"
#include "frontend/stage.h"

/* ---- Transform: fft.c, fft_block.c ---- */

/* Of n complex points, n = 2^log_n >= 2; sine holds n / 2 + 1 entries of mote_sine_table. */
typedef struct {
  const int16_t *sine;
  uint32_t n;
  uint32_t log_n;
} mote_fft_plan;

/* 32767 sin(pi / 2 * i / quarter) for i = 0 .. quarter. */
void mote_sine_table(int16_t *sine, uint32_t quarter);
/* Shifts samples, which lie at a multiple of 4, up until the largest fills 15 bits; returns the shift. */
int32_t mote_scale_up(int16_t *sample, uint32_t count);
/* Complex transform of n points in place, divided by n. */
void mote_fft_transform(const mote_fft_plan *plan, mote_complex *x);
/* From 2 n real samples to bins 0 .. n in place, divided by 2 n: x has n + 1 entries. */
void mote_fft_real(const mote_fft_plan *plan, mote_complex *x);
/* The same in block floating point, without TFLM's arithmetic: bins come out divided by 2 n and times 2^shift, shift 0
 * .. 26 is returned. n >= 16. */
int mote_fft_block(const mote_fft_plan *plan, mote_complex *x);
/* Exchanges every point with that of the reversed index. */
void mote_reverse_bits(mote_complex *x, uint32_t n);
/* From bins 0 .. n of a real signal to its 2 n samples, n pairs in `out`, which does not overlap the bins (re, im, re,
 * im ...). */
void mote_fft_inverse(const mote_fft_plan *plan, const int16_t *bins, mote_complex *out);

/* ---- Bands: root.c, noise.c, pcan.c, log.c; outputs may be the inputs ---- */

/* round(sqrt(x)). As in TFLM, roots of 32-bit numbers stay at 0xffff where they round to 2^16, others at 2^32 - 1. */
uint32_t mote_root(uint64_t x);

/* Spectral subtraction. Coefficients are for even and odd channels, below 2^16, with coefficient_bits (0 .. 63)
 * fraction bits; the estimate has `bits` (0 .. 31) of them. */
typedef struct {
  uint32_t fresh[2], kept[2]; /* weights of the signal and of the estimate so far */
  uint32_t least;             /* part of the signal that is left at least */
  int32_t bits, coefficient_bits;
  bool clamping; /* the estimate never exceeds the signal */
} mote_subtraction;
void mote_subtract(const mote_subtraction *of, const uint32_t *value, uint32_t *out, uint32_t *estimate,
                   uint32_t count);

/* out = shrink(value * gain(noise) / 2^shift), shift 0 .. 63. gains holds those of 0 and 1, then for x = 2^k (1 + t), k
 * = 1 .. 31, `stride` entries each: start, slope and bend of start + slope t + bend t^2. Gains below 0 are taken modulo
 * 2^32, as by TFLM. */
typedef struct {
  const int16_t *gains;
  uint32_t stride;
  int32_t shift;
} mote_gain_control;
void mote_control_gain(const mote_gain_control *of, const uint32_t *value, const uint32_t *noise, uint32_t *out,
                       uint32_t count);

#define MOTE_LOG_SEGMENT_BITS 7
#define MOTE_LOG_TABLE ((1 << MOTE_LOG_SEGMENT_BITS) + 1)
/* log2(1 + t) - t at MOTE_LOG_TABLE points t of [0, 1], 16 fraction bits. */
void mote_log_table(int16_t *excess);
/* out = min(scale * ln(value * 2^shift), 32767), rounded twice; 0 counts as 2^-shift, or 1 for shifts below 0. Values
 * shifted up wrap; shift -16 .. 31. */
typedef struct {
  const int16_t *excess;
  uint32_t scale;
  int32_t shift;
} mote_logarithm;
void mote_take_log(const mote_logarithm *of, const uint32_t *value, int16_t *out, uint32_t count);

#endif
