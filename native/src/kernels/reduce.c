/* SPDX-License-Identifier: Apache-2.0 */
/* MEAN, SUM, REDUCE_MAX, REDUCE_MIN (reference_ops::QuantizedMeanOrSum and ReduceGeneric) and ARG_MAX, ARG_MIN
 * (reference_ops::ArgMinMax), int8. Where TFLM scatters inputs into an array of accumulators, here each output gathers
 * its inputs, so that none is needed. */
#include "../tflite.h"
#include "kernels.h"
#include "quant.h"

#define MAX_RUNS (MOTE_MAX_RANK / 2 + 1)
#define QUOTIENT_BITS 60 /* 31 before the point */

/* Neighbouring dimensions that are all reduced, or all kept, walked as one; the innermost first. */
typedef struct {
  int32_t n[MAX_RUNS], step[MAX_RUNS];
  int count;
} runs;

typedef struct {
  runs kept, reduced;
  uint32_t outputs;
  int32_t each; /* inputs of an output */
  mote_scale scale;
  int32_t zero_in, zero_out;
  const int8_t *input;
  void *output;
} reduction;

static void add_run(runs *r, bool new_run, int32_t n, int32_t step) {
  if (new_run) {
    r->n[r->count] = 1;
    r->step[r->count++] = step;
  }
  r->n[r->count - 1] *= n;
}

/* The offset after `offset`, from run `first` on; behind the last one it is that of the start again. */
static int32_t advance(const runs *r, int first, int32_t *at, int32_t offset) {
  for (int i = first; i < r->count; i++) {
    offset += r->step[i];
    if (++at[i] < r->n[i]) return offset;
    offset -= r->n[i] * r->step[i];
    at[i] = 0;
  }
  return offset;
}

/* Bit n for a dimension n that is reduced; ARG_MAX and ARG_MIN look at one axis. */
static int reduced_dimensions(mote_op *op, const mote_tensor *axes, int rank, uint32_t *mask) {
  bool one = op->code == TFL_OP_ARG_MAX || op->code == TFL_OP_ARG_MIN;
  *mask = 0;
  for (uint32_t i = 0; i < (one ? 1 : axes->elements) && (one || rank); i++) {
    int32_t axis = ((const int32_t *)(const void *)axes->data)[i];
    int32_t from_start = axis < 0 ? mote_add(axis, rank) : axis;
    if (from_start < 0 || from_start >= rank) return mote_op_fail(op, MOTE_ERR_OPTION, 1, axis, rank - 1);
    *mask |= 1u << from_start;
  }
  return MOTE_OK;
}

static int find_runs(mote_op *op, reduction *r, const mote_tensor *input, const mote_tensor *axes) {
  uint32_t mask;
  int status = reduced_dimensions(op, axes, input->rank, &mask);
  int32_t step = 1;
  bool before = false;
  r->kept.count = r->reduced.count = 0;
  r->each = 1;
  for (int i = input->rank; status == MOTE_OK && i-- > 0;) {
    bool now = mask >> i & 1, first = i == input->rank - 1;
    add_run(now ? &r->reduced : &r->kept, first || now != before, input->dims[i], step);
    if (now) r->each *= input->dims[i];
    step *= input->dims[i];
    before = now;
  }
  if (r->reduced.count == 0) add_run(&r->reduced, true, 1, 1);
  return status;
}

/* Takes 1 / each into the factor, at most as far as its shift allows. The quotient is cut off to an integer below 2^31,
 * from which it is 2^-28 away at least, so that rounding it at 2^-29 first does no harm. */
static void divide_scale(reduction *r) {
  int shift = 0;
  while (r->each >> 1 >> shift) shift++;
  if (shift > 31 + r->scale.shift) shift = 31 + r->scale.shift;
  mote_real factor = mote_real_scale2(mote_real_from_u32((uint32_t)r->scale.multiplier), shift);
  r->scale.multiplier = mote_real_floor(mote_real_div(factor, mote_real_from_u32((uint32_t)r->each), QUOTIENT_BITS));
  r->scale.shift -= shift;
}

static int check_quantization(mote_op *op, reduction *r, const mote_tensor *input, const mote_tensor *output) {
  mote_real in, out;
  int status = mote_need_int8(op, 0, input);
  if (status == MOTE_OK) status = mote_need_int8(op, 2, output);
  if (status != MOTE_OK) return status;
  (void)mote_tensor_scale(input, 0, &in);
  (void)mote_tensor_scale(output, 0, &out);
  r->zero_in = input->zero_point;
  r->zero_out = output->zero_point;
  bool rescales = op->code == TFL_OP_MEAN || op->code == TFL_OP_SUM;
  bool fits = mote_real_to_scale(mote_real_div(in, out, MOTE_DOUBLE_BITS), &r->scale);
  if (!rescales) fits = mote_real_compare(in, out) == 0 && r->zero_in == r->zero_out;
  return fits ? MOTE_OK : mote_op_fail(op, MOTE_ERR_QUANT, 2, r->zero_out, r->zero_in);
}

static int prepare(mote_op *op, reduction *r) {
  mote_tensor input, axes, output;
  bool index = op->code == TFL_OP_ARG_MAX || op->code == TFL_OP_ARG_MIN;
  int status = mote_op_arity(op, 2, 2, 1, 0);
  if (status == MOTE_OK) status = mote_op_input(op, 0, &input);
  if (status == MOTE_OK) status = mote_op_input(op, 1, &axes);
  if (status == MOTE_OK) status = mote_op_output(op, 0, &output);
  if (status == MOTE_OK) status = mote_need_type(op, 1, &axes, TFL_INT32);
  if (status == MOTE_OK && index) status = mote_need_type(op, 0, &input, TFL_INT8);
  if (status == MOTE_OK && index) status = mote_need_type(op, 2, &output, TFL_INT32);
  if (status == MOTE_OK && !index) status = check_quantization(op, r, &input, &output);
  if (status != MOTE_OK || !axes.data) return status; /* computed axes are known when they have been computed */
  status = find_runs(op, r, &input, &axes);
  if (status != MOTE_OK) return status;
  if (op->code == TFL_OP_MEAN) divide_scale(r);
  r->outputs = output.elements;
  r->input = (const int8_t *)input.data;
  r->output = output.data;
  int32_t have = (int32_t)output.elements, want = (int32_t)input.elements / r->each;
  if (axes.constant) return mote_need_value(op, 2, have, want);
  return have == want ? MOTE_OK : mote_op_fail(op, MOTE_ERR_OPTION, 1, have, want);
}

static int32_t sum(const reduction *r, int32_t offset) {
  const runs *reduced = &r->reduced;
  int32_t at[MAX_RUNS] = {0}, n = reduced->n[0], step = reduced->step[0], total = 0;
  for (int32_t left = r->each; left > 0; left -= n) {
    const int8_t *in = r->input + offset;
    for (int32_t i = n; i > 0; i--, in += step) total = mote_add(total, *in);
    offset = advance(reduced, 1, at, offset);
  }
  return mote_add(total, mote_mul(-r->zero_in, r->each));
}

/* The least element in the order of in ^ flip; its place among the innermost run goes to *where. */
static int32_t least(const reduction *r, int32_t offset, int32_t flip, int32_t *where) {
  const runs *reduced = &r->reduced;
  int32_t at[MAX_RUNS] = {0}, n = reduced->n[0], step = reduced->step[0], best = INT32_MAX;
  for (int32_t left = r->each; left > 0; left -= n) {
    const int8_t *in = r->input + offset;
    for (int32_t i = 0; i < n; i++, in += step) {
      if ((*in ^ flip) >= best) continue;
      best = *in ^ flip;
      *where = i;
    }
    offset = advance(reduced, 1, at, offset);
  }
  return best ^ flip;
}

static void run(const reduction *r, int code) {
  int32_t at[MAX_RUNS] = {0}, offset = 0, where = 0;
  bool largest = code == TFL_OP_REDUCE_MAX || code == TFL_OP_ARG_MAX;
  for (uint32_t i = 0; i < r->outputs; i++, offset = advance(&r->kept, 0, at, offset)) {
    if (code == TFL_OP_MEAN || code == TFL_OP_SUM) {
      ((int8_t *)r->output)[i] = mote_rescaled_byte(sum(r, offset), &r->scale, r->zero_out);
      continue;
    }
    int32_t value = least(r, offset, largest ? -1 : 0, &where);
    if (code == TFL_OP_REDUCE_MAX || code == TFL_OP_REDUCE_MIN) ((int8_t *)r->output)[i] = (int8_t)value;
    else ((int32_t *)r->output)[i] = where;
  }
}

int mote_kernel_reduce(mote_op *op) {
  reduction r;
  int status = prepare(op, &r);
  if (status == MOTE_OK && op->arena) run(&r, op->code);
  return status;
}
