/* SPDX-License-Identifier: Apache-2.0 */
/* Damaged models into the core, for builds with sanitizers. Arguments: file, seed, rounds. Each round cuts the file or
 * changes some of its bytes, preferring those that are not weights; trial.h says what is then held. Standard output:
 * opened, refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trial.h"

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
    size_t left = damage(bytes, size, soft);
    counts[trial(bytes, left, (uint64_t)any() << 32 | any())]++;
  }
  printf("%zu %zu\n", counts[1], counts[0]);
  return 0;
}
