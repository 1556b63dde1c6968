/* SPDX-License-Identifier: Apache-2.0 */
/* What the jobs of the benchmark share: text out, memory, inputs. */
#ifndef BENCH_SUPPORT_H
#define BENCH_SUPPORT_H

#include "mote.h"

/* ---- Text out ---- */

void print(const char *text);
void print_number(uint32_t value);
/* "NAME VALUE" and the end of the line. */
void print_line(const char *name, uint32_t value);
/* Bytes as hexadecimal digits. */
void print_hex(const uint8_t *bytes, uint32_t count);
void print_fault(const mote_fault *fault);
/* Ends QEMU; failed: with an error. */
void stop(int failed);

/* ---- Memory ---- */

/* MOTE_ALIGN-aligned, not cleared; stops where there is no more. */
void *take(uint32_t bytes);
/* All of it is free again. */
void release(void);

/* ---- Models ---- */

/* Copies one run's inputs, which lie one after the other, into the arena; returns where the next run's begin. */
const uint8_t *write_inputs(const mote_model *model, uint8_t *arena, const uint8_t *from);

/* ---- Jobs with a file of their own ---- */

/* Many models, each open, run and reset; a line of digests for each. records: see exact.c. */
void bench_exact(const uint32_t *records, uint32_t count);

#endif
