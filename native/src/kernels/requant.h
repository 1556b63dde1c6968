/* SPDX-License-Identifier: Apache-2.0 */
/* Accumulators to outputs. */
#ifndef MOTE_REQUANT_H
#define MOTE_REQUANT_H

#include "quant.h"

/* count sums, bias included, of channels with these factors to int8 outputs: what mote_layer_output does, one after
 * the other. count > 0. */
void mote_layer_store(const mote_layer *layer, const int32_t *acc, const mote_scale *scale, int8_t *output,
                      int32_t count);

#endif
