/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <string.h>

#include "port.h"

enum { SYS_WRITE0 = 4, SYS_EXIT = 24 };

static uint8_t *heap_next;

void print(const char *text) { bench_semihost(SYS_WRITE0, text); }

void print_number(uint32_t value) {
  char text[12];
  char *at = text + sizeof text - 1;
  *at = 0;
  do *--at = (char)('0' + value % 10);
  while (value /= 10);
  print(at);
}

void print_line(const char *name, uint32_t value) {
  print(name);
  print(" ");
  print_number(value);
  print("\n");
}

void print_hex(const uint8_t *bytes, uint32_t count) {
  char text[129];
  for (uint32_t done = 0; done < count;) {
    uint32_t n = count - done < 64 ? count - done : 64;
    for (uint32_t i = 0; i < 2 * n; i++) text[i] = "0123456789abcdef"[bytes[done + i / 2] >> (i & 1 ? 0 : 4) & 15];
    text[2 * n] = 0;
    print(text);
    done += n;
  }
}

void print_fault(const mote_fault *fault) {
  char text[160];
  mote_fault_text(fault, text, sizeof text);
  print("fault ");
  print(text);
  print("\n");
}

void stop(int failed) {
  static const uint32_t application_exit = 0x20026, error = 0x20023;
  bench_mark(0);
  print(failed ? "failed\n" : "end\n");
  bench_semihost(SYS_EXIT, (const void *)(uintptr_t)(failed ? error : application_exit));
  for (;;) {
  }
}

void *take(uint32_t bytes) {
  uint8_t *at = heap_next ? heap_next : bench_heap;
  if (bytes > (uint32_t)(bench_heap_end - at)) {
    print_line("fault heap exhausted by", bytes);
    stop(1);
  }
  heap_next = at + ((bytes + MOTE_ALIGN - 1) & ~(uint32_t)(MOTE_ALIGN - 1));
  return at;
}

void release(void) { heap_next = bench_heap; }

const uint8_t *write_inputs(const mote_model *model, uint8_t *arena, const uint8_t *from) {
  mote_tensor_info info;
  for (int i = 0; i < mote_model_inputs(model); i++) {
    mote_model_input(model, i, &info);
    memcpy(arena + info.offset, from, info.bytes);
    from += info.bytes;
  }
  return from;
}
