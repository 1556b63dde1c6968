/* SPDX-License-Identifier: Apache-2.0 */
#include "flatbuf.h"

#define MOST_ELEMENTS (1u << 28) /* of a vector: times 8 bytes it is still a word */

static bool inside(fb_file *file, uint32_t pos, uint32_t bytes) {
  if (pos <= file->size && bytes <= file->size - pos) return true;
  file->bad = true;
  return false;
}

/* Files lie at multiples of 4 in memory, and so do all words in them. Inlined at any level of optimisation: a model of
 * small operators spends most of its time here. */
static inline __attribute__((always_inline)) uint32_t word(fb_file *file, uint32_t pos) {
  if (pos % 4 == 0 && pos < file->size && file->size - pos >= 4) {
    return *(const uint32_t *)(const void *)(file->base + pos);
  }
  file->bad = true;
  return 0;
}

uint32_t fb_u32(fb_file *file, uint32_t pos) { return word(file, pos); }

int32_t fb_i32(fb_file *file, uint32_t pos) { return pos ? (int32_t)fb_u32(file, pos) : 0; }

int32_t fb_i8(fb_file *file, uint32_t pos) { return pos && inside(file, pos, 1) ? (int8_t)file->base[pos] : 0; }

/* The sum may be any number: reading from there checks it. */
static inline __attribute__((always_inline)) uint32_t follow(fb_file *file, uint32_t pos) {
  uint32_t offset = word(file, pos);
  if (offset == 0) file->bad = true;
  return pos + offset;
}

uint32_t fb_follow(fb_file *file, uint32_t pos) { return pos ? follow(file, pos) : 0; }

uint32_t fb_root(fb_file *file, const char identifier[4]) {
  if (!inside(file, 0, 8)) return 0;
  for (int i = 0; i < 4; i++) {
    if (file->base[4 + i] != (uint8_t)identifier[i]) return 0;
  }
  return fb_u32(file, 0);
}

/* Tables begin with the signed distance back to a row of 16-bit words: its bytes, the table's, then the offset of each
 * field in the table. */
void fb_fields(fb_file *file, uint32_t table, uint32_t first, uint32_t count, uint32_t *at) {
  uint32_t row = table - (table ? word(file, table) : 0), end = 0;
  const uint16_t *field = NULL;
  if (row != table && inside(file, row, 4)) {
    field = (const uint16_t *)(const void *)(file->base + row);
    if (row % 2 == 0 && inside(file, row, *field)) end = *field / 2u;
    else file->bad = true;
  }
  for (first += 2; count > 0; count--, first++) {
    uint32_t offset = first < end ? field[first] : 0;
    *at++ = offset ? table + offset : 0;
  }
}

static uint32_t field_at(fb_file *file, uint32_t table, int field) {
  uint32_t at;
  fb_fields(file, table, (uint32_t)field, 1, &at);
  return at;
}

int32_t fb_get_i32(fb_file *file, uint32_t table, int field, int32_t absent) {
  uint32_t pos = field_at(file, table, field);
  return pos ? (int32_t)fb_u32(file, pos) : absent;
}

int32_t fb_get_i8(fb_file *file, uint32_t table, int field, int32_t absent) {
  uint32_t pos = field_at(file, table, field);
  return pos ? fb_i8(file, pos) : absent;
}

uint32_t fb_get_table(fb_file *file, uint32_t table, int field) {
  return fb_follow(file, field_at(file, table, field));
}

fb_vector fb_get_vector(fb_file *file, uint32_t table, int field, uint32_t element_bytes) {
  return fb_vector_of(file, field_at(file, table, field), element_bytes);
}

fb_vector fb_vector_of(fb_file *file, uint32_t pos, uint32_t element_bytes) {
  fb_vector vector = {0, 0};
  if (pos == 0) return vector;
  pos = follow(file, pos);
  uint32_t count = word(file, pos);
  if (file->bad || count > MOST_ELEMENTS || count * element_bytes > file->size - pos - 4) {
    file->bad = true;
    return vector;
  }
  vector.pos = pos + 4;
  vector.count = count;
  return vector;
}

uint32_t fb_table_at(fb_file *file, fb_vector vector, uint32_t index) {
  if (index < vector.count) return follow(file, vector.pos + 4 * index);
  file->bad = true;
  return 0;
}

int32_t fb_i32_at(fb_file *file, fb_vector vector, uint32_t index) {
  if (index < vector.count) return (int32_t)fb_u32(file, vector.pos + 4 * index);
  file->bad = true;
  return 0;
}
