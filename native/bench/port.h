/* SPDX-License-Identifier: Apache-2.0 */
/* What the benchmark needs from a processor: a way out (semihosting), marks for the plugin, its memory. */
#ifndef BENCH_PORT_H
#define BENCH_PORT_H

#include <stdint.h>

#define BENCH_REGIONS 4096

extern uint8_t bench_heap[], bench_heap_end[]; /* memory for state, arena and frames */
extern uint8_t bench_stack_low[];              /* the stack grows down to here */
extern const uint32_t bench_job[];             /* where the job lies, see bench.c */
extern volatile uint8_t bench_marks[BENCH_REGIONS];

/* Enters region 0..BENCH_REGIONS-1: the plugin attributes what follows to it. */
void bench_mark(uint32_t region);

/* A semihosting call; op and argument as "Semihosting for AArch32 and AArch64" states them. */
int32_t bench_semihost(int32_t op, const void *argument);

#endif
