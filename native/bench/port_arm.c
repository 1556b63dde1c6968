/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up, marks and semihosting on Cortex-M (QEMU's mps2-an385, mps2-an386 and mps2-an505). */
#include <string.h>

#include "port.h"

int main(void);
void bench_reset(void);
void bench_fault(void);

extern uint8_t bench_stack_top[], bench_data[], bench_data_end[], bench_bss[], bench_bss_end[];
extern const uint8_t bench_data_load[];

typedef void (*handler)(void);

__attribute__((section(".vectors"), used)) static const handler vectors[16] = {
    [0] = (handler)(uintptr_t)bench_stack_top,
    [1] = bench_reset,
    [2] = bench_fault,
    [3] = bench_fault,
    [4] = bench_fault,
    [5] = bench_fault,
    [6] = bench_fault,
};

/* Cortex-M0+ faults on unaligned access, QEMU's Cortex-M3 does so only when asked: CCR, bit UNALIGN_TRP. */
static void trap_unaligned(void) { *(volatile uint32_t *)0xE000ED14 |= 1u << 3; }

void bench_reset(void) {
  memcpy(bench_data, bench_data_load, (size_t)(bench_data_end - bench_data));
  memset(bench_bss, 0, (size_t)(bench_bss_end - bench_bss));
#if __ARM_ARCH == 6
  trap_unaligned();
#else
  (void)trap_unaligned;
#endif
  main();
}

void bench_fault(void) {
  bench_semihost(4, "fault processor exception\n");
  bench_semihost(24, (const void *)0x20023);
  for (;;) {
  }
}

__attribute__((naked, noinline)) int32_t bench_semihost(int32_t op, const void *argument) {
  (void)op, (void)argument; /* already in r0 and r1, where the call wants them */
  __asm__ volatile("bkpt 0xAB\n bx lr");
}

__attribute__((naked, noinline)) void bench_mark(uint32_t region) {
  (void)region;
  __asm__ volatile("ldr r1, =bench_marks\n"
                   ".global bench_mark_store\n"
                   "bench_mark_store: strb r0, [r1, r0]\n"
                   "bx lr\n"
                   ".ltorg\n");
}
