/* SPDX-License-Identifier: Apache-2.0 */
#include "flatbuf.h"

#include <string.h>

static bool inside(fb_file *file, uint32_t pos, uint32_t bytes) {
  if (pos <= file->size && bytes <= file->size - pos) return true;
  file->bad = true;
  return false;
}

static uint32_t u16(const uint8_t *p) { return (uint32_t)p[0] | (uint32_t)p[1] << 8; }

/* Files lie at multiples of 4 in memory, and so do almost all words in them. */
uint32_t fb_u32(fb_file *file, uint32_t pos) {
  uint32_t word;
  if (!inside(file, pos, 4)) return 0;
  const uint8_t *p = file->base + pos;
  if (pos % 4 != 0) return u16(p) | u16(p + 2) << 16;
  memcpy(&word, __builtin_assume_aligned(p, 4), sizeof word);
  return word;
}

/* Follows the unsigned offset stored at pos. Offsets point forward, so a chain of them ends. */
static uint32_t follow(fb_file *file, uint32_t pos) {
  uint32_t offset = fb_u32(file, pos);
  if (offset == 0 || !inside(file, pos, offset)) {
    file->bad = true;
    return 0;
  }
  return pos + offset;
}

uint32_t fb_root(fb_file *file, const char identifier[4]) {
  if (!inside(file, 0, 8)) return 0;
  for (int i = 0; i < 4; i++) {
    if (file->base[4 + i] != (uint8_t)identifier[i]) return 0;
  }
  return follow(file, 0);
}

/* Position of a field of `bytes` bytes in a table; 0 where the table does not store it. */
static uint32_t field_at(fb_file *file, uint32_t table, int field, uint32_t bytes) {
  if (table == 0) return 0;
  uint32_t vtable = table - fb_u32(file, table); /* signed offset backwards; wraps into range or is refused */
  if (file->bad || !inside(file, vtable, 4)) return 0;
  const uint8_t *at = file->base + vtable;
  uint32_t entry = 4 + 2 * (uint32_t)field;
  if (entry + 2 > u16(at) || !inside(file, vtable, entry + 2)) return 0;
  uint32_t offset = u16(at + entry);
  return offset != 0 && inside(file, table, offset + bytes) ? table + offset : 0;
}

int32_t fb_get_i32(fb_file *file, uint32_t table, int field, int32_t absent) {
  uint32_t pos = field_at(file, table, field, 4);
  return pos ? (int32_t)fb_u32(file, pos) : absent;
}

int32_t fb_get_i8(fb_file *file, uint32_t table, int field, int32_t absent) {
  uint32_t pos = field_at(file, table, field, 1);
  return pos ? (int32_t)(int8_t)file->base[pos] : absent;
}

uint32_t fb_get_table(fb_file *file, uint32_t table, int field) {
  uint32_t pos = field_at(file, table, field, 4);
  return pos ? follow(file, pos) : 0;
}

fb_vector fb_get_vector(fb_file *file, uint32_t table, int field, uint32_t element_bytes) {
  fb_vector vector = {0, 0};
  uint32_t pos = fb_get_table(file, table, field);
  if (pos == 0) return vector;
  uint32_t count = fb_u32(file, pos);
  if (file->bad || count > (file->size - pos - 4) / element_bytes) {
    file->bad = true;
    return vector;
  }
  vector.pos = pos + 4;
  vector.count = count;
  return vector;
}

uint32_t fb_table_at(fb_file *file, fb_vector vector, uint32_t index) {
  if (index >= vector.count) {
    file->bad = true;
    return 0;
  }
  return follow(file, vector.pos + 4 * index);
}

int32_t fb_i32_at(fb_file *file, fb_vector vector, uint32_t index) {
  if (index >= vector.count) {
    file->bad = true;
    return 0;
  }
  return (int32_t)fb_u32(file, vector.pos + 4 * index);
}
