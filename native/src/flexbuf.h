/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds-checked reader of the options of custom operators: a FlexBuffer whose root is a map or a vector of numbers
 * (format: FlatBuffers documentation, "FlexBuffers"). */
#ifndef MOTE_FLEXBUF_H
#define MOTE_FLEXBUF_H

#include <stdint.h>

/* Writes the first `count` values, in the order of their names, and returns how many the root has: at least `count`
 * where all were written, 0 where the bytes are something else. As in TFLM, numbers of 64 bits lose their upper half
 * and what is not an integer is read as if it were. */
uint32_t fx_numbers(const uint8_t *bytes, uint32_t size, int32_t *value, uint32_t count);

#endif
