/* SPDX-License-Identifier: Apache-2.0 */
/* SPACE_TO_DEPTH, DEPTH_TO_SPACE, SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND (the reference_ops of these names): an image
 * `large` is cut into blocks; the pixels at one place of all blocks make up an image of the tensor `small`, which holds
 * one for each place of a block, behind each other as batches or as channels. Borders of SPACE_TO_BATCH_ND hold zero;
 * TFLM leaves the number that it fills them with uninitialized. */
#include <string.h>

#include "../tflite.h"
#include "kernels.h"
#include "move.h"

#define BLOCKS_TYPES (MOTE_TYPE_BIT(TFL_FLOAT32) | MOTE_TYPE_BIT(TFL_INT8))
#define MOST_BLOCK 32767

typedef struct {
  mote_tensor input, output;
  const mote_tensor *large, *small;
  bool gathers;                      /* large is the input */
  bool batches;                      /* images are batches, not channels */
  int32_t height, width;             /* of large */
  int32_t rows, columns;             /* of small */
  int32_t block_height, block_width; /* pixels */
  int32_t top, left;                 /* border around large, not in memory */
  int32_t large_pixel, small_pixel;  /* bytes */
} blocks;

/* Images of rank 3 are one pixel wide. */
static int32_t width_of(const mote_tensor *tensor) { return tensor->rank == 4 ? tensor->dims[2] : 1; }

static int prepare(mote_op *op, blocks *b, int inputs, int least_rank, int options) {
  b->gathers = op->code == TFL_OP_SPACE_TO_DEPTH || op->code == TFL_OP_SPACE_TO_BATCH_ND;
  int status = mote_op_arity(op, inputs, inputs, 1, options);
  if (status == MOTE_OK) status = mote_move_read(op, 0, BLOCKS_TYPES, &b->input, &b->output);
  if (status == MOTE_OK) status = mote_need_ranks(op, 0, &b->input, least_rank, 4);
  if (status == MOTE_OK) status = mote_need_rank(op, inputs, &b->output, b->input.rank);
  if (status != MOTE_OK) return status;
  b->large = b->gathers ? &b->input : &b->output;
  b->small = b->gathers ? &b->output : &b->input;
  b->height = b->large->dims[1];
  b->width = width_of(b->large);
  b->rows = b->small->dims[1];
  b->columns = width_of(b->small);
  b->top = b->left = 0;
  int last = b->large->rank - 1;
  b->large_pixel = b->large->dims[last] * (int32_t)mote_element_bytes(b->large);
  b->small_pixel = b->small->dims[last] * (int32_t)mote_element_bytes(b->small);
  return MOTE_OK;
}

static int prepare_depth(mote_op *op, blocks *b) {
  int status = prepare(op, b, 1, 4, op->code == TFL_OP_SPACE_TO_DEPTH ? TFL_SPACE_TO_DEPTH : TFL_DEPTH_TO_SPACE);
  if (status != MOTE_OK) return status;
  int32_t block = fb_get_i32(&op->graph->file, op->options, TFL_BLOCK_SIZE, 0);
  b->batches = false;
  b->block_height = b->block_width = block;
  status = mote_need_option(op, block, 1, MOST_BLOCK);
  if (status == MOTE_OK) status = mote_need_value(op, 1, b->output.dims[0], b->input.dims[0]);
  if (status != MOTE_OK) return status;
  uint64_t depth = (uint64_t)b->large->dims[3] * (uint32_t)(block * block);
  bool fits = (int64_t)b->rows * block == b->height && (int64_t)b->columns * block == b->width &&
              depth == (uint32_t)b->small->dims[3];
  return fits ? MOTE_OK : mote_op_fail(op, MOTE_ERR_SHAPE, 1, b->small->dims[3], -1);
}

/* The borders of one spatial axis, and that blocks cover large and them exactly. */
static int check_border(mote_op *op, const mote_tensor *borders, int axis, int32_t large, int32_t count,
                        int32_t block) {
  int32_t before = mote_index(borders, 2 * (uint32_t)axis), after = mote_index(borders, 2 * (uint32_t)axis + 1);
  int status = mote_need_within(op, 2, before, 0, MOTE_MAX_BYTES);
  if (status == MOTE_OK) status = mote_need_within(op, 2, after, 0, MOTE_MAX_BYTES);
  if (status != MOTE_OK) return status;
  bool fits = (int64_t)count * block == large + before + after;
  return fits ? MOTE_OK : mote_op_fail(op, MOTE_ERR_OPTION, 2, large + before + after, block);
}

static int prepare_batches(mote_op *op, blocks *b) {
  mote_tensor shape, borders;
  int status = prepare(op, b, 3, 3, 0);
  int spatial = b->input.rank - 2;
  if (status == MOTE_OK) status = mote_read_indices(op, 1, spatial, false, &shape);
  if (status == MOTE_OK) status = mote_read_indices(op, 2, 2 * spatial, false, &borders);
  if (status == MOTE_OK) status = mote_need_value(op, 3, b->small_pixel, b->large_pixel);
  b->batches = true;
  b->block_height = 0;
  if (status != MOTE_OK || !shape.data || !borders.data) return status; /* computed: checked at every run */
  int32_t height = mote_index(&shape, 0), width = spatial == 2 ? mote_index(&shape, 1) : 1;
  status = mote_need_within(op, 1, height, 1, MOST_BLOCK);
  if (status == MOTE_OK) status = mote_need_within(op, 1, width, 1, MOST_BLOCK);
  if (status == MOTE_OK) status = check_border(op, &borders, 0, b->height, b->rows, height);
  if (status == MOTE_OK && spatial == 2) status = check_border(op, &borders, 1, b->width, b->columns, width);
  if (status != MOTE_OK) return status;
  if ((int64_t)(height * width) * b->large->dims[0] != b->small->dims[0])
    return mote_op_fail(op, MOTE_ERR_OPTION, 1, b->small->dims[0], height * width);
  b->block_height = height;
  b->block_width = width;
  b->top = mote_index(&borders, 0);
  b->left = spatial == 2 ? mote_index(&borders, 2) : 0;
  return MOTE_OK;
}

/* Which blocks have their place `at` inside large: *first and how many. */
static int32_t inside(int32_t at, int32_t border, int32_t block, int32_t size, int32_t count, int32_t *first) {
  int32_t from = border - at, to = border - at + size; /* pixels that blocks begin at, half open */
  *first = from > 0 ? (from + block - 1) / block : 0;
  int32_t end = to > 0 ? (to + block - 1) / block : 0;
  return (end < count ? end : count) - *first;
}

static void move_place(const blocks *b, int32_t y, int32_t x) {
  int32_t row, column, place = y * b->block_width + x, batches = b->large->dims[0];
  int32_t rows = inside(y, b->top, b->block_height, b->height, b->rows, &row);
  int32_t columns = inside(x, b->left, b->block_width, b->width, b->columns, &column);
  if (rows <= 0 || columns <= 0) return;
  int32_t large_row = b->width * b->large_pixel, small_row = b->columns * b->small_pixel;
  int32_t small_image = b->rows * small_row;
  mote_box box = {1, 4, {batches, rows, columns, b->large_pixel}, {0}, {0}};
  int32_t *large = b->gathers ? box.from : box.to, *small = b->gathers ? box.to : box.from;
  large[0] = b->height * large_row;
  large[1] = rows > 1 ? b->block_height * large_row : 0;
  large[2] = columns > 1 ? b->block_width * b->large_pixel : 0;
  small[0] = small_image;
  small[1] = small_row;
  small[2] = b->small_pixel;
  large[3] = small[3] = 1;
  int32_t large_at =
      (row * b->block_height + y - b->top) * large_row + (column * b->block_width + x - b->left) * b->large_pixel;
  int32_t small_at =
      row * small_row + column * b->small_pixel + place * (b->batches ? batches * small_image : b->large_pixel);
  if (b->gathers) mote_move(&box, b->input.data + large_at, b->output.data + small_at);
  else mote_move(&box, b->input.data + small_at, b->output.data + large_at);
}

int mote_kernel_blocks(mote_op *op) {
  blocks b;
  bool depth = op->code == TFL_OP_SPACE_TO_DEPTH || op->code == TFL_OP_DEPTH_TO_SPACE;
  int status = depth ? prepare_depth(op, &b) : prepare_batches(op, &b);
  if (status != MOTE_OK || !op->arena) return status;
  if (op->code == TFL_OP_SPACE_TO_BATCH_ND)
    memset(b.output.data, b.output.type == TFL_INT8 ? b.output.zero_point : 0, b.output.bytes);
  for (int32_t y = 0; y < b.block_height; y++) {
    for (int32_t x = 0; x < b.block_width; x++) move_place(&b, y, x);
  }
  return MOTE_OK;
}
