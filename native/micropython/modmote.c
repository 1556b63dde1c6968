/* SPDX-License-Identifier: Apache-2.0 */
/* Module `_mote`: the core's models on buffers, for the package `mote` (device/mote). State and arena live in
 * bytearrays that the package allocates; nothing here allocates per call but the tuples that describe tensors. */
#include <string.h>

#include "glue.h"

static mp_obj_t model_measure(mp_obj_t file_obj) {
  mp_buffer_info_t file = mote_readable(file_obj);
  mote_fault fault;
  uint32_t bytes = 0;
  mote_check(mote_model_measure(file.buf, file.len, &bytes, &fault), &fault);
  return mp_obj_new_int_from_uint(bytes);
}
static MP_DEFINE_CONST_FUN_OBJ_1(model_measure_obj, model_measure);

/* Mask of the groups of operators that a file needs and this module does not have. */
static mp_obj_t model_groups(mp_obj_t file_obj) {
  mp_buffer_info_t file = mote_readable(file_obj);
  mote_fault fault;
  uint32_t mask = 0;
  mote_check(mote_file_groups(file.buf, file.len, &mask, &fault), &fault);
  return mp_obj_new_int_from_uint(mask & ~mote_groups());
}
static MP_DEFINE_CONST_FUN_OBJ_1(model_groups_obj, model_groups);

/* (abi, bytes of the table that modules of further groups enter themselves into: their attach(table, abi)) */
static mp_obj_t group_table(void) {
  mp_obj_t facts[2] = {mp_obj_new_int_from_uint(mote_abi()), mp_obj_new_int(MOTE_GROUPS * sizeof(mote_executor))};
  return mp_obj_new_tuple(2, facts);
}
static MP_DEFINE_CONST_FUN_OBJ_0(group_table_obj, group_table);

/* model_open(state, file, table or None) */
static mp_obj_t model_open(mp_obj_t state_obj, mp_obj_t file_obj, mp_obj_t table_obj) {
  mp_buffer_info_t state = mote_buffer(state_obj, MP_BUFFER_RW, 0), file = mote_readable(file_obj);
  const mote_executor *further = NULL;
  mote_fault fault;
  if (table_obj != mp_const_none)
    further = mote_buffer(table_obj, MP_BUFFER_READ, MOTE_GROUPS * sizeof(mote_executor)).buf;
  mote_check(mote_model_open(state.buf, state.len, file.buf, file.len, further, &fault), &fault);
  return mp_obj_new_int_from_uint(mote_model_arena_bytes(state.buf));
}
static MP_DEFINE_CONST_FUN_OBJ_3(model_open_obj, model_open);

static mp_obj_t model_reset(mp_obj_t state_obj, mp_obj_t arena_obj) {
  mp_buffer_info_t state = mote_buffer(state_obj, MP_BUFFER_RW, 0), arena = mote_buffer(arena_obj, MP_BUFFER_RW, 0);
  mote_fault fault;
  mote_check(mote_model_reset(state.buf, arena.buf, arena.len, &fault), &fault);
  return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(model_reset_obj, model_reset);

static mp_obj_t model_run(mp_obj_t state_obj, mp_obj_t arena_obj) {
  mp_buffer_info_t state = mote_readable(state_obj), arena = mote_buffer(arena_obj, MP_BUFFER_RW, 0);
  mote_fault fault;
  mote_check(mote_model_run(state.buf, arena.buf, arena.len, &fault), &fault);
  return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(model_run_obj, model_run);

static mp_obj_t model_run_op(mp_obj_t state_obj, mp_obj_t arena_obj, mp_obj_t index) {
  mp_buffer_info_t state = mote_readable(state_obj), arena = mote_buffer(arena_obj, MP_BUFFER_RW, 0);
  mote_fault fault;
  mote_check(mote_model_run_operator(state.buf, mp_obj_get_int(index), arena.buf, arena.len, &fault), &fault);
  return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_3(model_run_op_obj, model_run_op);

static mp_obj_t model_counts(mp_obj_t state_obj) {
  mp_buffer_info_t state = mote_readable(state_obj);
  mp_obj_t counts[3] = {mp_obj_new_int(mote_model_inputs(state.buf)), mp_obj_new_int(mote_model_outputs(state.buf)),
                        mp_obj_new_int(mote_model_operators(state.buf))};
  return mp_obj_new_tuple(3, counts);
}
static MP_DEFINE_CONST_FUN_OBJ_1(model_counts_obj, model_counts);

static int tensor_of(const mote_model *model, int kind, int index, mote_tensor_info *info) {
  if (kind == 0) return mote_model_input(model, index, info);
  if (kind == 1) return mote_model_output(model, index, info);
  return mote_model_tensor(model, index, info);
}

/* (name's bytes, which need not be UTF-8, shape, type, scale as the bits of a single, zero point, offset, bytes) */
static mp_obj_t model_tensor(mp_obj_t state_obj, mp_obj_t kind, mp_obj_t index_obj) {
  mp_buffer_info_t state = mote_readable(state_obj);
  int index = mp_obj_get_int(index_obj);
  mote_tensor_info info;
  mote_check_status(tensor_of(state.buf, mp_obj_get_int(kind), index, &info), index, -1);
  mp_obj_t dims[MOTE_MAX_RANK];
  for (int i = 0; i < info.rank; i++) dims[i] = mp_obj_new_int(info.dims[i]);
  mp_obj_t parts[7] = {mp_obj_new_bytes((const byte *)info.name, info.name_len),
                       mp_obj_new_tuple(info.rank, dims),
                       mp_obj_new_int(info.type),
                       mp_obj_new_int_from_uint(info.scale_bits),
                       mp_obj_new_int(info.zero_point),
                       mp_obj_new_int_from_uint(info.offset),
                       mp_obj_new_int_from_uint(info.bytes)};
  return mp_obj_new_tuple(7, parts);
}
static MP_DEFINE_CONST_FUN_OBJ_3(model_tensor_obj, model_tensor);

/* Builtin code of an operator. */
static mp_obj_t op_at(mp_obj_t file_obj, mp_obj_t index) {
  mp_buffer_info_t file = mote_readable(file_obj);
  mote_operator_info info;
  mote_fault fault;
  (void)mote_operator_check(file.buf, file.len, mp_obj_get_int(index), &info, &fault);
  return mp_obj_new_int(info.code);
}
static MP_DEFINE_CONST_FUN_OBJ_2(op_at_obj, op_at);

/* copy(to, from, code): all bytes, of buffers of the same size; from holds items of that type, or plain bytes. */
static mp_obj_t copy(mp_obj_t to_obj, mp_obj_t from_obj, mp_obj_t code) {
  mp_buffer_info_t to = mote_buffer(to_obj, MP_BUFFER_RW, 0), from = mote_readable(from_obj);
  mote_need(mote_holds_type(from_obj, &from, mp_obj_get_int(code)), MP_ERROR_TEXT("items are of another type"));
  if (to.len != from.len) mote_check_status(MOTE_ERR_SHAPE, (int32_t)from.len, (int32_t)to.len);
  memmove(to.buf, from.buf, to.len);
  return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_3(copy_obj, copy);

/* The names are written out because a native module's names are collected from the source text. */
#define FUNCTIONS(ENTRY)                      \
  ENTRY(model_measure, MP_QSTR_model_measure) \
  ENTRY(model_groups, MP_QSTR_model_groups)   \
  ENTRY(group_table, MP_QSTR_group_table)     \
  ENTRY(model_open, MP_QSTR_model_open)       \
  ENTRY(model_reset, MP_QSTR_model_reset)     \
  ENTRY(model_run, MP_QSTR_model_run)         \
  ENTRY(model_run_op, MP_QSTR_model_run_op)   \
  ENTRY(model_counts, MP_QSTR_model_counts)   \
  ENTRY(model_tensor, MP_QSTR_model_tensor)   \
  ENTRY(op_at, MP_QSTR_op_at)                 \
  ENTRY(copy, MP_QSTR_copy)

MOTE_MODULE(MP_QSTR__mote, mote_model_module, FUNCTIONS)
