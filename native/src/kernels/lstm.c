/* SPDX-License-Identifier: Apache-2.0 */
/* UNIDIRECTIONAL_SEQUENCE_LSTM, int8 with a cell state of int16 (lstm_eval.h, EvalLstm): Keras's LSTM, without
 * peephole, projection or normalization. Gates are Q3.12 before their activation, Q0.15 behind it.
 *
 * A step needs the whole hidden state of the step before. The new one is put together in the output, which is the same
 * bytes, so that no scratch is needed. */
#include <string.h>

#include "../tflite.h"
#include "dot.h"
#include "kernels.h"
#include "quant.h"
#include "sigmoid16.h"

enum { INPUT = 0, WEIGHTS = 1, RECURRENT = 5, BIAS = 12, HIDDEN = 18, CELL = 19, INPUTS = 24, OUTPUT = INPUTS };
enum { INPUT_GATE, FORGET_GATE, CELL_GATE, OUTPUT_GATE, GATES };

/* One half of a gate: weights [units, depth], times an input or the hidden state. */
typedef struct {
  const int8_t *weights;
  mote_scale scale;
} half_gate;

typedef struct {
  mote_tensor input, hidden, cell, output;
  int32_t batches, steps, depth, units;
  bool time_major;
  half_gate input_half[GATES], hidden_half[GATES];
  const int32_t *bias[GATES];
  mote_scale to_cell, to_hidden;
  int32_t clip;       /* of the cell state, in its steps; above INT16_MAX: none */
  int32_t multiplier; /* the cell state's step in steps of 2^-12 / 3: multiplier >> shift */
  int shift;
} lstm;

/* Tensors of variants that TFLM does not have either must be absent. */
static int check_absent(mote_op *op) {
  for (int i = 9; i < INPUTS; i++) {
    bool absent = fb_i32_at(&op->graph->file, op->inputs, (uint32_t)i) == -1;
    bool used = (i >= BIAS && i < BIAS + GATES) || i == HIDDEN || i == CELL;
    if (!used && !absent) return mote_op_fail(op, MOTE_ERR_OPTION, i, 1, 0);
  }
  return MOTE_OK;
}

static int check_activations(mote_op *op, lstm *l) {
  int status = mote_op_input(op, INPUT, &l->input);
  if (status == MOTE_OK) status = mote_op_input(op, HIDDEN, &l->hidden);
  if (status == MOTE_OK) status = mote_op_input(op, CELL, &l->cell);
  if (status == MOTE_OK) status = mote_op_output(op, 0, &l->output);
  if (status == MOTE_OK) status = mote_need_int8(op, INPUT, &l->input);
  if (status == MOTE_OK) status = mote_need_int8(op, HIDDEN, &l->hidden);
  if (status == MOTE_OK) status = mote_need_quantized(op, CELL, &l->cell, TFL_INT16);
  if (status == MOTE_OK) status = mote_need_type(op, OUTPUT, &l->output, TFL_INT8);
  if (status == MOTE_OK && !l->hidden.variable) status = mote_op_fail(op, MOTE_ERR_OPTION, HIDDEN, 0, 1);
  if (status == MOTE_OK && !l->cell.variable) status = mote_op_fail(op, MOTE_ERR_OPTION, CELL, 0, 1);
  return status;
}

static int check_shapes(mote_op *op, lstm *l) {
  const int32_t *in = l->input.dims, *out = l->output.dims;
  int status = mote_need_rank(op, INPUT, &l->input, 3);
  if (status == MOTE_OK) status = mote_need_rank(op, OUTPUT, &l->output, 3);
  if (status == MOTE_OK && l->hidden.rank < 2) status = mote_need_rank(op, HIDDEN, &l->hidden, 2);
  if (status != MOTE_OK) return status;
  l->time_major = fb_get_i8(&op->graph->file, op->options, TFL_LSTM_TIME_MAJOR, 0) != 0;
  l->batches = in[l->time_major];
  l->steps = in[!l->time_major];
  l->depth = in[2];
  l->units = l->hidden.dims[1];
  uint64_t state = (uint64_t)(uint32_t)l->batches * (uint32_t)l->units;
  if (state != l->hidden.elements) status = mote_op_fail(op, MOTE_ERR_SHAPE, HIDDEN, l->hidden.dims[0], l->batches);
  if (status == MOTE_OK) status = mote_need_value(op, CELL, (int32_t)l->cell.elements, (int32_t)l->hidden.elements);
  if (status == MOTE_OK) status = mote_need_value(op, OUTPUT, out[0], in[0]);
  if (status == MOTE_OK) status = mote_need_value(op, OUTPUT, out[1], in[1]);
  if (status == MOTE_OK) status = mote_need_value(op, OUTPUT, out[2], l->units);
  op->macs = l->output.elements * GATES * (uint32_t)(l->depth + l->units);
  return status;
}

/* Weights at a position: one scale, zero point 0, rows of `depth` values of a tensor with x's scale. */
static int read_half(mote_op *op, const lstm *l, int position, const mote_tensor *x, int32_t depth, half_gate *half) {
  mote_tensor t;
  mote_real scale, weight;
  int status = mote_op_input(op, position, &t);
  if (status == MOTE_OK) status = mote_need_int8(op, position, &t);
  if (status == MOTE_OK) status = mote_need_rank(op, position, &t, 2);
  if (status == MOTE_OK) status = mote_need_value(op, position, t.dims[0], l->units);
  if (status == MOTE_OK) status = mote_need_value(op, position, t.dims[1], depth);
  if (status != MOTE_OK) return status;
  if (t.n_scales != 1) return mote_op_fail(op, MOTE_ERR_QUANT, position, (int32_t)t.n_scales, 1);
  if (t.zero_point) return mote_op_fail(op, MOTE_ERR_QUANT, position, t.zero_point, 0);
  (void)mote_tensor_scale(x, 0, &scale);
  (void)mote_tensor_scale(&t, 0, &weight);
  mote_real product = mote_real_scale2(mote_real_mul(scale, weight, MOTE_DOUBLE_BITS), 12);
  half->weights = (const int8_t *)t.data;
  return mote_real_to_scale(product, &half->scale) ? MOTE_OK : mote_op_fail(op, MOTE_ERR_QUANT, position, 0, 0);
}

static int read_gate(mote_op *op, lstm *l, int gate) {
  mote_tensor bias;
  int status = read_half(op, l, WEIGHTS + gate, &l->input, l->depth, &l->input_half[gate]);
  if (status == MOTE_OK) {
    status = read_half(op, l, RECURRENT + gate, &l->hidden, l->units, &l->hidden_half[gate]);
  }
  if (status == MOTE_OK) status = mote_op_input(op, BIAS + gate, &bias);
  if (status == MOTE_OK) status = mote_need_type(op, BIAS + gate, &bias, TFL_INT32);
  if (status == MOTE_OK) status = mote_need_rank(op, BIAS + gate, &bias, 1);
  if (status == MOTE_OK) status = mote_need_value(op, BIAS + gate, bias.dims[0], l->units);
  if (status == MOTE_OK) l->bias[gate] = (const int32_t *)(const void *)bias.data;
  return status;
}

/* 2^-30 / scale: of two Q0.15 factors and their product. */
static bool product_scale(const mote_tensor *to, mote_scale *scale) {
  mote_real divisor, steps = mote_real_scale2(mote_real_from_u32(1), -30);
  (void)mote_tensor_scale(to, 0, &divisor);
  return mote_real_to_scale(mote_real_div(steps, divisor, MOTE_DOUBLE_BITS), scale);
}

/* The limit in steps of the cell state, rounded towards zero, at most 32767. */
static void derive_clip(mote_op *op, lstm *l, mote_real scale) {
  mote_real clip;
  int32_t bits = fb_get_i32(&op->graph->file, op->options, TFL_LSTM_CELL_CLIP, 0);
  l->clip = INT16_MAX + 1;
  if (!mote_real_from_single((uint32_t)bits, &clip)) {
    if (bits == 0x7f800000) l->clip = INT16_MAX; /* infinity */
    return;
  }
  mote_real steps = mote_real_div(clip, scale, MOTE_DOUBLE_BITS);
  if (steps.exponent > -49) l->clip = INT16_MAX;
  else l->clip = steps.exponent > -64 ? (int32_t)(steps.mantissa >> -steps.exponent) : 0;
}

/* The power of two nearest to the scale on a logarithmic axis as CheckedLog2 finds it: log(scale) / log(2) in singles,
 * rounded, which comes to k + 1 some units of the last place beside 2^(k + 1/2). Those from k = -30; below, outputs are
 * the same either way. */
static int32_t nearest_power(mote_real scale) {
  static const int8_t beside[] = {14, -3, 3, 9, 14, -3, 3, 3, 9, 3, 9, 3, 9, 3, -2, 3,
                                  -2, 3,  6, 6, 6,  6,  1, 1, 2, 2, 2, 1, 1, 1, 1};
  uint32_t bits = mote_real_to_single(scale), place = (bits >> 23) - (127 - 30);
  int32_t units = place < sizeof(beside) ? beside[place] : 0;
  return (int32_t)place - 30 + ((int32_t)(bits & 0x7fffffu) >= 0x3504f3 + units);
}

static int derive_scales(mote_op *op, lstm *l) {
  mote_real scale;
  int activation = fb_get_i8(&op->graph->file, op->options, TFL_LSTM_ACTIVATION, 0);
  int status = mote_need_option(op, activation, TFL_ACT_TANH, TFL_ACT_TANH);
  if (status != MOTE_OK) return status;
  (void)mote_tensor_scale(&l->cell, 0, &scale);
  derive_clip(op, l, scale);
  int32_t power = nearest_power(scale) + 12;
  if (power < -30 || power > 14) return mote_op_fail(op, MOTE_ERR_QUANT, CELL, power - 12, -12);
  l->multiplier = power > 0 ? 3 << power : 3;
  l->shift = power > 0 ? 0 : -power;
  bool fits = product_scale(&l->cell, &l->to_cell) && product_scale(&l->hidden, &l->to_hidden);
  return fits ? MOTE_OK : mote_op_fail(op, MOTE_ERR_QUANT, HIDDEN, 0, 0);
}

static int prepare(mote_op *op, lstm *l) {
  int status = mote_op_arity(op, INPUTS, INPUTS, 1, TFL_LSTM);
  if (status == MOTE_OK) status = check_absent(op);
  if (status == MOTE_OK) status = check_activations(op, l);
  if (status == MOTE_OK) status = check_shapes(op, l);
  for (int i = 0; status == MOTE_OK && i < GATES; i++) status = read_gate(op, l, i);
  return status == MOTE_OK ? derive_scales(op, l) : status;
}

static int32_t clamp16(int32_t x) { return mote_clamp(x, INT16_MIN, INT16_MAX); }

/* The four gates of a unit: dot's sums go on with x and are rescaled. */
static void run_halves(mote_dot4 *dot, const half_gate *halves, int32_t unit, const int8_t *x, int32_t zero,
                       int32_t n) {
  dot->input_zero = zero;
  for (int i = 0; i < GATES; i++) dot->weights[i] = halves[i].weights + unit * n;
  mote_dot4_add(dot, x, n);
  for (int i = 0; i < GATES; i++) dot->acc[i] = clamp16(mote_rescaled(dot->acc[i], &halves[i].scale));
}

/* In steps of 2^-12 / 3. */
static void run_gates(const lstm *l, int32_t unit, const int8_t *x, const int8_t *hidden, int32_t gates[GATES]) {
  mote_dot4 a, b;
  mote_dot4_clear(&b);
  for (int i = 0; i < GATES; i++) a.acc[i] = l->bias[i][unit];
  run_halves(&a, l->input_half, unit, x, l->input.zero_point, l->depth);
  run_halves(&b, l->hidden_half, unit, hidden, l->hidden.zero_point, l->units);
  for (int i = 0; i < GATES; i++) gates[i] = 3 * clamp16(a.acc[i] + b.acc[i]);
}

/* One unit of one step: moves its cell state on and gives its new hidden state. */
static int8_t run_unit(const lstm *l, int32_t unit, const int8_t *x, const int8_t *hidden, int16_t *cell) {
  const mote_scale q15 = {1 << 30, -14};
  int32_t gates[GATES];
  run_gates(l, unit, x, hidden, gates);
  int32_t forget = mote_sigmoid16(gates[FORGET_GATE]);
  int32_t update = mote_sigmoid16(gates[INPUT_GATE]) * mote_tanh16(gates[CELL_GATE]);
  int32_t kept = mote_rescaled(forget * *cell, &q15);
  int32_t state = clamp16(kept + clamp16(mote_rescaled(update, &l->to_cell)));
  if (l->clip <= INT16_MAX) state = mote_clamp(state, -l->clip, l->clip);
  *cell = (int16_t)state;
  int32_t half = l->shift ? 1 << (l->shift - 1) : 0;
  int32_t shown = mote_tanh16((state * l->multiplier + half) >> l->shift);
  shown *= mote_sigmoid16(gates[OUTPUT_GATE]);
  return mote_rescaled_byte(shown, &l->to_hidden, l->hidden.zero_point);
}

static void run(const lstm *l) {
  for (int32_t b = 0; b < l->batches; b++) {
    int8_t *hidden = (int8_t *)l->hidden.data + b * l->units;
    int16_t *cell = (int16_t *)(void *)l->cell.data + b * l->units;
    for (int32_t t = 0; t < l->steps; t++) {
      int32_t place = l->time_major ? t * l->batches + b : b * l->steps + t;
      int8_t *output = (int8_t *)l->output.data + place * l->units;
      const int8_t *x = (const int8_t *)l->input.data + place * l->depth;
      for (int32_t u = 0; u < l->units; u++) output[u] = run_unit(l, u, x, hidden, cell + u);
      memcpy(hidden, output, (size_t)l->units);
    }
  }
}

int mote_kernel_lstm(mote_op *op) {
  lstm l;
  int status = prepare(op, &l);
  if (status == MOTE_OK && op->arena) run(&l);
  return status;
}
