/* SPDX-License-Identifier: Apache-2.0 */
/* Module `_mote_chain`: the core's ring and signal chain on buffers, for the package `mote` (device/mote). Rings and
 * the chain's state live in bytearrays that the package allocates; nothing here allocates per call but the tuples of
 * sizes. */
#include <string.h>

#include "glue.h"

static mp_buffer_info_t samples_of(mp_obj_t object) {
  mp_buffer_info_t info = mote_readable(object);
  bool aligned = info.len == 0 || ((uintptr_t)info.buf % 2 == 0 && info.len % 2 == 0);
  mote_need(aligned && mote_holds_type(object, &info, 'h'),
            MP_ERROR_TEXT("samples must be int16: array('h'), or bytes, an even number of them at an even address"));
  return info;
}

/* ---- Ring ---- */

static mote_ring *ring_of(mp_obj_t object) { return mote_buffer(object, MP_BUFFER_RW, sizeof(mote_ring)).buf; }

static mp_obj_t ring_bytes(mp_obj_t capacity) {
  return mp_obj_new_int_from_uint(sizeof(mote_ring) + 2 * (size_t)mp_obj_get_int(capacity));
}
static MP_DEFINE_CONST_FUN_OBJ_1(ring_bytes_obj, ring_bytes);

/* ring_init(ring, capacity, lanes) */
static mp_obj_t ring_init(mp_obj_t ring_obj, mp_obj_t capacity_obj, mp_obj_t lanes_obj) {
  mp_int_t capacity = mp_obj_get_int(capacity_obj), lanes = mp_obj_get_int(lanes_obj);
  if (capacity < 1 || capacity > 1 << 24) mote_check_status(MOTE_ERR_ARGUMENT, (int32_t)capacity, 1 << 24);
  mote_ring *ring = mote_buffer(ring_obj, MP_BUFFER_RW, sizeof(mote_ring) + 2 * (size_t)capacity).buf;
  int status = mote_ring_init(ring, (int16_t *)(void *)(ring + 1), (uint32_t)capacity, (uint32_t)lanes);
  mote_check_status(status, (int32_t)capacity, -1);
  return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_3(ring_init_obj, ring_init);

static mp_obj_t ring_push(mp_obj_t ring_obj, mp_obj_t samples_obj) {
  mp_buffer_info_t samples = samples_of(samples_obj);
  mote_ring_push(ring_of(ring_obj), samples.buf, (uint32_t)(samples.len / 2));
  return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(ring_push_obj, ring_push);

/* ring_push_slots(ring, slots, shift): samples in slots of 32 bits, shifted right and saturated. */
static mp_obj_t ring_push_slots(mp_obj_t ring_obj, mp_obj_t slots_obj, mp_obj_t shift_obj) {
  mp_buffer_info_t slots = mote_readable(slots_obj);
  mp_int_t shift = mp_obj_get_int(shift_obj);
  bool whole = slots.len == 0 || ((uintptr_t)slots.buf % 4 == 0 && slots.len % 4 == 0);
  mote_need(whole && shift >= 0 && shift <= 31, MP_ERROR_TEXT("slots must be int32, the shift 0 to 31"));
  mote_ring_push_slots(ring_of(ring_obj), slots.buf, (uint32_t)(slots.len / 4), (uint32_t)shift);
  return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_3(ring_push_slots_obj, ring_push_slots);

/* ring_gap(ring, missing): what is pushed next does not follow what was pushed last. */
static mp_obj_t ring_gap(mp_obj_t ring_obj, mp_obj_t missing_obj) {
  mote_ring_gap(ring_of(ring_obj), (uint32_t)mp_obj_get_int_truncated(missing_obj));
  return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(ring_gap_obj, ring_gap);

/* ring_feed(ring, samples, start): pushes samples from `start` on while they fit; returns how many. */
static mp_obj_t ring_feed(mp_obj_t ring_obj, mp_obj_t samples_obj, mp_obj_t start_obj) {
  mp_buffer_info_t samples = samples_of(samples_obj);
  mp_int_t start = mp_obj_get_int(start_obj);
  size_t count = samples.len / 2;
  if (start < 0 || (size_t)start > count) mote_check_status(MOTE_ERR_ARGUMENT, (int32_t)start, (int32_t)count);
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
  mp_buffer_info_t out = mote_buffer(args[1], MP_BUFFER_RW, 0);
  bool whole = ring->lanes && (uint32_t)n % ring->lanes == 0 && (uint32_t)hop % ring->lanes == 0;
  mote_need(whole && n >= 1 && (uint32_t)n <= ring->capacity && hop >= 1 && hop <= n,
            MP_ERROR_TEXT("window: n must be 1 to the ring's size, hop 1 to n, whole instants of the channels"));
  mote_need((uintptr_t)out.buf % 2 == 0 && out.len / 2 >= (size_t)n && mote_holds_type(args[1], &out, 'h'),
            MP_ERROR_TEXT("window: out must be array('h') of at least n items"));
  int status = mote_ring_window(ring, out.buf, (uint32_t)n, (uint32_t)hop);
  mote_check_status(status, (int32_t)n, -1);
  return mp_obj_new_int(status);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(ring_window_obj, 4, 4, ring_window);

/* (written, lost, overruns, missing, breaks) */
static mp_obj_t ring_stats(mp_obj_t ring_obj) {
  const mote_ring *ring = ring_of(ring_obj);
  mp_obj_t stats[5] = {mp_obj_new_int_from_uint(ring->written), mp_obj_new_int_from_uint(ring->lost),
                       mp_obj_new_int_from_uint(ring->overruns), mp_obj_new_int_from_uint(ring->missing),
                       mp_obj_new_int_from_uint(ring->breaks)};
  return mp_obj_new_tuple(5, stats);
}
static MP_DEFINE_CONST_FUN_OBJ_1(ring_stats_obj, ring_stats);

/* ---- Signal chain ---- */

static mp_buffer_info_t words_of(mp_obj_t object) {
  mp_buffer_info_t words = mote_readable(object);
  if ((uintptr_t)words.buf % 4 || words.len % 4) mote_check_status(MOTE_ERR_ARGUMENT, (int32_t)words.len, -1);
  words.len /= 4;
  return words;
}

/* Further stages: of this build, or from the table of another module. */
static const mote_stages *sense_of(mp_obj_t table_obj, mote_stages *own) {
  if (table_obj != mp_const_none) {
    const mote_stages *table = mote_buffer(table_obj, MP_BUFFER_READ, sizeof *table).buf;
    if ((uintptr_t)table % sizeof table->run) mote_check_status(MOTE_ERR_ARGUMENT, 1, 0);
    return table;
  }
#ifdef MICROPY_ENABLE_DYNRUNTIME
  (void)own;
  return NULL;
#else
  mote_sense_stages(own);
  return own;
#endif
}

/* (abi, bytes of the table that the module of further stages enters itself into, whether this build has them) */
static mp_obj_t stage_table(void) {
#ifdef MICROPY_ENABLE_DYNRUNTIME
  mp_obj_t own = mp_const_false;
#else
  mp_obj_t own = mp_const_true;
#endif
  mp_obj_t facts[3] = {mp_obj_new_int_from_uint(mote_stage_abi()), mp_obj_new_int(sizeof(mote_stages)), own};
  return mp_obj_new_tuple(3, facts);
}
static MP_DEFINE_CONST_FUN_OBJ_0(stage_table_obj, stage_table);

/* chain_check(words, table): None, or what is refused: (status, stage, code, subject, have, want) */
static mp_obj_t chain_check(mp_obj_t words_obj, mp_obj_t table_obj) {
  mp_buffer_info_t words = words_of(words_obj);
  mote_stages own;
  mote_fault fault;
  uint32_t bytes = 0;
  int status = mote_frontend_measure(words.buf, words.len, sense_of(table_obj, &own), &bytes, &fault);
  if (status == MOTE_OK) return mp_const_none;
  mp_obj_t fields[6] = {mp_obj_new_int(status),        mp_obj_new_int(fault.index), mp_obj_new_int(fault.code),
                        mp_obj_new_int(fault.subject), mp_obj_new_int(fault.have),  mp_obj_new_int(fault.want)};
  return mp_obj_new_tuple(6, fields);
}
static MP_DEFINE_CONST_FUN_OBJ_2(chain_check_obj, chain_check);

static mp_obj_t chain_measure(mp_obj_t words_obj, mp_obj_t table_obj) {
  mp_buffer_info_t words = words_of(words_obj);
  mote_stages own;
  mote_fault fault;
  uint32_t bytes = 0;
  mote_check(mote_frontend_measure(words.buf, words.len, sense_of(table_obj, &own), &bytes, &fault), &fault);
  return mp_obj_new_int_from_uint(bytes);
}
static MP_DEFINE_CONST_FUN_OBJ_2(chain_measure_obj, chain_measure);

/* chain_init(state, words, table): (window, hop, values, bytes of a value, kind, unit) */
static mp_obj_t chain_init(mp_obj_t state_obj, mp_obj_t words_obj, mp_obj_t table_obj) {
  mp_buffer_info_t state = mote_buffer(state_obj, MP_BUFFER_RW, 0), words = words_of(words_obj);
  mote_stages own;
  mote_fault fault;
  const mote_stages *sense = sense_of(table_obj, &own);
  mote_check(mote_frontend_init(state.buf, state.len, words.buf, words.len, sense, &fault), &fault);
  mp_obj_t sizes[6] = {mp_obj_new_int_from_uint(mote_frontend_window(state.buf)),
                       mp_obj_new_int_from_uint(mote_frontend_hop(state.buf)),
                       mp_obj_new_int_from_uint(mote_frontend_values(state.buf)),
                       mp_obj_new_int_from_uint(mote_frontend_value_bytes(state.buf)),
                       mp_obj_new_int(mote_frontend_kind(state.buf)),
                       mp_obj_new_int_from_uint(mote_frontend_unit(state.buf))};
  return mp_obj_new_tuple(6, sizes);
}
static MP_DEFINE_CONST_FUN_OBJ_3(chain_init_obj, chain_init);

/* Samples from the end of the last window when this was called before to that of the last one now: no more than a small
 * integer holds, as long as it is called again and again. */
static mp_obj_t chain_passed(mp_obj_t state_obj) {
  return mp_obj_new_int_from_uint(mote_frontend_passed(mote_buffer(state_obj, MP_BUFFER_RW, 0).buf));
}
static MP_DEFINE_CONST_FUN_OBJ_1(chain_passed_obj, chain_passed);

/* chain_next(state, ring, frames, index): writes frame number `index` of those that `frames` has room for. */
static mp_obj_t chain_next(size_t count, const mp_obj_t *args) {
  (void)count;
  mote_frontend *chain = mote_buffer(args[0], MP_BUFFER_RW, 0).buf;
  mp_int_t index = mp_obj_get_int(args[3]);
  size_t bytes = (size_t)mote_frontend_values(chain) * mote_frontend_value_bytes(chain);
  mp_buffer_info_t frames = mote_buffer(args[2], MP_BUFFER_RW, bytes);
  if (index < 0 || (bytes && (size_t)index >= frames.len / bytes)) {
    mote_check_status(MOTE_ERR_ARGUMENT, (int32_t)index, bytes ? (int32_t)(frames.len / bytes) : 0);
  }
  if ((uintptr_t)frames.buf % mote_frontend_value_bytes(chain)) mote_check_status(MOTE_ERR_ARGUMENT, 1, 0);
  int status = mote_frontend_next(chain, ring_of(args[1]), (uint8_t *)frames.buf + (size_t)index * bytes);
  mote_check_status(status, -1, -1);
  return mp_obj_new_int(status);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(chain_next_obj, 4, 4, chain_next);

static mp_obj_t chain_reset(mp_obj_t state_obj) {
  mote_frontend_reset(mote_buffer(state_obj, MP_BUFFER_RW, 0).buf);
  return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(chain_reset_obj, chain_reset);

/* unroll(to, circle, start): the bytes of a circle in order, from `start` on to its end, then those before. */
static mp_obj_t unroll(mp_obj_t to_obj, mp_obj_t circle_obj, mp_obj_t start_obj) {
  mp_buffer_info_t to = mote_buffer(to_obj, MP_BUFFER_RW, 0), circle = mote_readable(circle_obj);
  mp_int_t start = mp_obj_get_int(start_obj);
  if (to.len != circle.len) mote_check_status(MOTE_ERR_SHAPE, (int32_t)circle.len, (int32_t)to.len);
  if (start < 0 || (size_t)start > circle.len)
    mote_check_status(MOTE_ERR_ARGUMENT, (int32_t)start, (int32_t)circle.len);
  size_t older = circle.len - (size_t)start;
  memmove(to.buf, (uint8_t *)circle.buf + start, older);
  memmove((uint8_t *)to.buf + older, circle.buf, (size_t)start);
  return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_3(unroll_obj, unroll);

#define FUNCTIONS(ENTRY)                          \
  ENTRY(ring_bytes, MP_QSTR_ring_bytes)           \
  ENTRY(ring_init, MP_QSTR_ring_init)             \
  ENTRY(ring_push, MP_QSTR_ring_push)             \
  ENTRY(ring_push_slots, MP_QSTR_ring_push_slots) \
  ENTRY(ring_gap, MP_QSTR_ring_gap)               \
  ENTRY(ring_feed, MP_QSTR_ring_feed)             \
  ENTRY(ring_available, MP_QSTR_ring_available)   \
  ENTRY(ring_window, MP_QSTR_ring_window)         \
  ENTRY(ring_stats, MP_QSTR_ring_stats)           \
  ENTRY(stage_table, MP_QSTR_stage_table)         \
  ENTRY(chain_check, MP_QSTR_chain_check)         \
  ENTRY(chain_measure, MP_QSTR_chain_measure)     \
  ENTRY(chain_init, MP_QSTR_chain_init)           \
  ENTRY(chain_next, MP_QSTR_chain_next)           \
  ENTRY(chain_passed, MP_QSTR_chain_passed)       \
  ENTRY(chain_reset, MP_QSTR_chain_reset)         \
  ENTRY(unroll, MP_QSTR_unroll)

MOTE_MODULE(MP_QSTR__mote_chain, mote_chain_module, FUNCTIONS)
