/* SPDX-License-Identifier: Apache-2.0 */
#include "flexbuf.h"

#include <stdbool.h>

enum { FX_MAP = 9, FX_VECTOR = 10 };

/* The low word of a little-endian number of 1, 2, 4 or 8 bytes. */
static uint32_t word(const uint8_t *p, uint32_t width) {
  uint32_t value = 0;
  for (uint32_t i = 0; i < width && i < 4; i++) value |= (uint32_t)p[i] << 8 * i;
  return value;
}

/* An offset or a count: UINT32_MAX, which fits nowhere, if it takes more than a word. */
static uint32_t extent(const uint8_t *p, uint32_t width) {
  return width == 8 && word(p + 4, 4) ? UINT32_MAX : word(p, width);
}

/* The file ends with the root itself, its packed type and its width. Every vector has its count before it. */
uint32_t fx_numbers(const uint8_t *bytes, uint32_t size, int32_t *value, uint32_t count) {
  if (size < 3) return 0;
  uint32_t root_width = bytes[size - 1], kind = bytes[size - 2] >> 2, width = 1u << (bytes[size - 2] & 3);
  bool power = root_width == 1 || root_width == 2 || root_width == 4 || root_width == 8;
  if (!power || root_width > size - 2 || (kind != FX_MAP && kind != FX_VECTOR)) return 0;
  uint32_t root = size - 2 - root_width, offset = extent(bytes + root, root_width);
  if (offset > root || width > root - offset) return 0;
  const uint8_t *first = bytes + (root - offset);
  uint32_t held = extent(first - width, width), room = (size - (root - offset)) / width;
  if (held > room) return 0;
  for (uint32_t i = 0; i < count && i < held; i++) {
    uint32_t unused = width < 4 ? 32 - 8 * width : 0;
    value[i] = (int32_t)(word(first + width * i, width) << unused) >> unused;
  }
  return held;
}
