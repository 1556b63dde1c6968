/* SPDX-License-Identifier: Apache-2.0 */
#include "operators.h"

#include "tflite.h"

/* One byte a code: group in the low bits, 0 for codes that are not known. */
#define KNOWN 0x80
#define WORK 0x40
#define HAS_INT16 0x20
#define HAS_FLOAT 0x10
#define GROUP_BITS 0x07

static const uint8_t facts[256] = {
#define MOTE_OPERATOR(name, code, group, flags, kernel) [code] = KNOWN | MOTE_GROUP_##group | (flags),
#define MOTE_CUSTOM(name, code, group, flags, kernel, text) [code] = KNOWN | MOTE_GROUP_##group | (flags),
#include "operators.def"
};

static unsigned facts_of(int code) { return code >= 0 && code < (int)sizeof facts ? facts[code] : 0; }

bool mote_code_has_workspace(int code) { return (facts_of(code) & WORK) != 0; }

int mote_code_group(int code, int type) {
  unsigned known = facts_of(code);
  if (!known) return -1;
  if (type == TFL_INT16 && (known & HAS_INT16)) return MOTE_GROUP_INT16;
  if (type == TFL_FLOAT32 && (known & HAS_FLOAT)) return MOTE_GROUP_FLOAT;
  return (int)(known & GROUP_BITS);
}

static const char custom_names[] =
#define MOTE_CUSTOM(name, code, group, flags, kernel, text) text "\0"
#include "operators.def"
    "";
static const uint8_t custom_codes[][2] = {
/* with the length of the name */
#define MOTE_CUSTOM(name, code, group, flags, kernel, text) {code, sizeof text - 1},
#include "operators.def"
};

int mote_custom_code(const uint8_t *text, uint32_t length) {
  const char *name = custom_names;
  for (uint32_t i = 0; i < sizeof custom_codes / sizeof *custom_codes; i++) {
    uint32_t own = custom_codes[i][1], same = 0;
    while (own == length && same < length && text[same] == (uint8_t)name[same]) same++;
    if (own == same) return custom_codes[i][0];
    name += own + 1;
  }
  return -1;
}
