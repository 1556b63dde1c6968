/* SPDX-License-Identifier: Apache-2.0 */
#include "requant.h"

#include <stddef.h>

#include "dsp.h"
#include "processor.h"

#if MOTE_USE_V6M
/* 45 cycles an output. mote_high_mul_narrow, then the right shift: halves go away from zero because 1 is taken from
 * negative values first, and the last bit shifted out is added together with the zero point. No product with a factor
 * below 1 is INT32_MIN, so nothing wraps. Stops before the first factor that is not < 1/2. */
#define STORE_LOOP                 \
  ".syntax unified\n"              \
  "mov r12, r1\n"                  \
  "movs r1, #1\n"                  \
  "lsls r1, r1, #14\n"             \
  "ldr r2, [r0, %[low]]\n"         \
  "ldr r3, [r0, %[high]]\n"        \
  "ldr r4, [r0, %[zero]]\n"        \
  "mov r8, r1\n"                   \
  "mov r9, r2\n"                   \
  "mov r10, r3\n"                  \
  "mov r11, r4\n"                  \
  "1:\n"                           \
  "ldm r5!, {r0}\n"                \
  "ldm r6!, {r1, r4}\n"            \
  "rsbs r4, r4, #0\n"              \
  "ble 4f\n"                       \
  "mov lr, r4\n"                   \
  "uxth r2, r0\n" /* low and */    \
  "asrs r0, r0, #16\n"             \
  "uxth r3, r1\n" /* high parts */ \
  "lsrs r1, r1, #16\n"             \
  "mov r4, r2\n"                   \
  "muls r4, r3, r4\n"              \
  "lsrs r4, r4, #16\n"             \
  "muls r2, r1, r2\n"              \
  "adds r2, r2, r4\n" /* cross */  \
  "muls r1, r0, r1\n"              \
  "muls r0, r3, r0\n"              \
  "uxth r3, r2\n"                  \
  "adds r0, r0, r3\n" /* mid */    \
  "lsrs r2, r2, #16\n"             \
  "adds r1, r1, r2\n" /* high */   \
  "add r0, r8\n"                   \
  "asrs r0, r0, #15\n"             \
  "lsls r1, r1, #1\n"              \
  "adds r0, r0, r1\n"              \
  "asrs r2, r0, #31\n"             \
  "adds r0, r0, r2\n"              \
  "mov r3, lr\n"                   \
  "mov r2, r11\n"                  \
  "asrs r0, r0, r3\n"              \
  "adcs r0, r0, r2\n"              \
  "cmp r0, r9\n"                   \
  "bge 2f\n"                       \
  "mov r0, r9\n"                   \
  "2:\n"                           \
  "cmp r0, r10\n"                  \
  "ble 3f\n"                       \
  "mov r0, r10\n"                  \
  "3:\n"                           \
  "strb r0, [r7]\n"                \
  "adds r7, r7, #1\n"              \
  "cmp r7, r12\n"                  \
  "bne 1b\n"                       \
  "b 5f\n"                         \
  "4:\n"                           \
  "subs r5, #4\n"                  \
  "subs r6, #8\n"                  \
  "5:\n"

void mote_layer_store(const mote_layer *layer, const int32_t *acc, const mote_scale *scale, int8_t *output,
                      int32_t count) {
  const int8_t *end = output + count;
  for (;;) {
    register const mote_range *r0 __asm__("r0") = &layer->range;
    register const int8_t *r1 __asm__("r1") = end;
    register const int32_t *r5 __asm__("r5") = acc;
    register const mote_scale *r6 __asm__("r6") = scale;
    register int8_t *r7 __asm__("r7") = output;
    __asm__ volatile(STORE_LOOP
                     : "+r"(r0), "+r"(r1), "+r"(r5), "+r"(r6), "+r"(r7)
                     : [low] "i"(offsetof(mote_range, low)), [high] "i"(offsetof(mote_range, high)),
                       [zero] "i"(offsetof(mote_layer, output_zero) - offsetof(mote_layer, range))
                     : "r2", "r3", "r4", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
    if (r7 == end) return;
    acc = r5 + 1;
    scale = r6 + 1;
    output = r7 + 1;
    output[-1] = mote_layer_output(layer, acc[-1], scale[-1]);
    if (output == end) return;
  }
}
#else
/* Most factors are below 1/2: halves go away from zero because 1 is taken from negative values first, and the last bit
 * shifted out is added. No product with a factor below 1 is INT32_MIN. */
static inline int32_t quick_rescale(int32_t acc, const mote_scale *scale) {
  if (scale->shift >= 0) return mote_rescaled(acc, scale);
  int64_t product = (int64_t)acc * ((uint32_t)scale->multiplier << 1);
  int32_t x = (int32_t)(product >> 32) + (int32_t)((uint32_t)product >> 31);
  x += x >> 31;
  return ((x >> ~scale->shift) + 1) >> 1;
}

void mote_layer_store(const mote_layer *layer, const int32_t *acc, const mote_scale *scale, int8_t *output,
                      int32_t count) {
  int32_t zero = layer->output_zero, low = layer->range.low, high = layer->range.high;
#if MOTE_USE_DSP
  uint32_t lowest = mote_four_bytes(low), highest = mote_four_bytes(high);
  for (; count >= 4; count -= 4, acc += 4, scale += 4, output += 4) {
    mote_scale s0 = mote_load_scale(scale), s1 = mote_load_scale(scale + 1);
    mote_scale s2 = mote_load_scale(scale + 2), s3 = mote_load_scale(scale + 3);
    if ((s0.shift & s1.shift & s2.shift & s3.shift) >= 0) break;
    uint32_t word = (uint32_t)mote_to_int8(acc[0], s0, zero);
    word = mote_insert_byte(word, mote_to_int8(acc[1], s1, zero), 8);
    word = mote_insert_byte(word, mote_to_int8(acc[2], s2, zero), 16);
    word = mote_insert_byte(word, mote_to_int8(acc[3], s3, zero), 24);
    word = mote_clamp_bytes(word, lowest, highest);
    memcpy(output, &word, 4);
  }
#endif
  for (int32_t i = 0; i < count; i++) {
    output[i] = (int8_t)mote_clamp(mote_add(quick_rescale(acc[i], scale + i), zero), low, high);
  }
}
#endif
