/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts one side of the ring into the other after every single machine instruction (x86-64 trap flag) and checks that
 * every window is whole, spans no gap and starts with an instant, and that every lost sample is counted. Sample i has
 * the value i modulo 2^16. Exit code 0: all held.
 *
 *   reader: mote_ring_window is stepped, the writer pushes and marks gaps in between (an interrupt)
 *   writer: pushing and marking is stepped, the reader takes a window in between (another core)
 *
 * Gaps lie before, within and behind what is pushed, within instants too, and may be more than the queue holds. */
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
#define MOST_GAPS 1024
#define MOST_BURST 64

/* How a burst is cut by gaps. */
enum { NO_GAPS, GAP_BEFORE, GAP_WITHIN, GAP_BEHIND, CROWD, PLANS };

static struct {
  mote_ring ring;
  int16_t data[CAPACITY];
  uint32_t hops, start; /* samples passed by windows; counters' initial value */
  uint32_t n, hop, burst, lanes, plan;
  uint32_t gap[MOST_GAPS], gaps; /* where they were marked */
  long countdown, period, cuts;
  void (*cut)(void);
} t;

static void fail(const char *what) {
  printf(
      "%s: written %u claimed %u read %u lost %u overruns %u hops %u gaps %u; n %u hop %u burst %u lanes %u plan %u\n",
      what, t.ring.written, t.ring.claimed, t.ring.read, t.ring.lost, t.ring.overruns, t.hops, t.gaps, t.n, t.hop,
      t.burst, t.lanes, t.plan);
  exit(1);
}

/* ---- Writer ---- */

static void push(uint32_t count) {
  int16_t samples[MOST_BURST];
  for (uint32_t i = 0; i < count; i++) samples[i] = (int16_t)(t.ring.written + i);
  mote_ring_push(&t.ring, samples, count);
}

static void gap(void) {
  if (t.gaps == MOST_GAPS) fail("too many gaps for this test");
  t.gap[t.gaps] = t.ring.written;
  __atomic_signal_fence(__ATOMIC_SEQ_CST); /* the reader may look in between */
  t.gaps++;
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  mote_ring_gap(&t.ring, 1);
}

static void push_burst(void) {
  switch (t.plan) {
    case NO_GAPS: push(t.burst); break;
    case GAP_BEFORE: gap(), push(t.burst); break;
    case GAP_WITHIN: push(t.burst / 2), gap(), push(t.burst - t.burst / 2); break;
    case GAP_BEHIND: push(t.burst), gap(); break;
    default:
      for (int i = 0; i < MOTE_RING_GAPS + 1; i++) push(i % 3), gap();
      push(t.burst);
  }
}

/* ---- Reader ---- */

/* Samples from `from` to a gap that lies less than `within` behind it; 0: there is none. */
static uint32_t gap_ahead(uint32_t from, uint32_t within) {
  for (uint32_t i = 0; i < t.gaps; i++) {
    if (t.gap[i] - from - 1 < within - 1) return t.gap[i] - from;
  }
  return 0;
}

/* Where the instants of sample `at` begin to be counted: the last gap before it, or the start. */
static uint32_t origin(uint32_t at) {
  uint32_t found = t.start;
  for (uint32_t i = 0; i < t.gaps; i++) {
    if ((int32_t)(at - t.gap[i]) >= 0 && (int32_t)(t.gap[i] - found) > 0) found = t.gap[i];
  }
  return found;
}

/* Samples from `from` on that may be passed: overwritten ones, in whole instants, and those too close before a gap, or
 * before one of more gaps than the queue holds. */
static int may_pass(uint32_t from, uint32_t crowd) {
  uint32_t end = t.ring.claimed - CAPACITY;
  if ((int32_t)(end - from) > 0 || gap_ahead(from, t.n) > 0 || (int32_t)(crowd - from) > 0) return 1;
  return (from - origin(from)) % t.lanes != 0 && (int32_t)(end + t.lanes - from) > 0;
}

/* marks: passed before. */
static void check_passed(uint32_t before, uint32_t from, uint32_t marks) {
  uint32_t crowd = t.gaps - marks >= MOTE_RING_GAPS ? t.gap[t.gaps - 1] : before;
  for (uint32_t at = before; at != from; at++) {
    if (!may_pass(at, crowd)) fail("skipped samples that were there");
  }
}

static void check(int taken, uint32_t before, uint32_t marks, const int16_t *out) {
  if (taken < 0) fail("refused");
  if (taken) t.hops += t.hop;
  uint32_t counted = t.hops + t.ring.lost, passed = t.ring.read - t.start;
  if (t.gaps ? passed < counted : passed != counted) fail("count of lost samples");
  uint32_t from = t.ring.read - (taken ? t.hop : 0);
  check_passed(before, from, marks);
  if (!taken) return;
  for (uint32_t i = 0; i < t.n; i++) {
    if (out[i] != (int16_t)(from + i)) fail("torn window");
  }
  if (gap_ahead(from, t.n)) fail("window across a gap");
  if ((from - origin(from)) % t.lanes) fail("window inside an instant");
}

static void take(void) {
  int16_t out[CAPACITY];
  uint32_t before = t.ring.read, marks = t.ring.passed;
  int taken = mote_ring_window(&t.ring, out, t.n, t.hop);
  check(taken, before, marks, out);
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
  if (mote_ring_init(&t.ring, t.data, CAPACITY, t.lanes) != MOTE_OK) fail("init");
  t.ring.written = t.ring.claimed = t.ring.read = t.start;
  t.hops = t.gaps = 0;
  t.cuts = 0;
  push(filled);
}

static void stepped_window(void) {
  int16_t out[CAPACITY];
  uint32_t before = t.ring.read, marks = t.ring.passed, there = mote_ring_available(&t.ring);
  trap(1);
  int taken = mote_ring_window(&t.ring, out, t.n, t.hop);
  trap(0);
  check(taken, before, marks, out);
  if (t.cuts == 0 && there >= t.n && !taken) fail("no window");
  if (t.cuts == 0 && t.gaps == 0 && taken != (there >= t.n)) fail("window");
}

static void stepped_push(void) {
  trap(1);
  push_burst();
  trap(0);
}

/* All samples that are left come out whole, and those that come later; without gaps the sum of everything adds up. */
static void drain(void) {
  for (int i = 0; i < 64 && mote_ring_available(&t.ring) >= t.n; i++) take();
  if (mote_ring_available(&t.ring) >= t.n) fail("drain");
  if (!t.gaps && t.ring.written - t.start != t.hops + t.ring.lost + mote_ring_available(&t.ring)) fail("sum");
  uint32_t hops = t.hops;
  take(); /* passes a gap behind which there is no window yet */
  push(CAPACITY);
  take();
  if (t.hops == hops && t.n + t.lanes <= CAPACITY) fail("no window any more");
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
  static const uint32_t window[][2] = {{4, 4}, {5, 2}, {CAPACITY, 3}, {3, 3}, {6, 3}, {6, 6}};
  static const uint32_t filled[] = {4, CAPACITY, CAPACITY + 5};
  long steps = 0;
  for (unsigned i = 0; i < 5 * 3 * 3; i += t.lanes > 1 || t.plan ? 7 : 1) { /* some of all, to save time */
    t.burst = burst[i % 5];
    t.n = window[i / 5 % 3 + (t.lanes == 3 ? 3 : 0)][0];
    t.hop = window[i / 5 % 3 + (t.lanes == 3 ? 3 : 0)][1];
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
  if (argc != 4 || sigaction(SIGTRAP, &action, NULL)) return 2;
  int reader = strcmp(argv[1], "reader") == 0;
  t.cut = reader ? push_burst : take;
  t.lanes = (uint32_t)atoi(argv[2]);
  t.plan = (uint32_t)atoi(argv[3]);
  if ((t.lanes != 1 && t.lanes != 3) || t.plan >= PLANS) return 2;
  printf("%ld\n", sweep(reader ? stepped_window : stepped_push));
  return 0;
}
