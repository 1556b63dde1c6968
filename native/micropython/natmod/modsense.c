/* SPDX-License-Identifier: Apache-2.0 */
/* Native module `_mote_sense`, the further stages of the chain: attach(table, abi) enters their functions for
 * `_mote_chain`. The module must stay imported while a chain uses it. */
#include "py/dynruntime.h"

#include "mote.h"

static mp_obj_t attach(mp_obj_t table_obj, mp_obj_t abi_obj) {
  mp_buffer_info_t table;
  mp_get_buffer_raise(table_obj, &table, MP_BUFFER_RW);
  if ((uint32_t)mp_obj_get_int(abi_obj) != mote_stage_abi() || table.len < sizeof(mote_stages)) {
    mp_raise_ValueError(MP_ERROR_TEXT("this module is of another version than _mote_chain: run 'mote install'"));
  }
  if ((uintptr_t)table.buf % sizeof(void *)) mp_raise_ValueError(MP_ERROR_TEXT("the table is misaligned"));
  mote_sense_stages(table.buf);
  return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(attach_obj, attach);

mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
  MP_DYNRUNTIME_INIT_ENTRY
  mp_store_global(MP_QSTR_attach, MP_OBJ_FROM_PTR(&attach_obj));
  MP_DYNRUNTIME_INIT_EXIT
}
