/* SPDX-License-Identifier: Apache-2.0 */
/* The model's main graph as the file states it, and one operator of it as the kernels see it. */
#ifndef MOTE_GRAPH_H
#define MOTE_GRAPH_H

#include "flatbuf.h"
#include "mote.h"

/* Bounds that keep checking and planning short on a microcontroller, far above what fits one. */
#define MOTE_MAX_TENSORS 1024
#define MOTE_MAX_OPERATORS 1024
#define MOTE_MAX_BYTES 0x10000000 /* of one tensor, and of the arena */

typedef struct {
  fb_file file;
  fb_vector codes, buffers, tensors, inputs, outputs, operators;
} mote_graph;

/* Finds the main graph's parts; false: *fault says why. */
bool mote_graph_read(mote_graph *graph, const void *file, size_t size, mote_fault *fault);
/* The same of a further graph of the file; false: there is none, or it is malformed. */
bool mote_graph_further(const mote_graph *main, uint32_t index, mote_graph *graph);

/* A tensor with its shape checked: elements and bytes are exact and below MOTE_MAX_BYTES. */
typedef struct {
  int32_t index; /* in the graph */
  uint8_t type, rank;
  int32_t dims[MOTE_MAX_RANK];
  uint32_t elements, bytes;
  uint8_t *data;           /* where its bytes are; NULL while only checking, and never written if constant */
  const uint8_t *constant; /* in the file, `bytes` long; NULL: lies in the arena */
  const uint8_t *scales;   /* n_scales singles, 4-aligned */
  uint32_t n_scales;
  int32_t zero_point, axis;
  bool zero_points_all_zero;
  bool variable; /* keeps its value between runs */
} mote_tensor;

/* MOTE_OK or a status; *have and *want are set on failure. */
int mote_graph_tensor(mote_graph *graph, int32_t index, mote_tensor *tensor, int32_t *have, int32_t *want);

/* Builtin code of an operator, -1 where the file is bad. */
int mote_graph_code(mote_graph *graph, uint32_t operator_table);

typedef enum { MOTE_RESET_NONE = 0, MOTE_RESET_FIRST = 1, MOTE_RESET_AGAIN = 2 } mote_reset;

/* One operator while it is checked (arena NULL) or run. Kernels fill `fault` through the mote_op_ functions. */
struct mote_op {
  mote_graph *graph;
  uint32_t table, options;
  int options_type, code, index;
  int type; /* of the first output, else of the first input; -1: neither */
  fb_vector inputs, outputs;
  uint8_t *arena; /* NULL: check only, compute nothing */
  uint8_t reset;  /* with an arena, a mote_reset: put persistent memory into its first state, compute nothing */
  const uint32_t *offsets; /* of every tensor in the arena, by tensor index; then of every workspace */
  uint32_t macs;           /* set by kernels for which the notion applies */
  /* Memory besides tensors, for operators with the flag WORK: bytes asked for while checking, always the same, and
   * where they are when the operator runs; MOTE_ALIGN-aligned, NULL where none was asked for. Scratch holds anything
   * between runs, persistent memory keeps its bytes. */
  uint32_t scratch_bytes, persistent_bytes;
  uint8_t *scratch, *persistent;
  /* Set while checking: the output lies in the persistent memory of the workspace with this number less one. */
  int variable;
  const mote_executor *further; /* of group n at n - 1, for n from 1 on; NULL: none */
  mote_fault *fault;
};

bool mote_op_read(mote_op *op, mote_graph *graph, int index, mote_fault *fault);

/* The tensor at a position; inputs count from 0. An optional input that is absent has index -1 and no bytes. */
int mote_op_input(mote_op *op, int position, mote_tensor *tensor);
int mote_op_output(mote_op *op, int position, mote_tensor *tensor);
int mote_op_optional(mote_op *op, int position, mote_tensor *tensor);
/* Checks the numbers of tensors and, where options are stored, that they are of the operator's kind. */
int mote_op_arity(mote_op *op, int min_inputs, int max_inputs, int outputs, int options_type);

/* Records a refusal and returns its status. subject: tensor position, -1 for none. */
int mote_op_fail(mote_op *op, int status, int subject, int32_t have, int32_t want);

/* How many operators before this one have workspaces. */
int mote_graph_workspaces(mote_graph *graph, int before);
/* Points op->scratch and op->persistent to the n-th workspace; op->arena, offsets and the bytes asked for are set. */
void mote_op_place_workspace(mote_op *op, int n);

/* Runs or checks any operator, of this module or of one that is attached. */
int mote_op_execute(mote_op *op);

/* Reads and checks one operator. */
int mote_op_check(mote_graph *graph, int index, const mote_executor *further, mote_op *op, mote_fault *fault);

#endif
