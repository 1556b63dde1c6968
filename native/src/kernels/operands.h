/* SPDX-License-Identifier: Apache-2.0 */
/* Operators with two or three inputs of shapes that are broadcast to the output's, element by element. */
#ifndef MOTE_OPERANDS_H
#define MOTE_OPERANDS_H

#include "../graph.h"
#include "../real.h"
#include "quant.h"

#define MOTE_OPERANDS 3

/* A walk through the output in rows. Neighbouring dimensions along which the same inputs are repeated are one level:
 * inputs of equal shapes make a single row, a bias along the last axis makes rows of that axis. Level 0 is the row.
 * Strides and offsets count elements; a stride within a row is 1, or 0 for an input that is repeated along it. */
typedef struct {
  int levels; /* above the row */
  int32_t dims[MOTE_MAX_RANK], at[MOTE_MAX_RANK];
  int32_t strides[MOTE_MAX_RANK][MOTE_OPERANDS];
  uint32_t offsets[MOTE_OPERANDS]; /* of the row's first element in each input */
} mote_rows;

typedef struct {
  int inputs;
  mote_tensor in[MOTE_OPERANDS], out;
  mote_rows rows;
} mote_operands;

/* Reads `inputs` inputs, the last two of one type, and one output, and lays out the rows: each dimension of an input,
 * counted from the last, must be the output's or 1, and the output's that of one input at least. */
int mote_operands_read(mote_op *op, int inputs, int options_type, mote_operands *operands);
/* Refuses two inputs and an output that are not int8 with a scale; gives their scales in this order. */
int mote_operands_int8(mote_op *op, const mote_operands *operands, mote_real scales[3]);
/* QuantizeMultiplier of a / b, or of a * b / c, in double precision; false where no shift can express it. */
bool mote_quotient(const mote_real *a, const mote_real *b, mote_scale *scale);
bool mote_product(const mote_real *a, const mote_real *b, const mote_real *c, mote_scale *scale);
/* Goes on to the next row; false after the last. */
bool mote_operands_next(mote_operands *operands);

#endif
