/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU TCG plugin: counts instructions and adds up a Cortex-M0+ cycle model, by region of the program.
 *
 * The cost of a block of straight code is added when it runs; whether a conditional branch was taken is known when
 * the next block starts. The program enters region R by a byte store to address base + R, made by the one
 * instruction at address store. Arguments: out=FILE model=m0plus|none store=0xADDR base=0xADDR profile=R; with
 * profile, the blocks that ran in region R are listed too.
 * Cycles: Cortex-M0+ Technical Reference Manual, table of instruction timings, zero wait states, 1-cycle multiplier.
 *
 * QEMU's plugin header is in no Debian package, so its interface is declared here. QEMU 7.2 (interface 1) and
 * QEMU 9 and later (interfaces 2 to 4 at least) load the same file: version and insn_data are settled at load time.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- QEMU's plugin interface, as far as it is used ----------------------------------------------------------- */

typedef uint64_t plugin_id;
typedef struct qemu_plugin_tb plugin_tb;
typedef struct qemu_plugin_insn plugin_insn;

typedef struct {
  const char *target_name;
  struct {
    int min, cur;
  } version;
  bool system_emulation;
} plugin_info; /* more fields follow, unused here */

enum { CALLBACK_NO_REGS = 0, MEMORY_WRITE = 2 };

typedef void (*translation_callback)(plugin_id id, plugin_tb *tb);
typedef void (*execution_callback)(unsigned cpu, void *data);
typedef void (*memory_callback)(unsigned cpu, uint32_t info, uint64_t address, void *data);
typedef void (*exit_callback)(plugin_id id, void *data);

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, translation_callback callback);
void qemu_plugin_register_vcpu_tb_exec_cb(plugin_tb *tb, execution_callback callback, int flags, void *data);
void qemu_plugin_register_vcpu_mem_cb(plugin_insn *insn, memory_callback callback, int flags, int rw, void *data);
void qemu_plugin_register_atexit_cb(plugin_id id, exit_callback callback, void *data);
size_t qemu_plugin_tb_n_insns(const plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const plugin_tb *tb);
plugin_insn *qemu_plugin_tb_get_insn(const plugin_tb *tb, size_t index);
uint64_t qemu_plugin_insn_vaddr(const plugin_insn *insn);
/* Interfaces 1 and 2 return a pointer to the code and ignore the rest; 3 and later copy to buffer. */
uintptr_t qemu_plugin_insn_data(const plugin_insn *insn, void *buffer, size_t size);

#define EXPORT __attribute__((visibility("default")))

EXPORT int qemu_plugin_version = 1;
EXPORT int qemu_plugin_install(plugin_id id, const plugin_info *info, int argc, char **argv);

/* Interface 2 dropped support for 1 and brought num_vcpus: its presence tells which one this QEMU wants to see. */
__attribute__((constructor)) static void choose_version(void) {
  if (dlsym(RTLD_DEFAULT, "qemu_plugin_num_vcpus")) qemu_plugin_version = 2;
}

/* ---- State ----------------------------------------------------------------------------------------------------- */

enum { REGIONS = 4096 };

typedef struct {
  uint64_t cycles, instructions;
} region;

/* A translated block; next is the address after a conditional branch at its end, else 0. */
typedef struct block {
  uint64_t start, next;
  uint32_t cycles, instructions;
  region spent; /* in the profiled region */
  struct block *older;
} block;

static region regions[REGIONS];
static region *current = regions;
static region *profiled;   /* NULL: none */
static block *blocks;      /* all, the newest first */
static uint64_t not_taken; /* where the program goes on if the last block's conditional branch is not taken; 0: none */
static uint64_t inner_branches; /* conditional branches met inside a block: the model would be wrong, must stay 0 */

static struct {
  const char *out;
  bool cycles, copies_code;
  uint64_t store, base;
} options;

/* ---- Cortex-M0+ cycle model ------------------------------------------------------------------------------------ */

static unsigned cost_misc(unsigned op) { /* 1011 xxxx: stack adjust, extend, PUSH, POP, hints */
  unsigned listed = (unsigned)__builtin_popcount(op & 0x1FF);
  if ((op & 0xFE00) == 0xB400) return 1 + listed;
  if ((op & 0xFE00) == 0xBC00) return (op & 0x100 ? 3 : 1) + listed;
  return 1;
}

static unsigned cost_special(unsigned op) { /* 0100 01xx: ADD, CMP, MOV on high registers; BX, BLX */
  unsigned kind = op >> 8 & 3;
  if (kind == 3) return 2;
  bool writes_pc = kind != 1 && (op & 0x87) == 0x87;
  return writes_pc ? 2 : 1;
}

/* Cycles of a 16-bit instruction; of a conditional branch, those when it is not taken. */
static unsigned cost_narrow(unsigned op) {
  switch (op >> 12) {
    case 0x4: return (op & 0xF800) == 0x4800 ? 2 : (op & 0xFC00) == 0x4400 ? cost_special(op) : 1;
    case 0x5:
    case 0x6:
    case 0x7:
    case 0x8:
    case 0x9: return 2;
    case 0xB: return cost_misc(op);
    case 0xC: return 1 + (unsigned)__builtin_popcount(op & 0xFF);
    case 0xE: return 2;
    default: return 1;
  }
}

static bool is_conditional(unsigned op) { return op >> 12 == 0xD && (op >> 8 & 0xF) < 0xE; }

/* The first halfword tells an instruction of 32 bits; QEMU 7.2's own size is wrong just before the end of a page. */
static bool is_wide(unsigned op) { return op >> 11 >= 0x1D; }

/* BL takes 3 cycles, and so do MRS, MSR and the barriers, the only other 32-bit instructions of ARMv6-M. */
static unsigned cost(unsigned op) { return is_wide(op) ? 3 : cost_narrow(op); }

/* ---- Callbacks --------------------------------------------------------------------------------------------------- */

static void add(region *to, uint32_t cycles, uint32_t instructions) {
  to->cycles += cycles;
  to->instructions += instructions;
}

/* A taken branch costs its extra cycle where it leads to, which is in the same region and mostly the same function. */
static void block_runs(unsigned cpu, void *data) {
  block *b = data;
  uint32_t cycles = b->cycles + (not_taken != 0 && not_taken != b->start);
  (void)cpu;
  add(current, cycles, b->instructions);
  if (current == profiled) add(&b->spent, cycles, b->instructions);
  not_taken = b->next;
}

static void mark_stored(unsigned cpu, uint32_t info, uint64_t address, void *data) {
  uint64_t index = address - options.base;
  (void)cpu, (void)info, (void)data;
  if (index < REGIONS) current = &regions[index];
}

static unsigned first_halfword(const plugin_insn *insn) {
  uint16_t op = 0;
  uintptr_t code = qemu_plugin_insn_data(insn, &op, sizeof op);
  if (!options.copies_code) memcpy(&op, (const void *)code, sizeof op);
  return op;
}

static void add_instruction(block *b, plugin_insn *insn, bool last) {
  unsigned op = first_halfword(insn);
  b->instructions++;
  b->cycles += cost(op);
  if (!is_conditional(op)) return;
  if (last) b->next = qemu_plugin_insn_vaddr(insn) + 2;
  else inner_branches++;
}

static void block_translated(plugin_id id, plugin_tb *tb) {
  size_t count = qemu_plugin_tb_n_insns(tb);
  block *b = calloc(1, sizeof *b); /* lives as long as the code that QEMU made of it */
  (void)id;
  if (!b) abort();
  b->start = qemu_plugin_tb_vaddr(tb);
  b->older = blocks;
  blocks = b;
  for (size_t i = 0; i < count; i++) {
    plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
    if (options.cycles) add_instruction(b, insn, i + 1 == count);
    else b->instructions++;
    if (qemu_plugin_insn_vaddr(insn) == options.store)
      qemu_plugin_register_vcpu_mem_cb(insn, mark_stored, CALLBACK_NO_REGS, MEMORY_WRITE, NULL);
  }
  qemu_plugin_register_vcpu_tb_exec_cb(tb, block_runs, CALLBACK_NO_REGS, b);
}

static void report(plugin_id id, void *data) {
  FILE *file = fopen(options.out, "w");
  (void)id, (void)data;
  if (!file) {
    fprintf(stderr, "cyclemodel: cannot write %s\n", options.out);
    return;
  }
  fprintf(file, "inner_branches %" PRIu64 "\n", inner_branches);
  for (unsigned i = 0; i < REGIONS; i++)
    if (regions[i].instructions)
      fprintf(file, "region %u %" PRIu64 " %" PRIu64 "\n", i, regions[i].cycles, regions[i].instructions);
  for (const block *b = blocks; b; b = b->older)
    if (b->spent.instructions)
      fprintf(file, "block %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", b->start, b->spent.cycles, b->spent.instructions);
  fprintf(file, "end\n");
  fclose(file);
}

/* ---- Start ------------------------------------------------------------------------------------------------------- */

static bool take_option(const char *arg) {
  if (!strncmp(arg, "out=", 4)) options.out = arg + 4;
  else if (!strcmp(arg, "model=m0plus")) options.cycles = true;
  else if (!strcmp(arg, "model=none")) options.cycles = false;
  else if (!strncmp(arg, "store=", 6)) options.store = strtoull(arg + 6, NULL, 0);
  else if (!strncmp(arg, "base=", 5)) options.base = strtoull(arg + 5, NULL, 0);
  else if (!strncmp(arg, "profile=", 8)) profiled = &regions[strtoul(arg + 8, NULL, 0) % REGIONS];
  else return false;
  return true;
}

EXPORT int qemu_plugin_install(plugin_id id, const plugin_info *info, int argc, char **argv) {
  for (int i = 0; i < argc; i++) {
    if (take_option(argv[i])) continue;
    fprintf(stderr, "cyclemodel: unknown argument %s\n", argv[i]);
    return 1;
  }
  if (!options.out) {
    fprintf(stderr, "cyclemodel: out=FILE is missing\n");
    return 1;
  }
  options.copies_code = info->version.cur >= 3;
  qemu_plugin_register_vcpu_tb_trans_cb(id, block_translated);
  qemu_plugin_register_atexit_cb(id, report, NULL);
  return 0;
}
