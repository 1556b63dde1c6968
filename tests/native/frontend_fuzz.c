/* SPDX-License-Identifier: Apache-2.0 */
/* Random configuration words into measure and init, for builds with sanitizers. Arguments: seed, rounds. Standard
 * input, all int32: number of good chains, then of each its number of words and the words. Words are those of a good
 * chain with some replaced, removed or repeated, with a stage of another one put in between, or random altogether.
 * Whatever is refused must say where. Whatever is accepted must give the frames that its windows and gaps make, the
 * same ones however the stream is cut, and survive overruns. Standard output: accepted, refused, types of stages seen
 * in accepted chains. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mote.h"

#define MOST_WORDS 160
#define MOST_CHAINS 32
#define PARTS 3 /* of a stream, between gaps */

typedef struct {
  size_t count;
  int32_t word[MOST_WORDS];
} chain_words;

static uint64_t seed;
static chain_words good[MOST_CHAINS];
static uint32_t chains;

/* Knuth's MMIX generator, upper half. */
static uint32_t any(void) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(seed >> 32);
}

static void fail(const char *what, const chain_words *words) {
  printf("%s:", what);
  for (size_t i = 0; i < words->count; i++) printf(" %d,", words->word[i]);
  printf("\n");
  exit(1);
}

/* ---- Words ---- */

static int32_t read_number(void) {
  int32_t number;
  if (fread(&number, sizeof number, 1, stdin) != 1) exit(2);
  return number;
}

static void read_chains(void) {
  chains = (uint32_t)read_number();
  if (chains < 1 || chains > MOST_CHAINS) exit(2);
  for (uint32_t i = 0; i < chains; i++) {
    good[i].count = (size_t)read_number();
    if (good[i].count > MOST_WORDS / 2) exit(2);
    for (size_t k = 0; k < good[i].count; k++) good[i].word[k] = read_number();
  }
}

static int32_t any_word(void) {
  static const int32_t special[] = {0,     1,   -1,        2,         512,     1024,    32,
                                    32768, 480, INT32_MAX, INT32_MIN, 1000000, 7500000, 2048};
  switch (any() % 4) {
    case 0: return (int32_t)any();
    case 1: return special[any() % (sizeof special / sizeof *special)];
    default: return (int32_t)(any() % 64);
  }
}

/* Where a random stage of a good chain behind its input starts. */
static size_t any_stage(const chain_words *words) {
  size_t start = 7, found = 7, seen = 1;
  for (; start < words->count; start += 2 + (size_t)words->word[start + 1], seen++) {
    if (any() % seen == 0) found = start;
  }
  return found;
}

/* Puts a stage of one good chain before one of another. */
static void graft(chain_words *words) {
  const chain_words *other = &good[any() % chains];
  size_t to = any_stage(words), from = any_stage(other);
  size_t length = 2 + (size_t)other->word[from + 1];
  if (words->count + length > MOST_WORDS) return;
  memmove(words->word + to + length, words->word + to, (words->count - to) * sizeof *words->word);
  memcpy(words->word + to, other->word + from, length * sizeof *words->word);
  words->count += length;
}

static void repeat(chain_words *words) {
  size_t from = any() % (words->count - 4), extra = any() % (MOST_WORDS - words->count);
  if (extra > words->count - from) extra = words->count - from;
  memmove(words->word + from + extra, words->word + from, (words->count - from) * sizeof *words->word);
  words->count += extra;
}

/* Ends with a stage that has lost its parameters. */
static void strip(chain_words *words) {
  words->count = any_stage(words) + 2;
  words->word[words->count - 1] = 0;
}

/* Near its old value: most parameters have narrow ranges. */
static void nudge(chain_words *words) {
  int32_t *word = &words->word[2 + any() % (words->count - 2)];
  *word = (int32_t)((uint32_t)*word + any() % 5 - 2);
}

static void make(chain_words *words) {
  *words = good[any() % chains];
  if (any() % 8 == 0) {
    words->count = any() % MOST_WORDS;
    for (size_t i = 0; i < words->count; i++) words->word[i] = any_word();
    return;
  }
  if (any() % 16 == 0) {
    strip(words);
    return;
  }
  if (any() % 3 == 0) graft(words);
  for (uint32_t changes = any() % 3; changes > 0; changes--) nudge(words);
  if (any() % 3 == 0) words->word[any() % words->count] = any_word();
  if (any() % 8 == 0) words->count = any() % (words->count + 1);
  if (any() % 8 == 0 && words->count > 8) repeat(words);
}

/* ---- Streams ---- */

typedef struct {
  mote_frontend *chain;
  mote_ring ring;
  void *frame;
  uint32_t bytes;        /* of a frame */
  uint32_t frames, hash; /* of all frames so far */
} stream;

static void open_stream(stream *to, const chain_words *words, uint32_t bytes, const mote_stages *sense) {
  mote_fault fault;
  memset(to, 0, sizeof *to);
  to->chain = malloc(bytes);
  if (mote_frontend_init(to->chain, bytes - 1, words->word, words->count, sense, &fault) != MOTE_ERR_STATE_SIZE)
    fail("state of any size", words);
  if (mote_frontend_init(to->chain, bytes, words->word, words->count, sense, &fault) != MOTE_OK)
    fail("measured, but not made", words);
  uint32_t capacity = 2;
  while (capacity < mote_frontend_window(to->chain)) capacity *= 2;
  int16_t *data = malloc(capacity * sizeof *data);
  if (mote_ring_init(&to->ring, data, capacity, mote_frontend_lanes(to->chain)) != MOTE_OK) fail("ring", words);
  to->bytes = mote_frontend_values(to->chain) * mote_frontend_value_bytes(to->chain);
  to->frame = malloc(to->bytes);
}

static void close_stream(stream *of) { free(of->ring.data), free(of->frame), free(of->chain); }

static void keep(stream *to) {
  const uint8_t *byte = to->frame;
  to->frames++;
  for (uint32_t i = 0; i < to->bytes; i++) to->hash = (to->hash ^ byte[i]) * 16777619u;
}

/* All at once, as far as frames are concerned. */
static void feed_whole(stream *to, const int16_t *samples, uint32_t count) {
  uint32_t fed = 0;
  while (mote_frontend_run(to->chain, &to->ring, samples, count, &fed, to->frame, 1) == 1) keep(to);
}

static void take_all(stream *to) {
  while (mote_frontend_next(to->chain, &to->ring, to->frame) > 0) keep(to);
}

/* Piece by piece, asking for frames now and then. */
static void feed_pieces(stream *to, const int16_t *samples, uint32_t count) {
  for (uint32_t fed = 0; fed < count;) {
    uint32_t piece = 1 + any() % (any() % 4 ? 9 : count);
    if (piece > count - fed) piece = count - fed;
    uint32_t now = mote_ring_feed(&to->ring, samples + fed, piece);
    fed += now;
    if (now < piece || any() % 3 == 0) take_all(to);
  }
  take_all(to);
}

/* Mostly noise: every part ends with one of the extremes. */
static int16_t *make_samples(uint32_t count) {
  int16_t *samples = malloc(count * sizeof *samples);
  int quiet = any() % 4 == 0;
  for (uint32_t i = 0; i < count; i++) {
    int16_t noise = (int16_t)any();
    samples[i] = any() % 8 ? (quiet ? noise % 4 : noise) : (any() % 2 ? INT16_MIN : quiet ? 0 : INT16_MAX);
  }
  return samples;
}

static void run(const chain_words *words, uint32_t bytes, const mote_stages *sense) {
  stream whole, pieces;
  open_stream(&whole, words, bytes, sense);
  open_stream(&pieces, words, bytes, sense);
  uint32_t lanes = whole.ring.lanes, window = mote_frontend_window(whole.chain), hop = mote_frontend_hop(whole.chain);
  for (uint32_t part = 0, frames = 0; part < PARTS; part++) {
    uint32_t count = window + any() % (5 * hop + lanes);
    int16_t *samples = make_samples(count);
    if (part) mote_ring_gap(&whole.ring, part), mote_ring_gap(&pieces.ring, part);
    feed_whole(&whole, samples, count);
    feed_pieces(&pieces, samples, count);
    free(samples);
    frames += (count - count % lanes - window) / hop + 1;
    if (whole.frames != frames || pieces.frames != frames) fail("number of frames", words);
    if (whole.hash != pieces.hash) fail("frames depend on how the stream is cut", words);
  }
  uint32_t count = 2 * whole.ring.capacity + 1; /* overruns */
  int16_t *samples = make_samples(count);
  mote_ring_push(&whole.ring, samples, count);
  take_all(&whole);
  mote_frontend_reset(whole.chain);
  mote_ring_push(&whole.ring, samples, count);
  take_all(&whole);
  free(samples);
  close_stream(&whole), close_stream(&pieces);
}

/* ---- Rounds ---- */

/* Refusals: MOTE_ERR_CONFIG, naming a stage that is there or the missing first one. */
static void refused(const mote_fault *fault, int status, const chain_words *words) {
  if (status == MOTE_ERR_CONFIG && fault->status == status && fault->index >= -1 && fault->index < MOST_WORDS &&
      fault->subject >= MOTE_SUBJECT_VALUES && fault->subject < MOST_WORDS)
    return;
  printf("fault of %d: %d %d %d\n", status, fault->status, fault->index, fault->subject);
  fail("fault", words);
}

/* The words in memory of exactly their size. */
static int measure(const chain_words *words, const mote_stages *sense, uint32_t *bytes, mote_fault *fault) {
  int32_t *exact = malloc(words->count * sizeof *exact + 1);
  memcpy(exact, words->word, words->count * sizeof *exact);
  int status = mote_frontend_measure(exact, words->count, sense, bytes, fault);
  free(exact);
  return status;
}

/* Bit n: a stage of type n. */
static uint32_t types_of(const chain_words *words) {
  uint32_t types = 0;
  for (size_t at = 0; at < words->count; at += 2 + (size_t)words->word[at + 1]) types |= 1u << words->word[at];
  return types;
}

int main(int argc, char **argv) {
  long accepted = 0, rounds = argc > 2 ? atol(argv[2]) : 1;
  uint32_t types = 0, seen = 0;
  mote_stages sense;
  mote_sense_stages(&sense);
  read_chains();
  seed = argc > 1 ? (uint64_t)atol(argv[1]) : 1;
  for (long i = 0; i < rounds; i++) {
    chain_words words;
    mote_fault fault;
    uint32_t bytes;
    make(&words);
    int status = measure(&words, &sense, &bytes, &fault);
    if (status != MOTE_OK) {
      refused(&fault, status, &words);
      continue;
    }
    run(&words, bytes, &sense);
    types |= types_of(&words);
    accepted++;
  }
  for (; types; types &= types - 1) seen++;
  printf("%ld %ld %u\n", accepted, rounds - accepted, seen);
  return 0;
}
