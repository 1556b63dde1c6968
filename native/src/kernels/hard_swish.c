/* SPDX-License-Identifier: Apache-2.0 */
/* HARD_SWISH, int8 (reference_ops::HardSwish): x * relu6(x + 3) / 6 with 16-bit factors. Its saturations and roundings
 * matter at every step; the shift at the end is of 16 bits even where it shifts by more. */
#include "../tflite.h"
#include "kernels.h"
#include "map.h"

typedef struct {
  int32_t input_zero, output_zero;
  mote_scale output, reluish; /* multipliers of 16 bits */
} swish;

/* round(a * b / 2^15), halves up, for b >= 0. */
static int32_t high_mul16(int32_t a, int32_t b) { return (a * b + (1 << 14)) >> 15; }

static int32_t clamp16(int32_t x) { return mote_clamp(x, INT16_MIN, INT16_MAX); }

/* x * 2^bits, saturating; |x| <= 2^15, bits <= 29. */
static int32_t shl16(int32_t x, int bits) { return bits > 15 ? clamp16(x * 65536) : clamp16(x * (1 << bits)); }

/* x / 2^exponent with the masks of a 16-bit type. */
static int32_t round_shift16(int32_t x, int exponent) {
  if (exponent < 16) return mote_round_shift(x, exponent);
  return x < 0 ? -1 : 1;
}

/* x: an input less its zero point. */
static int32_t swish_at(const swish *s, int32_t x) {
  int32_t fine = x * 128;
  int32_t scaled = high_mul16(fine, s->output.multiplier);
  int32_t share = fine;
  int shift = s->reluish.shift;
  if (shift > 0) share = shl16(share, shift - 1);
  share = high_mul16(share, s->reluish.multiplier);
  if (shift > 0) share = shl16(share, 1);
  if (shift < 0) share = round_shift16(share, -shift);
  share = (share + (1 << 15)) >> 1;
  int32_t value = round_shift16(share * scaled / (1 << 15), -s->output.shift) + s->output_zero;
  return mote_clamp(value, INT8_MIN, INT8_MAX);
}

/* a / b in double precision, as the wheel divides, its multiplier rounded to 15 bits. */
static bool factor(mote_real a, mote_real b, mote_scale *scale) {
  if (!mote_real_to_scale(mote_real_div(a, b, MOTE_DOUBLE_BITS), scale)) return false;
  scale->multiplier = scale->multiplier >= INT32_MAX - (1 << 15) ? INT16_MAX : (scale->multiplier + (1 << 15)) >> 16;
  return true;
}

static int prepare(mote_op *op, swish *s, mote_map *map) {
  mote_real scale, output, three = mote_real_from_u32(3);
  int status = mote_map_read(op, map, 0);
  if (status != MOTE_OK) return status;
  (void)mote_tensor_scale(&map->input, 0, &scale);
  (void)mote_tensor_scale(&map->output, 0, &output);
  scale = mote_real_scale2(scale, -7);
  if (!factor(scale, output, &s->output) || s->output.shift > 0) {
    return mote_op_fail(op, MOTE_ERR_QUANT, 1, s->output.shift, 0);
  }
  if (!factor(scale, mote_real_scale2(three, -15), &s->reluish)) {
    return mote_op_fail(op, MOTE_ERR_QUANT, 0, s->reluish.shift, 0);
  }
  s->input_zero = map->input.zero_point;
  s->output_zero = map->output.zero_point;
  return MOTE_OK;
}

int mote_kernel_hard_swish(mote_op *op) {
  swish s;
  mote_map map;
  int32_t x;
  int status = prepare(op, &s, &map);
  if (status != MOTE_OK || !op->arena) return status;
  while (mote_map_next(&map, &x)) mote_map_put(&map, swish_at(&s, x - s.input_zero));
  return MOTE_OK;
}
