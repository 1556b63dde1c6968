/* SPDX-License-Identifier: Apache-2.0 */
/* What the modules `_mote` and `_mote_chain` share: checks of buffers, faults of the core as exceptions, and the module
 * itself. One source for both build forms: linked into a firmware as user C modules, or loaded from files as native
 * modules. */
#ifndef MOTE_GLUE_H
#define MOTE_GLUE_H

#ifdef MICROPY_ENABLE_DYNRUNTIME
#include "py/dynruntime.h"
#else
#include "py/binary.h"
#include "py/runtime.h"
#endif

#include "mote.h"

/* Raises MemoryError for a state or an arena that is too small, else ValueError, with the fault's text. */
void mote_check(int status, const mote_fault *fault);
/* For functions that report no fault: one made of the status and two numbers. */
void mote_check_status(int status, int32_t have, int32_t want);

/* An object's bytes; raises where it has fewer than `least`. flags: MP_BUFFER_READ or MP_BUFFER_RW. */
mp_buffer_info_t mote_buffer(mp_obj_t object, int flags, size_t least);
mp_buffer_info_t mote_readable(mp_obj_t object);
/* Whether items are of a type of the array module, or plain bytes, which may hold anything; text is neither, nor is
 * array('B'), whose items are numbers. A view of either cannot be told from a view of bytes. */
bool mote_holds_type(mp_obj_t object, const mp_buffer_info_t *info, int code);
/* ValueError unless it holds. */
void mote_need(bool holds, mp_rom_error_text_t otherwise);

/* A module called `qstr` of functions NAME_obj: FUNCTIONS(ENTRY) is a list of ENTRY(NAME, MP_QSTR_NAME). */
#ifdef MICROPY_ENABLE_DYNRUNTIME

#define MOTE_STORE(name, text) mp_store_global(text, MP_OBJ_FROM_PTR(&name##_obj));
#define MOTE_MODULE(qstr, object, FUNCTIONS)                                             \
  mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) { \
    MP_DYNRUNTIME_INIT_ENTRY                                                             \
    FUNCTIONS(MOTE_STORE)                                                                \
    MP_DYNRUNTIME_INIT_EXIT                                                              \
  }

#else

#define MOTE_ROW(name, text) {MP_ROM_QSTR(text), MP_ROM_PTR(&name##_obj)},
#define MOTE_MODULE(qstr, object, FUNCTIONS)                                                           \
  static const mp_rom_map_elem_t module_table[] = {{MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(qstr)}, \
                                                   FUNCTIONS(MOTE_ROW)};                               \
  static MP_DEFINE_CONST_DICT(module_globals, module_table);                                           \
  const mp_obj_module_t object = {                                                                     \
      .base = {&mp_type_module},                                                                       \
      .globals = (mp_obj_dict_t *)&module_globals,                                                     \
  };                                                                                                   \
  MP_REGISTER_MODULE(qstr, object);

#endif
#endif
