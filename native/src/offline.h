/* SPDX-License-Identifier: Apache-2.0 */
/* A model's own memory plan: metadata "OfflineMemoryAllocation" (docs/memory_management.md of TFLM). */
#ifndef MOTE_OFFLINE_H
#define MOTE_OFFLINE_H

#include "graph.h"

/* Writes the offsets that the file gives, by tensor index, and leaves the others as they are. */
bool mote_offline_read(mote_graph *graph, uint32_t *offsets, uint32_t count, mote_fault *fault);

#endif
