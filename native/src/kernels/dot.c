/* SPDX-License-Identifier: Apache-2.0 */
#include "dot.h"

#include "dsp.h"

void mote_dot4_rows(mote_dot4 *dot, const int8_t *rows, int32_t size, int32_t count) {
  for (int32_t i = 0; i < 4; i++) dot->weights[i] = rows + (i < count ? i : 0) * size;
}

int32_t mote_dot_bytes(const int8_t *weights, const int8_t *values, int32_t zero, int32_t n) {
  int32_t sum = 0;
  const int8_t *end = weights + n;
#if MOTE_USE_DSP
  for (uint32_t minus = mote_both_halves(-zero); end - weights >= 4; weights += 4, values += 4) {
    uint32_t four = mote_word(values);
    sum = mote_dot_quad(mote_even_halves(four, minus), mote_odd_halves(four, minus), mote_word(weights), sum);
  }
#endif
  while (weights != end) sum = mote_add(sum, *weights++ * (*values++ - zero));
  return sum;
}

int32_t mote_dot_halves(const int16_t *weights, const int16_t *values, int32_t zero, int32_t n) {
  int32_t sum = 0;
  const int16_t *end = weights + n;
#if MOTE_USE_DSP
  int32_t all = 0; /* the weights' sum: a half less the zero point may take 17 bits */
  for (; end - weights >= 2; weights += 2, values += 2) {
    uint32_t pair = mote_word(weights);
    sum = mote_smlad(pair, mote_word(values), sum);
    all = mote_smlad(pair, mote_both_halves(1), all);
  }
  sum = mote_add(sum, mote_mul(all, -zero));
#endif
  while (weights != end) sum = mote_add(sum, mote_mul(*weights++, *values++ - zero));
  return sum;
}

#if MOTE_USE_V6M
/* 20.5 cycles for four products. Eight low registers hold the pointers, the index and two values, high ones the sums.
 * The index runs from -n to 0 on pointers behind the last element. Starts within the four-fold loop, so that the number
 * of rounds is whole; a round's 15 instructions take 30 bytes. */
/* clang-format off */
#define MOTE_DOT_LANE(sum, weights)                                 \
  "ldrsb %[w], [%[" weights "], %[i]]\n"                            \
  "muls  %[w], %[x], %[w]\n"                                        \
  "add   %[" sum "], %[w]\n"
#define MOTE_DOT_ROUND                                              \
  "ldrsb %[x], [%[in], %[i]]\n"                                     \
  "add   %[x], %[minus_zero]\n"                                     \
  MOTE_DOT_LANE("a0", "w0")                                         \
  MOTE_DOT_LANE("a1", "w1")                                         \
  MOTE_DOT_LANE("a2", "w2")                                         \
  MOTE_DOT_LANE("a3", "w3")                                         \
  "adds  %[i], #1\n"                     /* 0 behind the last one */
/* clang-format on */

void mote_dot4_add(mote_dot4 *dot, const int8_t *input, int32_t n) {
  int32_t a0 = dot->acc[0], a1 = dot->acc[1], a2 = dot->acc[2], a3 = dot->acc[3], x = 30 * (-n & 3), w, i = -n;
  if (n == 0) return;
  /* clang-format off */
  __asm__ volatile(
      ".syntax unified\n"
      "add   pc, %[x]\n"
      "nop\n"
      "1:\n"
      MOTE_DOT_ROUND
      MOTE_DOT_ROUND
      MOTE_DOT_ROUND
      MOTE_DOT_ROUND
      "bne   1b\n"
      : [a0] "+h"(a0), [a1] "+h"(a1), [a2] "+h"(a2), [a3] "+h"(a3), [i] "+l"(i), [x] "+l"(x), [w] "=&l"(w)
      : [in] "l"(input + n), [w0] "l"(dot->weights[0] + n), [w1] "l"(dot->weights[1] + n),
        [w2] "l"(dot->weights[2] + n), [w3] "l"(dot->weights[3] + n),
        [minus_zero] "h"(-dot->input_zero)
      : "cc", "memory");
  /* clang-format on */
  dot->acc[0] = a0;
  dot->acc[1] = a1;
  dot->acc[2] = a2;
  dot->acc[3] = a3;
}
#elif MOTE_USE_DSP
/* 23.75 instructions for 16 products. r2 and r3 hold four inputs, r12 and lr four weights; the inputs' end waits on the
 * stack. Starts within the four-fold loop, so that the number of rounds is whole; a round takes 92 bytes. */
/* clang-format off */
#define MOTE_DOT_LANE(sum, weights)                                   \
  "ldr.w   r12, [" weights "], #4\n"                                  \
  "sxtb16  lr, r12, ror #8\n"           /* weights 1 and 3 */         \
  "sxtb16  r12, r12\n"                  /* 0 and 2 */                 \
  "smlad   " sum ", r2, r12, " sum "\n"                               \
  "smlad   " sum ", r3, lr, " sum "\n"
#define MOTE_DOT_ROUND                                                \
  "ldr.w   r2, [r0], #4\n"                                            \
  "sxtab16 r3, r1, r2, ror #8\n"        /* inputs 1 and 3 - zero */   \
  "sxtab16 r2, r1, r2\n"                /* 0 and 2 */                 \
  MOTE_DOT_LANE("r4", "r8")                                           \
  MOTE_DOT_LANE("r5", "r9")                                           \
  MOTE_DOT_LANE("r6", "r10")                                          \
  MOTE_DOT_LANE("r7", "r11")
/* clang-format on */

void mote_dot4_add(mote_dot4 *dot, const int8_t *input, int32_t n) {
  register const int8_t *x __asm__("r0") = input;
  register uint32_t minus __asm__("r1") = mote_both_halves(-dot->input_zero);
  register int32_t skip __asm__("r2") = 92 * (-(n >> 2) & 3);
  register const int8_t *end __asm__("r3") = input + (n & ~3);
  register int32_t a0 __asm__("r4") = dot->acc[0];
  register int32_t a1 __asm__("r5") = dot->acc[1];
  register int32_t a2 __asm__("r6") = dot->acc[2];
  register int32_t a3 __asm__("r7") = dot->acc[3];
  register const int8_t *w0 __asm__("r8") = dot->weights[0];
  register const int8_t *w1 __asm__("r9") = dot->weights[1];
  register const int8_t *w2 __asm__("r10") = dot->weights[2];
  register const int8_t *w3 __asm__("r11") = dot->weights[3];
  if (x != end) {
    /* clang-format off */
    __asm__ volatile(
        ".syntax unified\n"
        "push  {r3}\n"
        "add   pc, r2\n"
        "nop\n"
        "1:\n"
        MOTE_DOT_ROUND
        MOTE_DOT_ROUND
        MOTE_DOT_ROUND
        MOTE_DOT_ROUND
        "ldr   r12, [sp]\n"   /* the end */
        "cmp   r0, r12\n"
        "bne.w 1b\n"
        "pop   {r3}\n"
        : "+r"(x), "+r"(skip), "+r"(end), "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a3), "+r"(w0), "+r"(w1), "+r"(w2),
          "+r"(w3)
        : "r"(minus)
        : "r12", "lr", "cc", "memory");
    /* clang-format on */
  }
  for (n &= 3; n > 0; n--) {
    int32_t value = *x++ - dot->input_zero;
    a0 = mote_add(a0, value * *w0++);
    a1 = mote_add(a1, value * *w1++);
    a2 = mote_add(a2, value * *w2++);
    a3 = mote_add(a3, value * *w3++);
  }
  dot->acc[0] = a0;
  dot->acc[1] = a1;
  dot->acc[2] = a2;
  dot->acc[3] = a3;
}
#else
#define MOTE_PRODUCTS(i)        \
  x = input[i] - zero;          \
  a0 = mote_add(a0, x * w0[i]); \
  a1 = mote_add(a1, x * w1[i]); \
  a2 = mote_add(a2, x * w2[i]); \
  a3 = mote_add(a3, x * w3[i]);
void mote_dot4_add(mote_dot4 *dot, const int8_t *input, int32_t n) {
  const int8_t *w0 = dot->weights[0], *w1 = dot->weights[1];
  const int8_t *w2 = dot->weights[2], *w3 = dot->weights[3];
  int32_t a0 = dot->acc[0], a1 = dot->acc[1], a2 = dot->acc[2], a3 = dot->acc[3], zero = dot->input_zero, x;
  for (; n >= 4; n -= 4, input += 4, w0 += 4, w1 += 4, w2 += 4, w3 += 4) {
    MOTE_PRODUCTS(0)
    MOTE_PRODUCTS(1)
    MOTE_PRODUCTS(2)
    MOTE_PRODUCTS(3)
  }
  for (; n > 0; n--, input++, w0++, w1++, w2++, w3++) {
    MOTE_PRODUCTS(0)
  }
  dot->acc[0] = a0;
  dot->acc[1] = a1;
  dot->acc[2] = a2;
  dot->acc[3] = a3;
}
#undef MOTE_PRODUCTS
#endif
