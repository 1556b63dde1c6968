/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a chain over a recording, for builds with sanitizers. Standard input, all int32 but the samples:
 *   capacity, number of words, words, number of pushes, their lengths, samples (int16)
 * Standard output: the frames' bytes. Exit code 3: refused, with the fault on standard error. */
#include <stdio.h>
#include <stdlib.h>

#include "mote.h"

static void *read_items(size_t count, size_t size) {
  void *items = malloc(count * size + 1); /* exactly as long as needed, so that an overrun is seen */
  if (!items || fread(items, size, count, stdin) != count) exit(2);
  return items;
}

static int32_t read_number(void) {
  int32_t *one = read_items(1, sizeof *one), value = *one;
  free(one);
  return value;
}

static void drain(mote_frontend *chain, mote_ring *ring) {
  size_t size = mote_frontend_values(chain) * mote_frontend_value_bytes(chain);
  void *frame = malloc(size);
  while (mote_frontend_next(chain, ring, frame) > 0) fwrite(frame, 1, size, stdout);
  free(frame);
}

int main(void) {
  mote_ring ring;
  mote_fault fault;
  mote_stages sense;
  uint32_t bytes;
  int32_t capacity = read_number(), count = read_number();
  int32_t *words = read_items((size_t)count, sizeof *words);
  int32_t pushes = read_number(), *length = read_items((size_t)pushes, sizeof *length);
  int16_t *data = malloc((size_t)capacity * sizeof *data);
  mote_sense_stages(&sense);
  if (mote_frontend_measure(words, (size_t)count, &sense, &bytes, &fault) != MOTE_OK) {
    fprintf(stderr, "%d %d %d %d %d %d\n", fault.status, fault.index, fault.code, fault.subject, fault.have,
            fault.want);
    return 3;
  }
  mote_frontend *chain = malloc(bytes);
  if (mote_frontend_init(chain, bytes, words, (size_t)count, &sense, &fault) != MOTE_OK) return 2;
  if (mote_ring_init(&ring, data, (uint32_t)capacity, mote_frontend_lanes(chain)) != MOTE_OK) return 2;
  for (int32_t i = 0; i < pushes; i++) {
    int16_t *samples = read_items((size_t)length[i], sizeof *samples);
    for (uint32_t done = 0; done < (uint32_t)length[i];) {
      done += mote_ring_feed(&ring, samples + done, (uint32_t)length[i] - done);
      drain(chain, &ring);
    }
    free(samples);
  }
  free(words), free(length), free(data), free(chain);
  return 0;
}
