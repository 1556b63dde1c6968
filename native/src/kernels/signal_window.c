/* SPDX-License-Identifier: Apache-2.0 */
/* SignalWindow (TFLM's ApplyWindow): int16 samples times int16 weights, shifted down and saturated. */
#include "kernels.h"
#include "signal.h"

/* Saturated where the product, shifted, is not its own low half. Not inlined: the loop has all registers. */
static __attribute__((noinline)) void multiply(const int16_t *in, const int16_t *weight, int16_t *out,
                                               const int16_t *end, int32_t shift) {
  while (out < end) {
    int32_t value = (*in++ * *weight++) >> shift;
    *out++ = (int16_t)(value == (int16_t)value ? value : (value >> 31) ^ INT16_MAX);
  }
}

int mote_kernel_signal_window(mote_op *op) {
  static const uint8_t kinds[] = {MOTE_KIND(TFL_INT16, MOTE_ANY_RANK), MOTE_KIND(TFL_INT16, 1),
                                  MOTE_KIND(TFL_INT16, MOTE_ANY_RANK)};
  mote_tensor t[3];
  int32_t shift = 0;
  int status = mote_signal_tensors(op, kinds, 2, 1, t);
  if (status == MOTE_OK) status = mote_signal_options(op, &shift, 1);
  if (status == MOTE_OK) status = mote_need_option(op, shift, 0, 31);
  if (status == MOTE_OK) status = mote_need_rank(op, 2, &t[2], t[0].rank);
  if (status == MOTE_OK) status = mote_need_value(op, 1, (int32_t)(t[0].elements % t[1].elements), 0);
  if (status == MOTE_OK) status = mote_need_value(op, 2, (int32_t)t[2].elements, (int32_t)t[0].elements);
  if (status != MOTE_OK || !op->arena) return status;
  const int16_t *in = (const int16_t *)t[0].data, *weight = (const int16_t *)t[1].data;
  int16_t *out = (int16_t *)t[2].data, *end = out + t[2].elements;
  uint32_t length = t[1].elements;
  for (; out < end; in += length, out += length) multiply(in, weight, out, out + length, shift);
  return MOTE_OK;
}
