/* SPDX-License-Identifier: Apache-2.0 */
/* A core whose operators 0 to 4 have their instructions written out, so that a test knows their cycles by hand.
 * What calls and marks add is the same for all of them and cancels against operator 0; operator 5 makes the output.
 */
#include <string.h>

#include "mote.h"

enum { OPERATORS = 6 };

struct mote_model {
  uint32_t runs;
};

#if defined(__ARM_ARCH_6M__)
#define ASM(text) __asm__ volatile(".syntax unified\n" text)

/* 0: nothing beyond the call. */
__attribute__((naked, noinline)) static void op_empty(void) { ASM("bx lr\n"); }

/* 1: a constant from memory, then a hundred times SUBS and BNE, taken 99 times. */
__attribute__((naked, noinline)) static void op_loop(void) {
  ASM("ldr r0, 2f\n"
      "1: subs r0, #1\n"
      "bne 1b\n"
      "bx lr\n"
      ".balign 4\n"
      "2: .word 100\n");
}

/* 2: each kind of memory access and move once, B, and POP with pc in place of BX. */
__attribute__((naked, noinline)) static void op_mix(void) {
  ASM("push {r4-r6, lr}\n"
      "ldr r0, [sp]\n"
      "mov r8, r8\n"
      "add r0, sp, #0\n"
      "ldm r0!, {r1-r3}\n"
      "muls r1, r2\n"
      "sub sp, #8\n"
      "str r1, [sp]\n"
      "mov r0, sp\n"
      "strb r1, [r0]\n"
      "ldrh r1, [r0]\n"
      "b 1f\n"
      "nop\n"
      "1: add sp, #8\n"
      "pop {r4-r6, pc}\n");
}

/* 3: a conditional branch not taken and one taken, BL and its BX, MRS. */
__attribute__((naked, noinline)) static void op_branches(void) {
  ASM("mov r3, lr\n"
      "cmp r3, #0\n"
      "beq 1f\n"
      "bne 1f\n"
      "nop\n"
      "1: bl 2f\n"
      "mrs r0, primask\n"
      "bx r3\n"
      "2: bx lr\n");
}

/* 4: straight code over the end of one of QEMU's pages of 1 KiB at least. */
__attribute__((naked, noinline)) static void op_pages(void) {
  ASM(".rept 600\n"
      "nop\n"
      ".endr\n"
      "bx lr\n");
}
#else
static void op_empty(void) {}
static void op_loop(void) {
  for (volatile int i = 0; i < 100; i++) {
  }
}
static void op_mix(void) {}
static void op_branches(void) {}
static void op_pages(void) {}
#endif

const char *mote_operator_name(int code) { return code == 1 ? "LOOP" : "OTHER"; }
int mote_fault_text(const mote_fault *fault, char *text, size_t size) {
  (void)size;
  memcpy(text, fault->index < 0 ? "no index" : "index", 9);
  return 0;
}

static int refuse(mote_fault *fault) {
  *fault = (mote_fault){MOTE_ERR_FORMAT, -1, -1, -1, 0, 0};
  return MOTE_ERR_FORMAT;
}

int mote_model_measure(const void *file, size_t size, uint32_t *state_bytes, mote_fault *fault) {
  if (size < 4 || memcmp(file, "FAKE", 4)) return refuse(fault);
  *state_bytes = sizeof(mote_model);
  return MOTE_OK;
}

int mote_model_open(void *state, size_t state_bytes, const void *file, size_t size, const mote_executor *further,
                    mote_fault *fault) {
  const uint8_t *bytes = file;
  (void)state_bytes, (void)size, (void)further, (void)fault;
  memset(state, 0, sizeof(mote_model));
  if (bytes[4]) *(volatile uint32_t *)state = *(const volatile uint32_t *)(bytes + bytes[4]); /* 1: unaligned */
  return MOTE_OK;
}

int mote_model_reset(mote_model *model, void *arena, size_t arena_bytes, mote_fault *fault) {
  (void)model, (void)arena, (void)arena_bytes, (void)fault;
  return MOTE_OK;
}

uint32_t mote_model_arena_bytes(const mote_model *model) { return (void)model, 32; }
int mote_model_inputs(const mote_model *model) { return (void)model, 1; }
int mote_model_outputs(const mote_model *model) { return (void)model, 1; }
int mote_model_operators(const mote_model *model) { return (void)model, OPERATORS; }

static int info_at(mote_tensor_info *info, uint32_t offset) {
  *info = (mote_tensor_info){.bytes = 8, .offset = offset};
  return MOTE_OK;
}
int mote_model_input(const mote_model *model, int index, mote_tensor_info *info) {
  return (void)model, (void)index, info_at(info, 0);
}
int mote_model_output(const mote_model *model, int index, mote_tensor_info *info) {
  return (void)model, (void)index, info_at(info, 16);
}

int mote_operator_check(const void *file, size_t size, int index, mote_operator_info *info, mote_fault *fault) {
  (void)file, (void)size, (void)fault;
  *info = (mote_operator_info){.code = (int16_t)index, .n_inputs = 1, .n_outputs = 1, .macs = 10u * (uint32_t)index};
  return MOTE_OK;
}

static void (*const operators[])(void) = {op_empty, op_loop, op_mix, op_branches, op_pages, op_empty};

static void write_output(uint8_t *arena) {
  for (int i = 0; i < 8; i++) arena[16 + i] = (uint8_t)(arena[i] + 1);
}

int mote_model_run_operator(const mote_model *model, int index, void *arena, size_t bytes, mote_fault *fault) {
  (void)model, (void)bytes, (void)fault;
  operators[index]();
  if (index == OPERATORS - 1) write_output(arena);
  return MOTE_OK;
}

int mote_model_run(const mote_model *model, void *arena, size_t bytes, mote_fault *fault) {
  for (int i = 0; i < OPERATORS; i++) mote_model_run_operator(model, i, arena, bytes, fault);
  return MOTE_OK;
}

/* A frontend whose frame is the sum of a window of four samples, hop two. */
struct mote_frontend {
  uint32_t frames;
};

int mote_frontend_measure(const int32_t *words, size_t count, const mote_stages *sense, uint32_t *state_bytes,
                          mote_fault *fault) {
  (void)words, (void)fault, (void)sense;
  *state_bytes = sizeof(mote_frontend) + (uint32_t)count * 0;
  return MOTE_OK;
}
int mote_frontend_init(void *state, size_t state_bytes, const int32_t *words, size_t count, const mote_stages *sense,
                       mote_fault *fault) {
  (void)state_bytes, (void)words, (void)count, (void)fault, (void)sense;
  memset(state, 0, sizeof(mote_frontend));
  return MOTE_OK;
}
uint32_t mote_frontend_window(const mote_frontend *frontend) { return (void)frontend, 4; }
uint32_t mote_frontend_hop(const mote_frontend *frontend) { return (void)frontend, 2; }
void mote_sense_stages(mote_stages *table) { memset(table, 0, sizeof *table); }
uint32_t mote_frontend_lanes(const mote_frontend *frontend) { return (void)frontend, 1; }
uint32_t mote_frontend_values(const mote_frontend *frontend) { return (void)frontend, 1; }
uint32_t mote_frontend_value_bytes(const mote_frontend *frontend) { return (void)frontend, 2; }

int mote_frontend_next(mote_frontend *frontend, mote_ring *ring, void *frame) {
  (void)frontend;
  if (ring->written - ring->read < 4) return 0;
  int16_t sum = 0;
  for (uint32_t i = 0; i < 4; i++) sum += ring->data[(ring->read + i) & (ring->capacity - 1)];
  ring->read += 2;
  memcpy(frame, &sum, 2);
  return 1;
}

int mote_ring_init(mote_ring *ring, int16_t *data, uint32_t capacity, uint32_t lanes) {
  *ring = (mote_ring){.data = data, .capacity = capacity, .lanes = lanes};
  return MOTE_OK;
}
void mote_ring_push(mote_ring *ring, const int16_t *samples, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) ring->data[(ring->written + i) & (ring->capacity - 1)] = samples[i];
  ring->written += count;
}
