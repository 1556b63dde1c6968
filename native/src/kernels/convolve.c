/* SPDX-License-Identifier: Apache-2.0 */
/* Two output positions and MOTE_GROUP channels at a time: each byte of a window is fetched once for that many products,
 * and each weight once for two positions. */
#include "convolve.h"

#include <string.h>

#include "patch.h"
#include "requant.h"
#include "wide.h"

typedef struct {
  mote_sums start;
  mote_scale scale[MOTE_GROUP];
  const int8_t *image, *weights;
  int32_t count, n;            /* channels, weights of a channel */
  int32_t row_size, line_size; /* elements of a kernel row, bytes from its input to the next row's */
  bool together;               /* the bytes of one kernel row are neighbours in the input */
  mote_element patch[2 * MOTE_PATCH] __attribute__((aligned(4)));
#if MOTE_USE_DSP
  mote_wide wide;
#endif
} group;

/* One output position, and how far its window has been copied. */
typedef struct {
  mote_span y, x;
  bool whole; /* no padding to the left and right, and rows of taps lie together */
  int8_t *output;
  int32_t row, element;
  uint32_t line; /* from the image to the row's first tap, modulo 2^32: may lie outside */
} place;

/* Elements inside.origin .. end - 1 of a row of taps, of which inside.from .. inside.to - 1 lie in the input, one after
 * the other; element 0 is at `line`. */
static mote_element *copy_run(const mote_convolution *c, const int8_t *image, uint32_t line, mote_span inside,
                              int32_t end, mote_element *to, int32_t offset) {
  int32_t padding = c->layer.input_zero + offset, at = inside.origin;
  int32_t from = mote_clamp(inside.from, at, end), stop = mote_clamp(inside.to, from, end);
  if (from > at) to = mote_patch_fill(to, from - at, padding);
  if (stop > from) to = mote_patch_copy(to, image + (int32_t)line + from, stop - from, offset);
  return end > stop ? mote_patch_fill(to, end - stop, padding) : to;
}

/* The same tap by tap, where taps are dilated or read a part of the channels. */
static void copy_taps(const mote_convolution *c, const group *g, const place *p, int32_t end, mote_element *to,
                      int32_t offset) {
  int32_t depth = c->filter_depth, at = p->element, kx = 0, begin = 0;
  uint32_t line = p->line;
  for (; begin < end; kx++, begin += depth, line += (uint32_t)(c->x.dilation * c->in_depth)) {
    int32_t last = begin + depth < end ? depth : end - begin;
    if (begin + last <= at) continue;
    bool inside = kx >= p->x.from && kx < p->x.to;
    mote_span part = {at > begin ? at - begin : 0, 0, inside ? depth : 0};
    to = copy_run(c, g->image, line, part, last, to, offset);
  }
}

/* Moves on within a row of taps, or by whole rows. */
static void advance(const group *g, place *p, int32_t take, int32_t rows) {
  p->element += take;
  if (p->element < g->row_size) return;
  p->element = 0;
  p->row += rows;
  p->line += (uint32_t)(rows * g->line_size);
}

static int32_t left_in_row(const group *g, const place *p, int32_t n) {
  int32_t left = g->row_size - p->element;
  return left < n ? left : n;
}

/* A window of neighbouring bytes that the patch holds as a whole. */
static void copy_whole(const mote_convolution *c, const group *g, const place *p, mote_element *to, int32_t offset) {
  int32_t padding = c->layer.input_zero + offset;
  int32_t before = p->x.from * c->filter_depth, inputs = (p->x.to - p->x.from) * c->filter_depth;
  uint32_t line = p->line + (uint32_t)(p->y.from * g->line_size + before);
  to = mote_patch_fill(to, p->y.from * g->row_size, padding);
  for (int32_t rows = p->y.to - p->y.from; rows > 0; rows--, line += (uint32_t)g->line_size) {
    to = mote_patch_fill(to, before, padding);
    if (inputs > 0) to = mote_patch_copy(to, g->image + (int32_t)line, inputs, offset);
    to = mote_patch_fill(to, g->row_size - before - inputs, padding);
  }
  (void)mote_patch_fill(to, (c->y.kernel - p->y.to) * g->row_size, padding);
}

/* The next n elements of one window. */
static void copy_window(const mote_convolution *c, const group *g, place *p, int32_t n, mote_element *to,
                        int32_t offset) {
  if (g->together && n == g->n) {
    copy_whole(c, g, p, to, offset);
    return;
  }
  while (n > 0) {
    int32_t take = left_in_row(g, p, n);
    int32_t end = p->element + take, depth = c->filter_depth;
    mote_span none = {0, 0, 0}, part = {p->element, p->x.from * depth, p->x.to * depth};
    if (p->row < p->y.from || p->row >= p->y.to) (void)copy_run(c, g->image, 0, none, take, to, offset);
    else if (g->together) (void)copy_run(c, g->image, p->line, part, end, to, offset);
    else copy_taps(c, g, p, end, to, offset);
    to += take * MOTE_PATCH_STEP;
    n -= take;
    advance(g, p, take, 1);
  }
}

#if MOTE_USE_DSP
/* Where the next n elements of one window are: in the input, if they lie together there, or copied. */
static const int8_t *find_window(const mote_convolution *c, group *g, place *p, int32_t n, int8_t *to) {
  if (!p->whole || p->row < p->y.from || p->row >= p->y.to || left_in_row(g, p, n) < n) {
    copy_window(c, g, p, n, to, 0);
    return to;
  }
  const int8_t *in = g->image + (int32_t)p->line + p->element;
  advance(g, p, n, 1);
  return in;
}

/* The next n elements of one or two windows. */
static inline void take_windows(const mote_convolution *c, group *g, place *a, place *b, int32_t n) {
  const int8_t *in_a = find_window(c, g, a, n, g->patch);
  const int8_t *in_b = a == b ? in_a : find_window(c, g, b, n, g->patch + MOTE_PATCH_B);
  mote_wide_fill(&g->wide, in_a, in_b, n, c->layer.input_zero);
}

/* Adds the `n` elements from `from` on that were taken last, for all channels: to = sums + products. */
static void add_taken(const mote_convolution *c, const group *g, const mote_sums *sums, mote_sums *to, int32_t from,
                      int32_t n) {
  (void)n;
  mote_weights weights = {g->weights + from * c->weight_step, g->count, c->channel_step, c->weight_step};
  mote_wide_add(&g->wide, &weights, sums, to);
}
#else
/* The next n elements of two windows without padding to the left and right. */
static void copy_windows(const mote_convolution *c, group *g, place *a, place *b, int32_t n) {
  mote_element *to = g->patch;
  int32_t zero = c->layer.input_zero;
  while (n > 0) {
    int32_t take = left_in_row(g, a, n), rows = 1;
    if (a->row >= a->y.from && a->row < a->y.to) {
      if (n >= g->n - a->row * g->row_size) rows = a->y.to - a->row; /* the patch holds the whole window */
      const int8_t *in = g->image + a->element;
      mote_patch_copy_pair(to, in + (int32_t)a->line, in + (int32_t)b->line, take, rows, g->line_size, zero);
    } else {
      (void)mote_patch_fill(to, take, zero + MOTE_OFFSET_A(zero));
      (void)mote_patch_fill(to + MOTE_PATCH_B, take, zero + MOTE_OFFSET_B(zero));
    }
    to += take * rows * MOTE_PATCH_STEP;
    n -= take * rows;
    advance(g, a, take, rows);
    advance(g, b, take, rows);
  }
}

/* The next n elements of one or two windows. */
static inline void take_windows(const mote_convolution *c, group *g, place *a, place *b, int32_t n) {
  bool single = a == b; /* the last position of an odd number */
  bool both = !single && a->whole && b->whole && a->y.from == b->y.from && a->y.to == b->y.to;
  if (both) {
    copy_windows(c, g, a, b, n);
    return;
  }
  copy_window(c, g, a, n, g->patch, MOTE_OFFSET_A(c->layer.input_zero));
  if (single) (void)mote_patch_fill(g->patch + MOTE_PATCH_B, n, 0);
  else copy_window(c, g, b, n, g->patch + MOTE_PATCH_B, MOTE_OFFSET_B(c->layer.input_zero));
}

/* Adds the `n` elements from `from` on that were taken last, for all channels: to = sums + products. */
static void add_taken(const mote_convolution *c, const group *g, const mote_sums *sums, mote_sums *to, int32_t from,
                      int32_t n) {
  mote_pairs pairs = {g->patch, {NULL}, c->weight_step, n, MOTE_UNIT};
  const int8_t *weights = g->weights + from * c->weight_step;
  for (int32_t i = 0; i < g->count; i += MOTE_UNIT) {
    if (g->count - i < MOTE_UNIT) pairs.count = g->count - i;
    for (int32_t u = 0; u < MOTE_UNIT; u++) { /* channels that are missing repeat the first */
      pairs.weights[u] = weights + (i + u < g->count ? i + u : 0) * c->channel_step;
    }
    mote_pairs_add(&pairs, sums, to, i);
  }
}
#endif

static void run_places(const mote_convolution *c, group *g, place *a, place *b) {
  mote_sums sums;
  int32_t from = 0;
  do {
    int32_t n = g->n - from < MOTE_PATCH ? g->n - from : MOTE_PATCH;
    take_windows(c, g, a, b, n);
    add_taken(c, g, from ? &sums : &g->start, &sums, from, n);
    from += n;
  } while (from < g->n);
  mote_layer_store(&c->layer, sums.a, g->scale, a->output, g->count);
  if (a != b) mote_layer_store(&c->layer, sums.b, g->scale, b->output, g->count);
}

/* First sums. The weights alone are added up by the same loop over a patch of ones. */
static void start(const mote_convolution *c, group *g, int32_t first) {
  memset(&g->start, 0, sizeof g->start);
#if MOTE_WEIGH
  (void)mote_patch_fill(g->patch, MOTE_PATCH, 1);
  (void)mote_patch_fill(g->patch + MOTE_PATCH_B, MOTE_PATCH, 0);
  for (int32_t from = 0; from < g->n; from += MOTE_PATCH) {
    add_taken(c, g, &g->start, &g->start, from, g->n - from < MOTE_PATCH ? g->n - from : MOTE_PATCH);
  }
#endif
  for (int32_t i = 0; i < g->count; i++) {
    int32_t bias = c->layer.bias ? c->layer.bias[first + i] : 0;
    mote_pairs_start(&g->start, i, bias, c->layer.input_zero);
  }
  mote_layer_scales(&c->layer, first, g->count, g->scale);
}

static void place_at(const mote_convolution *c, const group *g, mote_span y, int32_t ox, place *p) {
  mote_span x = mote_axis_span(&c->x, ox);
  uint32_t line = (uint32_t)y.origin * (uint32_t)c->x.input + (uint32_t)x.origin;
  p->y = y;
  p->x = x;
  p->whole = g->together && x.from == 0 && x.to == c->x.kernel;
  p->row = p->element = 0;
  p->line = line * (uint32_t)c->in_depth;
}

/* All positions of up to MOTE_GROUP output channels from `first` on. */
static void run_channels(const mote_convolution *c, group *g, int8_t *output, int32_t first) {
  place places[2];
  int waiting = 0;
  g->row_size = c->x.kernel * c->filter_depth;
  g->line_size = c->y.dilation * c->x.input * c->in_depth;
  g->n = c->y.kernel * g->row_size;
  g->together = c->x.dilation == 1 && c->filter_depth == c->in_depth;
  g->weights = c->filter + first * c->channel_step;
  start(c, g, first);
  for (int32_t oy = 0; oy < c->y.output; oy++) {
    mote_span y = mote_axis_span(&c->y, oy);
    for (int32_t ox = 0; ox < c->x.output; ox++, output += c->out_depth) {
      place_at(c, g, y, ox, &places[waiting]);
      places[waiting].output = output;
      if (waiting) run_places(c, g, &places[0], &places[1]);
      waiting = !waiting;
    }
  }
  if (waiting) run_places(c, g, &places[0], &places[0]);
}

void mote_convolve(const mote_convolution *c) {
  group g;
  for (int32_t b = 0; b < c->batches; b++) {
    const int8_t *image = c->input + b * c->y.input * c->x.input * c->in_depth;
    int8_t *output = c->output + b * c->y.output * c->x.output * c->out_depth;
    for (int32_t first = 0; first < c->out_depth; first += g.count) {
      int32_t left = c->per_group - first % c->per_group; /* channels that read the same inputs */
      g.count = left < MOTE_GROUP ? left : MOTE_GROUP;
      g.image = image + first / c->per_group * c->filter_depth;
      run_channels(c, &g, output + first, first);
    }
  }
}
