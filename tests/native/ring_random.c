/* SPDX-License-Identifier: Apache-2.0 */
/* Random pushes, feeds and windows on rings of every small capacity, in memory of exactly the size needed, for builds
 * with sanitizers. Standard output: windows taken. Exit code 1: a window that was not whole, or a wrong sum. */
#include <stdio.h>
#include <stdlib.h>

#include "mote.h"

static uint64_t seed = 1;

static uint32_t any(uint32_t below) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(seed >> 33) % below;
}

static void give(mote_ring *ring) {
  uint32_t count = any(3 * ring->capacity + 1);
  int16_t *samples = malloc(count * sizeof *samples);
  for (uint32_t i = 0; i < count; i++) samples[i] = (int16_t)(ring->written + i);
  if (any(2)) mote_ring_push(ring, samples, count);
  else (void)mote_ring_feed(ring, samples, count);
  free(samples);
}

/* Samples moved on by; 0: none taken. */
static uint32_t take(mote_ring *ring) {
  uint32_t n = 1 + any(ring->capacity), hop = 1 + any(n);
  int16_t *out = malloc(n * sizeof *out);
  int taken = mote_ring_window(ring, out, n, hop);
  for (uint32_t i = 0; taken && i < n; i++) {
    if (out[i] != (int16_t)(ring->read - hop + i)) exit(1);
  }
  free(out);
  return taken ? hop : 0;
}

int main(void) {
  long windows = 0;
  for (uint32_t capacity = 1; capacity <= 256; capacity *= 2) {
    mote_ring ring;
    uint32_t hops = 0, hop;
    int16_t *data = malloc(capacity * sizeof *data);
    if (mote_ring_init(&ring, data, capacity, 1) != MOTE_OK) return 1;
    for (int i = 0; i < 8000; i++) {
      give(&ring);
      while ((hop = take(&ring)) > 0) {
        hops += hop;
        windows++;
      }
      if (ring.read != hops + ring.lost) return 1;
    }
    free(data);
  }
  printf("%ld\n", windows);
  return 0;
}
