/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds-checked reader of FlatBuffers (format: FlatBuffers internals, "Encoding").
 *
 * Positions are byte offsets from the start of the file; 0 means absent. Every read is checked. A read that would leave
 * the file sets `bad` and gives zero: callers read on and test `bad` once at the end of a group. */
#ifndef MOTE_FLATBUF_H
#define MOTE_FLATBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
  const uint8_t *base;
  uint32_t size;
  bool bad;
} fb_file;

typedef struct {
  uint32_t pos;   /* of the first element; 0: absent */
  uint32_t count; /* elements */
} fb_vector;

uint32_t fb_u32(fb_file *file, uint32_t pos); /* pos is a multiple of 4, or `bad` */
/* What is stored at the position of a field, see fb_fields; 0 where that is 0. */
int32_t fb_i32(fb_file *file, uint32_t pos);
int32_t fb_i8(fb_file *file, uint32_t pos);
uint32_t fb_follow(fb_file *file, uint32_t pos); /* the table that is referred to */
fb_vector fb_vector_of(fb_file *file, uint32_t pos, uint32_t element_bytes);

/* The root table of a file with this identifier; 0 where it is something else. */
uint32_t fb_root(fb_file *file, const char identifier[4]);

/* Positions of `count` fields of a table, counted from `first`; 0 where the table does not store one. Reading them
 * checks that they lie in the file. */
void fb_fields(fb_file *file, uint32_t table, uint32_t first, uint32_t count, uint32_t *at);

/* Scalar fields of a table, or the default where the field is absent. */
int32_t fb_get_i32(fb_file *file, uint32_t table, int field, int32_t absent);
int32_t fb_get_i8(fb_file *file, uint32_t table, int field, int32_t absent);

/* The table that a field refers to; 0: absent. */
uint32_t fb_get_table(fb_file *file, uint32_t table, int field);
/* The vector (or string) that a field refers to; all its elements, of 1, 4 or 8 bytes, lie in the file. */
fb_vector fb_get_vector(fb_file *file, uint32_t table, int field, uint32_t element_bytes);
/* Elements of vectors of tables and of 32-bit numbers; an index out of range is `bad`. */
uint32_t fb_table_at(fb_file *file, fb_vector vector, uint32_t index);
int32_t fb_i32_at(fb_file *file, fb_vector vector, uint32_t index);

#endif
