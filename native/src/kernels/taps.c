/* SPDX-License-Identifier: Apache-2.0 */
#include "taps.h"

#include "dsp.h"

void mote_taps_add(const mote_taps *taps, const int32_t *start, int32_t *acc) {
  const int8_t *in = taps->in, *w = taps->w;
  int32_t a0 = start[0], a1 = start[1], a2 = start[2], a3 = start[3], zero = taps->zero;
  for (int32_t rows = taps->rows; rows > 0; rows--, in += taps->in_skip, w += taps->w_skip) {
    for (int32_t n = taps->taps; n > 0; n--, in += taps->in_step, w += taps->w_step) {
      a0 = mote_add(a0, (in[0] - zero) * w[0]);
      a1 = mote_add(a1, (in[1] - zero) * w[1]);
      a2 = mote_add(a2, (in[2] - zero) * w[2]);
      a3 = mote_add(a3, (in[3] - zero) * w[3]);
    }
  }
  acc[0] = a0;
  acc[1] = a1;
  acc[2] = a2;
  acc[3] = a3;
}

#if MOTE_USE_V6M
/* 33 cycles for four products. Sums lie in r8..r11, minus the zero point in r12, rows left in lr. Signed bytes are
 * taken from words by shifts, since this core loads them at register offsets only. Registers are named because the
 * compiler finds no allocation for so many. */
#define MOTE_TAP(shift, sum)  \
  "lsls r5, r3, #" shift "\n" \
  "asrs r5, r5, #24\n"        \
  "add r5, r12\n"             \
  "lsls r6, r4, #" shift "\n" \
  "asrs r6, r6, #24\n"        \
  "muls r6, r5, r6\n"         \
  "add " sum ", r6\n"
void mote_taps_add_words(const mote_taps *taps, const int32_t *start, int32_t *acc) {
  register const mote_taps *r0 __asm__("r0") = taps;
  register const int32_t *r1 __asm__("r1") = start;
  register int32_t *r2 __asm__("r2") = acc;
  __asm__ volatile(".syntax unified\n"
                   "push {r0, r2}\n"
                   "ldm r1!, {r4-r7}\n"
                   "mov r8, r4\n"
                   "mov r9, r5\n"
                   "mov r10, r6\n"
                   "mov r11, r7\n"
                   "ldr r5, [r0, #32]\n" /* zero point */
                   "rsbs r5, r5, #0\n"
                   "mov r12, r5\n"
                   "ldr r3, [r0, #28]\n" /* rows */
                   "mov lr, r3\n"
                   "ldr r7, [r0, #24]\n" /* taps */
                   "ldm r0!, {r1-r3}\n"  /* inputs, weights, step */
                   "mov r0, r3\n"
                   "1:\n"
                   "ldr r3, [r1]\n"
                   "ldr r4, [r2]\n"
                   "sxtb r5, r3\n"
                   "add r5, r12\n"
                   "sxtb r6, r4\n"
                   "muls r6, r5, r6\n"
                   "add r8, r6\n" MOTE_TAP("16", "r9") MOTE_TAP("8", "r10") "asrs r5, r3, #24\n"
                                                                            "add r5, r12\n"
                                                                            "asrs r6, r4, #24\n"
                                                                            "muls r6, r5, r6\n"
                                                                            "add r11, r6\n"
                                                                            "adds r1, r1, r0\n"
                                                                            "adds r2, r2, r0\n"
                                                                            "subs r7, #1\n"
                                                                            "bne 1b\n"
                                                                            "ldr r3, [sp]\n"
                                                                            "adds r3, #16\n"
                                                                            "ldm r3!, {r4, r5, r7}\n" /* skips, taps */
                                                                            "adds r1, r1, r4\n"
                                                                            "adds r2, r2, r5\n"
                                                                            "mov r4, lr\n"
                                                                            "subs r4, #1\n"
                                                                            "mov lr, r4\n"
                                                                            "bne 1b\n"
                                                                            "pop {r0, r2}\n"
                                                                            "mov r4, r8\n"
                                                                            "mov r5, r9\n"
                                                                            "mov r6, r10\n"
                                                                            "mov r7, r11\n"
                                                                            "stm r2!, {r4-r7}\n"
                   : "+r"(r0), "+r"(r1), "+r"(r2)
                   :
                   : "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}
#elif MOTE_USE_DSP
void mote_taps_add_words(const mote_taps *taps, const int32_t *start, int32_t *acc) {
  const uint8_t *in = (const uint8_t *)taps->in, *w = (const uint8_t *)taps->w;
  int32_t a0 = start[0], a1 = start[1], a2 = start[2], a3 = start[3], step = taps->in_step;
  uint32_t minus = mote_both_halves(-taps->zero);
  for (int32_t rows = taps->rows; rows > 0; rows--, in += taps->in_skip, w += taps->w_skip) {
    for (int32_t n = taps->taps; n > 0; n--, in += step, w += step) {
      uint32_t x = *(const uint32_t *)(const void *)in, y = *(const uint32_t *)(const void *)w;
      uint32_t x02 = mote_even_halves(x, minus), x13 = mote_odd_halves(x, minus);
      uint32_t y02 = mote_even_bytes(y), y13 = mote_odd_bytes(y);
      a0 = mote_add_low(x02, y02, a0);
      a1 = mote_add_low(x13, y13, a1);
      a2 = mote_add_high(x02, y02, a2);
      a3 = mote_add_high(x13, y13, a3);
    }
  }
  acc[0] = a0;
  acc[1] = a1;
  acc[2] = a2;
  acc[3] = a3;
}
#else
void mote_taps_add_words(const mote_taps *taps, const int32_t *start, int32_t *acc) { mote_taps_add(taps, start, acc); }
#endif
