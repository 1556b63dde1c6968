/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>

#include "mote.h"
#include "tflite.h"

const char *mote_status_text(int status) {
  switch (status) {
    case MOTE_OK: return "ok";
    case MOTE_ERR_ARGUMENT: return "invalid argument";
    case MOTE_ERR_ALIGN: return "the address is not aligned";
    case MOTE_ERR_TRUNCATED: return "the file is cut off: it points past its own end";
    case MOTE_ERR_FORMAT: return "not a well-formed .tflite file";
    case MOTE_ERR_OPERATOR: return "operator is not supported";
    case MOTE_ERR_TYPE: return "element type is not supported here";
    case MOTE_ERR_SHAPE: return "shapes do not fit";
    case MOTE_ERR_QUANT: return "quantization parameters are missing or out of range";
    case MOTE_ERR_OPTION: return "option is not supported";
    case MOTE_ERR_LIMIT: return "larger than this build handles";
    case MOTE_ERR_STATE_SIZE: return "state buffer is too small";
    case MOTE_ERR_ARENA_SIZE: return "arena is too small";
    case MOTE_ERR_PLAN: return "the file's own memory plan is inconsistent";
    case MOTE_ERR_ABSENT: return "operator is not in this build";
    case MOTE_ERR_VARIABLE:
      return "variables need a VAR_HANDLE and an ASSIGN_VARIABLE, CALL_ONCE only assigns constants";
    case MOTE_ERR_DIVISION: return "division by zero";
    case MOTE_ERR_CONFIG: return "signal chain configuration is out of range";
    default: return "unknown error";
  }
}

const char *mote_operator_name(int code) {
  switch (code) {
#define MOTE_OPERATOR(name, code, group, flags, kernel) \
  case code: return #name;
#define MOTE_CUSTOM(name, code, group, flags, kernel, text) \
  case code: return text;
#include "operators.def"
    default: return NULL;
  }
}

/* Appends to a bounded text; `at` never passes size - 1. */
typedef struct {
  char *text;
  size_t size, at;
} writer;

static void put(writer *w, const char *s) {
  for (; *s && w->at + 1 < w->size; s++) w->text[w->at++] = *s;
}

static void put_number(writer *w, int32_t value) {
  char digits[12];
  int n = 11;
  uint32_t rest = value < 0 ? 0u - (uint32_t)value : (uint32_t)value;
  digits[n] = 0;
  do digits[--n] = (char)('0' + rest % 10);
  while (rest /= 10);
  if (value < 0) digits[--n] = '-';
  put(w, digits + n);
}

static void put_part(writer *w, const char *before, int32_t value, const char *after) {
  put(w, before);
  put_number(w, value);
  put(w, after);
}

static const char *type_name(int type) {
  switch (type) {
    case TFL_FLOAT32: return "FLOAT32";
    case TFL_INT32: return "INT32";
    case TFL_UINT8: return "UINT8";
    case TFL_INT64: return "INT64";
    case TFL_BOOL: return "BOOL";
    case TFL_INT16: return "INT16";
    case TFL_INT8: return "INT8";
    case TFL_UINT32: return "UINT32";
    case TFL_UINT64: return "UINT64";
    default: return "another";
  }
}

static void put_numbers(writer *w, const mote_fault *fault) {
  bool says_all =
      fault->status == MOTE_ERR_OPERATOR || fault->status == MOTE_ERR_ABSENT || (fault->have == 0 && fault->want == 0);
  if (says_all) return;
  if (fault->status == MOTE_ERR_TRUNCATED && fault->want == -1) {
    put_part(w, " (it has ", fault->have, " bytes)");
    return;
  }
  if (fault->status == MOTE_ERR_TYPE) {
    put(w, ": have ");
    put(w, type_name(fault->have));
    put(w, ", want ");
    put(w, type_name(fault->want));
    return;
  }
  if (fault->status == MOTE_ERR_ALIGN) {
    put_part(w, fault->want == 4 ? ": the file lies " : ": the arena lies ", fault->have, " past a multiple of ");
    put_part(w, "", fault->want, fault->want == 4 ? ", copy it into a bytearray" : ", pass a whole bytearray");
    return;
  }
  put_part(w, ": have ", fault->have, "");
  if (fault->want != -1) put_part(w, ", want ", fault->want, "");
}

int mote_fault_text(const mote_fault *fault, char *text, size_t size) {
  writer w = {text, size, 0};
  if (size == 0) return 0;
  if (fault->status == MOTE_ERR_CONFIG) {
    put(&w, mote_stage_name(fault->code));
    put_part(&w, " (stage ", fault->index, ")");
    if (fault->subject >= 0) put_part(&w, ", parameter ", fault->subject, "");
    put(&w, ": ");
  } else if (fault->index >= 0) {
    const char *name = mote_operator_name(fault->code);
    if (name) put(&w, name);
    else put_part(&w, "OPERATOR_", fault->code, "");
    put_part(&w, " (operator ", fault->index, ")");
    if (fault->subject >= 0) put_part(&w, ", tensor ", fault->subject, "");
    put(&w, ": ");
  }
  put(&w, mote_status_text(fault->status));
  put_numbers(&w, fault);
  text[w.at] = 0;
  return (int)w.at;
}
