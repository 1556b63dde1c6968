/* SPDX-License-Identifier: Apache-2.0 */
/* Square roots (TFLM's Sqrt64 and Sqrt32). */
#include "frontend/arithmetic.h"

/* A square root, digit by digit: the number's digits so far have the root `result` and leave `rest`. */
typedef struct {
  uint32_t rest, result;
} root_state;

/* Goes on with the next `digits` digits of base 4, which lie at the top of `word`. */
static inline root_state root_digits(root_state root, uint32_t word, int digits) {
  for (; digits > 0; digits--) {
    uint32_t trial = root.result << 2 | 1;
    root.rest = root.rest << 2 | word >> 30;
    root.result <<= 1;
    word <<= 2;
    if (root.rest >= trial) {
      root.rest -= trial;
      root.result |= 1;
    }
  }
  return root;
}

/* The same for x from 2^58 on, where trials take more than 32 bits. */
static uint32_t long_root(uint64_t x) {
  uint64_t rest = 0, result = 0;
  for (int shift = 62; shift >= 0; shift -= 2) {
    uint64_t trial = result << 2 | 1;
    rest = rest << 2 | (x >> shift & 3);
    result <<= 1;
    if (rest >= trial) {
      rest -= trial;
      result |= 1;
    }
  }
  return (uint32_t)(rest > result && result != UINT32_MAX ? result + 1 : result);
}

uint32_t mote_root(uint64_t x) {
  uint32_t high = (uint32_t)(x >> 32), low = (uint32_t)x, top = high ? high : low;
  if (high >> 26) return long_root(x);
  int digits = (mote_bit_length(top) + 1) / 2;
  root_state root = {0, 0};
  if (digits) root = root_digits(root, top << (32 - 2 * digits), digits);
  if (high) root = root_digits(root, low, 16);
  if (root.rest > root.result && (high || root.result != 0xffff)) root.result++;
  return root.result;
}
