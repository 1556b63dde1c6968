/* SPDX-License-Identifier: Apache-2.0 */
/* What all signal operators do first. */
#ifndef MOTE_SIGNAL_H
#define MOTE_SIGNAL_H

#include "../frontend/arithmetic.h"
#include "../graph.h"
#include "../tflite.h"
#include "quant.h"

/* What a tensor must be. */
#define MOTE_KIND(type, rank) (uint8_t)((type) << 3 | (rank))
#define MOTE_ANY_RANK 7 /* but 0 */

/* Reads all inputs, then all outputs, and checks them against `kinds`. */
int mote_signal_tensors(mote_op *op, const uint8_t *kinds, int inputs, int outputs, mote_tensor *tensor);

/* The first `count` options in the order of their names. */
int mote_signal_options(mote_op *op, int32_t *value, int count);

/* The option T, a TensorType, which must be that of the tensors. */
int mote_signal_int16(mote_op *op, int32_t type);

/* Length of the last dimension. */
int32_t mote_signal_length(const mote_tensor *tensor);

#endif
