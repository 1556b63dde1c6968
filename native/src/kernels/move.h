/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of elements from one place to another, which operators that do not compute are made of. */
#ifndef MOTE_MOVE_H
#define MOTE_MOVE_H

#include "quant.h"

#define MOTE_TYPE_BIT(type) (1u << (type))

/* A copy of a box of elements: how many along each dimension, and how many bytes from one to the next on both sides.
 * Steps may be negative, or 0 on the reading side; where a count is 1 the steps are not used. */
typedef struct {
  uint32_t size; /* bytes of an element */
  int rank;
  int32_t counts[MOTE_MAX_RANK], from[MOTE_MAX_RANK], to[MOTE_MAX_RANK];
} mote_box;

/* Every element that the box reaches must lie within both tensors. */
void mote_move(const mote_box *box, const uint8_t *input, uint8_t *output);
void mote_fill(uint8_t *output, uint32_t elements, const uint8_t *value, uint32_t size);

/* Bytes from one index to the next in a tensor without gaps. */
void mote_steps(const mote_tensor *tensor, int32_t *steps);
uint32_t mote_element_bytes(const mote_tensor *tensor);

/* Whether both have one first scale, or none. */
bool mote_same_scale(const mote_tensor *a, const mote_tensor *b);

/* A set of types as MOTE_TYPE_BITs. */
int mote_need_types(mote_op *op, int subject, const mote_tensor *tensor, uint32_t types);
/* Reads input `position` and output 0, which must have one type of the set. */
int mote_move_read(mote_op *op, int position, uint32_t types, mote_tensor *input, mote_tensor *output);
/* Reads an operand of whole numbers, int32 or, if `wide`, int64. Its data is NULL where it is computed and the operator
 * is only checked. count < 0: any number of them. */
int mote_read_indices(mote_op *op, int position, int32_t count, bool wide, mote_tensor *indices);
/* The same, constant. */
int mote_read_constants(mote_op *op, int position, int32_t count, bool wide, mote_tensor *indices);
/* The n-th of them, saturated to 32 bits. */
int32_t mote_index(const mote_tensor *indices, uint32_t n);
int mote_need_ranks(mote_op *op, int subject, const mote_tensor *tensor, int low, int high);
/* Refuses a number of an operand, or an axis, outside low..high. */
int mote_need_within(mote_op *op, int subject, int32_t value, int32_t low, int32_t high);
/* Makes an axis that counts from behind count from the front, and checks it. */
int mote_need_axis(mote_op *op, int32_t *axis, int rank);

#endif
