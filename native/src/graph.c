/* SPDX-License-Identifier: Apache-2.0 */
#include "graph.h"

#include "operators.h"
#include "tflite.h"

static bool refuse(mote_fault *fault, int status, int32_t have, int32_t want) {
  fault->status = (int16_t)status;
  fault->have = have;
  fault->want = want;
  return false;
}

/* The tensors and operators of one of the model's graphs. */
static bool read_parts(mote_graph *graph, uint32_t model, uint32_t index, mote_fault *fault) {
  fb_file *file = &graph->file;
  fb_vector graphs = fb_get_vector(file, model, TFL_MODEL_SUBGRAPHS, 4);
  if (!file->bad && index >= graphs.count) return refuse(fault, MOTE_ERR_FORMAT, (int32_t)graphs.count, (int32_t)index);
  uint32_t table = fb_table_at(file, graphs, index);
  graph->tensors = fb_get_vector(file, table, TFL_GRAPH_TENSORS, 4);
  graph->inputs = fb_get_vector(file, table, TFL_GRAPH_INPUTS, 4);
  graph->outputs = fb_get_vector(file, table, TFL_GRAPH_OUTPUTS, 4);
  graph->operators = fb_get_vector(file, table, TFL_GRAPH_OPERATORS, 4);
  if (file->bad) return refuse(fault, MOTE_ERR_TRUNCATED, (int32_t)file->size, -1);
  if (graph->tensors.count > MOTE_MAX_TENSORS) {
    return refuse(fault, MOTE_ERR_LIMIT, (int32_t)graph->tensors.count, MOTE_MAX_TENSORS);
  }
  if (graph->operators.count > MOTE_MAX_OPERATORS) {
    return refuse(fault, MOTE_ERR_LIMIT, (int32_t)graph->operators.count, MOTE_MAX_OPERATORS);
  }
  if (graph->inputs.count > graph->tensors.count || graph->outputs.count > graph->tensors.count) {
    return refuse(fault, MOTE_ERR_FORMAT, (int32_t)graph->inputs.count, (int32_t)graph->tensors.count);
  }
  return true;
}

bool mote_graph_further(const mote_graph *main, uint32_t index, mote_graph *graph) {
  mote_fault ignored;
  *graph = *main;
  return read_parts(graph, fb_root(&graph->file, "TFL3"), index, &ignored);
}

bool mote_graph_read(mote_graph *graph, const void *bytes, size_t size, mote_fault *fault) {
  *fault = (mote_fault){MOTE_OK, -1, -1, -1, 0, 0};
  fb_file file = {bytes, (uint32_t)size, false};
  if (bytes == NULL || size > INT32_MAX) return refuse(fault, MOTE_ERR_ARGUMENT, -1, -1);
  if ((uintptr_t)bytes % 4 != 0) return refuse(fault, MOTE_ERR_ALIGN, (int32_t)((uintptr_t)bytes % 4), 4);
  graph->file = file;
  uint32_t model = fb_root(&graph->file, "TFL3");
  if (graph->file.bad) return refuse(fault, MOTE_ERR_TRUNCATED, (int32_t)size, -1);
  if (model == 0) return refuse(fault, MOTE_ERR_FORMAT, 0, 0); /* another file identifier than TFL3 */
  int32_t version = fb_get_i32(&graph->file, model, TFL_MODEL_VERSION, 0);
  if (graph->file.bad) return refuse(fault, MOTE_ERR_TRUNCATED, (int32_t)size, -1);
  if (version != 3) return refuse(fault, MOTE_ERR_FORMAT, version, 3);
  graph->codes = fb_get_vector(&graph->file, model, TFL_MODEL_OPERATOR_CODES, 4);
  graph->buffers = fb_get_vector(&graph->file, model, TFL_MODEL_BUFFERS, 4);
  return read_parts(graph, model, 0, fault);
}

static uint32_t type_bytes(uint32_t type) {
  static const uint8_t bytes[] = {
      [TFL_INT8] = 1,   [TFL_UINT8] = 1, [TFL_BOOL] = 1,   [TFL_INT16] = 2, [TFL_UINT16] = 2,  [TFL_FLOAT32] = 4,
      [TFL_UINT32] = 4, [TFL_INT32] = 4, [TFL_UINT64] = 8, [TFL_INT64] = 8, [TFL_RESOURCE] = 4 /* a variable's number */
  };
  return type < sizeof bytes ? bytes[type] : 0;
}

/* What a tensor has and should have. */
typedef struct {
  int32_t *have, *want;
} difference;

static int differ(difference is, int status, uint32_t have, uint32_t want) {
  *is.have = (int32_t)have;
  *is.want = (int32_t)want;
  return status;
}

static int read_shape(fb_file *file, uint32_t field, mote_tensor *tensor, difference is) {
  fb_vector shape = fb_vector_of(file, field, 4);
  uint32_t elements = 1;
  if (shape.count > MOTE_MAX_RANK) return differ(is, MOTE_ERR_SHAPE, shape.count, MOTE_MAX_RANK);
  tensor->rank = (uint8_t)shape.count;
  for (uint32_t i = 0; i < shape.count; i++) {
    uint32_t dim = fb_u32(file, shape.pos + 4 * i);
    tensor->dims[i] = (int32_t)dim;
    if (tensor->dims[i] < 1) return differ(is, MOTE_ERR_SHAPE, dim, 1);
    /* Small factors, as almost all are, need no 64 bits. */
    bool small = (dim | elements) >> 14 == 0;
    if (!small && (uint64_t)elements * dim > MOTE_MAX_BYTES) return differ(is, MOTE_ERR_LIMIT, dim, MOTE_MAX_BYTES);
    elements *= dim;
  }
  tensor->elements = elements;
  tensor->bytes = elements * type_bytes(tensor->type);
  if (tensor->bytes == 0) return differ(is, MOTE_ERR_TYPE, tensor->type, MOTE_MAX_BYTES);
  if (tensor->bytes > MOTE_MAX_BYTES) return differ(is, MOTE_ERR_LIMIT, tensor->bytes, MOTE_MAX_BYTES);
  return MOTE_OK;
}

static int read_buffer(mote_graph *graph, uint32_t field, mote_tensor *tensor, difference is) {
  fb_file *file = &graph->file;
  uint32_t index = (uint32_t)fb_i32(file, field), unit = type_bytes(tensor->type);
  if (index == 0) return MOTE_OK; /* by convention the empty buffer */
  if (index >= graph->buffers.count) return differ(is, MOTE_ERR_FORMAT, index, graph->buffers.count);
  fb_fields(file, fb_table_at(file, graph->buffers, index), TFL_BUFFER_DATA, 1, &field);
  fb_vector data = fb_vector_of(file, field, 1);
  if (data.count == 0) return MOTE_OK;
  if (data.count < tensor->bytes) return differ(is, MOTE_ERR_TRUNCATED, data.count, tensor->bytes);
  uint32_t beside = data.pos & ((unit > 4 ? 4 : unit) - 1);
  if (beside) return differ(is, MOTE_ERR_FORMAT, beside, 0);
  tensor->constant = file->base + data.pos;
  return MOTE_OK;
}

/* Zero points are int64 in the file; their low word is the value wherever the high word is its sign. */
static int read_zero_points(fb_file *file, fb_vector zeros, mote_tensor *tensor, difference is) {
  const int32_t *word = (const int32_t *)(const void *)(file->base + zeros.pos), *end = word + 2 * zeros.count;
  if (zeros.count) tensor->zero_point = *word;
  for (; word != end; word += 2) {
    int32_t low = word[0], high = word[1];
    if ((low | high) == 0) continue;
    if (high != (low < 0 ? -1 : 0)) return differ(is, MOTE_ERR_QUANT, (uint32_t)low, 0);
    tensor->zero_points_all_zero = false;
  }
  return MOTE_OK;
}

/* The axis counts where there are several scales. */
static int read_quantization(fb_file *file, uint32_t field, mote_tensor *tensor, difference is) {
  uint32_t quant = fb_follow(file, field), at[2]; /* scales and zero points, fields that follow one another */
  if (quant == 0) return MOTE_OK;
  fb_fields(file, quant, TFL_QUANT_SCALE, 2, at);
  fb_vector scales = fb_vector_of(file, at[0], 4);
  if (scales.count == 0) return MOTE_OK;
  tensor->scales = file->base + scales.pos;
  tensor->n_scales = scales.count;
  if (scales.count > 1) tensor->axis = fb_get_i32(file, quant, TFL_QUANT_AXIS, 0);
  return read_zero_points(file, fb_vector_of(file, at[1], 8), tensor, is);
}

int mote_graph_tensor(mote_graph *graph, int32_t index, mote_tensor *tensor, int32_t *have, int32_t *want) {
  fb_file *file = &graph->file;
  uint32_t at[TFL_TENSOR_FIELDS];
  const difference is = {have, want};
  (void)differ(is, MOTE_OK, (uint32_t)index, graph->tensors.count);
  tensor->index = index;
  if (index < 0 || (uint32_t)index >= graph->tensors.count) return MOTE_ERR_FORMAT;
  fb_fields(file, fb_table_at(file, graph->tensors, (uint32_t)index), 0, TFL_TENSOR_FIELDS, at);
  tensor->type = (uint8_t)fb_i8(file, at[TFL_TENSOR_TYPE]);
  tensor->data = NULL;
  tensor->constant = tensor->scales = NULL;
  tensor->n_scales = 0;
  tensor->zero_point = tensor->axis = 0;
  tensor->zero_points_all_zero = true;
  int status = read_shape(file, at[TFL_TENSOR_SHAPE], tensor, is);
  if (status == MOTE_OK) status = read_buffer(graph, at[TFL_TENSOR_BUFFER], tensor, is);
  if (status == MOTE_OK) status = read_quantization(file, at[TFL_TENSOR_QUANT], tensor, is);
  if (status == MOTE_OK && at[TFL_TENSOR_SPARSITY]) status = MOTE_ERR_OPTION;
  tensor->variable = !tensor->constant && fb_i8(file, at[TFL_TENSOR_VARIABLE]) != 0;
  return file->bad ? MOTE_ERR_TRUNCATED : status;
}

static int read_code(mote_graph *graph, uint32_t field) {
  fb_file *file = &graph->file;
  uint32_t at[TFL_CODE_FIELDS];
  fb_fields(file, fb_table_at(file, graph->codes, (uint32_t)fb_i32(file, field)), 0, TFL_CODE_FIELDS, at);
  int32_t old = fb_i8(file, at[TFL_CODE_DEPRECATED]), now = fb_i32(file, at[TFL_CODE_BUILTIN]);
  int32_t both = now > old ? now : old;
  if (both == TFL_OP_CUSTOM) {
    fb_vector text = fb_vector_of(file, at[TFL_CODE_CUSTOM], 1);
    int custom = file->bad ? -1 : mote_custom_code(file->base + text.pos, text.count);
    if (custom >= 0) return custom;
  } else if (both >= MOTE_CUSTOM_CODES) {
    return -1; /* from here on codes are the core's own */
  }
  return file->bad || both < 0 ? -1 : both;
}

int mote_graph_code(mote_graph *graph, uint32_t operator_table) {
  uint32_t at;
  fb_fields(&graph->file, operator_table, TFL_OP_CODE, 1, &at);
  return read_code(graph, at);
}

/* Type of the first tensor of a list. An index out of range is found by the kernel, which reads the whole tensor. */
static int first_type(mote_graph *graph, fb_vector list) {
  fb_file *file = &graph->file;
  uint32_t index = list.count ? (uint32_t)fb_i32_at(file, list, 0) : UINT32_MAX;
  if (index >= graph->tensors.count) return -1;
  return fb_get_i8(file, fb_table_at(file, graph->tensors, index), TFL_TENSOR_TYPE, 0);
}

bool mote_op_read(mote_op *op, mote_graph *graph, int index, mote_fault *fault) {
  fb_file *file = &graph->file;
  uint32_t at[TFL_OP_FIELDS];
  op->graph = graph;
  op->index = index;
  op->fault = fault;
  op->arena = op->scratch = op->persistent = NULL;
  op->reset = MOTE_RESET_NONE;
  op->offsets = NULL;
  op->macs = op->scratch_bytes = op->persistent_bytes = 0;
  op->variable = 0;
  op->further = NULL;
  *fault = (mote_fault){MOTE_OK, (int16_t)index, -1, -1, 0, 0};
  op->table = fb_table_at(file, graph->operators, (uint32_t)index);
  fb_fields(file, op->table, 0, TFL_OP_FIELDS, at);
  op->code = read_code(graph, at[TFL_OP_CODE]);
  op->inputs = fb_vector_of(file, at[TFL_OP_INPUTS], 4);
  op->outputs = fb_vector_of(file, at[TFL_OP_OUTPUTS], 4);
  op->options_type = fb_i8(file, at[TFL_OP_OPTIONS_TYPE]);
  op->options = fb_follow(file, at[TFL_OP_OPTIONS]);
  op->type = first_type(graph, op->outputs.count ? op->outputs : op->inputs);
  fault->code = (int16_t)op->code;
  return !file->bad || refuse(fault, MOTE_ERR_TRUNCATED, (int32_t)file->size, -1);
}

int mote_op_fail(mote_op *op, int status, int subject, int32_t have, int32_t want) {
  op->fault->status = (int16_t)status;
  op->fault->subject = (int16_t)subject;
  op->fault->have = have;
  op->fault->want = want;
  return status;
}

static int get_tensor(mote_op *op, fb_vector list, int position, int subject, mote_tensor *tensor) {
  int32_t have, want, index = fb_i32_at(&op->graph->file, list, (uint32_t)position);
  int status = mote_graph_tensor(op->graph, index, tensor, &have, &want);
  if (status != MOTE_OK) return mote_op_fail(op, status, subject, have, want);
  /* Constants are only ever read: kernels write outputs alone, and outputs are never constant. */
  if (tensor->constant) tensor->data = (uint8_t *)(uintptr_t)tensor->constant;
  else if (op->arena) tensor->data = op->arena + op->offsets[index];
  return MOTE_OK;
}

int mote_op_input(mote_op *op, int position, mote_tensor *tensor) {
  return get_tensor(op, op->inputs, position, position, tensor);
}

int mote_op_output(mote_op *op, int position, mote_tensor *tensor) {
  int subject = (int)op->inputs.count + position;
  int status = get_tensor(op, op->outputs, position, subject, tensor);
  if (status == MOTE_OK && tensor->constant) return mote_op_fail(op, MOTE_ERR_FORMAT, subject, tensor->index, -1);
  return status;
}

int mote_op_optional(mote_op *op, int position, mote_tensor *tensor) {
  *tensor = (mote_tensor){.index = -1};
  if ((uint32_t)position >= op->inputs.count) return MOTE_OK;
  if (fb_i32_at(&op->graph->file, op->inputs, (uint32_t)position) == -1) return MOTE_OK;
  return mote_op_input(op, position, tensor);
}

int mote_op_arity(mote_op *op, int min_inputs, int max_inputs, int outputs, int options_type) {
  if (op->inputs.count < (uint32_t)min_inputs || op->inputs.count > (uint32_t)max_inputs) {
    return mote_op_fail(op, MOTE_ERR_FORMAT, -1, (int32_t)op->inputs.count, min_inputs);
  }
  if (op->outputs.count != (uint32_t)outputs) {
    return mote_op_fail(op, MOTE_ERR_FORMAT, -1, (int32_t)op->outputs.count, outputs);
  }
  if (op->options && options_type && op->options_type != options_type) {
    return mote_op_fail(op, MOTE_ERR_OPTION, -1, op->options_type, options_type);
  }
  return MOTE_OK;
}

int mote_graph_workspaces(mote_graph *graph, int before) {
  int n = 0;
  for (int i = 0; i < before; i++) {
    n += mote_code_has_workspace(mote_graph_code(graph, fb_table_at(&graph->file, graph->operators, (uint32_t)i)));
  }
  return n;
}

void mote_op_place_workspace(mote_op *op, int n) {
  const uint32_t *offsets = op->offsets + op->graph->tensors.count + 2 * (uint32_t)n;
  op->scratch = offsets[0] == UINT32_MAX ? NULL : op->arena + offsets[0];
  op->persistent = offsets[1] == UINT32_MAX ? NULL : op->arena + offsets[1];
}
