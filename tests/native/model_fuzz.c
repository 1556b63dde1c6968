/* SPDX-License-Identifier: Apache-2.0 */
/* Damaged models into measure, open and run, for builds with sanitizers. Arguments: file, seed, rounds. Each round cuts
 * the file or changes some of its bytes, preferring those that are not weights; whatever opens must run inside the
 * arena it asked for, whatever is refused must say why. Standard output: opened, refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mote.h"

#define MOST_ARENA (1 << 20)

static uint64_t seed;

/* Knuth's MMIX generator, upper half. */
static uint32_t any(void) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(seed >> 32);
}

static size_t damage(uint8_t *bytes, size_t size, uint32_t soft) {
  static const uint8_t values[] = {0, 1, 2, 3, 4, 0x7f, 0x80, 0xff};
  if (any() % 8 == 0) return any() % (size + 1);
  for (uint32_t changes = 1 + any() % 4; changes > 0; changes--) {
    size_t at = any() % 4 ? size - 1 - any() % soft : any() % size;
    bytes[at] = any() % 2 ? values[any() % sizeof values] : (uint8_t)any();
  }
  return size;
}

static void *aligned(size_t size) {
  void *memory = malloc(size ? size : 1);
  if (!memory || (uintptr_t)memory % MOTE_ALIGN) exit(2);
  return memory;
}

/* An exact allocation, so that the sanitizer sees any byte read or written beyond it. */
static int open_and_run(const uint8_t *bytes, size_t size) {
  mote_fault fault;
  uint32_t state_bytes = 0;
  char text[160];
  uint8_t *file = aligned(size);
  memcpy(file, bytes, size);
  int status = mote_model_measure(file, size, &state_bytes, &fault);
  if (status == MOTE_OK) {
    mote_model *model = aligned(state_bytes);
    status = mote_model_open(model, state_bytes, file, size, NULL, &fault);
    size_t arena_bytes = mote_model_arena_bytes(model);
    if (status == MOTE_OK && arena_bytes <= MOST_ARENA) {
      uint8_t *arena = aligned(arena_bytes);
      for (size_t i = 0; i < arena_bytes; i++) arena[i] = (uint8_t)any();
      if (mote_model_reset(model, arena, arena_bytes, &fault) != MOTE_OK) exit(5);
      int ran = mote_model_run(model, arena, arena_bytes, &fault);
      /* Only a number that the model computed, such as an index, may turn out to be refused. */
      if (ran != MOTE_OK && (ran != MOTE_ERR_OPTION || fault.status != ran || fault.subject < 0)) exit(3);
      free(arena);
    }
    free(model);
  }
  if (status != MOTE_OK && (fault.status != status || mote_fault_text(&fault, text, sizeof text) < 8)) exit(4);
  free(file);
  return status == MOTE_OK;
}

int main(int argc, char **argv) {
  static uint8_t original[1 << 20], bytes[1 << 20];
  if (argc != 4) return 1;
  FILE *file = fopen(argv[1], "rb");
  if (!file) return 1;
  size_t size = fread(original, 1, sizeof original, file), counts[2] = {0, 0};
  fclose(file);
  seed = strtoull(argv[2], NULL, 10);
  uint32_t soft = size < 16384 ? (uint32_t)size : 16384;
  for (long rounds = strtol(argv[3], NULL, 10); rounds > 0; rounds--) {
    memcpy(bytes, original, size);
    counts[open_and_run(bytes, damage(bytes, size, soft))]++;
  }
  printf("%zu %zu\n", counts[1], counts[0]);
  return 0;
}
