/* SPDX-License-Identifier: Apache-2.0 */
/* SignalEnergy, SignalFilterBank and SignalFilterBankSquareRoot (TFLM's SpectrumToEnergy, FilterbankAccumulateChannels,
 * FilterbankSqrt): from a spectrum to the magnitude in bands. */
#include <string.h>

#include "kernels.h"
#include "signal.h"

/* Bins outside the options' range, which TFLM leaves as they are, become 0. */
int mote_kernel_signal_energy(mote_op *op) {
  static const uint8_t kinds[] = {MOTE_KIND(TFL_INT16, 1), MOTE_KIND(TFL_UINT32, 1)};
  mote_tensor t[2];
  int32_t option[2] = {0, 0}; /* end, start */
  int status = mote_signal_tensors(op, kinds, 1, 1, t);
  if (status == MOTE_OK) status = mote_signal_options(op, option, 2);
  if (status == MOTE_OK) status = mote_need_value(op, 0, t[0].dims[0], 2 * t[1].dims[0]);
  if (status == MOTE_OK) status = mote_need_option(op, option[0], 0, t[1].dims[0]);
  if (status == MOTE_OK) status = mote_need_option(op, option[1], 0, INT32_MAX);
  if (status != MOTE_OK || !op->arena) return status;
  const int16_t *in = (const int16_t *)t[0].data;
  uint32_t *out = (uint32_t *)t[1].data;
  memset(out, 0, t[1].bytes);
  for (int32_t i = option[1]; i < option[0]; i++) {
    int32_t re = in[2 * i], im = in[2 * i + 1];
    out[i] = (uint32_t)(re * re) + (uint32_t)(im * im);
  }
  return MOTE_OK;
}

enum { INPUT, WEIGHTS, UNWEIGHTS, BIN_STARTS, WEIGHT_STARTS, WIDTHS, OUTPUT, BANK_TENSORS };

/* Bands lie inside the spectrum and their weights inside the tables; which ones is the file's constant. */
static int check_bands(mote_op *op, const mote_tensor *t, int32_t channels) {
  for (int i = BIN_STARTS; i <= WIDTHS; i++) {
    if (!t[i].constant) return mote_op_fail(op, MOTE_ERR_OPTION, i, 0, 1);
    if (t[i].dims[0] <= channels) return mote_op_fail(op, MOTE_ERR_SHAPE, i, t[i].dims[0], channels + 1);
  }
  for (int32_t i = 0; i <= channels; i++) {
    int32_t width = ((const int16_t *)t[WIDTHS].data)[i];
    int32_t bin = ((const int16_t *)t[BIN_STARTS].data)[i], weight = ((const int16_t *)t[WEIGHT_STARTS].data)[i];
    if (width <= 0) continue;
    if (bin < 0 || bin + width > t[INPUT].dims[0]) return mote_op_fail(op, MOTE_ERR_SHAPE, BIN_STARTS, bin, 0);
    bool held = weight >= 0 && weight + width <= t[WEIGHTS].dims[0] && weight + width <= t[UNWEIGHTS].dims[0];
    if (!held) return mote_op_fail(op, MOTE_ERR_SHAPE, WEIGHT_STARTS, weight, 0);
  }
  return MOTE_OK;
}

/* Of 16 powers at most, taken apart into 12, 12 and 8 bits, so that sums of products fit. Not inlined: the loop has all
 * registers. */
typedef struct {
  int32_t low, mid, high;
} sums;

static __attribute__((noinline)) void add_up(const uint32_t *power, const int16_t *weight, int32_t count, sums *to) {
  int32_t low = 0, mid = 0, high = 0;
  for (const int16_t *end = weight + count; weight != end;) {
    uint32_t value = *power++;
    int32_t factor = *weight++;
    low += (int32_t)(value & 0xfff) * factor;
    mid += (int32_t)(value << 8 >> 20) * factor;
    high += (int32_t)(value >> 24) * factor;
  }
  *to = (sums){low, mid, high};
}

/* The sum of power times weight modulo 2^64 over one band. */
static uint64_t weighted(const mote_tensor *t, int table, int32_t band) {
  int32_t bin = ((const int16_t *)t[BIN_STARTS].data)[band], from = ((const int16_t *)t[WEIGHT_STARTS].data)[band];
  const uint32_t *power = (const uint32_t *)t[INPUT].data;
  const int16_t *weight = (const int16_t *)t[table].data;
  uint64_t sum = 0;
  for (int32_t left = ((const int16_t *)t[WIDTHS].data)[band]; left > 0; left -= 16, bin += 16, from += 16) {
    sums part;
    add_up(power + bin, weight + from, left < 16 ? left : 16, &part);
    sum += (uint64_t)(int64_t)part.low + ((uint64_t)(int64_t)part.mid << 12) + ((uint64_t)(int64_t)part.high << 24);
  }
  return sum;
}

int mote_kernel_signal_filter_bank(mote_op *op) {
  static const uint8_t kinds[] = {MOTE_KIND(TFL_UINT32, 1), MOTE_KIND(TFL_INT16, 1), MOTE_KIND(TFL_INT16, 1),
                                  MOTE_KIND(TFL_INT16, 1),  MOTE_KIND(TFL_INT16, 1), MOTE_KIND(TFL_INT16, 1),
                                  MOTE_KIND(TFL_UINT64, 1)};
  mote_tensor t[BANK_TENSORS];
  int32_t channels = 0;
  int status = mote_signal_tensors(op, kinds, OUTPUT, 1, t);
  if (status == MOTE_OK) status = mote_signal_options(op, &channels, 1);
  if (status == MOTE_OK) status = mote_need_value(op, OUTPUT, t[OUTPUT].dims[0], channels);
  if (status == MOTE_OK) status = check_bands(op, t, channels);
  if (status != MOTE_OK || !op->arena) return status;
  uint64_t falling = 0, *out = (uint64_t *)(void *)t[OUTPUT].data;
  for (int32_t i = 0; i <= channels; i++) {
    if (i > 0) out[i - 1] = falling + weighted(t, WEIGHTS, i); /* the first band only falls, into the first channel */
    falling = weighted(t, UNWEIGHTS, i);
  }
  return MOTE_OK;
}

int mote_kernel_signal_square_root(mote_op *op) {
  static const uint8_t kinds[] = {MOTE_KIND(TFL_UINT64, 1), MOTE_KIND(TFL_INT32, 0), MOTE_KIND(TFL_UINT32, 1)};
  mote_tensor t[3];
  int status = mote_signal_tensors(op, kinds, 2, 1, t);
  if (status == MOTE_OK) status = mote_need_value(op, 2, t[2].dims[0], t[0].dims[0]);
  if (status != MOTE_OK || !op->arena) return status;
  const uint32_t *in = (const uint32_t *)t[0].data; /* constants of 64 bits are aligned to 4 bytes only */
  uint32_t *out = (uint32_t *)t[2].data, shift = *(const uint32_t *)t[1].data & 31;
  for (uint32_t i = 0; i < t[2].elements; i++) out[i] = mote_root((uint64_t)in[2 * i + 1] << 32 | in[2 * i]) >> shift;
  return MOTE_OK;
}
