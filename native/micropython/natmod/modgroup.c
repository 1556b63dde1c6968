/* SPDX-License-Identifier: Apache-2.0 */
/* A native module of further operators: attach(table, abi) enters its executor for each group that it holds, for
 * `_mote.model_open`. The module must stay imported while a model uses it. */
#include "py/dynruntime.h"

#include "mote.h"

static mp_obj_t attach(mp_obj_t table_obj, mp_obj_t abi_obj) {
  mp_buffer_info_t table;
  mp_get_buffer_raise(table_obj, &table, MP_BUFFER_RW);
  if ((uint32_t)mp_obj_get_int(abi_obj) != mote_abi() || table.len < MOTE_GROUPS * sizeof(mote_executor)) {
    mp_raise_ValueError(MP_ERROR_TEXT("this module is of another version than _mote: run 'mote install'"));
  }
  mote_executor *executors = table.buf;
  for (int group = 0; group < MOTE_GROUPS; group++) {
    if (mote_groups() >> group & 1) executors[group] = mote_execute;
  }
  return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(attach_obj, attach);

mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
  MP_DYNRUNTIME_INIT_ENTRY
  mp_store_global(MP_QSTR_attach, MP_OBJ_FROM_PTR(&attach_obj));
  MP_DYNRUNTIME_INIT_EXIT
}
