/* SPDX-License-Identifier: Apache-2.0 */
#include "wide.h"

#include "dsp.h"

#if MOTE_USE_DSP
static inline void put_word(uint32_t *to, uint32_t word, uint32_t add_even, uint32_t add_odd) {
  to[0] = mote_even_halves(word, add_even);
  to[1] = mote_odd_halves(word, add_odd);
}

/* 1 to 3 bytes, behind zeros. */
static void put_rest(uint32_t *to, const int8_t *from, int32_t n, int32_t zero) {
  uint32_t word = 0, high = (uint32_t)-zero << 16, low = (uint32_t)-zero & 0xffffu;
  for (int32_t i = 4 - n; i < 4; i++) word |= (uint32_t)(uint8_t)*from++ << 8 * i;
  put_word(to, word, n > 1 ? high : 0, n > 2 ? high | low : high);
}

void mote_wide_fill(mote_wide *wide, const int8_t *a, const int8_t *b, int32_t n, int32_t zero) {
  uint32_t minus = mote_both_halves(-zero), *to = wide->words, *end = to + (n & ~3);
  wide->n = n;
  for (; to < end; to += 4, a += 4, b += 4) {
    put_word(to, mote_word(a), minus, minus);
    put_word(to + 2, mote_word(b), minus, minus);
  }
  if (n & 3) {
    put_rest(to, a, n & 3, zero);
    put_rest(to + 2, b, n & 3, zero);
  }
}

/* 15.5 instructions for 16 products: r2 and r3 hold four weights, r8..r11 the elements. Starts within the four-fold
 * loop, so that the number of rounds is whole; a round takes 60 bytes. */
/* clang-format off */
#define WIDE_CHANNEL(w, a, b)                                     \
  "ldr.w  r2, [" w "], #4\n"                                      \
  "sxtb16 r3, r2, ror #8\n"         /* weights 1 and 3 */         \
  "sxtb16 r2, r2\n"                 /* 0 and 2 */                 \
  "smlad  " a ", r8, r2, " a "\n"                                 \
  "smlad  " b ", r10, r2, " b "\n"                                \
  "smlad  " a ", r9, r3, " a "\n"                                 \
  "smlad  " b ", r11, r3, " b "\n"
#define WIDE_ROUND                                                \
  "ldm.w  r0!, {r8-r11}\n"          /* position a, position b */  \
  WIDE_CHANNEL("r12", "r4", "r6")                                 \
  WIDE_CHANNEL("lr", "r5", "r7")
#define WIDE_LOOP                                                 \
  ".syntax unified\n"                                             \
  "add    pc, r2\n"                                               \
  "nop\n"                                                         \
  "1:\n"                                                          \
  WIDE_ROUND                                                      \
  WIDE_ROUND                                                      \
  WIDE_ROUND                                                      \
  WIDE_ROUND                                                      \
  "cmp    r0, r1\n"                                               \
  "bne.w  1b\n"
/* clang-format on */

/* Two channels whose weights lie together. Elements in front of the last four are taken again with zeros, from the
 * channel's weights or, where it has fewer than four, from what precedes them in the file: at least their length. */
static void add_two(const mote_wide *wide, const int8_t *w, int32_t step, const int32_t *from, int32_t *to) {
  int32_t rest = wide->n & 3;
  register const uint32_t *x __asm__("r0") = wide->words;
  register const uint32_t *end __asm__("r1") = x + (wide->n & ~3);
  register int32_t a0 __asm__("r4") = from[0];
  register int32_t a1 __asm__("r5") = from[1];
  register int32_t b0 __asm__("r6") = from[MOTE_GROUP];
  register int32_t b1 __asm__("r7") = from[MOTE_GROUP + 1];
  register const int8_t *w0 __asm__("r12") = w;
  register const int8_t *w1 __asm__("lr") = w + step;
  register int32_t skip __asm__("r2") = 60 * (-(wide->n >> 2) & 3);
  for (;; rest = 0) {
    if (x != end) {
      __asm__ volatile(WIDE_LOOP
                       : "+r"(x), "+r"(skip), "+r"(a0), "+r"(a1), "+r"(b0), "+r"(b1), "+r"(w0), "+r"(w1)
                       : "r"(end)
                       : "r3", "r8", "r9", "r10", "r11", "cc", "memory");
    }
    if (!rest) break;
    w0 += rest - 4;
    w1 += rest - 4;
    end += 4;
    skip = 3 * 60;
  }
  to[0] = a0;
  to[1] = a1;
  to[MOTE_GROUP] = b0;
  to[MOTE_GROUP + 1] = b1;
}

/* Sums of four channels in both positions. */
typedef struct {
  int32_t a[4], b[4];
} lanes;

/* Elements in the low and in the high halves of x, whose four channels' weights are bytes of low and high. */
static inline void add_halves(lanes *sums, uint32_t xa, uint32_t xb, uint32_t low, uint32_t high) {
  uint32_t even = mote_even_bytes(low), odd = mote_odd_bytes(low);
  uint32_t even2 = mote_even_bytes(high), odd2 = mote_odd_bytes(high);
  uint32_t w[] = {mote_pack_low(even, even2), mote_pack_low(odd, odd2), mote_pack_high(even, even2),
                  mote_pack_high(odd, odd2)};
  for (int i = 0; i < 4; i++) {
    sums->a[i] = mote_smlad(xa, w[i], sums->a[i]);
    sums->b[i] = mote_smlad(xb, w[i], sums->b[i]);
  }
}

/* Four neighbouring channels whose weights of one element are neighbours, all whole fours of elements. */
static void add_four(const mote_wide *wide, const int8_t *w, int32_t step, const int32_t *from, int32_t *to) {
  lanes sums;
  memcpy(sums.a, from, sizeof sums.a);
  memcpy(sums.b, from + MOTE_GROUP, sizeof sums.b);
  const uint32_t *x = wide->words, *end = x + (wide->n & ~3);
  for (; x < end; x += 4, w += 2 * step) {
    add_halves(&sums, x[0], x[2], mote_word(w), mote_word(w + 2 * step));
    w += step;
    add_halves(&sums, x[1], x[3], mote_word(w), mote_word(w + 2 * step));
    w += step;
  }
  memcpy(to, sums.a, sizeof sums.a);
  memcpy(to + MOTE_GROUP, sums.b, sizeof sums.b);
}

/* One channel, elements from `first` on. */
static void add_one(const mote_wide *wide, const int8_t *w, int32_t step, int32_t first, const int32_t *from,
                    int32_t *to) {
  int32_t a = from[0], b = from[MOTE_GROUP];
  for (int32_t i = first; i < wide->n; i++) {
    int32_t at = i < (wide->n & ~3) ? i : i + 4 - (wide->n & 3);
    const uint32_t *x = wide->words + (at & ~3) + (at & 1);
    int shift = at & 2 ? 16 : 0;
    a = mote_add(a, (int16_t)(x[0] >> shift) * w[i * step]);
    b = mote_add(b, (int16_t)(x[2] >> shift) * w[i * step]);
  }
  to[0] = a;
  to[MOTE_GROUP] = b;
}

/* Channels whose weights are neighbours. */
static void add_columns(const mote_wide *wide, const mote_weights *weights, const int32_t *from, int32_t *to) {
  int32_t i = 0, step = weights->step;
  for (; i + 4 <= weights->count; i += 4) {
    add_four(wide, weights->at + i, step, from + i, to + i);
    for (int32_t k = i; (wide->n & 3) && k < i + 4; k++) {
      add_one(wide, weights->at + k, step, wide->n & ~3, to + k, to + k);
    }
  }
  for (; i < weights->count; i++) add_one(wide, weights->at + i, step, 0, from + i, to + i);
}

void mote_wide_add(const mote_wide *wide, const mote_weights *weights, const mote_sums *from, mote_sums *to) {
  if (weights->step != 1) {
    add_columns(wide, weights, from->a, to->a);
    return;
  }
  const int8_t *w = weights->at;
  for (int32_t i = 0; i < weights->count; i += 2, w += 2 * weights->channel_step) {
    add_two(wide, w, i + 1 < weights->count ? weights->channel_step : 0, from->a + i, to->a + i);
  }
}
#endif
