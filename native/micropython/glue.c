/* SPDX-License-Identifier: Apache-2.0 */
/* Checks and exceptions that the modules share. */
#include "glue.h"

#ifdef MICROPY_ENABLE_DYNRUNTIME

/* A native module lies in RAM: the texts, which are then seldom needed, are the package's, as are names of operators.
 */
static void raise_fault(const mote_fault *fault) {
  mp_obj_t package = mp_import_name(MP_QSTR_mote, mp_const_none, MP_OBJ_NEW_SMALL_INT(0));
  mp_obj_t fields[6] = {mp_obj_new_int(fault->status),  mp_obj_new_int(fault->index), mp_obj_new_int(fault->code),
                        mp_obj_new_int(fault->subject), mp_obj_new_int(fault->have),  mp_obj_new_int(fault->want)};
  mp_call_function_n_kw(mp_load_attr(package, MP_QSTR_refuse), 6, 0, fields);
  mp_raise_ValueError("mote.refuse did not raise"); /* a program may have replaced it */
}

#else

#define TEXT_BYTES 160

static void raise_fault(const mote_fault *fault) {
  char text[TEXT_BYTES];
  int length = mote_fault_text(fault, text, sizeof text);
  mp_obj_t message = mp_obj_new_str(text, (size_t)length);
  if (fault->status == MOTE_ERR_ARENA_SIZE || fault->status == MOTE_ERR_STATE_SIZE) {
    mp_raise_type_arg(&mp_type_MemoryError, message);
  }
  mp_raise_type_arg(&mp_type_ValueError, message);
}

#endif

void mote_check(int status, const mote_fault *fault) {
  if (status < 0) raise_fault(fault);
}

void mote_check_status(int status, int32_t have, int32_t want) {
  mote_fault fault = {(int16_t)status, -1, -1, -1, have, want};
  mote_check(status, &fault);
}

mp_buffer_info_t mote_buffer(mp_obj_t object, int flags, size_t least) {
  mp_buffer_info_t info;
  mp_get_buffer_raise(object, &info, flags);
  if (info.len < least) mote_check_status(MOTE_ERR_STATE_SIZE, (int32_t)info.len, (int32_t)least);
  return info;
}

mp_buffer_info_t mote_readable(mp_obj_t object) { return mote_buffer(object, MP_BUFFER_READ, 0); }

bool mote_holds_type(mp_obj_t object, const mp_buffer_info_t *info, int code) {
  bool bytes = info->typecode == 'B' || info->typecode == BYTEARRAY_TYPECODE;
  const mp_obj_type_t *type = mp_obj_get_type(object);
  if (type->name == MP_QSTR_array) return info->typecode == code;
  return (info->typecode == code || bytes) && type != &mp_type_str;
}

void mote_need(bool holds, mp_rom_error_text_t otherwise) {
  if (!holds) mp_raise_ValueError(otherwise);
}
