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
/* clang-format off */
#define MOTE_TAP(shift, sum)                                  \
  "lsls  r5, r3, #" shift "\n"                                \
  "asrs  r5, r5, #24\n"           /* the input */             \
  "add   r5, r12\n"                                           \
  "lsls  r6, r4, #" shift "\n"                                \
  "asrs  r6, r6, #24\n"           /* the weight */            \
  "muls  r6, r5, r6\n"                                        \
  "add   " sum ", r6\n"
/* clang-format on */

void mote_taps_add_words(const mote_taps *taps, const int32_t *start, int32_t *acc) {
  register const mote_taps *r0 __asm__("r0") = taps;
  register const int32_t *r1 __asm__("r1") = start;
  register int32_t *r2 __asm__("r2") = acc;
  /* clang-format off */
  __asm__ volatile(
      ".syntax unified\n"
      "push  {r0, r2}\n"            /* taps, acc */
      "ldm   r1!, {r4-r7}\n"        /* first sums */
      "mov   r8, r4\n"
      "mov   r9, r5\n"
      "mov   r10, r6\n"
      "mov   r11, r7\n"
      "ldr   r5, [r0, #32]\n"       /* zero point */
      "rsbs  r5, r5, #0\n"
      "mov   r12, r5\n"
      "ldr   r3, [r0, #28]\n"       /* rows */
      "mov   lr, r3\n"
      "ldr   r7, [r0, #24]\n"       /* taps */
      "ldm   r0!, {r1-r3}\n"        /* inputs, weights, step */
      "mov   r0, r3\n"
      "1:\n"
      "ldr   r3, [r1]\n"            /* four inputs */
      "ldr   r4, [r2]\n"            /* four weights */
      "sxtb  r5, r3\n"              /* channel 0 */
      "add   r5, r12\n"
      "sxtb  r6, r4\n"
      "muls  r6, r5, r6\n"
      "add   r8, r6\n"
      MOTE_TAP("16", "r9")
      MOTE_TAP("8", "r10")
      "asrs  r5, r3, #24\n"         /* channel 3 */
      "add   r5, r12\n"
      "asrs  r6, r4, #24\n"
      "muls  r6, r5, r6\n"
      "add   r11, r6\n"
      "adds  r1, r1, r0\n"          /* the next tap */
      "adds  r2, r2, r0\n"
      "subs  r7, #1\n"
      "bne   1b\n"
      "ldr   r3, [sp]\n"            /* the next row */
      "adds  r3, #16\n"
      "ldm   r3!, {r4, r5, r7}\n"   /* skips, taps */
      "adds  r1, r1, r4\n"
      "adds  r2, r2, r5\n"
      "mov   r4, lr\n"
      "subs  r4, #1\n"
      "mov   lr, r4\n"
      "bne   1b\n"
      "pop   {r0, r2}\n"
      "mov   r4, r8\n"
      "mov   r5, r9\n"
      "mov   r6, r10\n"
      "mov   r7, r11\n"
      "stm   r2!, {r4-r7}\n"
      : "+r"(r0), "+r"(r1), "+r"(r2)
      :
      : "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
  /* clang-format on */
}
#elif MOTE_USE_DSP
void mote_taps_widen(const int8_t *w, int32_t w_step, int32_t taps, uint32_t *wide) {
  for (; taps > 0; taps--, w += w_step) {
    *wide++ = mote_even_bytes(mote_word(w));
    *wide++ = mote_odd_bytes(mote_word(w));
  }
}

/* 8 instructions for the four products of a tap, 32 bytes; the last tap of a row comes first, so that a row of fewer
 * taps is a jump past the others'. r8..r11 hold four inputs and weights. */
/* clang-format off */
#define WIDE_TAP(in, w)                                               \
  "ldr.w   r8, " in "\n"                                              \
  "ldrd    r10, r11, [r1, #" w "]\n"  /* channels 0 and 2, 1 and 3 */ \
  "sxtab16 r9, r12, r8, ror #8\n"                                     \
  "sxtab16 r8, r12, r8\n"                                             \
  "smlabb  r4, r8, r10, r4\n"                                         \
  "smlabb  r5, r9, r11, r5\n"                                         \
  "smlatt  r6, r8, r10, r6\n"                                         \
  "smlatt  r7, r9, r11, r7\n"
/* clang-format on */

void mote_taps_add_wide(const mote_taps *taps, const uint32_t *wide, int32_t row, const int32_t *start, int32_t *acc) {
  int32_t lines[] = {taps->in_skip + taps->taps * taps->in_step, 4 * row};
  register const int8_t *in __asm__("r0") = taps->in;
  register const uint32_t *w __asm__("r1") = wide;
  register int32_t rows __asm__("r2") = taps->rows;
  register int32_t skip __asm__("r3") = 32 * (3 - taps->taps);
  register int32_t a0 __asm__("r4") = start[0];
  register int32_t a1 __asm__("r5") = start[1];
  register int32_t a2 __asm__("r6") = start[2];
  register int32_t a3 __asm__("r7") = start[3];
  register uint32_t minus __asm__("r12") = mote_both_halves(-taps->zero);
  register int32_t step __asm__("lr") = taps->in_step;
  /* clang-format off */
  __asm__ volatile(
      ".syntax unified\n"
      "1:\n"
      "add   pc, r3\n"
      "nop\n"
      WIDE_TAP("[r0, lr, lsl #1]", "16")
      WIDE_TAP("[r0, lr]", "8")
      WIDE_TAP("[r0]", "0")
      "ldrd  r8, r9, %[lines]\n"
      "add   r0, r8\n"
      "add   r1, r9\n"
      "subs  r2, #1\n"
      "bne   1b\n"
      : "+r"(in), "+r"(w), "+r"(rows), "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a3)
      : "r"(skip), "r"(minus), "r"(step), [lines] "o"(lines)
      : "r8", "r9", "r10", "r11", "cc", "memory");
  /* clang-format on */
  acc[0] = a0;
  acc[1] = a1;
  acc[2] = a2;
  acc[3] = a3;
}
#else
void mote_taps_add_words(const mote_taps *taps, const int32_t *start, int32_t *acc) { mote_taps_add(taps, start, acc); }
#endif
