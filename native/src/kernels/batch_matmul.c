/* SPDX-License-Identifier: Apache-2.0 */
/* BATCH_MATMUL, int8 (BatchMatMulPrepare and reference_ops::BatchMatMul). TFLM copies operands that are stored the
 * other way round; here they are read with the steps that they have. */
#include "../tflite.h"
#include "kernels.h"
#include "operands.h"

#define MIN_RANK 2
#define MAX_RANK 5
#define BATCHES (MAX_RANK - MIN_RANK)

/* An operand: the bytes from one batch, row (output's row or column) and term of the sums to the next. */
typedef struct {
  const int8_t *data;
  int32_t zero, batch[BATCHES], row, term;
} operand;

typedef struct {
  operand in[2];
  int32_t batches[BATCHES], rows, columns, terms;
  mote_scale scale;
  int32_t out_zero;
  int8_t *output;
} product;

/* The dimension `from_end` places before the last; 1 where the tensor has none. */
static int32_t dimension(const mote_tensor *tensor, int from_end) {
  return from_end < tensor->rank ? tensor->dims[tensor->rank - 1 - from_end] : 1;
}

static int lay_batches(mote_op *op, product *p, const mote_tensor in[2]) {
  uint32_t size[2] = {(uint32_t)(p->rows * p->terms), (uint32_t)(p->columns * p->terms)};
  for (int i = 0; i < BATCHES; i++) {
    int32_t a = dimension(&in[0], i + 2), b = dimension(&in[1], i + 2);
    if (a != b && a != 1 && b != 1) return mote_op_fail(op, MOTE_ERR_SHAPE, 1, b, a);
    p->batches[i] = a == 1 ? b : a;
    p->in[0].batch[i] = a == 1 ? 0 : (int32_t)size[0];
    p->in[1].batch[i] = b == 1 ? 0 : (int32_t)size[1];
    size[0] *= (uint32_t)a;
    size[1] *= (uint32_t)b;
  }
  return MOTE_OK;
}

static int lay_out(mote_op *op, product *p, const mote_tensor in[2], const mote_tensor *output) {
  fb_file *file = &op->graph->file;
  bool turned = fb_get_i8(file, op->options, TFL_MATMUL_ADJ_X, 0) != 0;
  bool straight = fb_get_i8(file, op->options, TFL_MATMUL_ADJ_Y, 0) != 0; /* as sums read it */
  p->rows = dimension(&in[0], turned ? 0 : 1);
  p->terms = dimension(&in[0], turned ? 1 : 0);
  p->columns = dimension(&in[1], straight ? 1 : 0);
  p->in[0].row = turned ? 1 : p->terms;
  p->in[0].term = turned ? p->rows : 1;
  p->in[1].row = straight ? p->terms : 1;
  p->in[1].term = straight ? 1 : p->columns;
  int status = mote_need_value(op, 1, dimension(&in[1], straight ? 0 : 1), p->terms);
  if (status == MOTE_OK) status = lay_batches(op, p, in);
  if (status != MOTE_OK) return status;
  int rank = in[0].rank > in[1].rank ? in[0].rank : in[1].rank;
  if (output->rank < rank) return mote_need_rank(op, 2, output, rank);
  uint64_t outputs = (uint64_t)p->rows * (uint32_t)p->columns;
  for (int i = 0; i < BATCHES && outputs <= output->elements; i++) outputs *= (uint32_t)p->batches[i];
  if (outputs != output->elements) return mote_op_fail(op, MOTE_ERR_SHAPE, 2, (int32_t)output->elements, p->columns);
  return MOTE_OK;
}

static int derive_scale(mote_op *op, product *p, const mote_tensor in[2], const mote_tensor *output) {
  mote_real a, b, out;
  (void)mote_tensor_scale(&in[0], 0, &a);
  (void)mote_tensor_scale(&in[1], 0, &b);
  (void)mote_tensor_scale(output, 0, &out);
  p->out_zero = output->zero_point;
  return mote_product(&a, &b, &out, &p->scale) ? MOTE_OK : mote_op_fail(op, MOTE_ERR_QUANT, 2, 0, 0);
}

static int prepare(mote_op *op, product *p) {
  mote_tensor in[2], output;
  int status = mote_op_arity(op, 2, 2, 1, TFL_MATMUL);
  for (int i = 0; i < 2 && status == MOTE_OK; i++) {
    status = mote_op_input(op, i, &in[i]);
    if (status == MOTE_OK) status = mote_need_int8(op, i, &in[i]);
    if (status != MOTE_OK) return status;
    if (in[i].rank < MIN_RANK) return mote_need_rank(op, i, &in[i], MIN_RANK);
    if (in[i].rank > MAX_RANK) return mote_need_rank(op, i, &in[i], MAX_RANK);
    p->in[i].data = (const int8_t *)in[i].data;
    p->in[i].zero = in[i].zero_point;
  }
  if (status == MOTE_OK) status = mote_op_output(op, 0, &output);
  if (status == MOTE_OK) status = mote_need_int8(op, 2, &output);
  if (status == MOTE_OK) status = lay_out(op, p, in, &output);
  if (status == MOTE_OK) status = derive_scale(op, p, in, &output);
  if (status != MOTE_OK) return status;
  op->macs = output.elements * (uint32_t)p->terms;
  p->output = (int8_t *)output.data;
  return MOTE_OK;
}

static void multiply(const product *p, const int8_t *a, const int8_t *b, int8_t *out) {
  const operand *x = &p->in[0], *y = &p->in[1];
  for (int32_t i = 0; i < p->rows; i++) {
    for (int32_t j = 0; j < p->columns; j++) {
      const int8_t *left = a + i * x->row, *right = b + j * y->row;
      int32_t sum = 0;
      for (int32_t k = p->terms; k > 0; k--, left += x->term, right += y->term) {
        sum = mote_add(sum, (*left - x->zero) * (*right - y->zero));
      }
      *out++ = mote_rescaled_byte(sum, &p->scale, p->out_zero);
    }
  }
}

static void run(const product *p) {
  int8_t *out = p->output;
  const operand *x = &p->in[0], *y = &p->in[1];
  for (int32_t i = 0; i < p->batches[2]; i++) {
    for (int32_t j = 0; j < p->batches[1]; j++) {
      for (int32_t k = 0; k < p->batches[0]; k++, out += p->rows * p->columns) {
        int32_t a = i * x->batch[2] + j * x->batch[1] + k * x->batch[0];
        int32_t b = i * y->batch[2] + j * y->batch[1] + k * y->batch[0];
        multiply(p, x->data + a, y->data + b, out);
      }
    }
  }
}

int mote_kernel_batch_matmul(mote_op *op) {
  product p;
  int status = prepare(op, &p);
  if (status == MOTE_OK && op->arena) run(&p);
  return status;
}
