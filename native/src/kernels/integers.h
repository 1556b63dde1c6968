/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic of 32-bit integers without a scale, for the signal chains that models carry. */
#ifndef MOTE_INTEGERS_H
#define MOTE_INTEGERS_H

#include "operands.h"

/* ADD, SUB, MUL, DIV, MAXIMUM, MINIMUM or SQUARED_DIFFERENCE of int32 with operands as read: checks, and computes where
 * op->arena is set. Sums and products wrap around. */
int mote_integers(mote_op *op, mote_operands *operands);

#endif
