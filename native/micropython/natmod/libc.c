/* SPDX-License-Identifier: Apache-2.0 */
/* The three functions of libc that the core and the compiler's own code use: a native module is linked with no libc. */
#include "py/dynruntime.h"

void *memcpy(void *to, const void *from, size_t count) { return mp_fun_table.memmove_(to, from, count); }

void *memmove(void *to, const void *from, size_t count) { return mp_fun_table.memmove_(to, from, count); }

void *memset(void *to, int value, size_t count) { return mp_fun_table.memset_(to, value, count); }
