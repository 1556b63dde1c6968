/* SPDX-License-Identifier: Apache-2.0 */
/* One kernel row of four neighbouring output channels of a depthwise convolution. The channels read four neighbouring
 * inputs, or share one. */
#ifndef MOTE_TAPS_H
#define MOTE_TAPS_H

#include <stdbool.h>

#include "../fixedpoint.h"

/* The assembly below knows this layout. */
typedef struct {
  int32_t acc[4];
  const int8_t *in, *w;
  int32_t n; /* taps, in_step and w_step bytes apart */
  int32_t in_step, w_step, zero;
} mote_taps;

static inline void mote_taps_add(mote_taps *taps, bool shared) {
  int32_t a0 = taps->acc[0], a1 = taps->acc[1], a2 = taps->acc[2], a3 = taps->acc[3], zero = taps->zero;
  const int8_t *in = taps->in, *w = taps->w;
  for (int32_t n = taps->n; n > 0; n--, in += taps->in_step, w += taps->w_step) {
    int32_t x0 = in[0] - zero;
    a0 = mote_add(a0, x0 * w[0]);
    a1 = mote_add(a1, (shared ? x0 : in[1] - zero) * w[1]);
    a2 = mote_add(a2, (shared ? x0 : in[2] - zero) * w[2]);
    a3 = mote_add(a3, (shared ? x0 : in[3] - zero) * w[3]);
  }
  taps->acc[0] = a0;
  taps->acc[1] = a1;
  taps->acc[2] = a2;
  taps->acc[3] = a3;
}

#if defined(__ARM_ARCH_6M__)
/* Sums lie in r8..r11, minus the zero point in r12. Signed bytes are taken from words by shifts, since this core loads
 * them at register offsets only. Registers are named because the compiler finds no allocation for so many. */
#define MOTE_TAPS_BEGIN \
  ".syntax unified\n"   \
  "push {r0}\n"         \
  "ldm r0!, {r1-r4}\n"  \
  "mov r8, r1\n"        \
  "mov r9, r2\n"        \
  "mov r10, r3\n"       \
  "mov r11, r4\n"       \
  "ldr r1, [r0, #20]\n" \
  "rsbs r1, r1, #0\n"   \
  "mov r12, r1\n"
#define MOTE_TAPS_END \
  "pop {r0}\n"        \
  "mov r1, r8\n"      \
  "mov r2, r9\n"      \
  "mov r3, r10\n"     \
  "mov r4, r11\n"     \
  "stm r0!, {r1-r4}\n"
#define MOTE_TAPS_CLOBBERS "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "cc", "memory"

/* Four inputs and four weights each are one aligned word, and in_step == w_step: 33 cycles for four products. */
static inline void mote_taps_add_words(mote_taps *taps) {
  register mote_taps *r0 __asm__("r0") = taps;
  if (taps->n <= 0) return;
  __asm__ volatile(MOTE_TAPS_BEGIN "ldm r0!, {r1, r2, r7}\n" /* inputs, weights, taps left */
                                   "ldr r0, [r0]\n"          /* step */
                                   "1:\n"
                                   "ldr r3, [r1]\n"
                                   "ldr r4, [r2]\n"
                                   "sxtb r5, r3\n"
                                   "add r5, r12\n"
                                   "sxtb r6, r4\n"
                                   "muls r6, r5, r6\n"
                                   "add r8, r6\n"
                                   "lsls r5, r3, #16\n"
                                   "asrs r5, r5, #24\n"
                                   "add r5, r12\n"
                                   "lsls r6, r4, #16\n"
                                   "asrs r6, r6, #24\n"
                                   "muls r6, r5, r6\n"
                                   "add r9, r6\n"
                                   "lsls r5, r3, #8\n"
                                   "asrs r5, r5, #24\n"
                                   "add r5, r12\n"
                                   "lsls r6, r4, #8\n"
                                   "asrs r6, r6, #24\n"
                                   "muls r6, r5, r6\n"
                                   "add r10, r6\n"
                                   "asrs r5, r3, #24\n"
                                   "add r5, r12\n"
                                   "asrs r6, r4, #24\n"
                                   "muls r6, r5, r6\n"
                                   "add r11, r6\n"
                                   "adds r1, r1, r0\n"
                                   "adds r2, r2, r0\n"
                                   "subs r7, #1\n"
                                   "bne 1b\n" MOTE_TAPS_END
                   : "+r"(r0)
                   :
                   : MOTE_TAPS_CLOBBERS);
}

/* One input for four weights that are one aligned word: 25 cycles for four products. */
static inline void mote_taps_add_shared(mote_taps *taps) {
  register mote_taps *r0 __asm__("r0") = taps;
  if (taps->n <= 0) return;
  __asm__ volatile(MOTE_TAPS_BEGIN "ldm r0!, {r1, r2, r6}\n" /* inputs, weights, taps left */
                                   "ldr r7, [r0, #4]\n"      /* steps */
                                   "ldr r0, [r0]\n"
                                   "1:\n"
                                   "ldrb r4, [r1]\n"
                                   "ldr r3, [r2]\n"
                                   "sxtb r4, r4\n"
                                   "add r4, r12\n"
                                   "sxtb r5, r3\n"
                                   "muls r5, r4, r5\n"
                                   "add r8, r5\n"
                                   "lsls r5, r3, #16\n"
                                   "asrs r5, r5, #24\n"
                                   "muls r5, r4, r5\n"
                                   "add r9, r5\n"
                                   "lsls r5, r3, #8\n"
                                   "asrs r5, r5, #24\n"
                                   "muls r5, r4, r5\n"
                                   "add r10, r5\n"
                                   "asrs r5, r3, #24\n"
                                   "muls r5, r4, r5\n"
                                   "add r11, r5\n"
                                   "adds r1, r1, r0\n"
                                   "adds r2, r2, r7\n"
                                   "subs r6, #1\n"
                                   "bne 1b\n" MOTE_TAPS_END
                   : "+r"(r0)
                   :
                   : MOTE_TAPS_CLOBBERS);
}
#else
static inline void mote_taps_add_words(mote_taps *taps) { mote_taps_add(taps, false); }
static inline void mote_taps_add_shared(mote_taps *taps) { mote_taps_add(taps, true); }
#endif

#endif
