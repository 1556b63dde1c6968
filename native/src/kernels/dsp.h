/* SPDX-License-Identifier: Apache-2.0 */
/* Arm's DSP instructions on pairs of 16-bit halves, under names that say what they are used for here. */
#ifndef MOTE_DSP_H
#define MOTE_DSP_H

#include <string.h>

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

/* sum + four products of widened inputs with bytes. */
static inline int32_t mote_dot_quad(uint32_t even, uint32_t odd, uint32_t bytes, int32_t sum) {
  return mote_smlad(odd, mote_odd_bytes(bytes), mote_smlad(even, mote_even_bytes(bytes), sum));
}
#endif

#endif
