/* SPDX-License-Identifier: Apache-2.0 */
/* RESIZE_NEAREST_NEIGHBOR and, int8, RESIZE_BILINEAR (reference_ops::ResizeNearestNeighbor, GetNearestNeighbor,
 * ResizeBilinearInteger). The first computes places in singles, the second in units of 1/1024 pixel. */
#include <string.h>

#include "../tflite.h"
#include "kernels.h"
#include "move.h"

#define NEAREST_TYPES (MOTE_TYPE_BIT(TFL_FLOAT32) | MOTE_TYPE_BIT(TFL_INT8) | MOTE_TYPE_BIT(TFL_INT16))
#define BILINEAR_TYPES MOTE_TYPE_BIT(TFL_INT8)
#define MOST_PIXELS (1 << 20) /* along an axis: keeps places within 32 bits */
#define UNIT_BITS 10
#define UNIT (1 << UNIT_BITS)
#define COLUMNS 16 /* whose places are computed at once, for all rows */

typedef struct {
  int32_t input, output;
  mote_real step; /* input pixels an output pixel, RESIZE_NEAREST_NEIGHBOR */
  int32_t units;  /* the same in units, RESIZE_BILINEAR */
} axis;

typedef struct {
  mote_tensor input, output;
  bool align, half;
  axis y, x;
  uint32_t pixel; /* bytes */
} resize;

static int prepare_axis(mote_op *op, const resize *r, int dim, const mote_tensor *size, axis *a) {
  a->input = r->input.dims[dim];
  a->output = r->output.dims[dim];
  int status = mote_need_value(op, 2, a->output, mote_index(size, (uint32_t)dim - 1));
  if (status == MOTE_OK) status = mote_need_within(op, 0, a->input, 1, MOST_PIXELS);
  if (status == MOTE_OK) status = mote_need_within(op, 2, a->output, 1, MOST_PIXELS);
  if (status != MOTE_OK) return status;
  int32_t corners = r->align && a->output > 1, from = a->input - corners, to = a->output - corners;
  a->step = mote_real_div(mote_real_from_u32((uint32_t)from), mote_real_from_u32((uint32_t)to), MOTE_SINGLE_BITS);
  a->units = (UNIT * from + to / 2) / to;
  return MOTE_OK;
}

static int prepare(mote_op *op, resize *r) {
  mote_tensor size;
  fb_file *file = &op->graph->file;
  bool nearest = op->code == TFL_OP_RESIZE_NEAREST_NEIGHBOR;
  int align = nearest ? TFL_RESIZE_NEAREST_ALIGN : TFL_RESIZE_BILINEAR_ALIGN; /* the other option's field follows */
  int status = mote_op_arity(op, 2, 2, 1, nearest ? TFL_RESIZE_NEAREST : TFL_RESIZE_BILINEAR);
  if (status == MOTE_OK)
    status = mote_move_read(op, 0, nearest ? NEAREST_TYPES : BILINEAR_TYPES, &r->input, &r->output);
  if (status == MOTE_OK) status = mote_need_rank(op, 0, &r->input, 4);
  if (status == MOTE_OK) status = mote_need_rank(op, 2, &r->output, 4);
  if (status == MOTE_OK) status = mote_read_constants(op, 1, 2, false, &size);
  if (status == MOTE_OK) status = mote_need_rank(op, 1, &size, 1);
  if (status == MOTE_OK) status = mote_need_value(op, 2, r->output.dims[0], r->input.dims[0]);
  if (status == MOTE_OK) status = mote_need_value(op, 2, r->output.dims[3], r->input.dims[3]);
  if (status != MOTE_OK) return status;
  r->align = fb_get_i8(file, op->options, align, 0) != 0;
  r->half = fb_get_i8(file, op->options, align + 1, 0) != 0;
  r->pixel = (uint32_t)r->input.dims[3] * mote_element_bytes(&r->input);
  if (!nearest && r->align && r->half) return mote_op_fail(op, MOTE_ERR_OPTION, -1, 1, 0);
  status = prepare_axis(op, r, 1, &size, &r->y);
  return status == MOTE_OK ? prepare_axis(op, r, 2, &size, &r->x) : status;
}

static int32_t nearest(const resize *r, const axis *a, int32_t at) {
  mote_real place = mote_real_scale2(mote_real_from_u32(2 * (uint32_t)at + r->half), -1);
  place = mote_real_mul(place, a->step, MOTE_SINGLE_BITS);
  int32_t index = r->align ? mote_real_round(place) : mote_real_floor(place);
  return index < a->input ? index : a->input - 1;
}

/* Some columns of all rows of one image. */
static void run_nearest(const resize *r, const uint8_t *input, uint8_t *output, int32_t first, int32_t count) {
  uint32_t columns[COLUMNS];
  for (int32_t i = 0; i < count; i++) columns[i] = (uint32_t)nearest(r, &r->x, first + i) * r->pixel;
  uint32_t in_row = (uint32_t)r->x.input * r->pixel, out_row = (uint32_t)r->x.output * r->pixel;
  output += (uint32_t)first * r->pixel;
  for (int32_t y = 0; y < r->y.output; y++, output += out_row) {
    const uint8_t *row = input + (uint32_t)nearest(r, &r->y, y) * in_row;
    for (int32_t i = 0; i < count; i++) memcpy(output + (uint32_t)i * r->pixel, row + columns[i], r->pixel);
  }
}

/* The pixels on both sides of a place and the second one's weight in units. TFLM, where rounding of the step leads
 * beyond the last pixel, reads what lies there; the place is held inside. */
typedef struct {
  int32_t low, high, weight;
} between;

static between find(const resize *r, const axis *a, int32_t at) {
  int32_t place = at * a->units + (r->half ? a->units / 2 - UNIT / 2 : 0);
  if (place >= a->input << UNIT_BITS) place = (a->input << UNIT_BITS) - 1;
  between b = {place > 0 ? place >> UNIT_BITS : 0, (place + UNIT - 1) >> UNIT_BITS, 0};
  if (b.high >= a->input) b.high = a->input - 1;
  b.weight = place - (b.low << UNIT_BITS);
  return b;
}

/* Weights are at most twice a unit, so that a sum of 8-bit values stays below 2^30. */
static void run_bilinear(const resize *r, const int8_t *input, int8_t *output) {
  int32_t depth = r->input.dims[3], row = r->x.input * depth;
  for (int32_t at = 0; at < r->y.output; at++) {
    between y = find(r, &r->y, at);
    const int8_t *low = input + y.low * row, *high = input + y.high * row;
    for (int32_t column = 0; column < r->x.output; column++) {
      between x = find(r, &r->x, column);
      const int8_t *a = low + x.low * depth, *b = high + x.low * depth;
      int32_t right = (x.high - x.low) * depth;
      int32_t wb = y.weight * (UNIT - x.weight), wa = UNIT * (UNIT - x.weight) - wb;
      int32_t wd = y.weight * x.weight, wc = UNIT * x.weight - wd;
      for (int32_t i = 0; i < depth; i++, a++, b++) {
        int32_t sum = *a * wa + *b * wb + a[right] * wc + b[right] * wd;
        int32_t half = 1 << (2 * UNIT_BITS - 1);
        *output++ = (int8_t)((sum + (sum > 0 ? half : -half)) / (UNIT * UNIT));
      }
    }
  }
}

int mote_kernel_resize(mote_op *op) {
  resize r;
  int status = prepare(op, &r);
  if (status != MOTE_OK || !op->arena) return status;
  const uint8_t *input = r.input.data;
  uint8_t *output = r.output.data;
  uint32_t images = (uint32_t)r.input.dims[0], in_step = r.input.bytes / images, out_step = r.output.bytes / images;
  for (uint32_t b = 0; b < images; b++, input += in_step, output += out_step) {
    if (op->code == TFL_OP_RESIZE_BILINEAR) {
      run_bilinear(&r, (const int8_t *)input, (int8_t *)output);
      continue;
    }
    for (int32_t first = 0; first < r.x.output; first += COLUMNS) {
      int32_t left = r.x.output - first;
      run_nearest(&r, input, output, first, left < COLUMNS ? left : COLUMNS);
    }
  }
  return MOTE_OK;
}
