/* SPDX-License-Identifier: Apache-2.0 */
/* Elements of tensors of any 8-, 16- or 32-bit type as 32-bit words; floats as their bits. */
#ifndef MOTE_ELEMENTS_H
#define MOTE_ELEMENTS_H

#include "../graph.h"

/* Sign- or zero-extended; a BOOL is 0 or 1. */
int32_t mote_element(const mote_tensor *tensor, uint32_t index);
/* The low bits that the type holds. */
void mote_element_set(const mote_tensor *tensor, uint32_t index, int32_t value);

/* One input and one output with as many elements; their types are not looked at. */
int mote_elements_read(mote_op *op, int options_type, mote_tensor *input, mote_tensor *output);

#endif
