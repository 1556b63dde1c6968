/* SPDX-License-Identifier: Apache-2.0 */
/* SignalFramer, SignalDelay, SignalStacker and SignalOverlapAdd on int16 (TFLM's kernels of these names over its
 * CircularBuffer, and OverlapAdd): operators that remember the end of the stream.
 *
 * Where TFLM writes into a circular buffer and reads from it, the buffer's content followed by the new samples is the
 * same sequence, so only the content between runs is kept, as it is. Outputs that are not valid yet are 0; TFLM leaves
 * there what was. */
#include <string.h>

#include "kernels.h"
#include "signal.h"

/* The `held` samples that a stream remembers and `count` new ones make a sequence: its first `give` samples go to
 * `out`, its last `keep` are remembered. give and keep are at most held + count. */
typedef struct {
  uint32_t held, count, give, keep;
} passage;

static void pass(passage p, int16_t *memory, const int16_t *in, int16_t *out) {
  uint32_t old = p.give < p.held ? p.give : p.held;
  memcpy(out, memory, old * sizeof *out);
  memcpy(out + old, in, (p.give - old) * sizeof *out);
  uint32_t fresh = p.keep < p.count ? p.keep : p.count, kept = p.keep - fresh;
  memmove(memory, memory + (p.held - kept), kept * sizeof *memory);
  memcpy(memory + kept, in + (p.count - fresh), fresh * sizeof *memory);
}

int mote_kernel_signal_delay(mote_op *op) {
  static const uint8_t kinds[] = {MOTE_KIND(TFL_INT16, MOTE_ANY_RANK), MOTE_KIND(TFL_INT16, MOTE_ANY_RANK)};
  mote_tensor t[2];
  int32_t delay = 0;
  int status = mote_signal_tensors(op, kinds, 1, 1, t);
  if (status == MOTE_OK) status = mote_signal_options(op, &delay, 1);
  if (status != MOTE_OK) return status;
  int32_t count = mote_signal_length(&t[0]), streams = (int32_t)t[0].elements / count;
  status = mote_need_value(op, 1, (int32_t)t[1].elements, (int32_t)t[0].elements);
  if (status == MOTE_OK) status = mote_need_option(op, delay, 0, MOTE_MAX_BYTES / 2 / streams);
  if (status != MOTE_OK) return status;
  uint32_t held = (uint32_t)delay;
  op->persistent_bytes = (uint32_t)streams * held * (uint32_t)sizeof(int16_t);
  if (op->arena && op->persistent && op->reset) memset(op->persistent, 0, op->persistent_bytes);
  if (!op->arena || op->reset) return MOTE_OK;
  int16_t *memory = (int16_t *)(void *)op->persistent, *out = (int16_t *)t[1].data;
  const int16_t *in = (const int16_t *)t[0].data;
  const passage p = {held, (uint32_t)count, (uint32_t)count, held};
  if (held == 0) memcpy(out, in, t[0].bytes);
  else
    for (; streams > 0; streams--, memory += held, in += count, out += count) pass(p, memory, in, out);
  return MOTE_OK;
}

/* The persistent memory of framers and stackers: how much a stream holds, then the samples of all streams. */
typedef struct {
  uint32_t held;
  int16_t sample[];
} memory;

/* From `count` new samples a time to frames of `size`. A frame is full once `most` samples were held before; then
 * `keep` are held after it. keep <= most, size <= most + count. */
typedef struct {
  uint32_t size, count, most, keep;
} framing;

static bool frame(const framing *f, uint32_t *held, int16_t *samples, const int16_t *in, int16_t *out) {
  bool full = *held >= f->most;
  uint32_t more = *held + f->count;
  passage p = {*held, f->count, full ? f->size : 0, full ? f->keep : more < f->most ? more : f->most};
  if (!full) memset(out, 0, f->size * sizeof *out);
  pass(p, samples, in, out);
  *held = p.keep;
  return full;
}

static const uint8_t frame_kinds[] = {MOTE_KIND(TFL_INT16, MOTE_ANY_RANK), MOTE_KIND(TFL_INT16, MOTE_ANY_RANK),
                                      MOTE_KIND(TFL_BOOL, 0)};

/* Options: frame_size, frame_step, prefill. A prefilled stream begins with zeros for all of a frame but a step; else
 * what is held is what the least multiple of the step that fills a frame leaves. */
static int read_framer(mote_op *op, mote_tensor *t, framing *f, bool *prefill) {
  int32_t v[3] = {0, 0, 0};
  int status = mote_signal_tensors(op, frame_kinds, 1, 2, t);
  if (status == MOTE_OK) status = mote_need_rank(op, 1, &t[1], t[0].rank + 1);
  if (status == MOTE_OK) status = mote_signal_options(op, v, 3);
  if (status != MOTE_OK) return status;
  int32_t size = v[0], step = v[1], length = mote_signal_length(&t[0]);
  status = mote_need_option(op, step, 1, length);
  if (status == MOTE_OK) status = mote_need_option(op, size, v[2] ? step : 1, mote_signal_length(&t[1]));
  if (status == MOTE_OK) status = mote_need_value(op, 1, mote_signal_length(&t[1]), size);
  if (status == MOTE_OK) status = mote_need_value(op, 0, length % step, 0);
  if (status == MOTE_OK) status = mote_need_value(op, 1, (int32_t)t[1].elements / size, (int32_t)t[0].elements / step);
  if (status != MOTE_OK) return status;
  f->size = (uint32_t)size;
  f->count = (uint32_t)step;
  f->most = f->keep = (uint32_t)(v[2] ? size - step : (size - 1) / step * step);
  *prefill = v[2] != 0;
  return MOTE_OK;
}

int mote_kernel_signal_framer(mote_op *op) {
  mote_tensor t[3];
  framing f;
  bool prefill, valid = true;
  int status = read_framer(op, t, &f, &prefill);
  if (status != MOTE_OK) return status;
  uint32_t length = (uint32_t)mote_signal_length(&t[0]), streams = t[0].elements / length;
  if (f.most > MOTE_MAX_BYTES / 4 / streams) return mote_op_fail(op, MOTE_ERR_LIMIT, -1, (int32_t)f.most, 0);
  op->persistent_bytes = (uint32_t)sizeof(memory) + streams * f.most * (uint32_t)sizeof(int16_t);
  if (!op->arena) return MOTE_OK;
  memory *m = (memory *)(void *)op->persistent;
  if (op->reset) {
    memset(m, 0, op->persistent_bytes);
    m->held = prefill ? f.most : 0;
    return MOTE_OK;
  }
  uint32_t before = m->held < f.most ? m->held : f.most, after = before;
  const int16_t *in = (const int16_t *)t[0].data;
  int16_t *out = (int16_t *)t[1].data, *samples = m->sample;
  for (; streams > 0; streams--, samples += f.most) {
    after = before; /* all streams hold as many */
    for (uint32_t left = length; left > 0; left -= f.count, in += f.count, out += f.size) {
      valid = frame(&f, &after, samples, in, out) && valid;
    }
  }
  m->held = after;
  *t[2].data = valid;
  return MOTE_OK;
}

#define MOST_CONTEXT 4096 /* frames */

/* Options: num_channels, stacker_left_context, stacker_right_context, stacker_step. left: copies of the very first
 * frame that precede it. */
static int read_stacker(mote_op *op, mote_tensor *t, framing *f, uint32_t *left) {
  int32_t v[4] = {0, 0, 0, 0};
  int status = mote_signal_tensors(op, frame_kinds, 1, 2, t);
  if (status == MOTE_OK) status = mote_need_rank(op, 0, &t[0], 1);
  if (status == MOTE_OK) status = mote_need_rank(op, 1, &t[1], 1);
  if (status == MOTE_OK) status = mote_signal_options(op, v, 4);
  if (status == MOTE_OK) status = mote_need_value(op, 0, t[0].dims[0], v[0]);
  if (status == MOTE_OK) status = mote_need_option(op, v[1], 0, MOST_CONTEXT);
  if (status == MOTE_OK) status = mote_need_option(op, v[2], 0, MOST_CONTEXT);
  if (status != MOTE_OK) return status;
  uint32_t frames = (uint32_t)(v[1] + v[2] + 1), channels = t[0].elements;
  status = mote_need_option(op, v[3], 1, (int32_t)frames);
  if (status == MOTE_OK && t[1].elements % channels != 0) status = mote_need_value(op, 1, t[1].dims[0], v[0]);
  if (status == MOTE_OK) status = mote_need_value(op, 1, (int32_t)(t[1].elements / channels), (int32_t)frames);
  *f = (framing){t[1].elements, channels, (frames - 1) * channels, (frames - (uint32_t)v[3]) * channels};
  *left = (uint32_t)v[1];
  return status;
}

int mote_kernel_signal_stacker(mote_op *op) {
  mote_tensor t[3];
  framing f;
  uint32_t left;
  int status = read_stacker(op, t, &f, &left);
  if (status != MOTE_OK) return status;
  op->persistent_bytes = (uint32_t)sizeof(memory) + f.most * (uint32_t)sizeof(int16_t);
  if (!op->arena) return MOTE_OK;
  memory *m = (memory *)(void *)op->persistent;
  if (op->reset) {
    memset(m, 0, op->persistent_bytes);
    m->held = UINT32_MAX; /* nothing has come yet */
    return MOTE_OK;
  }
  const int16_t *in = (const int16_t *)t[0].data;
  if (m->held > f.most) {
    for (m->held = 0; m->held < left * f.count; m->held += f.count) memcpy(m->sample + m->held, in, t[0].bytes);
  }
  *t[2].data = frame(&f, &m->held, m->sample, in, (int16_t *)t[1].data);
  return MOTE_OK;
}

/* One frame added onto the `size - step` samples held; the first `step` sums are finished. */
static void overlap(int16_t *held, const int16_t *in, int16_t *out, int32_t size, int32_t step) {
  for (int32_t i = 0; i < size; i++) {
    int32_t sum = in[i] + (i < size - step ? held[i] : 0);
    int16_t sample = (int16_t)mote_clamp(sum, INT16_MIN, INT16_MAX);
    if (i < step) out[i] = sample;
    else held[i - step] = sample;
  }
}

/* Options: the type of the samples, which is the tensors', and frame_step. */
int mote_kernel_signal_overlap_add(mote_op *op) {
  mote_tensor t[2];
  int32_t option[2] = {0, 0};
  int status = mote_signal_tensors(op, frame_kinds, 1, 1, t);
  if (status == MOTE_OK) status = mote_need_rank(op, 0, &t[0], t[1].rank + 1);
  if (status == MOTE_OK) status = mote_signal_options(op, option, 2);
  if (status == MOTE_OK) status = mote_signal_int16(op, option[0]);
  if (status != MOTE_OK) return status;
  int32_t size = mote_signal_length(&t[0]), frames = t[0].dims[t[0].rank - 2], step = option[1];
  int32_t all = (int32_t)t[0].elements / size;
  status = mote_need_option(op, step, 1, size);
  if (status == MOTE_OK && t[1].elements % (uint32_t)step) status = mote_need_value(op, 1, t[1].dims[0], step);
  if (status == MOTE_OK) status = mote_need_value(op, 1, (int32_t)t[1].elements / step, all);
  if (status != MOTE_OK) return status;
  op->persistent_bytes = (uint32_t)(all / frames * (size - step)) * (uint32_t)sizeof(int16_t);
  if (op->reset && op->persistent) memset(op->persistent, 0, op->persistent_bytes);
  if (!op->arena || op->reset) return MOTE_OK;
  int16_t *held = (int16_t *)(void *)op->persistent, *out = (int16_t *)t[1].data;
  const int16_t *in = (const int16_t *)t[0].data;
  for (int32_t i = 0; i < all; i++, in += size, out += step) {
    int32_t stream = i / frames * (size - step);
    overlap(held ? held + stream : out, in, out, size, step);
  }
  return MOTE_OK;
}
