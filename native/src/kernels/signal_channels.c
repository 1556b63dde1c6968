/* SPDX-License-Identifier: Apache-2.0 */
/* SignalFilterBankSpectralSubtraction, SignalPCAN and SignalFilterBankLog (TFLM's FilterbankSpectralSubtraction,
 * ApplyPcanAutoGainControlFixed, FilterbankLog): from the magnitude in bands to features. */
#include <string.h>

#include "kernels.h"
#include "signal.h"

#define GAINS 125 /* of 0 and 1, then four entries an octave: start, slope, bend, nothing */

/* Both tensors are of as many channels as the operator's first. */
static int check_channels(mote_op *op, const mote_tensor *t, int a, int b) {
  int status = mote_need_value(op, a, t[a].dims[0], t[0].dims[0]);
  return status == MOTE_OK ? mote_need_value(op, b, t[b].dims[0], t[0].dims[0]) : status;
}

/* Coefficients are fractions with the bits of the last option. */
static int read_subtraction(mote_op *op, mote_subtraction *of, int32_t *channels) {
  int32_t v[9] = {0};
  int status = mote_signal_options(op, v, 9);
  for (int i = 0; i < 7 && status == MOTE_OK; i++) {
    if (i != 2 && i != 4) status = mote_need_option(op, v[i], 0, UINT16_MAX);
  }
  if (status == MOTE_OK) status = mote_need_option(op, v[7], 0, 31);
  if (status == MOTE_OK) status = mote_need_option(op, v[8], 0, 63);
  *channels = v[4];
  *of = (mote_subtraction){
      {(uint32_t)v[6], (uint32_t)v[1]}, {(uint32_t)v[5], (uint32_t)v[0]}, (uint32_t)v[3], v[7], v[8], v[2] != 0};
  return status;
}

int mote_kernel_signal_subtraction(mote_op *op) {
  static const uint8_t kinds[] = {MOTE_KIND(TFL_UINT32, 1), MOTE_KIND(TFL_UINT32, 1), MOTE_KIND(TFL_UINT32, 1)};
  mote_tensor t[3];
  mote_subtraction of;
  int32_t channels = 0;
  int status = mote_signal_tensors(op, kinds, 1, 2, t);
  if (status == MOTE_OK) status = read_subtraction(op, &of, &channels);
  if (status == MOTE_OK) status = mote_need_value(op, 0, t[0].dims[0], channels);
  if (status == MOTE_OK) status = check_channels(op, t, 1, 2);
  op->persistent_bytes = t[0].bytes;
  if (status != MOTE_OK || !op->arena) return status;
  if (op->reset) {
    memset(op->persistent, 0, t[0].bytes);
    return MOTE_OK;
  }
  uint32_t *estimate = (uint32_t *)(void *)op->persistent;
  mote_subtract(&of, (const uint32_t *)t[0].data, (uint32_t *)t[1].data, estimate, t[0].elements);
  memcpy(t[2].data, estimate, t[2].bytes);
  return MOTE_OK;
}

int mote_kernel_signal_pcan(mote_op *op) {
  static const uint8_t kinds[] = {MOTE_KIND(TFL_UINT32, 1), MOTE_KIND(TFL_UINT32, 1), MOTE_KIND(TFL_INT16, 1),
                                  MOTE_KIND(TFL_UINT32, 1)};
  mote_tensor t[4];
  int32_t shift = 0;
  int status = mote_signal_tensors(op, kinds, 3, 1, t);
  if (status == MOTE_OK) status = mote_signal_options(op, &shift, 1);
  if (status == MOTE_OK) status = mote_need_option(op, shift, 0, 63);
  if (status == MOTE_OK) status = check_channels(op, t, 1, 3);
  if (status == MOTE_OK && t[2].dims[0] < GAINS) status = mote_need_value(op, 2, t[2].dims[0], GAINS);
  if (status != MOTE_OK || !op->arena) return status;
  const mote_gain_control of = {(const int16_t *)t[2].data, 4, shift};
  mote_control_gain(&of, (const uint32_t *)t[0].data, (const uint32_t *)t[1].data, (uint32_t *)t[3].data,
                    t[0].elements);
  return MOTE_OK;
}

int mote_kernel_signal_log(mote_op *op) {
  static const uint8_t kinds[] = {MOTE_KIND(TFL_UINT32, 1), MOTE_KIND(TFL_INT16, 1)};
  mote_tensor t[2];
  int32_t option[2] = {0, 0}; /* input_correction_bits, output_scale */
  int status = mote_signal_tensors(op, kinds, 1, 1, t);
  if (status == MOTE_OK) status = mote_signal_options(op, option, 2);
  if (status == MOTE_OK) status = mote_need_option(op, option[0], 0, 31);
  if (status == MOTE_OK) status = mote_need_value(op, 1, t[1].dims[0], t[0].dims[0]);
  op->persistent_bytes = MOTE_LOG_TABLE * sizeof(int16_t);
  if (status != MOTE_OK || !op->arena) return status;
  int16_t *table = (int16_t *)(void *)op->persistent;
  if (op->reset) {
    mote_log_table(table);
    return MOTE_OK;
  }
  const mote_logarithm of = {table, (uint32_t)option[1], (uint32_t)option[0]};
  mote_take_log(&of, (const uint32_t *)t[0].data, (int16_t *)t[1].data, t[0].elements);
  return MOTE_OK;
}
