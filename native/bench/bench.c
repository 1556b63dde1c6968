/* SPDX-License-Identifier: Apache-2.0 */
/* Runs one job on an emulated processor and reports in lines of text; the plugin counts what lies between marks.
 *
 * The job lies in memory as little-endian words: magic "MJOB", kind (1 model, 2 frontend, 3 exact), then offset from
 * the job's start and size in bytes of two parts, then the number of runs. Model: the .tflite file, and for every run
 * the inputs of the model one after the other. Frontend: the chain's words, and int16 samples; runs is not used. Exact:
 * records of models, as exact.c has them; runs is their number. */
#include "port.h"
#include "support.h"

enum { JOB_MAGIC = 0x424F4A4D, JOB_MODEL = 1, JOB_FRONTEND = 2, JOB_EXACT = 3 };
enum { REGION_NONE = 0, REGION_OPEN = 1, REGION_RUN = 2, REGION_PUSH = 3, REGION_FIRST = 16 };
enum { STACK_PAINT = 0x5AC3A53C };

volatile uint8_t bench_marks[BENCH_REGIONS];

static void check(int status, const mote_fault *fault) {
  if (status >= 0) return;
  bench_mark(REGION_NONE);
  print_fault(fault);
  stop(1);
}

/* ---- The stack ---- */

/* Fills the unused stack; the same depth of call must later be given to stack_used. */
__attribute__((noinline)) static uint32_t *stack_paint(void) {
  uint32_t *top = (uint32_t *)__builtin_frame_address(0) - 16;
  for (volatile uint32_t *p = (uint32_t *)bench_stack_low; p < top; p++) *p = STACK_PAINT;
  return top;
}

/* Bytes of stack below top (and the 64 above it that were not painted) touched since stack_paint. */
__attribute__((noinline)) static uint32_t stack_used(const uint32_t *top) {
  const volatile uint32_t *p = (uint32_t *)bench_stack_low;
  while (p < top && *p == STACK_PAINT) p++;
  return (uint32_t)((uintptr_t)(top + 16) - (uintptr_t)p);
}

/* ---- A model ---- */

static const uint8_t *part(int index) { return (const uint8_t *)bench_job + bench_job[2 + 2 * index]; }
static uint32_t part_bytes(int index) { return bench_job[3 + 2 * index]; }

static mote_model *open_model(void) {
  mote_fault fault;
  uint32_t state_bytes;
  uint32_t *top = stack_paint();
  bench_mark(REGION_OPEN);
  check(mote_model_measure(part(0), part_bytes(0), &state_bytes, &fault), &fault);
  bench_mark(REGION_NONE);
  void *state = take(state_bytes);
  bench_mark(REGION_OPEN);
  check(mote_model_open(state, state_bytes, part(0), part_bytes(0), NULL, &fault), &fault);
  bench_mark(REGION_NONE);
  print_line("stack_open", stack_used(top));
  print_line("state", state_bytes);
  return state;
}

static void print_outputs(const mote_model *model, const uint8_t *arena, const char *name) {
  mote_tensor_info info;
  print(name);
  print(" ");
  for (int i = 0; i < mote_model_outputs(model); i++) {
    mote_model_output(model, i, &info);
    print_hex(arena + info.offset, info.bytes);
  }
  print("\n");
}

static void run_whole(const mote_model *model, uint8_t *arena) {
  mote_fault fault;
  uint32_t bytes = mote_model_arena_bytes(model);
  bench_mark(REGION_RUN);
  int status = mote_model_run(model, arena, bytes, &fault);
  bench_mark(REGION_NONE);
  check(status, &fault);
}

static void reset(mote_model *model, uint8_t *arena) {
  mote_fault fault;
  check(mote_model_reset(model, arena, mote_model_arena_bytes(model), &fault), &fault);
}

/* In the same memory: unlike after a reset, CALL_ONCE runs again. */
static void open_again(mote_model *model) {
  mote_fault fault;
  uint32_t bytes;
  check(mote_model_measure(part(0), part_bytes(0), &bytes, &fault), &fault);
  check(mote_model_open(model, bytes, part(0), part_bytes(0), NULL, &fault), &fault);
}

/* Once more, operator by operator: the first run's inputs, each operator in a region of its own. */
static void run_operators(mote_model *model, uint8_t *arena) {
  mote_fault fault;
  mote_operator_info info;
  uint32_t bytes = mote_model_arena_bytes(model);
  open_again(model);
  reset(model, arena);
  write_inputs(model, arena, part(1));
  for (int i = 0; i < mote_model_operators(model); i++) {
    bench_mark(REGION_FIRST + (uint32_t)i);
    int status = mote_model_run_operator(model, i, arena, bytes, &fault);
    bench_mark(REGION_NONE);
    check(status, &fault);
    check(mote_operator_check(part(0), part_bytes(0), i, &info, &fault), &fault);
    print("operator ");
    print(mote_operator_name(info.code));
    print_line("", info.macs);
  }
  print_outputs(model, arena, "steps");
}

static void bench_model(void) {
  mote_model *model = open_model();
  uint8_t *arena = take(mote_model_arena_bytes(model));
  const uint8_t *inputs = part(1);
  uint32_t deepest = 0;
  print_line("arena", mote_model_arena_bytes(model));
  reset(model, arena);
  for (uint32_t run = 0; run < bench_job[6]; run++) {
    inputs = write_inputs(model, arena, inputs);
    uint32_t *top = stack_paint();
    run_whole(model, arena);
    uint32_t used = stack_used(top);
    if (used > deepest) deepest = used;
    print_outputs(model, arena, "output");
  }
  print_line("stack_run", deepest);
  run_operators(model, arena);
}

/* ---- The frontend ---- */

static mote_frontend *open_frontend(const int32_t *words, uint32_t count) {
  mote_fault fault;
  uint32_t state_bytes;
  mote_stages sense;
  uint32_t *top = stack_paint();
  mote_sense_stages(&sense);
  check(mote_frontend_measure(words, count, &sense, &state_bytes, &fault), &fault);
  void *state = take(state_bytes);
  bench_mark(REGION_OPEN);
  int status = mote_frontend_init(state, state_bytes, words, count, &sense, &fault);
  bench_mark(REGION_NONE);
  check(status, &fault);
  print_line("stack_open", stack_used(top));
  print_line("state", state_bytes);
  return state;
}

static uint32_t power_of_two_above(uint32_t n) {
  uint32_t p = 1;
  while (p < n) p *= 2;
  return p;
}

static int next_frame(mote_frontend *frontend, mote_ring *ring, uint8_t *frame, uint32_t index) {
  bench_mark(REGION_FIRST + index);
  int got = mote_frontend_next(frontend, ring, frame);
  bench_mark(REGION_NONE);
  if (!got) return 0;
  print("frame ");
  print_hex(frame, mote_frontend_values(frontend) * mote_frontend_value_bytes(frontend));
  print("\n");
  return 1;
}

/* Pushes the samples hop by hop, as a sensor would, and takes every frame as soon as it is there. */
static void bench_frontend(void) {
  mote_frontend *frontend = open_frontend((const int32_t *)part(0), part_bytes(0) / 4);
  uint32_t hop = mote_frontend_hop(frontend), window = mote_frontend_window(frontend);
  uint32_t capacity = power_of_two_above(window + hop), total = part_bytes(1) / 2, index = 0;
  uint8_t *frame = take(mote_frontend_values(frontend) * mote_frontend_value_bytes(frontend));
  const int16_t *samples = (const int16_t *)part(1);
  mote_ring ring;
  mote_ring_init(&ring, take(capacity * 2), capacity, mote_frontend_lanes(frontend));
  print_line("ring", capacity * 2);
  uint32_t *top = stack_paint();
  for (uint32_t at = 0; at < total; at += hop) {
    bench_mark(REGION_PUSH);
    mote_ring_push(&ring, samples + at, total - at < hop ? total - at : hop);
    bench_mark(REGION_NONE);
    while (REGION_FIRST + index < BENCH_REGIONS && next_frame(frontend, &ring, frame, index)) index++;
  }
  print_line("stack_run", stack_used(top));
}

int main(void) {
  if (bench_job[0] != JOB_MAGIC) {
    print("fault no job in memory\n");
    stop(1);
  }
  if (bench_job[1] == JOB_MODEL) bench_model();
  else if (bench_job[1] == JOB_FRONTEND) bench_frontend();
  else if (bench_job[1] == JOB_EXACT) bench_exact((const uint32_t *)part(0), bench_job[6]);
  else stop(1);
  stop(0);
  return 0;
}
