/* SPDX-License-Identifier: Apache-2.0 */
/* Lock-free ring of int16 samples: one writer, which may be an interrupt or another core, and one reader.
 *
 * The writer never waits: it overwrites the oldest samples. It announces what it is about to overwrite in `claimed`
 * before it stores, and publishes the stored samples in `written` afterwards; sample i lies in data[i % capacity]. The
 * reader copies first and looks at `claimed` after that: a copy that starts at sample `read` is whole exactly when
 * claimed - read <= capacity, because the writer then had not begun to store sample read + capacity. Marks of gaps lie
 * in a queue of their own, published in `marked`; where more wait than it holds, the reader goes straight to the
 * newest. Instants begin anew at a gap, so what is passed for any reason is whole instants from there on. All counters
 * are taken modulo 2^32, so the reader must come back within 2^31 samples. */
#include "mote.h"

#include <string.h>

#define MOTE_RING_RETRIES 4 /* copies that may be overtaken before the reader gives the processor back */

/* Keeps loads and stores on either side from being moved across. */
static inline void fence(void) { __atomic_thread_fence(__ATOMIC_ACQ_REL); }

int mote_ring_init(mote_ring *ring, int16_t *data, uint32_t capacity, uint32_t lanes) {
  if (!ring || !data || capacity == 0 || (capacity & (capacity - 1)) || capacity > (1u << 30)) return MOTE_ERR_ARGUMENT;
  if (lanes < 1 || lanes > 8 || lanes > capacity) return MOTE_ERR_ARGUMENT;
  memset(ring, 0, sizeof *ring);
  ring->data = data;
  ring->capacity = capacity;
  ring->lanes = lanes;
  return MOTE_OK;
}

/* ---- Writer ---- */

/* Samples until the end of the buffer from sample `at`, at most count. */
static uint32_t straight(const mote_ring *ring, uint32_t at, uint32_t count) {
  uint32_t room = ring->capacity - (at & (ring->capacity - 1));
  return count < room ? count : room;
}

/* Announces that the samples up to `end` will be stored. Of more than fit, the first would be overwritten by the same
 * call: returns how many, which need no storing. */
static uint32_t claim(mote_ring *ring, uint32_t end) {
  uint32_t count = end - ring->written;
  ring->claimed = end;
  fence();
  return count > ring->capacity ? count - ring->capacity : 0;
}

/* All that was claimed is stored. */
static void publish(mote_ring *ring, uint32_t end) {
  fence();
  ring->written = end;
}

void mote_ring_push(mote_ring *ring, const int16_t *samples, uint32_t count) {
  uint32_t end = ring->written + count, skip = claim(ring, end);
  uint32_t at = ring->written + skip, left = count - skip, first = straight(ring, at, left);
  memcpy(ring->data + (at & (ring->capacity - 1)), samples + skip, first * sizeof *samples);
  memcpy(ring->data, samples + skip + first, (left - first) * sizeof *samples);
  publish(ring, end);
}

void mote_ring_push_slots(mote_ring *ring, const int32_t *slots, uint32_t count, uint32_t shift) {
  uint32_t end = ring->written + count;
  for (uint32_t i = claim(ring, end); i < count; i++) {
    int32_t value = slots[i] >> shift;
    if (value > INT16_MAX) value = INT16_MAX;
    if (value < INT16_MIN) value = INT16_MIN;
    ring->data[(ring->written + i) & (ring->capacity - 1)] = (int16_t)value;
  }
  publish(ring, end);
}

uint32_t mote_ring_feed(mote_ring *ring, const int16_t *samples, uint32_t count) {
  uint32_t unread = ring->written - ring->read;
  uint32_t room = unread < ring->capacity ? ring->capacity - unread : 0;
  if (count > room) count = room;
  mote_ring_push(ring, samples, count);
  return count;
}

void mote_ring_gap(mote_ring *ring, uint32_t missing) {
  mote_gap mark = {ring->written, missing};
  ring->gap[ring->marked % MOTE_RING_GAPS] = mark;
  fence();
  ring->marked++;
}

/* ---- Reader ---- */

/* Whether a gap is marked that the reader has not passed: the first of those that the queue still holds. Negative: the
 * writer marked gaps faster than they could be read. */
static int next_gap(const mote_ring *ring, uint32_t *passed, mote_gap *mark) {
  for (int tries = 0; tries < MOTE_RING_RETRIES; tries++) { /* again only where four gaps were marked meanwhile */
    uint32_t marked = ring->marked;
    if (marked == ring->passed) return 0;
    /* The writer fills the slot of mark `marked` next, so of a full queue the oldest cannot be read safely. */
    *passed = marked - ring->passed < MOTE_RING_GAPS ? ring->passed : marked - 1;
    fence();
    *mark = ring->gap[*passed % MOTE_RING_GAPS];
    fence();
    if (ring->marked - *passed < MOTE_RING_GAPS) return 1;
  }
  return -1;
}

/* Samples from `read` on that the writer has stored and is not overwriting. */
static uint32_t stored(const mote_ring *ring) {
  uint32_t written =
      ring->written; /* before `claimed`: a writer in between then makes the result too small, never too big */
  fence();
  uint32_t claimed = ring->claimed, storing = claimed - written, behind = claimed - ring->read;
  if (behind > ring->capacity) behind = ring->capacity;
  return behind > storing ? behind - storing : 0;
}

uint32_t mote_ring_available(const mote_ring *ring) {
  uint32_t there = stored(ring), passed;
  mote_gap mark;
  int gap = next_gap(ring, &passed, &mark);
  if (gap == 0) return there;
  if (gap < 0 || passed != ring->passed) return 0; /* of the marks before this one nobody knows the place */
  uint32_t until = mark.at - ring->read;
  return until < there ? until : there; /* a mark that lies behind counts as far ahead, until it is passed */
}

/* Whether a gap lies before sample `end`, behind `read` too; so may one whose mark is no longer in the queue. Negative
 * as in next_gap. */
static int gap_before(const mote_ring *ring, uint32_t end, uint32_t *passed, mote_gap *mark) {
  int gap = next_gap(ring, passed, mark);
  if (gap <= 0) return gap;
  return *passed != ring->passed || (int32_t)(mark->at - end) < 0;
}

/* Goes to a gap before sample `end`; 0: there is none. */
static int pass_gap(mote_ring *ring, uint32_t end) {
  uint32_t passed;
  mote_gap mark;
  if (gap_before(ring, end, &passed, &mark) <= 0) return 0;
  ring->read = mark.at;
  ring->passed = passed + 1;
  ring->missing += mark.missing;
  ring->breaks++;
  return 1;
}

/* Passes the samples that were overwritten, whole instants, and counts them. */
static void catch_up(mote_ring *ring) {
  uint32_t from = ring->read, earliest = ring->claimed - ring->capacity;
  if ((int32_t)(earliest - from) <= 0) return;
  for (int i = 0; i < MOTE_RING_GAPS && pass_gap(ring, earliest + 1); i++) continue;
  int32_t behind = (int32_t)(earliest - ring->read), lanes = (int32_t)ring->lanes;
  if (behind > 0) ring->read += (uint32_t)((behind + lanes - 1) / lanes * lanes);
  pass_gap(ring, ring->read); /* the last instant before it may be cut short */
  ring->lost += ring->read - from;
  ring->overruns++;
  ring->breaks++;
}

/* Whether the n samples from `read` on, copied just now, are whole: not overwritten meanwhile, and without a gap. */
static int whole(const mote_ring *ring, uint32_t n) {
  uint32_t passed;
  mote_gap mark;
  return ring->claimed - ring->read <= ring->capacity && gap_before(ring, ring->read + n, &passed, &mark) == 0;
}

int mote_ring_window(mote_ring *ring, int16_t *out, uint32_t n, uint32_t hop) {
  if (!ring || !out || n == 0 || n > ring->capacity || hop == 0 || hop > n) return MOTE_ERR_ARGUMENT;
  /* Cortex-M0+ has no division. */
  if (ring->lanes > 1 && (n % ring->lanes || hop % ring->lanes)) return MOTE_ERR_ARGUMENT;
  for (int tries = 0; tries < MOTE_RING_RETRIES; tries++) {
    catch_up(ring);
    for (int i = 0; i < MOTE_RING_GAPS && pass_gap(ring, ring->read + n); i++) continue;
    if (stored(ring) < n) return 0;
    fence();
    uint32_t first = straight(ring, ring->read, n);
    memcpy(out, ring->data + (ring->read & (ring->capacity - 1)), first * sizeof *out);
    memcpy(out + first, ring->data, (n - first) * sizeof *out);
    fence();
    if (whole(ring, n)) {
      ring->read += hop;
      return 1;
    }
  }
  catch_up(ring);
  return 0;
}
