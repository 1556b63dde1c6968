/* SPDX-License-Identifier: Apache-2.0 */
/* SignalFftAutoScale, SignalRfft and SignalIrfft on int16 (TFLM's FftAutoScale, RfftInt16Apply, IrfftInt16Apply). The
 * transforms run in the output's place; their table of sines is kept between runs. */
#include <string.h>

#include "kernels.h"
#include "signal.h"

#define MOST_POINTS 32768

int mote_kernel_signal_auto_scale(mote_op *op) {
  static const uint8_t kinds[] = {MOTE_KIND(TFL_INT16, 1), MOTE_KIND(TFL_INT16, 1), MOTE_KIND(TFL_INT32, 0)};
  mote_tensor t[3];
  int status = mote_signal_tensors(op, kinds, 1, 2, t);
  if (status == MOTE_OK) status = mote_need_value(op, 1, t[1].dims[0], t[0].dims[0]);
  if (status != MOTE_OK || !op->arena) return status;
  memcpy(t[1].data, t[0].data, t[0].bytes);
  *(int32_t *)t[2].data = mote_scale_up((int16_t *)t[1].data, t[1].elements);
  return MOTE_OK;
}

/* One transform after the other of int16 values, `in` of them to `out`. */
typedef struct {
  mote_fft_plan plan;
  int32_t count, in, out;
  const int16_t *input;
  int16_t *output;
} transforms;

/* Options: the type of the values, which is the tensors', and the samples of a transform. */
static int prepare(mote_op *op, transforms *f) {
  static const uint8_t kinds[] = {MOTE_KIND(TFL_INT16, MOTE_ANY_RANK), MOTE_KIND(TFL_INT16, MOTE_ANY_RANK)};
  mote_tensor t[2];
  int32_t option[2] = {0, 0};
  int status = mote_signal_tensors(op, kinds, 1, 1, t);
  if (status == MOTE_OK) status = mote_signal_options(op, option, 2);
  if (status == MOTE_OK) status = mote_signal_int16(op, option[0]);
  if (status == MOTE_OK) status = mote_need_option(op, option[1], 4, MOST_POINTS);
  int32_t power = 1 << (mote_bit_length((uint32_t)option[1] - 1) & 15); /* the next power of 2 */
  if (status == MOTE_OK) status = mote_need_option(op, option[1], power, power);
  if (status == MOTE_OK) status = mote_need_rank(op, 1, &t[1], t[0].rank);
  if (status != MOTE_OK) return status;
  bool inverse = op->code == TFL_OP_SIGNAL_IRFFT;
  f->in = mote_signal_length(&t[0]);
  f->out = mote_signal_length(&t[1]);
  f->count = (int32_t)t[0].elements / f->in;
  f->plan.n = (uint32_t)option[1] / 2;
  f->plan.log_n = (uint32_t)mote_bit_length(f->plan.n) - 1;
  f->plan.sine = (const int16_t *)(const void *)op->persistent;
  f->input = (const int16_t *)t[0].data;
  f->output = (int16_t *)t[1].data;
  op->persistent_bytes = (f->plan.n / 2 + 1) * (uint32_t)sizeof(int16_t);
  status = mote_need_value(op, 1, f->out, inverse ? option[1] : option[1] + 2);
  if (status == MOTE_OK) status = mote_need_value(op, 1, (int32_t)t[1].elements / f->out, f->count);
  if (inverse) return status == MOTE_OK ? mote_need_value(op, 0, f->in, option[1] + 2) : status;
  return status == MOTE_OK && f->in > option[1] ? mote_op_fail(op, MOTE_ERR_SHAPE, 0, f->in, option[1]) : status;
}

static void run(const transforms *f, bool inverse) {
  const int16_t *in = f->input;
  int16_t *out = f->output;
  for (int32_t i = 0; i < f->count; i++, in += f->in, out += f->out) {
    mote_complex *x = (mote_complex *)(void *)out;
    if (inverse) {
      mote_fft_inverse(&f->plan, in, x);
      continue;
    }
    memcpy(out, in, (size_t)f->in * sizeof *out);
    memset(out + f->in, 0, (size_t)(f->out - f->in) * sizeof *out);
    mote_fft_real(&f->plan, x);
  }
}

int mote_kernel_signal_fft(mote_op *op) {
  transforms f;
  int status = prepare(op, &f);
  if (status != MOTE_OK || !op->arena) return status;
  if (op->reset) mote_sine_table((int16_t *)(void *)op->persistent, f.plan.n / 2);
  else run(&f, op->code == TFL_OP_SIGNAL_IRFFT);
  return MOTE_OK;
}
