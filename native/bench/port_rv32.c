/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up, marks and semihosting on RV32 (QEMU's virt machine). */
#include <string.h>

#include "port.h"

int main(void);
void bench_start(void);

extern uint8_t bench_bss[], bench_bss_end[];

/* The image is loaded where it runs, so there is no initialized data to copy. */
__attribute__((used)) static void start_c(void) {
  memset(bench_bss, 0, (size_t)(bench_bss_end - bench_bss));
  main();
}

__attribute__((used)) static void fault(void) {
  bench_semihost(4, "fault processor exception\n");
  bench_semihost(24, (const void *)0x20023);
  for (;;) {
  }
}

__attribute__((naked, section(".start"), used)) void bench_start(void) {
  __asm__ volatile("la sp, bench_stack_top\n"
                   "la t0, 1f\n"
                   "csrw mtvec, t0\n"
                   "j start_c\n"
                   ".balign 4\n"
                   "1: j fault\n");
}

/* The three instructions that mark a semihosting call must be uncompressed and lie in one page. */
__attribute__((naked, noinline)) int32_t bench_semihost(int32_t op, const void *argument) {
  (void)op, (void)argument;
  __asm__ volatile(".option push\n"
                   ".option norvc\n"
                   ".balign 16\n"
                   "slli zero, zero, 0x1f\n"
                   "ebreak\n"
                   "srai zero, zero, 7\n"
                   ".option pop\n"
                   "ret\n");
}

__attribute__((naked, noinline)) void bench_mark(uint32_t region) {
  (void)region;
  __asm__ volatile("la a1, bench_marks\n"
                   "add a1, a1, a0\n"
                   ".global bench_mark_store\n"
                   "bench_mark_store: sb a0, 0(a1)\n"
                   "ret\n");
}
