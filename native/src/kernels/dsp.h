/* SPDX-License-Identifier: Apache-2.0 */
/* Arm's DSP instructions on pairs of 16-bit halves, under names that say what they are used for here. */
#ifndef MOTE_DSP_H
#define MOTE_DSP_H

#include <string.h>

#include "../fixedpoint.h"
#include "processor.h"

#if MOTE_USE_DSP
#include <stdint.h>

/* Four bytes at any address. */
static inline uint32_t mote_word(const void *at) {
  uint32_t word;
  memcpy(&word, at, 4);
  return word;
}
static inline uint32_t mote_both_halves(int32_t value) { return ((uint32_t)value & 0xffffu) * 0x10001u; }

/* Signed bytes 0, 2 and 1, 3 of a word as halves, plus those of `add`. */
static inline uint32_t mote_even_halves(uint32_t bytes, uint32_t add) {
  uint32_t halves;
  __asm__("sxtab16 %0, %1, %2" : "=r"(halves) : "r"(add), "r"(bytes));
  return halves;
}
static inline uint32_t mote_odd_halves(uint32_t bytes, uint32_t add) {
  uint32_t halves;
  __asm__("sxtab16 %0, %1, %2, ror #8" : "=r"(halves) : "r"(add), "r"(bytes));
  return halves;
}
static inline uint32_t mote_even_bytes(uint32_t bytes) {
  uint32_t halves;
  __asm__("sxtb16 %0, %1" : "=r"(halves) : "r"(bytes));
  return halves;
}
static inline uint32_t mote_odd_bytes(uint32_t bytes) {
  uint32_t halves;
  __asm__("sxtb16 %0, %1, ror #8" : "=r"(halves) : "r"(bytes));
  return halves;
}

/* The low halves, the high halves of two words: the first one's below the second one's. */
static inline uint32_t mote_pack_low(uint32_t below, uint32_t above) {
  uint32_t both;
  __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(both) : "r"(below), "r"(above));
  return both;
}
static inline uint32_t mote_pack_high(uint32_t below, uint32_t above) {
  uint32_t both;
  __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(both) : "r"(above), "r"(below));
  return both;
}

/* sum + both products of halves, sum + the product of the low halves, of the high halves. */
static inline int32_t mote_smlad(uint32_t x, uint32_t y, int32_t sum) {
  __asm__("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(x), "r"(y));
  return sum;
}
static inline int32_t mote_add_low(uint32_t x, uint32_t y, int32_t sum) {
  __asm__("smlabb %0, %1, %2, %0" : "+r"(sum) : "r"(x), "r"(y));
  return sum;
}
static inline int32_t mote_add_high(uint32_t x, uint32_t y, int32_t sum) {
  __asm__("smlatt %0, %1, %2, %0" : "+r"(sum) : "r"(x), "r"(y));
  return sum;
}

/* What mote_rescale makes of acc, + zero, to the nearest int8. scale.shift < 0. SMMLAR adds acc * 2^32 to the product
 * with 2 * multiplier - 2^32, and 2^31, and keeps the upper half; the carry is the last bit shifted out. */
static inline int32_t mote_to_int8(int32_t acc, mote_scale scale, int32_t zero) {
  int32_t value;
  __asm__("smmlar %0, %1, %2, %1" : "=r"(value) : "r"(acc), "r"((uint32_t)scale.multiplier << 1));
  value += value >> 31;
  __asm__("asrs %0, %0, %1\n"
          "adc %0, %0, %2\n"
          "ssat %0, #8, %0"
          : "+r"(value)
          : "r"(-scale.shift), "r"(zero)
          : "cc");
  return value;
}
static inline mote_scale mote_load_scale(const mote_scale *at) {
  mote_scale scale;
  __asm__("ldrd %0, %1, %2" : "=r"(scale.multiplier), "=r"(scale.shift) : "o"(*at));
  return scale;
}
#define mote_insert_byte(word, value, at)                           \
  __extension__({                                                   \
    uint32_t word_ = (word);                                        \
    __asm__("bfi %0, %1, #" #at ", #8" : "+r"(word_) : "r"(value)); \
    word_;                                                          \
  })
static inline uint32_t mote_four_bytes(int32_t value) { return ((uint32_t)value & 0xffu) * 0x1010101u; }
/* Four signed bytes, each within the bytes of low and high. */
static inline uint32_t mote_clamp_bytes(uint32_t bytes, uint32_t low, uint32_t high) {
  uint32_t unused;
  __asm__("ssub8 %1, %0, %2\n"
          "sel %0, %0, %2\n"
          "ssub8 %1, %3, %0\n"
          "sel %0, %0, %3"
          : "+r"(bytes), "=&r"(unused)
          : "r"(low), "r"(high)
          : "cc");
  return bytes;
}

/* sum + four products of widened inputs with bytes. */
static inline int32_t mote_dot_quad(uint32_t even, uint32_t odd, uint32_t bytes, int32_t sum) {
  return mote_smlad(odd, mote_odd_bytes(bytes), mote_smlad(even, mote_even_bytes(bytes), sum));
}
#endif

#endif
