/* SPDX-License-Identifier: Apache-2.0 */
#include "trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mote.h"

/* Larger models are opened and not run: what they would reach is a matter of time, not of bounds. */
#define MOST_ARENA (1u << 19)
#define MOST_MACS (1u << 22)
#define MOST_STEPS (1u << 16) /* places and operators that are reported on, squared */

typedef enum { NOISE, ZEROS, SMALL, ENDS } filling;

typedef struct {
  const uint8_t *file;
  size_t size;
  mote_model *model;
  uint32_t state_bytes;
  uint8_t *arena;
  size_t arena_bytes;
} subject;

static void promise(bool kept, const char *words) {
  if (kept) return;
  fprintf(stderr, "broken promise: %s\n", words);
  abort();
}

/* Knuth's MMIX generator, upper half. */
static uint32_t any(uint64_t *seed) {
  *seed = *seed * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(*seed >> 32);
}

/* Numbers of all magnitudes, or such as are valid indices and shapes more often. */
static void fill(uint8_t *to, size_t size, filling kind, uint64_t *seed) {
  memset(to, 0, size);
  for (size_t i = 0; i < size && kind != ZEROS; i++) {
    uint32_t word = any(seed);
    if (kind == NOISE) to[i] = (uint8_t)word;
    else if (kind == ENDS) to[i] = (uint8_t)(word & 1 ? 0x80 : word & 2 ? 0x7f : 0xff);
    else if (i % 4 == 0) to[i] = (uint8_t)(word % 5);
  }
}

static void *exactly(size_t size) {
  void *memory = malloc(size ? size : 1);
  promise(memory != NULL && (uintptr_t)memory % MOTE_ALIGN == 0, "the test machine has memory");
  return memory;
}

static void check_words(int status, const mote_fault *fault) {
  char text[160];
  promise(fault->status == status, "a refusal's status is in its fault");
  promise(mote_fault_text(fault, text, sizeof text) >= 8, "a refusal has words");
}

/* Whether the operators are few multiplications; reports on each of them on the way. */
static bool quick(const subject *it) {
  uint64_t macs = 0;
  for (int i = 0; i < mote_model_operators(it->model); i++) {
    mote_operator_info info;
    mote_fault fault;
    int32_t tensor;
    promise(mote_operator_check(it->file, it->size, i, &info, &fault) == MOTE_OK,
            "operators of an opened model are supported");
    for (int p = 0; p < info.n_inputs + info.n_outputs; p++) {
      promise(mote_operator_tensor(it->file, it->size, i, p, &tensor, &fault) == MOTE_OK, "its tensors are known");
    }
    macs += info.macs;
  }
  return macs <= MOST_MACS;
}

static void check_places(const subject *it) {
  mote_tensor_info tensor;
  mote_place_info place;
  int places = mote_model_places(it->model);
  uint32_t operators = (uint32_t)mote_model_operators(it->model);
  if ((uint32_t)places * (operators + 1) > MOST_STEPS) return;
  for (int i = 0; i < places; i++) {
    promise(mote_model_place(it->model, i, &place) == MOTE_OK, "every place is reported");
    promise(place.bytes == 0 || place.offset % 4 == 0, "places are aligned");
    promise(place.bytes <= it->arena_bytes && (!place.bytes || place.offset <= it->arena_bytes - place.bytes),
            "places lie in the arena");
    mote_model_tensor(it->model, i, &tensor);
  }
  for (int i = 0; i < mote_model_inputs(it->model); i++) {
    promise(mote_model_input(it->model, i, &tensor) == MOTE_OK, "every input is reported");
    promise(tensor.offset <= it->arena_bytes - tensor.bytes, "inputs lie in the arena");
  }
}

static void write_inputs(const subject *it, filling kind, uint64_t seed) {
  mote_tensor_info tensor;
  for (int i = 0; i < mote_model_inputs(it->model); i++) {
    promise(mote_model_input(it->model, i, &tensor) == MOTE_OK, "every input is reported");
    fill(it->arena + tensor.offset, tensor.bytes, kind, &seed);
  }
}

/* FNV-1a of all outputs. */
static uint64_t outputs_hash(const subject *it) {
  uint64_t hash = 14695981039346656037u;
  mote_tensor_info tensor;
  for (int i = 0; i < mote_model_outputs(it->model); i++) {
    promise(mote_model_output(it->model, i, &tensor) == MOTE_OK, "every output is reported");
    promise(tensor.offset <= it->arena_bytes - tensor.bytes, "outputs lie in the arena");
    for (uint32_t k = 0; k < tensor.bytes; k++) hash = (hash ^ it->arena[tensor.offset + k]) * 1099511628211u;
  }
  return hash;
}

/* Only a number that the model computed, such as an index or a divisor, may turn out to be refused when it runs. */
static bool run(const subject *it) {
  mote_fault fault;
  char text[160] = "";
  int status = mote_model_run(it->model, it->arena, it->arena_bytes, &fault);
  bool computed =
      (status == MOTE_ERR_OPTION || status == MOTE_ERR_DIVISION) && fault.status == status && fault.subject >= 0;
  if (status != MOTE_OK && !computed) mote_fault_text(&fault, text, sizeof text);
  promise(text[0] == 0, text);
  return status == MOTE_OK;
}

static int open_again(subject *it, mote_fault *fault) {
  int status = mote_model_open(it->model, it->state_bytes, it->file, it->size, NULL, fault);
  it->arena_bytes = mote_model_arena_bytes(it->model);
  return status;
}

/* Opened anew, with whatever the seed puts into the arena, reset and run twice: a hash of all outputs, 0: refused. */
static uint64_t run_twice(subject *it, filling kind, uint64_t inputs, uint64_t noise) {
  mote_fault fault;
  promise(open_again(it, &fault) == MOTE_OK, "what opened opens again");
  fill(it->arena, it->arena_bytes, NOISE, &noise);
  promise(mote_model_reset(it->model, it->arena, it->arena_bytes, &fault) == MOTE_OK, "what opens can be reset");
  write_inputs(it, kind, inputs);
  if (!run(it)) return 0;
  uint64_t hash = outputs_hash(it);
  write_inputs(it, kind, inputs + 1);
  return run(it) ? (hash ^ outputs_hash(it)) | 1 : 0;
}

/* Persistent memory may hold anything, as after another model or without a reset. */
static void run_unprepared(const subject *it, filling kind, uint64_t noise) {
  fill(it->arena, it->arena_bytes, kind, &noise);
  run(it);
  run(it);
}

static void run_all(subject *it, uint64_t seed) {
  filling kind = (filling)(seed & 3);
  it->arena = exactly(it->arena_bytes);
  check_places(it);
  if (seed & 4) run_unprepared(it, (filling)(seed >> 3 & 3), seed);
  uint64_t first = run_twice(it, kind, seed, seed + 1), second = run_twice(it, kind, seed, ~seed);
  promise(first == second, "outputs depend on inputs alone");
  free(it->arena);
}

static bool open_and_run(const uint8_t *file, size_t size, uint64_t seed) {
  mote_fault fault;
  uint32_t groups;
  mote_file_info survey;
  subject it = {.file = file, .size = size};
  mote_file_survey(file, size, &survey, &fault);
  mote_file_groups(file, size, &groups, &fault);
  int status = mote_model_measure(file, size, &it.state_bytes, &fault);
  if (status == MOTE_OK) {
    it.model = exactly(it.state_bytes);
    status = open_again(&it, &fault);
  }
  if (status != MOTE_OK) check_words(status, &fault);
  else if (it.arena_bytes <= MOST_ARENA && quick(&it)) run_all(&it, seed);
  free(it.model);
  return status == MOTE_OK;
}

/* An exact allocation, so that the sanitizer sees any byte read or written beyond it; now and then at an odd word. */
bool trial(const uint8_t *bytes, size_t size, uint64_t seed) {
  size_t shift = seed & 32 ? 4 : 0;
  uint8_t *memory = exactly(size + shift);
  memcpy(memory + shift, bytes, size);
  bool opened = open_and_run(memory + shift, size, seed >> 6 ? seed : seed + 64);
  free(memory);
  return opened;
}
