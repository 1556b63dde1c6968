/* SPDX-License-Identifier: Apache-2.0 */
/* Runs one frame stage over given frames, for builds with sanitizers. Standard input, int32:
 *   type, kind and unit of the values, values of a frame, number of words, words, frames, their values
 * Standard output: kind, unit and count of what comes out, then all of it, each as int32. Exit code 3: refused, with
 * subject, have and want on standard error. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/stage.h"

static int32_t *read_numbers(size_t count) {
  int32_t *items = malloc(count * sizeof *items + 1); /* exactly as long as needed, so that an overrun is seen */
  if (!items || fread(items, sizeof *items, count, stdin) != count) exit(2);
  return items;
}

static int32_t number(const void *values, int kind, uint32_t i) {
  if (kind == MOTE_FLOW_VALUES) return ((const int32_t *)values)[i];
  return kind == MOTE_FLOW_FEATURES ? ((const int16_t *)values)[i] : ((const int8_t *)values)[i];
}

static void store(void *values, int kind, uint32_t i, int32_t value) {
  if (kind == MOTE_FLOW_VALUES) ((int32_t *)values)[i] = value;
  else ((int16_t *)values)[i] = (int16_t)value;
}

static void run(const mote_stages *table, int type, const mote_flow *in, const mote_flow *out, void *self) {
  mote_frame frame;
  int32_t *frames = read_numbers(1), head[3] = {out->kind, (int32_t)out->unit, out->count};
  memset(&frame, 0, sizeof frame);
  frame.scratch = malloc(out->scratch);
  fwrite(head, sizeof *head, 3, stdout);
  for (int32_t n = 0; n < *frames; n++) {
    int32_t *values = read_numbers(in->count);
    for (uint32_t i = 0; i < in->count; i++) store(frame.scratch, in->kind, i, values[i]);
    table->run(type, self, &frame);
    for (uint32_t i = 0; i < out->count; i++) {
      int32_t value = number(frame.scratch, out->kind, i);
      fwrite(&value, sizeof value, 1, stdout);
    }
    free(values);
  }
  free(frame.scratch), free(frames);
}

int main(void) {
  mote_stages table;
  mote_fault fault;
  mote_flow in;
  int32_t *head = read_numbers(5), type = head[0];
  memset(&in, 0, sizeof in);
  in.kind = (uint8_t)head[1], in.unit = (uint32_t)head[2], in.count = (uint16_t)head[3];
  in.place = MOTE_PLACE_FRAME, in.lanes = 1;
  mote_flow_reserve(&in);
  mote_flow out = in;
  int32_t *words = malloc(((size_t)head[4] + 1) * sizeof *words);
  *words = head[4];
  if (fread(words + 1, sizeof *words, (size_t)head[4], stdin) != (size_t)head[4]) return 2;
  mote_params params = {words + 1, *words, 1, (int16_t)type, &fault};
  (mote_stage_is_sense(type) ? mote_sense_stages : mote_speech_stages)(&table);
  if (table.measure(type, &out, &params) != MOTE_OK) {
    fprintf(stderr, "%d %d %d\n", fault.subject, fault.have, fault.want);
    free(words), free(head);
    return 3;
  }
  void *self = calloc(1, out.state);
  table.init(type, self, &in, words + 1);
  table.reset(type, self);
  free(words), free(head); /* states keep no pointers */
  run(&table, type, &in, &out, self);
  free(self);
  return 0;
}
