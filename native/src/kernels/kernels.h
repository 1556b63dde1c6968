/* SPDX-License-Identifier: Apache-2.0 */
/* One entry a operator. Each checks its operator completely; with op->arena set it computes as well. */
#ifndef MOTE_KERNELS_H
#define MOTE_KERNELS_H

#include "../graph.h"

int mote_kernel_add(mote_op *op);
int mote_kernel_average_pool_2d(mote_op *op);
int mote_kernel_conv_2d(mote_op *op);
int mote_kernel_depthwise_conv_2d(mote_op *op);
int mote_kernel_fully_connected(mote_op *op);
int mote_kernel_reshape(mote_op *op);
int mote_kernel_softmax(mote_op *op);

#endif
