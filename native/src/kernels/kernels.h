/* SPDX-License-Identifier: Apache-2.0 */
/* One function a kernel. Each checks its operator completely; with op->arena set it computes as well, or, with
 * op->reset, puts its persistent memory into its first state instead. */
#ifndef MOTE_KERNELS_H
#define MOTE_KERNELS_H

#include "../graph.h"

#define MOTE_OPERATOR(name, code, group, flags, kernel) int mote_kernel_##kernel(mote_op *op);
#define MOTE_CUSTOM(name, code, group, flags, kernel, text) int mote_kernel_##kernel(mote_op *op);
#define MOTE_INT16(name, kernel) int mote_kernel_##kernel(mote_op *op);
#define MOTE_FLOAT(name, kernel) int mote_kernel_##kernel(mote_op *op);
#include "../operators.def"

#endif
