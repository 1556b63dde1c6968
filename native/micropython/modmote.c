/* SPDX-License-Identifier: Apache-2.0 */
/* Module `_mote`: the core's functions on buffers, for the package `mote` (device/mote). One source for both build
 * forms: linked into a firmware as a user C module, or loaded from a file as a native module. Objects of the core live
 * in bytearrays that the package allocates; nothing here allocates per call but the tuples that describe tensors. */
#ifdef MICROPY_ENABLE_DYNRUNTIME
#include "py/dynruntime.h"
#define mp_type_MemoryError (*(mp_obj_type_t *)(mp_load_global(MP_QSTR_MemoryError)))
#else
#include "py/binary.h"
#include "py/runtime.h"
#endif

#include <string.h>

#include "mote.h"

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

static void check(int status, const mote_fault *fault) {
  if (status < 0) raise_fault(fault);
}

/* For functions that report no fault: one made of the status and two numbers. */
static void check_status(int status, int32_t have, int32_t want) {
  mote_fault fault = {(int16_t)status, -1, -1, -1, have, want};
  check(status, &fault);
}

static mp_buffer_info_t buffer(mp_obj_t object, int flags, size_t least) {
  mp_buffer_info_t info;
  mp_get_buffer_raise(object, &info, flags);
  if (info.len < least) check_status(MOTE_ERR_STATE_SIZE, (int32_t)info.len, (int32_t)least);
  return info;
}

static mp_buffer_info_t readable(mp_obj_t object) { return buffer(object, MP_BUFFER_READ, 0); }

static void need(bool holds, mp_rom_error_text_t otherwise) {
  if (!holds) mp_raise_ValueError(otherwise);
}

/* Whether items are of a type of the array module, or plain bytes, which may hold anything. */
static bool holds_type(const mp_buffer_info_t *info, int code) {
  return info->typecode == code || info->typecode == 'B' || info->typecode == BYTEARRAY_TYPECODE;
}

static mp_buffer_info_t samples_of(mp_obj_t object) {
  mp_buffer_info_t info = readable(object);
  bool aligned = info.len == 0 || ((uintptr_t)info.buf % 2 == 0 && info.len % 2 == 0);
  bool text = mp_obj_get_type(object) == &mp_type_str;
  need(aligned && holds_type(&info, 'h') && !text,
       MP_ERROR_TEXT("samples must be int16: array('h'), or bytes, an even number of them at an even address"));
  return info;
}

/* ---- Models ---- */

static mp_obj_t model_measure(mp_obj_t file_obj) {
  mp_buffer_info_t file = readable(file_obj);
  mote_fault fault;
  uint32_t bytes = 0;
  check(mote_model_measure(file.buf, file.len, &bytes, &fault), &fault);
  return mp_obj_new_int_from_uint(bytes);
}
static MP_DEFINE_CONST_FUN_OBJ_1(model_measure_obj, model_measure);

/* Mask of the groups of operators that a file needs and this module does not have. */
static mp_obj_t model_groups(mp_obj_t file_obj) {
  mp_buffer_info_t file = readable(file_obj);
  mote_fault fault;
  uint32_t mask = 0;
  check(mote_file_groups(file.buf, file.len, &mask, &fault), &fault);
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
  mp_buffer_info_t state = buffer(state_obj, MP_BUFFER_RW, 0), file = readable(file_obj);
  const mote_executor *further = NULL;
  mote_fault fault;
  if (table_obj != mp_const_none) further = buffer(table_obj, MP_BUFFER_READ, MOTE_GROUPS * sizeof(mote_executor)).buf;
  check(mote_model_open(state.buf, state.len, file.buf, file.len, further, &fault), &fault);
  return mp_obj_new_int_from_uint(mote_model_arena_bytes(state.buf));
}
static MP_DEFINE_CONST_FUN_OBJ_3(model_open_obj, model_open);

static mp_obj_t model_reset(mp_obj_t state_obj, mp_obj_t arena_obj) {
  mp_buffer_info_t state = buffer(state_obj, MP_BUFFER_RW, 0), arena = buffer(arena_obj, MP_BUFFER_RW, 0);
  mote_fault fault;
  check(mote_model_reset(state.buf, arena.buf, arena.len, &fault), &fault);
  return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(model_reset_obj, model_reset);

static mp_obj_t model_run(mp_obj_t state_obj, mp_obj_t arena_obj) {
  mp_buffer_info_t state = readable(state_obj), arena = buffer(arena_obj, MP_BUFFER_RW, 0);
  mote_fault fault;
  check(mote_model_run(state.buf, arena.buf, arena.len, &fault), &fault);
  return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(model_run_obj, model_run);

static mp_obj_t model_run_op(mp_obj_t state_obj, mp_obj_t arena_obj, mp_obj_t index) {
  mp_buffer_info_t state = readable(state_obj), arena = buffer(arena_obj, MP_BUFFER_RW, 0);
  mote_fault fault;
  check(mote_model_run_operator(state.buf, mp_obj_get_int(index), arena.buf, arena.len, &fault), &fault);
  return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_3(model_run_op_obj, model_run_op);

static mp_obj_t model_counts(mp_obj_t state_obj) {
  mp_buffer_info_t state = readable(state_obj);
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

/* (name, shape, type, scale as the bits of a single, zero point, offset, bytes) */
static mp_obj_t model_tensor(mp_obj_t state_obj, mp_obj_t kind, mp_obj_t index_obj) {
  mp_buffer_info_t state = readable(state_obj);
  int index = mp_obj_get_int(index_obj);
  mote_tensor_info info;
  check_status(tensor_of(state.buf, mp_obj_get_int(kind), index, &info), index, -1);
  mp_obj_t dims[MOTE_MAX_RANK];
  for (int i = 0; i < info.rank; i++) dims[i] = mp_obj_new_int(info.dims[i]);
  mp_obj_t parts[7] = {mp_obj_new_str(info.name, info.name_len),
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
  mp_buffer_info_t file = readable(file_obj);
  mote_operator_info info;
  mote_fault fault;
  (void)mote_operator_check(file.buf, file.len, mp_obj_get_int(index), &info, &fault);
  return mp_obj_new_int(info.code);
}
static MP_DEFINE_CONST_FUN_OBJ_2(op_at_obj, op_at);

/* ---- Ring ---- */

static mote_ring *ring_of(mp_obj_t object) { return buffer(object, MP_BUFFER_RW, sizeof(mote_ring)).buf; }

static mp_obj_t ring_bytes(mp_obj_t capacity) {
  return mp_obj_new_int_from_uint(sizeof(mote_ring) + 2 * (size_t)mp_obj_get_int(capacity));
}
static MP_DEFINE_CONST_FUN_OBJ_1(ring_bytes_obj, ring_bytes);

static mp_obj_t ring_init(mp_obj_t ring_obj, mp_obj_t capacity_obj) {
  mp_int_t capacity = mp_obj_get_int(capacity_obj);
  mote_ring *ring = ring_of(ring_obj);
  if (capacity < 1 || capacity > 1 << 24) check_status(MOTE_ERR_ARGUMENT, (int32_t)capacity, 1 << 24);
  (void)buffer(ring_obj, MP_BUFFER_RW, sizeof(mote_ring) + 2 * (size_t)capacity);
  check_status(mote_ring_init(ring, (int16_t *)(void *)(ring + 1), (uint32_t)capacity), (int32_t)capacity, -1);
  return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(ring_init_obj, ring_init);

static mp_obj_t ring_push(mp_obj_t ring_obj, mp_obj_t samples_obj) {
  mp_buffer_info_t samples = samples_of(samples_obj);
  mote_ring_push(ring_of(ring_obj), samples.buf, (uint32_t)(samples.len / 2));
  return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(ring_push_obj, ring_push);

/* ring_feed(ring, samples, start): pushes samples from `start` on while they fit; returns how many. */
static mp_obj_t ring_feed(mp_obj_t ring_obj, mp_obj_t samples_obj, mp_obj_t start_obj) {
  mp_buffer_info_t samples = samples_of(samples_obj);
  mp_int_t start = mp_obj_get_int(start_obj);
  size_t count = samples.len / 2;
  if (start < 0 || (size_t)start > count) check_status(MOTE_ERR_ARGUMENT, (int32_t)start, (int32_t)count);
  const int16_t *from = (const int16_t *)samples.buf + start;
  return mp_obj_new_int_from_uint(mote_ring_feed(ring_of(ring_obj), from, (uint32_t)(count - (size_t)start)));
}
static MP_DEFINE_CONST_FUN_OBJ_3(ring_feed_obj, ring_feed);

static mp_obj_t ring_available(mp_obj_t ring_obj) {
  return mp_obj_new_int_from_uint(mote_ring_available(ring_of(ring_obj)));
}
static MP_DEFINE_CONST_FUN_OBJ_1(ring_available_obj, ring_available);

/* ring_window(ring, out, n, hop) */
static mp_obj_t ring_window(size_t count, const mp_obj_t *args) {
  (void)count;
  mote_ring *ring = ring_of(args[0]);
  mp_int_t n = mp_obj_get_int(args[2]), hop = mp_obj_get_int(args[3]);
  mp_buffer_info_t out = buffer(args[1], MP_BUFFER_RW, 0);
  need(n >= 1 && (uint32_t)n <= ring->capacity && hop >= 1 && hop <= n,
       MP_ERROR_TEXT("window: n must be 1 to the ring's size, hop 1 to n"));
  need((uintptr_t)out.buf % 2 == 0 && out.len / 2 >= (size_t)n && holds_type(&out, 'h'),
       MP_ERROR_TEXT("window: out must be array('h') of at least n items"));
  int status = mote_ring_window(ring, out.buf, (uint32_t)n, (uint32_t)hop);
  check_status(status, (int32_t)n, -1);
  return mp_obj_new_int(status);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(ring_window_obj, 4, 4, ring_window);

/* (written, lost, overruns) */
static mp_obj_t ring_stats(mp_obj_t ring_obj) {
  const mote_ring *ring = ring_of(ring_obj);
  mp_obj_t stats[3] = {mp_obj_new_int_from_uint(ring->written), mp_obj_new_int_from_uint(ring->lost),
                       mp_obj_new_int_from_uint(ring->overruns)};
  return mp_obj_new_tuple(3, stats);
}
static MP_DEFINE_CONST_FUN_OBJ_1(ring_stats_obj, ring_stats);

/* ---- Signal chain ---- */

static mp_buffer_info_t words_of(mp_obj_t object) {
  mp_buffer_info_t words = readable(object);
  if ((uintptr_t)words.buf % 4 || words.len % 4) check_status(MOTE_ERR_ARGUMENT, (int32_t)words.len, -1);
  words.len /= 4;
  return words;
}

static mp_obj_t chain_measure(mp_obj_t words_obj) {
  mp_buffer_info_t words = words_of(words_obj);
  mote_fault fault;
  uint32_t bytes = 0;
  check(mote_frontend_measure(words.buf, words.len, &bytes, &fault), &fault);
  return mp_obj_new_int_from_uint(bytes);
}
static MP_DEFINE_CONST_FUN_OBJ_1(chain_measure_obj, chain_measure);

/* (window, hop, values, bytes of a value) */
static mp_obj_t chain_init(mp_obj_t state_obj, mp_obj_t words_obj) {
  mp_buffer_info_t state = buffer(state_obj, MP_BUFFER_RW, 0), words = words_of(words_obj);
  mote_fault fault;
  check(mote_frontend_init(state.buf, state.len, words.buf, words.len, &fault), &fault);
  mp_obj_t sizes[4] = {mp_obj_new_int_from_uint(mote_frontend_window(state.buf)),
                       mp_obj_new_int_from_uint(mote_frontend_hop(state.buf)),
                       mp_obj_new_int_from_uint(mote_frontend_values(state.buf)),
                       mp_obj_new_int_from_uint(mote_frontend_value_bytes(state.buf))};
  return mp_obj_new_tuple(4, sizes);
}
static MP_DEFINE_CONST_FUN_OBJ_2(chain_init_obj, chain_init);

static mp_obj_t chain_next(mp_obj_t state_obj, mp_obj_t ring_obj, mp_obj_t frame_obj) {
  mote_frontend *chain = buffer(state_obj, MP_BUFFER_RW, 0).buf;
  size_t bytes = (size_t)mote_frontend_values(chain) * mote_frontend_value_bytes(chain);
  mp_buffer_info_t frame = buffer(frame_obj, MP_BUFFER_RW, bytes);
  if ((uintptr_t)frame.buf % mote_frontend_value_bytes(chain)) check_status(MOTE_ERR_ARGUMENT, 1, 0);
  int status = mote_frontend_next(chain, ring_of(ring_obj), frame.buf);
  check_status(status, -1, -1);
  return mp_obj_new_int(status);
}
static MP_DEFINE_CONST_FUN_OBJ_3(chain_next_obj, chain_next);

static mp_obj_t chain_reset(mp_obj_t state_obj) {
  mote_frontend_reset(buffer(state_obj, MP_BUFFER_RW, 0).buf);
  return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(chain_reset_obj, chain_reset);

/* copy(to, from, code): all bytes, of buffers of the same size; from holds items of that type, or plain bytes. */
static mp_obj_t copy(mp_obj_t to_obj, mp_obj_t from_obj, mp_obj_t code) {
  mp_buffer_info_t to = buffer(to_obj, MP_BUFFER_RW, 0), from = readable(from_obj);
  bool text = mp_obj_get_type(from_obj) == &mp_type_str;
  need(holds_type(&from, mp_obj_get_int(code)) && !text, MP_ERROR_TEXT("items are of another type"));
  if (to.len != from.len) check_status(MOTE_ERR_SHAPE, (int32_t)from.len, (int32_t)to.len);
  memmove(to.buf, from.buf, to.len);
  return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_3(copy_obj, copy);

/* shift_in(history, frame): drops the oldest len(frame) bytes and appends frame. */
static mp_obj_t shift_in(mp_obj_t history_obj, mp_obj_t frame_obj) {
  mp_buffer_info_t history = buffer(history_obj, MP_BUFFER_RW, 0), frame = readable(frame_obj);
  if (frame.len > history.len) check_status(MOTE_ERR_ARGUMENT, (int32_t)frame.len, (int32_t)history.len);
  uint8_t *bytes = history.buf;
  memmove(bytes, bytes + frame.len, history.len - frame.len);
  memmove(bytes + history.len - frame.len, frame.buf, frame.len);
  return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(shift_in_obj, shift_in);

/* ---- The module ---- */

/* The names are written out because a native module's names are collected from the source text. */
#define MOTE_FUNCTIONS(ENTRY)                   \
  ENTRY(model_measure, MP_QSTR_model_measure)   \
  ENTRY(model_groups, MP_QSTR_model_groups)     \
  ENTRY(group_table, MP_QSTR_group_table)       \
  ENTRY(model_open, MP_QSTR_model_open)         \
  ENTRY(model_reset, MP_QSTR_model_reset)       \
  ENTRY(model_run, MP_QSTR_model_run)           \
  ENTRY(model_run_op, MP_QSTR_model_run_op)     \
  ENTRY(model_counts, MP_QSTR_model_counts)     \
  ENTRY(model_tensor, MP_QSTR_model_tensor)     \
  ENTRY(op_at, MP_QSTR_op_at)                   \
  ENTRY(ring_bytes, MP_QSTR_ring_bytes)         \
  ENTRY(ring_init, MP_QSTR_ring_init)           \
  ENTRY(ring_push, MP_QSTR_ring_push)           \
  ENTRY(ring_feed, MP_QSTR_ring_feed)           \
  ENTRY(ring_available, MP_QSTR_ring_available) \
  ENTRY(ring_window, MP_QSTR_ring_window)       \
  ENTRY(ring_stats, MP_QSTR_ring_stats)         \
  ENTRY(chain_measure, MP_QSTR_chain_measure)   \
  ENTRY(chain_init, MP_QSTR_chain_init)         \
  ENTRY(chain_next, MP_QSTR_chain_next)         \
  ENTRY(chain_reset, MP_QSTR_chain_reset)       \
  ENTRY(copy, MP_QSTR_copy)                     \
  ENTRY(shift_in, MP_QSTR_shift_in)

#ifdef MICROPY_ENABLE_DYNRUNTIME

#define STORE(name, text) mp_store_global(text, MP_OBJ_FROM_PTR(&name##_obj));

mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
  MP_DYNRUNTIME_INIT_ENTRY
  MOTE_FUNCTIONS(STORE)
  MP_DYNRUNTIME_INIT_EXIT
}

#else

#define ROW(name, text) {MP_ROM_QSTR(text), MP_ROM_PTR(&name##_obj)},

static const mp_rom_map_elem_t module_table[] = {{MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR__mote)},
                                                 MOTE_FUNCTIONS(ROW)};
static MP_DEFINE_CONST_DICT(module_globals, module_table);

const mp_obj_module_t mote_user_cmodule = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&module_globals,
};
MP_REGISTER_MODULE(MP_QSTR__mote, mote_user_cmodule);

#endif
