/* SPDX-License-Identifier: Apache-2.0 */
/* What this build knows of the .tflite schema (tensorflow/lite/schema/schema.fbs): field numbers and codes. */
#ifndef MOTE_TFLITE_H
#define MOTE_TFLITE_H

enum { TFL_MODEL_VERSION = 0, TFL_MODEL_OPERATOR_CODES = 1, TFL_MODEL_SUBGRAPHS = 2, TFL_MODEL_BUFFERS = 4 };
enum { TFL_MODEL_METADATA = 6, TFL_METADATA_NAME = 0, TFL_METADATA_BUFFER = 1 };
enum { TFL_CODE_DEPRECATED = 0, TFL_CODE_CUSTOM = 1, TFL_CODE_BUILTIN = 3 };
enum { TFL_GRAPH_TENSORS = 0, TFL_GRAPH_INPUTS = 1, TFL_GRAPH_OUTPUTS = 2, TFL_GRAPH_OPERATORS = 3 };
enum { TFL_TENSOR_SHAPE = 0, TFL_TENSOR_TYPE = 1, TFL_TENSOR_BUFFER = 2, TFL_TENSOR_NAME = 3 };
enum { TFL_TENSOR_QUANT = 4, TFL_TENSOR_VARIABLE = 5, TFL_TENSOR_SPARSITY = 6 };
enum { TFL_QUANT_SCALE = 2, TFL_QUANT_ZERO_POINT = 3, TFL_QUANT_AXIS = 6 };
enum { TFL_OP_CODE = 0, TFL_OP_INPUTS = 1, TFL_OP_OUTPUTS = 2, TFL_OP_OPTIONS_TYPE = 3, TFL_OP_OPTIONS = 4 };
enum { TFL_OP_CUSTOM_OPTIONS = 5 };
enum { TFL_BUFFER_DATA = 0, TFL_BUFFER_OFFSET = 1 };

/* Option tables: the union's type number, then the fields. */
enum { TFL_CONV = 1, TFL_CONV_PADDING = 0, TFL_CONV_STRIDE_W = 1, TFL_CONV_STRIDE_H = 2, TFL_CONV_ACTIVATION = 3 };
enum { TFL_CONV_DILATION_W = 4, TFL_CONV_DILATION_H = 5 };
enum { TFL_DW = 2, TFL_DW_PADDING = 0, TFL_DW_STRIDE_W = 1, TFL_DW_STRIDE_H = 2, TFL_DW_MULTIPLIER = 3 };
enum { TFL_DW_ACTIVATION = 4, TFL_DW_DILATION_W = 5, TFL_DW_DILATION_H = 6 };
enum { TFL_POOL = 5, TFL_POOL_PADDING = 0, TFL_POOL_STRIDE_W = 1, TFL_POOL_STRIDE_H = 2, TFL_POOL_FILTER_W = 3 };
enum { TFL_POOL_FILTER_H = 4, TFL_POOL_ACTIVATION = 5 };
enum { TFL_FC = 8, TFL_FC_ACTIVATION = 0, TFL_FC_FORMAT = 1 };
enum { TFL_SOFTMAX = 9, TFL_SOFTMAX_BETA = 0 };
/* The activation is field 0 of all four. */
enum { TFL_ADD = 11, TFL_MUL = 21, TFL_SUB = 28, TFL_DIV = 29, TFL_ADD_ACTIVATION = 0 };

enum { TFL_SAME = 0, TFL_VALID = 1 };
enum { TFL_ACT_NONE = 0, TFL_ACT_RELU = 1, TFL_ACT_RELU_N1_TO_1 = 2, TFL_ACT_RELU6 = 3 };
enum { TFL_FLOAT32 = 0, TFL_INT32 = 2, TFL_UINT8 = 3, TFL_INT64 = 4, TFL_BOOL = 6, TFL_INT16 = 7, TFL_INT8 = 9 };
enum { TFL_RESOURCE = 13, TFL_UINT32 = 15, TFL_UINT16 = 16 };

/* TFL_OP_ADD and so on */
enum {
#define MOTE_OPERATOR(name, code, group, flags, kernel) TFL_OP_##name = code,
#define MOTE_CUSTOM(name, code, group, flags, kernel, text) TFL_OP_##name = code,
#include "operators.def"
  TFL_OP_CUSTOM = 32
};

#endif
