/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts one side of the ring into the other after every single machine instruction (x86-64 trap flag) and checks that
 * every window is whole and every lost sample counted. Sample i has the value i modulo 2^16. Exit code 0: all held.
 *
 *   reader: mote_ring_window is stepped, the writer pushes in between (an interrupt)
 *   writer: mote_ring_push is stepped, the reader takes a window in between (another core) */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "mote.h"

#define CAPACITY 8
#define TRAP_FLAG 0x100
#define MOST_STEPS 100000

static struct {
  mote_ring ring;
  int16_t data[CAPACITY];
  uint32_t hops, start; /* samples passed by windows; counters' initial value */
  uint32_t n, hop, burst;
  long countdown, period, cuts;
  void (*cut)(void);
} t;

static void fail(const char *what) {
  printf("%s: written %u claimed %u read %u lost %u overruns %u hops %u; n %u hop %u burst %u\n", what, t.ring.written,
         t.ring.claimed, t.ring.read, t.ring.lost, t.ring.overruns, t.hops, t.n, t.hop, t.burst);
  exit(1);
}

static void push(uint32_t count) {
  int16_t samples[64];
  for (uint32_t i = 0; i < count; i++) samples[i] = (int16_t)(t.ring.written + i);
  mote_ring_push(&t.ring, samples, count);
}

static void push_burst(void) { push(t.burst); }

/* Only samples that were or are being overwritten may be skipped, and all that were skipped are counted. */
static void check(int taken, uint32_t before, const int16_t *out) {
  if (taken < 0) fail("refused");
  if (taken) t.hops += t.hop;
  if (t.ring.read - t.start != t.hops + t.ring.lost) fail("count of lost samples");
  uint32_t from = t.ring.read - (taken ? t.hop : 0), skipped = from - before;
  uint32_t overwritten = t.ring.claimed - before > CAPACITY ? t.ring.claimed - before - CAPACITY : 0;
  if (skipped > overwritten) fail("skipped samples that were there");
  for (uint32_t i = 0; taken && i < t.n; i++) {
    if (out[i] != (int16_t)(from + i)) fail("torn window");
  }
}

static void take(void) {
  int16_t out[CAPACITY];
  uint32_t before = t.ring.read;
  int taken = mote_ring_window(&t.ring, out, t.n, t.hop);
  check(taken, before, out);
}

static void on_trap(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)info;
  if (--t.countdown > 0) return;
  t.cut();
  t.cuts++;
  if (t.period && t.cuts < 40) t.countdown = t.period;
  else ((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
}

static inline __attribute__((always_inline)) void trap(int on) {
  if (on)
    __asm__ volatile("sub $128, %%rsp\n pushfq\n orq $0x100, (%%rsp)\n popfq\n add $128, %%rsp" ::: "memory", "cc");
  else
    __asm__ volatile("sub $128, %%rsp\n pushfq\n andq $~0x100, (%%rsp)\n popfq\n add $128, %%rsp" ::: "memory", "cc");
}

static void begin(uint32_t filled) {
  if (mote_ring_init(&t.ring, t.data, CAPACITY, 1) != MOTE_OK) fail("init");
  t.ring.written = t.ring.claimed = t.ring.read = t.start;
  t.hops = 0;
  t.cuts = 0;
  push(filled);
}

static void stepped_window(void) {
  int16_t out[CAPACITY];
  uint32_t before = t.ring.read, there = mote_ring_available(&t.ring);
  trap(1);
  int taken = mote_ring_window(&t.ring, out, t.n, t.hop);
  trap(0);
  check(taken, before, out);
  if (t.cuts == 0 && taken != (there >= t.n)) fail("window");
}

static void stepped_push(void) {
  int16_t samples[64];
  for (uint32_t i = 0; i < t.burst; i++) samples[i] = (int16_t)(t.ring.written + i);
  trap(1);
  mote_ring_push(&t.ring, samples, t.burst);
  trap(0);
}

/* All samples that are left come out whole; the sum of everything adds up. */
static void drain(void) {
  for (int i = 0; i < 64 && mote_ring_available(&t.ring) >= t.n; i++) take();
  if (mote_ring_available(&t.ring) >= t.n) fail("drain");
  if (t.ring.written - t.start != t.hops + t.ring.lost + mote_ring_available(&t.ring)) fail("sum");
}

/* Cuts in after 1, 2, 3 ... instructions, until the stepped function ends before it. */
static long all_steps(void (*stepped)(void), uint32_t filled, long period) {
  for (long step = 1; step < MOST_STEPS; step++) {
    begin(filled);
    t.countdown = step;
    t.period = period;
    stepped();
    long cuts = t.cuts;
    drain();
    if (cuts == 0) return step;
  }
  fail("endless");
  return 0;
}

static long sweep(void (*stepped)(void)) {
  static const uint32_t burst[] = {1, 3, CAPACITY, CAPACITY + 1, 2 * CAPACITY + 3};
  static const uint32_t window[][2] = {{4, 4}, {5, 2}, {CAPACITY, 3}};
  static const uint32_t filled[] = {4, CAPACITY, CAPACITY + 5};
  long steps = 0;
  for (unsigned i = 0; i < 5 * 3 * 3; i++) {
    t.burst = burst[i % 5];
    t.n = window[i / 5 % 3][0];
    t.hop = window[i / 5 % 3][1];
    t.start = i % 4 < 2 ? 0 : UINT32_MAX - 10; /* counters that wrap */
    steps += all_steps(stepped, filled[i / 15], i % 2 ? 23 : 0);
  }
  return steps;
}

int main(int argc, char **argv) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_trap;
  action.sa_flags = SA_SIGINFO;
  if (argc != 2 || sigaction(SIGTRAP, &action, NULL)) return 2;
  int reader = strcmp(argv[1], "reader") == 0;
  t.cut = reader ? push_burst : take;
  printf("%ld\n", sweep(reader ? stepped_window : stepped_push));
  return 0;
}
