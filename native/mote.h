/* SPDX-License-Identifier: Apache-2.0 */
/* MoteForge core: int8 inference of .tflite files, ring buffer, fixed-point features.
 *
 * Every object is memory of the caller: ask for the size, allocate once, use for ever. Nothing here allocates, recurses
 * or keeps global state. Functions return MOTE_OK (0), a count >= 0 where stated, or a negative mote_status; a
 * mote_fault, where one is passed, then says which operator or stage and which numbers. */
#ifndef MOTE_H
#define MOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MOTE_MAX_RANK 6
#define MOTE_ALIGN 16 /* alignment of arenas, states and of every tensor in an arena */

/* ---- Errors ---- */

typedef enum {
  MOTE_OK = 0,
  MOTE_ERR_ARGUMENT = -1,    /* null pointer, index out of range */
  MOTE_ERR_TRUNCATED = -2,   /* the file points past its own end */
  MOTE_ERR_FORMAT = -3,      /* not a .tflite file, or a malformed one */
  MOTE_ERR_OPERATOR = -4,    /* operator not in this build */
  MOTE_ERR_TYPE = -5,        /* element type not supported by the operator */
  MOTE_ERR_SHAPE = -6,       /* shapes do not fit together */
  MOTE_ERR_QUANT = -7,       /* quantization parameters missing or out of range */
  MOTE_ERR_OPTION = -8,      /* operator option not supported or out of range */
  MOTE_ERR_LIMIT = -9,       /* more tensors, operators or bytes than this build handles */
  MOTE_ERR_STATE_SIZE = -10, /* state buffer too small: want, have */
  MOTE_ERR_ARENA_SIZE = -11, /* arena too small: want, have */
  MOTE_ERR_PLAN = -12,       /* the file's own memory plan is inconsistent */
  MOTE_ERR_CONFIG = -13,     /* signal chain configuration: stage index, parameter, value */
  MOTE_ERR_ABSENT = -14,     /* operator left out of this build, or its group not attached: have is the group */
  MOTE_ERR_VARIABLE = -15,   /* a variable that nothing assigns, or a CALL_ONCE that does more than assign */
  MOTE_ERR_ALIGN = -16,      /* misaligned file (want 4) or arena (want 16): have is the remainder of its address */
  MOTE_ERR_DIVISION = -17    /* an integer divided by a 0 that only the run could show */
} mote_status;

typedef struct {
  int16_t status;  /* a mote_status */
  int16_t index;   /* operator index in the model, or stage index in the chain; -1: none */
  int16_t code;    /* TFLite builtin operator code, or stage type; -1: none */
  int16_t subject; /* tensor position in the operator (inputs then outputs), or parameter index; -1: none */
  int32_t have;    /* the offending value */
  int32_t want;    /* the bound or the expected value */
} mote_fault;

/* English text of a status, never NULL. */
const char *mote_status_text(int status);

/* Writes "CONV_2D (operator 3): ...: have 5, want 4" into text, always terminated; returns its length. */
int mote_fault_text(const mote_fault *fault, char *text, size_t size);

/* TFLite's name of an operator that the core knows ("CONV_2D"), NULL for any other builtin code: a fault's text then
 * has OPERATOR_code, for which device/mote/names.py knows the name. */
const char *mote_operator_name(int code);

/* ---- Models: an unmodified .tflite file, checked, then used in place ---- */

/* A tensor as the file states it. scale_bits is an IEEE 754 single; per-channel tensors give their first scale. */
typedef struct {
  const char *name; /* name_len bytes, not terminated */
  uint16_t name_len;
  uint8_t type; /* TFLite TensorType: 0 float32, 2 int32, 9 int8 ... */
  uint8_t rank;
  int32_t dims[MOTE_MAX_RANK];
  uint32_t scale_bits;
  int32_t zero_point;
  uint32_t bytes;
  uint32_t offset; /* into the arena, of activations; UINT32_MAX: constant, lies in the file */
} mote_tensor_info;

/* An operator as the file states it, for reports. */
typedef struct {
  int16_t code;
  uint16_t n_inputs, n_outputs;
  uint32_t macs; /* multiply-accumulates, 0 where the notion does not apply */
} mote_operator_info;

/* Groups of operators. A build holds all of them, or some: native modules of further groups are attached to a model
 * when it is opened. */
typedef enum {
  MOTE_GROUP_CORE = 0,   /* the int8 operators of most models */
  MOTE_GROUP_OPS = 1,    /* all other int8 operators, except those of MOVE */
  MOTE_GROUP_STATE = 2,  /* recurrent layers and variables */
  MOTE_GROUP_SIGNAL = 3, /* signal processing */
  MOTE_GROUP_INT16 = 4,  /* activations of 16 bits */
  MOTE_GROUP_FLOAT = 5,  /* single precision */
  MOTE_GROUP_MOVE = 6,   /* rarer movements of elements: transposing, gathering, resizing ... */
  MOTE_GROUPS = 7
} mote_group;

/* Runs or checks one operator of a further group: mote_execute of another module. */
typedef struct mote_op mote_op;
typedef int (*mote_executor)(mote_op *op);
/* Modules that call each other must agree on this number. */
uint32_t mote_abi(void);
/* Mask of the groups in this build: bit n for group n. */
uint32_t mote_groups(void);
int mote_execute(mote_op *op);
/* Mask of the groups that a file's operators need; operators that no group has are not counted. */
int mote_file_groups(const void *file, size_t size, uint32_t *mask, mote_fault *fault);

/* The opened model: lies in the caller's state buffer. The file must stay where it is, unchanged, while it is used. */
typedef struct mote_model mote_model;

/* Checks the file's structure and gives the bytes of state that mote_model_open needs. */
int mote_model_measure(const void *file, size_t size, uint32_t *state_bytes, mote_fault *fault);

/* Checks every operator and lays out the arena. state: MOTE_ALIGN-aligned, state_bytes from mote_model_measure.
 * further: NULL, or MOTE_GROUPS executors, of which those of this build's own groups are not used. */
int mote_model_open(void *state, size_t state_bytes, const void *file, size_t size, const mote_executor *further,
                    mote_fault *fault);

uint32_t mote_model_arena_bytes(const mote_model *model);
int mote_model_inputs(const mote_model *model);
int mote_model_outputs(const mote_model *model);
int mote_model_operators(const mote_model *model);
/* index counts inputs; outputs likewise. */
int mote_model_input(const mote_model *model, int index, mote_tensor_info *info);
int mote_model_output(const mote_model *model, int index, mote_tensor_info *info);
/* Any tensor of the model's main graph by its index in the file. */
int mote_model_tensor(const mote_model *model, int index, mote_tensor_info *info);

/* A place in the arena, for reports: of a tensor, or of memory that an operator asked for. It is taken from operator
 * `first` to operator `last`, both included; outputs and what keeps its bytes between runs, to the operator count. */
typedef struct {
  uint32_t offset, bytes; /* bytes 0: no place in the arena */
  uint16_t first, last;
  int16_t shares; /* the tensor whose place this is, whose lifetime stands here too; -1: its own */
  int16_t op;     /* the operator that asked for the memory; -1: a tensor */
  bool keeps;     /* its bytes stay between runs: a variable, or an operator's state */
} mote_place_info;

/* How many places there are: tensors by their index in the file, then memory that operators asked for. */
int mote_model_places(const mote_model *model);
int mote_model_place(const mote_model *model, int index, mote_place_info *info);

/* Puts variables and the memory of operators with state into their first state: once before the first run, and whenever
 * the stream that a model follows begins anew. The arena then belongs to this model; it keeps the state between runs.
 */
int mote_model_reset(mote_model *model, void *arena, size_t arena_bytes, mote_fault *fault);

/* Runs all operators, or operator index alone. The caller writes the inputs into the arena first, every time: their
 * bytes may be reused once they are consumed. arena: MOTE_ALIGN-aligned. */
int mote_model_run(const mote_model *model, void *arena, size_t arena_bytes, mote_fault *fault);
int mote_model_run_operator(const mote_model *model, int index, void *arena, size_t arena_bytes, mote_fault *fault);

/* What a file holds, supported or not, for reports. */
typedef struct {
  uint32_t operators, tensors, inputs, outputs;
  uint32_t constant_bytes; /* of all tensors whose values the file gives: weights, biases, shapes */
} mote_file_info;
int mote_file_survey(const void *file, size_t size, mote_file_info *info, mote_fault *fault);

/* Reports on one operator without opening: MOTE_OK where it is supported, else the status and the fault. */
int mote_operator_check(const void *file, size_t size, int index, mote_operator_info *info, mote_fault *fault);

/* The name by which a build's list of operators has one ("SIGNAL_WINDOW"), NULL for codes that are not known. */
const char *mote_operator_choice(int code);

/* The tensor at a position of an operator, inputs first, then outputs; *tensor is -1 for an optional one left out. */
int mote_operator_tensor(const void *file, size_t size, int index, int position, int32_t *tensor, mote_fault *fault);

/* ---- Ring: int16 samples, one writer (may be an interrupt), one reader ---- */

#define MOTE_RING_GAPS 4 /* marks that may wait for the reader */

/* The sample at `at` does not follow the one before it: `missing` samples lie between, 0 where nobody knows. */
typedef struct {
  uint32_t at, missing;
} mote_gap;

typedef struct {
  int16_t *data;             /* capacity samples, of the caller */
  uint32_t capacity;         /* a power of two */
  volatile uint32_t claimed; /* total samples that the writer has begun to store, wraps; touched by it alone */
  volatile uint32_t written; /* total samples ever pushed, wraps; touched by the writer alone */
  volatile uint32_t marked;  /* gaps ever marked; touched by the writer alone */
  mote_gap gap[MOTE_RING_GAPS];
  uint32_t read;     /* total samples ever passed by the reader, wraps; touched by the reader alone */
  uint32_t lost;     /* samples overwritten before they were read */
  uint32_t overruns; /* times that this happened */
  uint32_t passed;   /* gaps that the reader has passed */
  uint32_t missing;  /* samples missing at these */
  uint32_t breaks;   /* times that the next sample to be read did not follow the one before: overruns and gaps */
  uint32_t lanes;    /* samples of an instant; the reader never stops inside one */
} mote_ring;

/* lanes: 1 .. 8 interleaved channels, at most the capacity. */
int mote_ring_init(mote_ring *ring, int16_t *data, uint32_t capacity, uint32_t lanes);
void mote_ring_push(mote_ring *ring, const int16_t *samples, uint32_t count);
/* Of slots of 32 bits: shifted right by 0 .. 31, saturated. */
void mote_ring_push_slots(mote_ring *ring, const int32_t *slots, uint32_t count, uint32_t shift);
/* Writer: what is pushed next does not follow what was pushed last. */
void mote_ring_gap(mote_ring *ring, uint32_t missing);
/* Samples that can be read before the next gap. */
uint32_t mote_ring_available(const mote_ring *ring);
/* Pushes as many of the samples as fit without overwriting unread ones; returns how many. */
uint32_t mote_ring_feed(mote_ring *ring, const int16_t *samples, uint32_t count);
/* Copies the next n samples to out and moves on by hop (1..n), both multiples of the lanes; 1: done, 0: not enough
 * samples yet. Samples before a gap that are too few for a window are passed. */
int mote_ring_window(mote_ring *ring, int16_t *out, uint32_t n, uint32_t hop);

/* ---- Frontend: a chain of fixed-point stages from one window of samples to one frame of features ---- */

/* A chain is written as int32 words: for each stage its type (mote_stage), its number of parameters, the parameters.
 * docs/CHAIN.md lists them. The first stage must be MOTE_STAGE_INPUT. */
typedef enum {
  MOTE_STAGE_INPUT = 1,
  MOTE_STAGE_WINDOW = 2,
  MOTE_STAGE_FFT = 3,
  MOTE_STAGE_ENERGY = 4,
  MOTE_STAGE_FILTERBANK = 5,
  MOTE_STAGE_NOISE_REDUCTION = 6,
  MOTE_STAGE_PCAN = 7,
  MOTE_STAGE_LOG = 8,
  MOTE_STAGE_QUANTIZE = 9,
  MOTE_STAGE_TO_MODEL = 10,
  MOTE_STAGE_CALIBRATION = 11,
  MOTE_STAGE_DC_REMOVAL = 12,
  MOTE_STAGE_BIQUAD = 13,
  MOTE_STAGE_DECIMATE = 14,
  MOTE_STAGE_VECTOR_MAGNITUDE = 15,
  MOTE_STAGE_TILT_FREE = 16,
  MOTE_STAGE_STATISTICS = 17,
  MOTE_STAGE_MAGNITUDE = 18,
  MOTE_STAGE_SPECTRAL_STATISTICS = 19,
  MOTE_STAGE_DCT = 20,
  MOTE_STAGE_NORMALIZE = 21,
  MOTE_STAGE_DELTAS = 22
} mote_stage;

/* What a fault's subject is where it is no parameter of the stage. */
typedef enum {
  MOTE_SUBJECT_STAGE = -1, /* the stage as a whole */
  MOTE_SUBJECT_FLOW = -2,  /* the kind of values that flow in: have and want are kinds */
  MOTE_SUBJECT_PLACE = -3, /* its place in the chain: have its own, want the one reached */
  MOTE_SUBJECT_COUNT = -4, /* the number of its parameters */
  MOTE_SUBJECT_GROUP = -5, /* its group, which is not there */
  MOTE_SUBJECT_VALUES = -6 /* the number of values, of channels or of features that flow in */
} mote_subject;

/* A stage's name in configurations ("noiseReduction"), or "unknown". */
const char *mote_stage_name(int type);

/* The functions of a group of stages (native/src/frontend/stage.h), which may lie in another module. */
typedef struct {
  int (*measure)(int type, void *flow, const void *params);
  void (*init)(int type, void *self, const void *in, const int32_t *word);
  void (*run)(int type, void *self, void *frame);
  void (*reset)(int type, void *self);
} mote_stages;
/* The stages of sensors: filters, statistics, cepstra, normalization. */
void mote_sense_stages(mote_stages *table);

typedef struct mote_frontend mote_frontend;

/* What one stage needs and gives; stage 0 is the input. */
typedef struct {
  int32_t type;
  uint32_t values;      /* of a lane, of the whole frame for frame stages: what flows out */
  uint32_t value_bytes; /* of one */
  uint32_t lanes;
  uint32_t appended;    /* values of a lane that go into the frame beside the flow, so far */
  uint32_t state_bytes; /* tables and what it remembers */
  uint32_t window;      /* samples of a lane in a window */
  uint32_t rate;        /* samples a second of a lane */
  int32_t kind;         /* of what flows out: mote_flow_kind in stage.h */
  int32_t place;        /* mote_place_kind there; of the input: the stream */
} mote_stage_info;

/* sense: NULL, or the table of mote_sense_stages from a module that has them. */
int mote_frontend_measure(const int32_t *words, size_t count, const mote_stages *sense, uint32_t *state_bytes,
                          mote_fault *fault);
/* The stage at an index; MOTE_ERR_ARGUMENT where there is none. */
int mote_frontend_stage(const int32_t *words, size_t count, const mote_stages *sense, uint32_t index,
                        mote_stage_info *info, mote_fault *fault);
int mote_frontend_init(void *state, size_t state_bytes, const int32_t *words, size_t count, const mote_stages *sense,
                       mote_fault *fault);
uint32_t mote_frontend_window(const mote_frontend *frontend);      /* samples in a window, of all lanes */
uint32_t mote_frontend_hop(const mote_frontend *frontend);         /* samples between windows, of all lanes */
uint32_t mote_frontend_lanes(const mote_frontend *frontend);       /* interleaved channels that come in */
uint32_t mote_frontend_values(const mote_frontend *frontend);      /* values in a frame */
uint32_t mote_frontend_value_bytes(const mote_frontend *frontend); /* 1, 2 or 4 */
int mote_frontend_kind(const mote_frontend *frontend);             /* mote_flow_kind in stage.h */
uint32_t mote_frontend_unit(const mote_frontend *frontend);        /* what 1.0 is; 0 where that is not known */
/* Modules that share stages must agree on this number. */
uint32_t mote_stage_abi(void);
/* Writes one frame where the ring has the samples for it: 1, or 2 where this window does not follow the one before it
 * (an overrun or a gap lies between); else 0. */
int mote_frontend_next(mote_frontend *frontend, mote_ring *ring, void *frame);
/* Feeds samples from *fed on and writes their frames one after another, `most` at most; returns how many. Again while
 * it returns `most`: else all samples are fed and no frame is left. */
int mote_frontend_run(mote_frontend *frontend, mote_ring *ring, const int16_t *samples, uint32_t count, uint32_t *fed,
                      void *frames, uint32_t most);
/* Samples of all lanes, missing ones included, from the end of the window that was the last when this was called
 * before, or from the start of the stream, to the end of the last window now; modulo 2^32. */
uint32_t mote_frontend_passed(mote_frontend *frontend);
/* Forgets the stream: noise estimates and the like return to their initial values. */
void mote_frontend_reset(mote_frontend *frontend);

#endif
