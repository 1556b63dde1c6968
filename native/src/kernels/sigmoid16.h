/* SPDX-License-Identifier: Apache-2.0 */
/* Sigmoid and hyperbolic tangent of 16-bit activations, by interpolation in one table (reference_integer_ops::Logistic
 * and Tanh for int16). The argument is in steps of 2^-12 / 3, the result Q0.15. */
#ifndef MOTE_SIGMOID16_H
#define MOTE_SIGMOID16_H

#include <stdint.h>

int32_t mote_sigmoid16(int32_t x);
int32_t mote_tanh16(int32_t x);

#endif
