/* SPDX-License-Identifier: Apache-2.0 */
/* Random configuration words into measure and init, for builds with sanitizers. Arguments: seed, rounds. Words are a
 * good chain with some replaced, removed or repeated, or random altogether. Whatever is accepted must run on noise;
 * whatever is refused must say where. Standard output: accepted, refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mote.h"

#define MOST_WORDS 96

static uint64_t seed;

/* Knuth's MMIX generator, upper half. */
static uint32_t any(void) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(seed >> 32);
}

static int32_t any_word(void) {
  static const int32_t special[] = {0,     1,   -1,        2,         512,     1024,    32,
                                    32768, 480, INT32_MAX, INT32_MIN, 1000000, 7500000, 2048};
  switch (any() % 4) {
    case 0: return (int32_t)any();
    case 1: return special[any() % (sizeof special / sizeof *special)];
    default: return (int32_t)(any() % 64);
  }
}

static const int32_t good[] = {1,        5,  16000, 1, 480,   320,   32768, 2,   3,   0,   12,     0,
                               3,        2,  512,   1, 4,     0,     5,     6,   1,   40,  125000, 7500000,
                               12,       0,  6,     5, 25000, 60000, 50000, 10,  0,   7,   3,      950000,
                               80000000, 21, 8,     1, 64,    9,     3,     256, 666, -128};

static size_t make(int32_t *words) {
  size_t count = sizeof good / sizeof *good;
  memcpy(words, good, sizeof good);
  if (any() % 8 == 0) {
    count = any() % MOST_WORDS;
    for (size_t i = 0; i < count; i++) words[i] = any_word();
    return count;
  }
  for (uint32_t changes = any() % 4; changes > 0; changes--) words[any() % count] = any_word();
  if (any() % 4 == 0) count = any() % (count + 1);
  if (any() % 4 == 0 && count > 8) {
    size_t from = any() % (count - 4), extra = any() % (MOST_WORDS - count);
    if (extra > count - from) extra = count - from;
    memmove(words + from + extra, words + from, (count - from) * sizeof *words);
    count += extra;
  }
  return count;
}

static void run(mote_frontend *chain) {
  mote_ring ring;
  uint32_t window = mote_frontend_window(chain), capacity = 2;
  size_t size = mote_frontend_values(chain) * mote_frontend_value_bytes(chain);
  while (capacity < window) capacity *= 2;
  capacity *= 2; /* an overrun may take part of an instant more */
  int16_t *data = malloc(capacity * sizeof *data), *noise = malloc(capacity * sizeof *noise);
  void *frame = malloc(size);
  if (mote_ring_init(&ring, data, capacity, mote_frontend_lanes(chain)) != MOTE_OK) exit(1);
  for (int block = 0; block < 2; block++) {
    for (uint32_t i = 0; i < capacity; i++) noise[i] = any() % 8 ? (int16_t)any() : INT16_MIN;
    mote_ring_push(&ring, noise, capacity);
    if (mote_frontend_next(chain, &ring, frame) <= 0) exit(1);
    mote_frontend_reset(chain);
  }
  free(data), free(noise), free(frame);
}

/* Refusals: MOTE_ERR_CONFIG, naming a stage that is there or the missing first one. */
static void refused(const mote_fault *fault, int status) {
  if (status == MOTE_ERR_CONFIG && fault->status == status && fault->index >= -1 && fault->index < MOST_WORDS &&
      fault->subject >= -6 && fault->subject < MOST_WORDS)
    return;
  printf("fault of %d: %d %d %d\n", status, fault->status, fault->index, fault->subject);
  exit(1);
}

int main(int argc, char **argv) {
  long accepted = 0, rounds = argc > 2 ? atol(argv[2]) : 1;
  mote_stages sense;
  mote_sense_stages(&sense);
  seed = argc > 1 ? (uint64_t)atol(argv[1]) : 1;
  for (long i = 0; i < rounds; i++) {
    int32_t all[MOST_WORDS];
    size_t count = make(all);
    int32_t *words = malloc(count * sizeof *words + 1);
    memcpy(words, all, count * sizeof *words);
    mote_fault fault;
    uint32_t bytes;
    int status = mote_frontend_measure(words, count, &sense, &bytes, &fault);
    if (status != MOTE_OK) {
      refused(&fault, status);
    } else {
      mote_frontend *chain = malloc(bytes);
      if (mote_frontend_init(chain, bytes - 1, words, count, &sense, &fault) != MOTE_ERR_STATE_SIZE) return 1;
      if (mote_frontend_init(chain, bytes, words, count, &sense, &fault) != MOTE_OK) return 1;
      run(chain);
      accepted++;
      free(chain);
    }
    free(words);
  }
  printf("%ld %ld\n", accepted, rounds - accepted);
  return 0;
}
