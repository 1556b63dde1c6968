/* SPDX-License-Identifier: Apache-2.0 */
/* Mutations that know where a .tflite file keeps its numbers: most bytes of a file are weights and names, and a byte
 * more or less moves everything that offsets point at. Half of the mutations are libFuzzer's own. */
#include <string.h>

#include "src/flatbuf.h"
#include "src/tflite.h"

#define MOST_CHANGES 4

size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t most, unsigned seed);

typedef struct {
  fb_file file;
  uint64_t seed;
} source;

/* A number in the file; width 0: none was found. */
typedef struct {
  uint32_t pos, width;
} spot;

static const spot nowhere = {0, 0};

/* Knuth's MMIX generator, upper half; below `count`. */
static uint32_t any(source *in, uint32_t count) {
  in->seed = in->seed * 6364136223846793005u + 1442695040888963407u;
  return count ? (uint32_t)(in->seed >> 32) % count : 0;
}

static uint32_t any_table(source *in, uint32_t parent, int field) {
  fb_vector list = fb_get_vector(&in->file, parent, field, 4);
  return list.count ? fb_table_at(&in->file, list, any(in, list.count)) : 0;
}

/* Now and then the vector's length: a rank, the number of scales or of inputs. */
static spot any_element(source *in, uint32_t table, int field, uint32_t width) {
  fb_vector list = fb_get_vector(&in->file, table, field, width);
  if (list.pos && any(in, 8) == 0) return (spot){list.pos - 4, 4};
  return list.count ? (spot){list.pos + width * any(in, list.count), width} : nowhere;
}

static uint32_t u16(const source *in, uint32_t pos) {
  return pos + 2 <= in->file.size ? (uint32_t)in->file.base[pos] | (uint32_t)in->file.base[pos + 1] << 8 : 0;
}

/* Any field that the table stores, as a word: a scalar, or an offset, which then points elsewhere. */
static spot any_field(source *in, uint32_t table) {
  if (table == 0) return nowhere;
  uint32_t vtable = table - fb_u32(&in->file, table);
  if (in->file.bad || vtable >= in->file.size) return nowhere;
  uint32_t entries = u16(in, vtable) / 2;
  if (entries <= 2) return nowhere;
  uint32_t offset = u16(in, vtable + 2 * (2 + any(in, entries - 2)));
  return offset ? (spot){table + offset, any(in, 2) ? 4 : 1} : nowhere;
}

static spot any_of_tensor(source *in, uint32_t table, uint32_t model) {
  uint32_t quant = fb_get_table(&in->file, table, TFL_TENSOR_QUANT);
  switch (any(in, 8)) {
    case 0:
    case 1:
    case 2: return any_element(in, table, TFL_TENSOR_SHAPE, 4);
    case 3: return any_element(in, quant, TFL_QUANT_SCALE, 4);
    case 4: return any_element(in, quant, TFL_QUANT_ZERO_POINT, 8);
    case 5: return any_element(in, any_table(in, model, TFL_MODEL_BUFFERS), TFL_BUFFER_DATA, any(in, 2) ? 4 : 1);
    case 6: return any_field(in, quant);
    default: return any_field(in, table);
  }
}

static spot any_of_operator(source *in, uint32_t table) {
  switch (any(in, 6)) {
    case 0: return any_element(in, table, TFL_OP_INPUTS, 4);
    case 1: return any_element(in, table, TFL_OP_OUTPUTS, 4);
    case 2: return any_element(in, table, TFL_OP_CUSTOM_OPTIONS, 1);
    case 3: return any_field(in, table);
    default: return any_field(in, fb_get_table(&in->file, table, TFL_OP_OPTIONS));
  }
}

static spot any_spot(source *in) {
  uint32_t model = fb_root(&in->file, "TFL3");
  uint32_t graph = any_table(in, model, TFL_MODEL_SUBGRAPHS);
  switch (any(in, 16)) {
    case 0: return any_field(in, any_table(in, model, TFL_MODEL_OPERATOR_CODES));
    case 1: return any_element(in, graph, any(in, 2) ? TFL_GRAPH_INPUTS : TFL_GRAPH_OUTPUTS, 4);
    case 2: return any_field(in, any(in, 2) ? graph : model);
    case 3: return any_field(in, any_table(in, model, TFL_MODEL_METADATA));
    case 4:
    case 5:
    case 6:
    case 7:
    case 8:
    case 9: return any_of_operator(in, any_table(in, graph, TFL_GRAPH_OPERATORS));
    default: return any_of_tensor(in, any_table(in, graph, TFL_GRAPH_TENSORS), model);
  }
}

/* Indices, sizes, steps; the ends of all types; the exponents of singles. */
static uint32_t any_value(source *in, uint32_t old) {
  static const uint32_t ends[] = {0,          1,          0xffffffff, 0x7fffffff, 0x80000000, 0x7f,       0x80,
                                  0xff80,     0xffffff80, 0x7fff,     0x8000,     0xffff8000, 0x10000000, 0x00800000,
                                  0x7f800000, 0x7fc00000, 0x3f800000, 0xbf800000, 0x33800000, 0x4f000000, 0x80000001};
  switch (any(in, 6)) {
    case 0: return ends[any(in, sizeof ends / sizeof *ends)];
    case 1: return any(in, 9);
    case 2: return old + 1 - 2 * any(in, 2);
    case 3: return old ^ 1u << any(in, 32);
    case 4: return any(in, 2) ? old << any(in, 8) : 0u - old;
    default: return any(in, 256) << 8 * any(in, 4);
  }
}

static void change(source *in, uint8_t *bytes, spot at) {
  uint32_t old = 0, size = at.width < 4 ? at.width : 4;
  if (at.width == 0 || at.pos > in->file.size || at.width > in->file.size - at.pos) return;
  memcpy(&old, bytes + at.pos, size);
  uint32_t value = any_value(in, old);
  memcpy(bytes + at.pos, &value, size);
  if (at.width == 8) memset(bytes + at.pos + 4, value >> 31 ? 0xff : 0, 4);
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t most, unsigned seed) {
  source in = {{bytes, (uint32_t)size, false}, seed};
  any(&in, 1);
  if (any(&in, 2)) return LLVMFuzzerMutate(bytes, size, most);
  for (uint32_t changes = 1 + any(&in, MOST_CHANGES); changes > 0; changes--) {
    in.file.bad = false;
    change(&in, bytes, any_spot(&in));
  }
  if (size >= 8 && any(&in, 4) == 0) bytes[size - 1 - any(&in, 8)] ^= (uint8_t)any(&in, 256); /* the trial's seed */
  return size;
}
