/* SPDX-License-Identifier: Apache-2.0 */
#include "patch.h"

#include "dsp.h"

mote_element *mote_patch_fill(mote_element *to, int32_t n, int32_t value) {
  for (; n > 0; n--, to += MOTE_PATCH_STEP) *to = (mote_element)value;
  return to;
}

#if MOTE_USE_DSP
mote_element *mote_patch_copy(mote_element *to, const int8_t *from, int32_t n, int32_t offset) {
  (void)offset;
  for (; n >= 4; n -= 4, from += 4, to += 4) memcpy(to, from, 4);
  for (; n > 0; n--) *to++ = *from++;
  return to;
}
#else
mote_element *mote_patch_copy(mote_element *to, const int8_t *from, int32_t n, int32_t offset) {
  for (; n >= 4; n -= 4, from += 4, to += 4 * MOTE_PATCH_STEP) {
    to[0] = (int16_t)(from[0] + offset);
    to[MOTE_PATCH_STEP] = (int16_t)(from[1] + offset);
    to[2 * MOTE_PATCH_STEP] = (int16_t)(from[2] + offset);
    to[3 * MOTE_PATCH_STEP] = (int16_t)(from[3] + offset);
  }
  for (; n > 0; n--, to += MOTE_PATCH_STEP) *to = (int16_t)(*from++ + offset);
  return to;
}
#endif

#if MOTE_USE_V6M
void mote_patch_copy_pair(int16_t *to, const int8_t *a, const int8_t *b, int32_t n, int32_t rows, int32_t line,
                          int32_t zero) {
  uint32_t *word = (uint32_t *)(void *)to;
  (void)zero;
  for (; rows > 0; rows--, a += line, b += line) {
    int32_t i = -n, x, y;
    /* clang-format off */
    __asm__ volatile(
        ".syntax unified\n"
        "1:\n"
        "ldrsb %[x], [%[a], %[i]]\n"
        "ldrsb %[y], [%[b], %[i]]\n"
        "lsls  %[y], %[y], #16\n"
        "adds  %[x], %[x], %[y]\n"
        "add   %[x], %[offsets]\n"   /* u low, v high */
        "stm   %[to]!, {%[x]}\n"
        "adds  %[i], #1\n"
        "bne   1b\n"
        : [to] "+l"(word), [i] "+l"(i), [x] "=&l"(x), [y] "=&l"(y)
        : [a] "l"(a + n), [b] "l"(b + n), [offsets] "h"(MOTE_OFFSET_B(0) * 65536 + MOTE_OFFSET_A(0))
        : "cc", "memory");
    /* clang-format on */
  }
}

/* Cortex-M0+ loads bytes slowly and multiplies fast, so one product serves both positions. A patch's word holds
 * u = x + 129 of position a (1..256) in its low half and v = x + 128 of position b (0..255) in its high half. Then
 *   p = w * word = w * u + (w * v << 16),  p >> 16 = w * v - (w < 0),
 * the last because -2^15 <= w * u < 2^15 is negative exactly if w is; nothing overflows as |w * v| <= 128 * 255. Let P
 * be the sum of p and Q that of p >> 16: then Q = sum(w * v) - negative weights, P - (Q << 16) = sum(w * u) + (negative
 * weights << 16), both exact modulo 2^32. What is too much depends on a channel's weights alone and is taken off its
 * first sums by mote_pairs_start.
 *
 * 21.5 cycles for six products. P in r8..r10, Q in r11, r12, lr; r2..r4 point behind the weights and r5 runs up to 0.
 * Starts within the four-fold loop, so that the number of rounds is whole; a round's 17 instructions take 34 bytes.
 * Behind that loop lie one for two channels, of 28 bytes, and one for a single channel. */
/* clang-format off */
#define MOTE_PAIR(sum_a, sum_b, w)                            \
  "ldrsb r1, [" w ", r5]\n"                                   \
  "muls  r1, r0, r1\n"            /* p */                     \
  "add   " sum_a ", r1\n"         /* P += p */                \
  "asrs  r1, r1, #16\n"                                       \
  "add   " sum_b ", r1\n"         /* Q += p >> 16 */
#define MOTE_PAIRS_ROUND                                      \
  "ldm   r6!, {r0}\n"             /* u and v */               \
  MOTE_PAIR("r8", "r11", "r2")                                \
  MOTE_PAIR("r9", "r12", "r3")                                \
  MOTE_PAIR("r10", "lr", "r4")                                \
  "adds  r5, r5, r7\n"            /* 0 behind the last one */
#define MOTE_PAIRS_FEWER                                      \
  "b     4f\n"                                                \
  "2:\n"                          /* two channels */          \
  "ldm   r6!, {r0}\n"                                         \
  MOTE_PAIR("r8", "r11", "r2")                                \
  MOTE_PAIR("r9", "r12", "r3")                                \
  "adds  r5, r5, r7\n"                                        \
  "bne   2b\n"                                                \
  "b     4f\n"                                                \
  "3:\n"                          /* a single one */          \
  "ldm   r6!, {r0}\n"                                         \
  MOTE_PAIR("r8", "r11", "r2")                                \
  "adds  r5, r5, r7\n"                                        \
  "bne   3b\n"                                                \
  "4:\n"
#define MOTE_PAIR_LOAD(low, high, sum_a, sum_b)               \
  "lsls  r1, " high ", #16\n"                                 \
  "adds  " low ", " low ", r1\n"  /* P = a + (Q << 16) */     \
  "mov   " sum_a ", " low "\n"                                \
  "mov   " sum_b ", " high "\n"   /* Q = b */
#define MOTE_PAIR_STORE(low, high, sum_a, sum_b)              \
  "mov   " low ", " sum_a "\n"                                \
  "mov   " high ", " sum_b "\n"                               \
  "lsls  r1, " high ", #16\n"                                 \
  "subs  " low ", " low ", r1\n"  /* a = P - (Q << 16) */
/* clang-format on */

void mote_pairs_add(const mote_pairs *pairs, const mote_sums *from, mote_sums *sums, int32_t channel) {
  int32_t all = pairs->n * pairs->step;
  int32_t skip = pairs->count == 3 ? 34 * (-pairs->n & 3) : pairs->count == 2 ? 4 * 34 + 4 : 4 * 34 + 4 + 28;
  const void *values[] = {(const void *)(intptr_t)skip,
                          pairs->weights[0] + all,
                          pairs->weights[1] + all,
                          pairs->weights[2] + all,
                          (const void *)(intptr_t)-all,
                          pairs->patch,
                          (const void *)(intptr_t)pairs->step};
  register const int32_t *r0 __asm__("r0") = from->a + channel;
  register const void **r1 __asm__("r1") = values;
  register int32_t *r2 __asm__("r2") = sums->a + channel;
  /* clang-format off */
  __asm__ volatile(
      ".syntax unified\n"
      "push  {r1, r2}\n"            /* values, sums */
      "ldm   r0!, {r2-r4}\n"        /* first sums of a */
      "adds  r0, %[gap]\n"
      "ldm   r0!, {r5-r7}\n"        /* and of b */
      MOTE_PAIR_LOAD("r2", "r5", "r8", "r11")
      MOTE_PAIR_LOAD("r3", "r6", "r9", "r12")
      MOTE_PAIR_LOAD("r4", "r7", "r10", "lr")
      "pop   {r1}\n"
      "ldm   r1!, {r0, r2-r7}\n"    /* skip, three weights, -n, patch, step */
      "add   pc, r0\n"
      "nop\n"
      "1:\n"
      MOTE_PAIRS_ROUND
      MOTE_PAIRS_ROUND
      MOTE_PAIRS_ROUND
      MOTE_PAIRS_ROUND
      "bne   1b\n"
      MOTE_PAIRS_FEWER
      "pop   {r0}\n"
      MOTE_PAIR_STORE("r2", "r5", "r8", "r11")
      MOTE_PAIR_STORE("r3", "r6", "r9", "r12")
      MOTE_PAIR_STORE("r4", "r7", "r10", "lr")
      "stm   r0!, {r2-r4}\n"
      "adds  r0, %[gap]\n"
      "stm   r0!, {r5-r7}\n"
      : "+r"(r0), "+r"(r1), "+r"(r2)
      : [gap] "i"(4 * (MOTE_GROUP - 3))
      : "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
  /* clang-format on */
}
#elif !MOTE_USE_DSP
/* A patch holds x - zero point, position by position. */
void mote_patch_copy_pair(int16_t *to, const int8_t *a, const int8_t *b, int32_t n, int32_t rows, int32_t line,
                          int32_t zero) {
  for (; rows > 0; rows--, a += line, b += line, to += n) {
    (void)mote_patch_copy(to, a, n, -zero);
    (void)mote_patch_copy(to + MOTE_PATCH_B, b, n, -zero);
  }
}

#define MOTE_PRODUCTS(i)                                     \
  a0 = mote_add(a0, x[i] * w0[(i) * step]);                  \
  a1 = mote_add(a1, x[i] * w1[(i) * step]);                  \
  b0 = mote_add(b0, x[MOTE_PATCH_B + (i)] * w0[(i) * step]); \
  b1 = mote_add(b1, x[MOTE_PATCH_B + (i)] * w1[(i) * step]);
static inline void mote_pairs_portable(const mote_pairs *pairs, int32_t step, const mote_sums *from, mote_sums *sums,
                                       int32_t channel) {
  const int16_t *x = pairs->patch;
  const int8_t *w0 = pairs->weights[0], *w1 = pairs->weights[1];
  int32_t a0 = from->a[channel], a1 = from->a[channel + 1], b0 = from->b[channel], b1 = from->b[channel + 1];
  int32_t n = pairs->n;
  for (; n >= 4; n -= 4, x += 4, w0 += 4 * step, w1 += 4 * step) {
    MOTE_PRODUCTS(0)
    MOTE_PRODUCTS(1)
    MOTE_PRODUCTS(2)
    MOTE_PRODUCTS(3)
  }
  for (; n > 0; n--, x++, w0 += step, w1 += step) {
    MOTE_PRODUCTS(0)
  }
  sums->a[channel] = a0;
  sums->a[channel + 1] = a1;
  sums->b[channel] = b0;
  sums->b[channel + 1] = b1;
}

void mote_pairs_add(const mote_pairs *pairs, const mote_sums *from, mote_sums *sums, int32_t channel) {
  if (pairs->step == 1) mote_pairs_portable(pairs, 1, from, sums, channel);
  else mote_pairs_portable(pairs, pairs->step, from, sums, channel);
}
#endif
